"""What there is, as rows: for ``coevolve list`` and for the documentation."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

from coevolve_sim.errors import CoevolveError
from coevolve_sim.registry import OWN, Registry

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


def _spaces() -> Rows:
    from coevolve_sim import values

    spaces = [values.get(name) for name in values.SPACES]
    return [
        {"name": s.name, "dimensions": s.n_dimensions, "meaning": s.meaning, "source": s.source}
        for s in spaces
    ]


def _histories() -> Rows:
    from coevolve_sim.scenario.society_specs import (
        FileHistorySpec,
        GssMoralHistorySpec,
        NoHistorySpec,
        PlantedHistorySpec,
    )

    parts = (NoHistorySpec, GssMoralHistorySpec, PlantedHistorySpec, FileHistorySpec)
    return [{"name": part.model_fields["kind"].default, "meaning": _first_line(part)} for part in parts]


def _kinds(registry: Registry, described: Callable[[str, Any], dict[str, Any]]) -> Rows:
    """Return a row for each kind of a concept, with who brought it; one that cannot be loaded tells why."""
    rows = []
    for entry in registry.entries:
        try:
            told = described(entry.kind, registry[entry.kind])
        except CoevolveError as error:
            told = {"meaning": str(error)}
        rows.append({"name": entry.kind, **told, "from": entry.brought_by})
    keys = dict.fromkeys(key for row in rows for key in row)
    return [{key: row.get(key, "") for key in keys} for row in rows]


def _networks() -> Rows:
    from coevolve_sim.networks import FAMILIES, Family
    from coevolve_sim.scenario.society_specs import NETWORK_SPECS

    keys = {
        part.model_fields["family"].default: [key for key in part.model_fields if key != "family"]
        for part in NETWORK_SPECS
        if not part.is_plugin
    }

    def described(kind: str, family: Any) -> dict[str, Any]:
        if not isinstance(family, Family):
            return {"keys": "parameters", "meaning": _first_line(family), "source": ""}
        return {"keys": ", ".join(keys[kind]), "meaning": family.meaning, "source": family.source}

    return _kinds(FAMILIES, described)


def _rules() -> Rows:
    from coevolve_sim.rules import RULES

    return _kinds(
        RULES,
        lambda _, r: {
            "schedules": ", ".join(r.schedules),
            "meaning": r.meaning or _first_line(r),
            "source": r.source,
        },
    )


def _policies() -> Rows:
    from coevolve_sim.assistants.policies import POLICIES

    return _kinds(POLICIES, lambda _, policy: {"meaning": _first_line(policy)})


def _minds() -> Rows:
    from coevolve_sim.minds.registry import MINDS
    from coevolve_sim.scenario import mind_specs

    fields = {
        spec: getattr(spec, "model_fields", {})
        for spec in vars(mind_specs).values()
        if isinstance(spec, type)
    }
    told = {known["kind"].default: _first_line(spec) for spec, known in fields.items() if "kind" in known}
    return _kinds(MINDS, lambda kind, mind: {"meaning": told.get(kind) or _first_line(mind)})


def _channels() -> Rows:
    from coevolve_sim.society.plugins import CHANNELS

    return _kinds(CHANNELS, lambda _, channel: {"meaning": _first_line(channel)})


def _measures() -> Rows:
    from coevolve_sim.measures import CATALOGUE, PROGRESS
    from coevolve_sim.measures.measured_round import catalogued

    def described(kind: str, _: Any) -> dict[str, Any]:
        m = catalogued(kind)
        return {"of": "a round", "range": m.range, "meaning": m.meaning, "source": m.source}

    return _kinds(CATALOGUE, described) + [
        {
            "name": m.name,
            "of": "a run",
            "range": m.range,
            "meaning": m.meaning,
            "source": m.source,
            "from": OWN,
        }
        for m in PROGRESS.values()
    ]


def _formats() -> Rows:
    from coevolve_sim.runs.export import FORMATS

    files = {
        "parquet": "trajectories.parquet: values of recorded humans by round",
        "csv": "measures.csv, means.csv, summary.csv",
        "netcdf": "run.nc: the run as a labelled dataset (xarray)",
        "graphml": "networks/*.graphml: network and values at start, middle and end",
        "gexf": "networks/*.gexf: the same for Gephi",
        "canonical": "canonical.jsonl: all content as lines; its SHA-256 identifies the run",
    }
    return [{"name": name, "files": files[name]} for name in FORMATS]


def _scenarios() -> Rows:
    from coevolve_sim.scenario import load, read_question, shipped_scenarios

    exchanged = {"numeric": "numbers", "language": "words"}
    return [
        {"name": name, "meaning": read_question(name), "values as": exchanged[load(path).channel.kind]}
        for name, path in shipped_scenarios().items()
    ]


def _first_line(thing: object) -> str:
    return _REFERENCE.sub("", (inspect.getdoc(thing) or "").split("\n")[0])


_ROWS: dict[str, Callable[[], Rows]] = {
    "spaces": _spaces,
    "histories": _histories,
    "networks": _networks,
    "rules": _rules,
    "policies": _policies,
    "minds": _minds,
    "channels": _channels,
    "measures": _measures,
    "formats": _formats,
    "scenarios": _scenarios,
}


def measures_page() -> str:
    """Return ``docs/measures.md``: every measure, what it says, its range, source and cost."""
    from coevolve_sim.measures import CATALOGUE, PROGRESS
    from coevolve_sim.measures.measured_round import catalogued

    lines = [
        "# Measures",
        "",
        "Generated by `make docs`; a test holds this page to the code. Sources are keys of",
        "[references.bib](references.bib). Cost grows with humans N, dimensions D and ties E.",
        "",
        "## Of a round",
        "",
        "Of a measure per dimension, tables and reports show the mean over dimensions.",
        "The record keeps each.",
        "",
        "| measure | meaning | high means | range | per dimension | cost | source |",
        "|---|---|---|---|---|---|---|",
    ]
    for m in map(catalogued, CATALOGUE.own):
        each = "yes" if m.per_dimension else "no"
        lines.append(
            f"| `{m.name}` | {m.meaning} | {m.high_means} | {m.range} | {each} | {m.cost} | {m.source} |"
        )
    lines += [
        "",
        "## Of a run",
        "",
        "Taken at the end of each era. Plain cosines of value profiles are compressed (two random ones",
        "average 0.84), so each has a centred form: the value-free vector (0.5) is subtracted first.",
        "",
        "| measure | meaning | high means | range | source |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| `{p.name}` | {p.meaning} | {p.high_means} | {p.range} | {p.source} |" for p in PROGRESS.values()
    ]
    return "\n".join(lines) + "\n"
