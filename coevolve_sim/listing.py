"""What there is, as rows: for ``coevolve list`` and for the documentation."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

Rows = list[dict[str, Any]]


def rows_of(what: str) -> Rows:
    """Return what there is of one kind, one dict a row, all with the same keys.

    Examples
    --------
    >>> [row["name"] for row in rows_of("policies")]
    ['frozen', 'lifelong']
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
    from coevolve_sim.scenario.society_parts import FileHistory, GssMoralHistory, NoHistory, PlantedHistory

    parts = (NoHistory, GssMoralHistory, PlantedHistory, FileHistory)
    return [{"name": part.model_fields["kind"].default, "meaning": _first_line(part)} for part in parts]


def _networks() -> Rows:
    from coevolve_sim.networks import FAMILIES

    return [
        {"name": f.name, "keys": ", ".join(f.parameters), "meaning": f.meaning, "source": f.source}
        for f in FAMILIES.values()
    ]


def _rules() -> Rows:
    from coevolve_sim.rules import RULES

    return [
        {"name": r.name, "schedules": ", ".join(r.schedules), "meaning": r.meaning, "source": r.source}
        for r in RULES.values()
    ]


def _policies() -> Rows:
    from coevolve_sim.assistants import POLICIES

    return [{"name": name, "meaning": _first_line(policy)} for name, policy in POLICIES.items()]


def _measures() -> Rows:
    from coevolve_sim.measures import CATALOGUE, PROGRESS

    rows = [
        {"name": m.name, "of": "a round", "range": m.range, "meaning": m.meaning, "source": m.source}
        for m in CATALOGUE.values()
    ]
    return rows + [
        {"name": m.name, "of": "a run", "range": m.range, "meaning": m.meaning, "source": m.source}
        for m in PROGRESS.values()
    ]


def _formats() -> Rows:
    from coevolve_sim.record.export import FORMATS

    files = {
        "parquet": "trajectories.parquet: values of recorded humans by round",
        "csv": "measures.csv, means.csv, summary.csv",
        "netcdf": "run.nc: the run as a labelled dataset (xarray)",
        "graphml": "networks/*.graphml: network and values at start, middle and end",
        "gexf": "networks/*.gexf: the same for Gephi",
        "canonical": "canonical.jsonl: all content as lines; its SHA-256 identifies the run",
    }
    return [{"name": name, "files": files[name]} for name in FORMATS]


def _first_line(thing: object) -> str:
    return (inspect.getdoc(thing) or "").split("\n")[0].split(" [")[0]


_ROWS: dict[str, Callable[[], Rows]] = {
    "spaces": _spaces,
    "histories": _histories,
    "networks": _networks,
    "rules": _rules,
    "policies": _policies,
    "measures": _measures,
    "formats": _formats,
}
