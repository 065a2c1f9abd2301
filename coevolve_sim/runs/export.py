"""Export a run to files that other programs read: tables, a labelled dataset, network snapshots."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from coevolve_sim.errors import RecordError
from coevolve_sim.language.table_cells import escape_texts
from coevolve_sim.networks import to_networkx
from coevolve_sim.output_files import refuse_links, remove_left_over, write_atomically
from coevolve_sim.registry import nearest
from coevolve_sim.runs.dataset import to_xarray
from coevolve_sim.runs.people import add_names, read_people
from coevolve_sim.runs.reader import RecordReader

MAX_DRAWN_HUMANS, MAX_DRAWN_TIES = 100_000, 1_000_000
"""Above either, no network is written: no program would draw it, and writing it takes minutes."""


def export(run: RecordReader, formats: tuple[str, ...] | None = None) -> list[Path]:
    """Write a run in other formats into its folder; each file is written whole or not at all.

    Parameters
    ----------
    run : RecordReader
        The run; if it is still going on, the rounds finished so far are exported.
    formats : tuple of str, optional
        Names from `FORMATS`; all but ``canonical`` if not given.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    RecordError
        If a format is unknown or the folder cannot be written.
    """
    chosen = [name for name in FORMATS if name != "canonical"] if formats is None else list(formats)
    for name in chosen:
        if name not in FORMATS:
            raise RecordError(
                f"unknown format '{name}'{nearest(name, FORMATS) or '.'} There are: {', '.join(FORMATS)}"
            )
    if not run.has_rounds:
        raise RecordError(f"{run.folder}: no round is on record yet; `coevolve resume` runs it")
    refuse_links(run.folder)
    remove_left_over(run.folder)
    with RecordReader(run.folder).pin() as pinned:
        pinned.verify()
        return [path for name in dict.fromkeys(chosen) for path in FORMATS[name](pinned)]


def _parquet(run: RecordReader) -> list[Path]:
    table = run.trajectories
    return [
        write_atomically(
            run.folder / "trajectories.parquet", lambda path: table.to_parquet(path, index=False)
        )
    ]


def _csv(run: RecordReader) -> list[Path]:
    written = [
        write_atomically(run.folder / "measures.csv", run.measures.to_csv),
        write_atomically(run.folder / "means.csv", lambda path: run.means.to_csv(path, index=False)),
    ]
    summary = run.summary
    written.append(
        write_atomically(run.folder / "summary.csv", lambda path: summary.to_csv(path, index=False))
    )
    if run.names is not None or run.attributes:
        people = escape_texts(read_people(run))
        written.append(write_atomically(run.folder / "people.csv", partial(people.to_csv, index=False)))
    return [*written, *_csv_of_talk(run)]


def _csv_of_talk(run: RecordReader) -> list[Path]:
    """Write messages, hearings, lessons, choices, bias, usage and attempts as CSV, leaving out empty tables.

    A text that a spreadsheet would take for a formula gets a leading apostrophe (`language.table_cells`).
    """
    tables = {
        "messages": add_names(run, run.messages),
        "hearings": add_names(run, run.hearings),
        "lessons": run.lessons,
        "choices": run.choices,
        "choice_scores": run.choice_scores,
        "bias": run.bias,
        "verdicts": run.verdicts,
        "fitness": run.fitness,
        "usage": run.usage,
        "attempts": run.attempts,
    }
    return [
        write_atomically(run.folder / f"{name}.csv", partial(escape_texts(table).to_csv, index=False))
        for name, table in tables.items()
        if len(table)
    ]


def _netcdf(run: RecordReader) -> list[Path]:
    dataset = to_xarray(run)
    return [write_atomically(run.folder / "run.nc", lambda path: dataset.to_netcdf(path, engine="h5netcdf"))]


def _networks(run: RecordReader, suffix: str) -> list[Path]:
    """Write the network with the values of all humans at start, middle and end of the run.

    Nothing is written for full mixing, for more humans than `MAX_DRAWN_HUMANS`, or for more ties than
    `MAX_DRAWN_TIES`.
    """
    import networkx as nx

    if run.n_humans > MAX_DRAWN_HUMANS:
        return []
    write = nx.write_graphml if suffix == "graphml" else nx.write_gexf
    written = []
    names = np.array(run.groups)[run.group_of]
    for round_index, values in run.snapshots().items():
        ties = run.ties(round_index)
        if ties.complete or ties.n_ties > MAX_DRAWN_TIES:
            continue
        graph = to_networkx(ties, values, run.dimensions, names)
        path = run.folder / "networks" / f"round-{round_index:06d}.{suffix}"
        written.append(write_atomically(path, lambda target, graph=graph: write(graph, target)))  # type: ignore[misc]
    return written


def _graphml(run: RecordReader) -> list[Path]:
    return _networks(run, "graphml")


def _gexf(run: RecordReader) -> list[Path]:
    return _networks(run, "gexf")


def _canonical(run: RecordReader) -> list[Path]:
    def write(path: Path) -> None:
        with path.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{line}\n" for line in run.canonical_lines())

    return [write_atomically(run.folder / "canonical.jsonl", write)]


FORMATS: dict[str, Callable[[RecordReader], list[Path]]] = {
    "parquet": _parquet,
    "csv": _csv,
    "netcdf": _netcdf,
    "graphml": _graphml,
    "gexf": _gexf,
    "canonical": _canonical,
}
"""Every format, by name: what writes it."""
