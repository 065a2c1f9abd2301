"""What there is, as rows: for ``coevolve list`` and for the documentation."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any, get_args

from coevolve_sim.errors import CoevolveError
from coevolve_sim.registry import OWN, Registry, resolve

Rows = list[dict[str, Any]]
_REFERENCE = re.compile(r" ?\[\w+\d{4}\w*\]_")


def rows_of(what: str) -> Rows:
    """Return what there is of one kind, one dict a row, all with the same keys.

    Examples
    --------
    >>> [row["name"] for row in rows_of("policies")][:3]
    ['frozen', 'lifelong', 'independent']
    """
    return _ROWS[what]()


def _kinds(registry: Registry, described: Callable[[str, Any], dict[str, Any]], *, load_own: bool) -> Rows:
    """Return the kinds of a concept, and who brought each; what cannot be had is a row that says why.

    Parameters
    ----------
    registry : Registry
    described : callable
        Takes a kind and what it names, returns its columns.
    load_own : bool
        Whether the package's own are loaded to be described; None stands for them if not.
    """
    rows = []
    for entry in registry.entries:
        columns = {"name": entry.kind}
        if entry.brought_by == OWN:
            columns |= described(entry.kind, resolve(entry.target) if load_own else None)
        else:
            try:
                thing = registry[entry.kind]
            except CoevolveError as error:
                columns["meaning"] = str(error)
            else:
                columns["meaning"] = _meaning_of(thing)
        rows.append(columns | {"brought_by": entry.brought_by})
    for kind, distribution in registry.taken.items():
        message = registry.taken_message(kind)
        rows.append({"name": kind, "meaning": message, "brought_by": distribution})
    keys = list(dict.fromkeys(key for row in rows for key in row if key != "brought_by"))
    return [{key: row.get(key, "") for key in (*keys, "brought_by")} for row in rows]


def _meaning_of(thing: object) -> str:
    """Return what a plug-in says of itself: its ``meaning``, else the first line of its docstring."""
    said = getattr(thing, "meaning", None)
    return said if isinstance(said, str) and said else _first_line(thing) or "It does not say what it is."


def _specs_of(union: Any, key: str) -> dict[str, str]:
    """Return what a scenario's own documentation says of each kind of a part."""
    parts = [part for part in get_args(get_args(union)[0]) if not part.plugin_group]
    return {str(part.model_fields[key].default): str(part.model_fields[key].description) for part in parts}


def _spaces() -> Rows:
    from coevolve_sim.values import SPACES

    def described(_name: str, space: Any) -> dict[str, Any]:
        return {"dimensions": space.n_dimensions, "meaning": space.meaning, "source": space.source}

    return _kinds(SPACES, described, load_own=True)


def _histories() -> Rows:
    from coevolve_sim.scenario.society_specs import (
        FileHistorySpec,
        GssMoralHistorySpec,
        NoHistorySpec,
        PlantedHistorySpec,
    )

    parts = (NoHistorySpec, GssMoralHistorySpec, PlantedHistorySpec, FileHistorySpec)
    return [{"name": part.model_fields["kind"].default, "meaning": _first_line(part)} for part in parts]


def _networks() -> Rows:
    from coevolve_sim.networks import FAMILIES
    from coevolve_sim.scenario.society_specs import NETWORK_SPECS

    keys = {
        part.model_fields["family"].default: [key for key in part.model_fields if key != "family"]
        for part in NETWORK_SPECS
        if not part.plugin_group
    }

    def described(name: str, family: Any) -> dict[str, Any]:
        return {"keys": ", ".join(keys[name]), "meaning": family.meaning, "source": family.source}

    return _kinds(FAMILIES, described, load_own=True)


def _rules() -> Rows:
    from coevolve_sim.rules import RULES

    def described(_name: str, rule: Any) -> dict[str, Any]:
        return {"schedules": ", ".join(rule.schedules), "meaning": rule.meaning, "source": rule.source}

    return _kinds(RULES, described, load_own=True)


def _policies() -> Rows:
    from coevolve_sim.assistants.policies import POLICIES

    return _kinds(POLICIES, lambda _name, policy: {"meaning": _first_line(policy)}, load_own=True)


def _minds() -> Rows:
    from coevolve_sim.minds.registry import MINDS
    from coevolve_sim.scenario.mind_specs import MindSpec

    told = _specs_of(MindSpec, "kind")
    return _kinds(MINDS, lambda name, _mind: {"meaning": told[name]}, load_own=False)


def _channels() -> Rows:
    from coevolve_sim.scenario.mind_specs import LanguageChannelSpec
    from coevolve_sim.scenario.process_specs import NumericChannelSpec
    from coevolve_sim.society.plugins import CHANNELS

    told = {
        str(part.model_fields["kind"].default): str(part.model_fields["kind"].description)
        for part in (NumericChannelSpec, LanguageChannelSpec)
    }
    return _kinds(CHANNELS, lambda name, _channel: {"meaning": told[name]}, load_own=False)


def _readers() -> Rows:
    from coevolve_sim.language.readers import READERS
    from coevolve_sim.scenario.mind_specs import ReaderSpec

    told = _specs_of(ReaderSpec, "kind")
    return _kinds(READERS, lambda name, _reader: {"meaning": told[name]}, load_own=False)


def _openings() -> Rows:
    from coevolve_sim.language.openings import openings

    return [{"opening": text, "of a stance near": grade} for grade, own in openings().items() for text in own]


def _templates() -> Rows:
    from coevolve_sim.language.prompts.templates import NAMES, VERSIONS, Templates

    shipped = {version: Templates.standard(version=version).texts for version in VERSIONS}
    rows = []
    for name, places in NAMES.items():
        texts = {version: texts[name] for version, texts in shipped.items()}
        alike = len(set(texts.values())) == 1
        for version, text in texts.items():
            if version == VERSIONS[0] or not alike:
                told = ", ".join(VERSIONS) if alike else version
                placeholders = ", ".join(f"${place}" for place in sorted(places))
                rows.append({"name": name, "version": told, "placeholders": placeholders, "meaning": text})
    return rows


def _questionnaires() -> Rows:
    from coevolve_sim.language.questionnaires import QUESTIONNAIRES

    return _kinds(QUESTIONNAIRES, lambda _name, made: {"meaning": _first_line(made)}, load_own=True)


def _measures() -> Rows:
    from coevolve_sim.measures import CATALOGUE, PROGRESS

    def described(_name: str, measure: Any) -> dict[str, Any]:
        return {
            "of": "a round",
            "range": measure.range,
            "with N": measure.with_size,
            "meaning": measure.meaning,
            "source": measure.source,
        }

    rows = _kinds(CATALOGUE, described, load_own=True)
    return rows + [
        {
            "name": m.name,
            "of": "a run",
            "range": m.range,
            "with N": "",
            "meaning": m.meaning,
            "source": m.source,
            "brought_by": OWN,
        }
        for m in PROGRESS.values()
    ]


def _formats() -> Rows:
    from coevolve_sim.runs.export import FORMATS

    files = {
        "parquet": "trajectories.parquet: values of recorded humans by round",
        "csv": "measures.csv, means.csv, summary.csv; people.csv where a file names them",
        "netcdf": "run.nc: the run as a labelled dataset (xarray)",
        "graphml": "networks/*.graphml: network and values at start, middle and end",
        "gexf": "networks/*.gexf: the same for Gephi",
        "canonical": "canonical.jsonl: all content as lines, to compare two runs line by line",
    }
    return [{"name": name, "files": files[name]} for name in FORMATS]


def _scenarios() -> Rows:
    from coevolve_sim.scenario import load, read_question, shipped_scenarios

    exchanged = {"numeric": "numbers", "language": "words"}
    return [
        {"name": name, "meaning": read_question(name), "values as": exchanged[load(path).channel.kind]}
        for name, path in shipped_scenarios().items()
    ]


def _shipped_studies() -> Rows:
    from coevolve_sim.studies.shipped_studies import read_study_question, shipped_studies

    return [{"name": name, "meaning": read_study_question(name)} for name in shipped_studies()]


def _first_line(thing: object) -> str:
    return _REFERENCE.sub("", (inspect.getdoc(thing) or "").split("\n")[0])


def _instruments() -> Rows:
    from coevolve_sim.studies.instruments.catalogue import INSTRUMENTS

    def described(_name: str, instrument: Any) -> dict[str, Any]:
        return {"meaning": instrument.meaning, "null": instrument.null, "source": instrument.source}

    return _kinds(INSTRUMENTS, described, load_own=True)


_ROWS: dict[str, Callable[[], Rows]] = {
    "spaces": _spaces,
    "histories": _histories,
    "networks": _networks,
    "rules": _rules,
    "policies": _policies,
    "minds": _minds,
    "channels": _channels,
    "readers": _readers,
    "openings": _openings,
    "templates": _templates,
    "questionnaires": _questionnaires,
    "measures": _measures,
    "instruments": _instruments,
    "formats": _formats,
    "scenarios": _scenarios,
    "shipped_studies": _shipped_studies,
}


MEASURES_PAGE = """\
# Measures

Generated by `make docs`; a test holds this page to the code. Sources are keys of
[references.bib](references.bib). Cost grows with humans N, dimensions D and ties E.

## Of a round

Of a measure per dimension, tables and reports show the mean over dimensions. The record keeps each. Unless
its scenario names others (`names` of `measures`), a run takes all but these:
{size_free}, {of_assistants}, {of_media}, {of_appeals}, {of_games}, {of_guards}.
The first three of these the terminal and the report then compute from the people on record at start, middle
and end (`run.size_free`). The next two say whether people would answer as the assistant does, now and at the
start; notes have what they are to be held against ([whose values](whose_values.md#alignment)).
Then one of societies with outlets ([media](mechanisms.md#media)). Two are taken where a scenario has
`measures.appeals`, named or not ([appeals](whose_values.md#appeals)). The last eight are of societies that
play games ([trust](mechanisms.md#games-of-tied-people)), whose runs take them unless others are named;
three are of those with assistants that have a role, or with adversaries and guards
([there](mechanisms.md#adversaries-and-guards)).

A measure that changes with the number N of people, drawn from one distribution, says so under *with N*:
societies of different sizes cannot be compared by it. The others stay as they are, within a tenth, from 100
to 100,000 people; a test holds each to what it says.

`density_modes` is a number of camps that does not depend on N. Of 1,000 samples with equal camps .3 apart,
of standard deviation .05, it was right in 1,000 for two camps and in 996 for three at 100 people, and in
all from 300 on; one heap was 1 in all; people spread evenly were 1 in 973 at 100 people and in all from 300
on. At 30 people it was right in 704 for two camps, in 176 for three, and 971 for people spread evenly: so
few do not show more.

| measure | meaning | high means | range | with N | per dimension | cost | source |
|---|---|---|---|---|---|---|---|
{of_rounds}

## Of a run

Taken at the end of each era. Plain cosines of value profiles are compressed (two random ones average 0.84),
so each has a centred form: the value-free vector (0.5) is subtracted first.

A cosine is blind to how far a profile goes. In one dimension, where there are but two directions, it is
absent. An era in which a profile lies at the centre has no direction and is left out of a centred mean; how
many are is said (and in how many it lies within 0.005 of it, where small changes turn it), and with more than
half of them the mean is absent. Coevolve in both forms is blind to haste. Errors (`_rmse`) and `share_of_way`
see how far people went. They are computed from the trajectory when a run is read (`run.progress`), the share
by dimension too, and are no part of the record.

Where history begins again (`restart_history`), the eras are those of both courses, in the order in which they
are reached; its first era is reached anew at the end of no round. History's way goes from where it was in
round 0 to where it stands at the last era. A note says where two eras around a restart lie further apart than
others.

| measure | meaning | high means | range | source |
|---|---|---|---|---|
{of_runs}
"""


def measures_page() -> str:
    """Return ``docs/measures.md``: every measure, what it says, its range, source and cost."""
    from coevolve_sim.measures import (
        CATALOGUE,
        OF_APPEALS,
        OF_ASSISTANTS,
        OF_GAMES,
        OF_GUARDS,
        OF_MEDIA,
        PROGRESS,
        SIZE_FREE,
    )
    from coevolve_sim.measures.measured_round import get_measure

    of_rounds = [
        _table_row(
            f"`{m.name}`",
            m.meaning,
            m.high_means,
            m.range,
            m.with_size,
            "yes" if m.per_dimension else "no",
            m.cost,
            m.source,
        )
        for m in map(get_measure, CATALOGUE.own)
    ]
    of_runs = [
        _table_row(f"`{p.name}`", p.meaning, p.high_means, p.range, p.source) for p in PROGRESS.values()
    ]
    return MEASURES_PAGE.format(
        size_free=", ".join(f"`{name}`" for name in SIZE_FREE),
        of_assistants=", ".join(f"`{name}`" for name in OF_ASSISTANTS),
        of_media=", ".join(f"`{name}`" for name in OF_MEDIA),
        of_appeals=", ".join(f"`{name}`" for name in OF_APPEALS),
        of_games=", ".join(f"`{name}`" for name in OF_GAMES),
        of_guards=", ".join(f"`{name}`" for name in OF_GUARDS),
        of_rounds="\n".join(of_rounds),
        of_runs="\n".join(of_runs),
    )


def _table_row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
