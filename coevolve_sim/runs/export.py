"""Export a run to files that other programs read: tables, a labelled dataset, network snapshots."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from coevolve_sim import networks
from coevolve_sim.arrays import Floats
from coevolve_sim.errors import RecordError
from coevolve_sim.language.table_cells import escape_texts
from coevolve_sim.output_files import refuse_links, remove_left_over, write_atomically
from coevolve_sim.registry import nearest
from coevolve_sim.runs.dataset import to_xarray
from coevolve_sim.runs.people import add_names, read_people
from coevolve_sim.runs.reader import RecordReader

if TYPE_CHECKING:
    import networkx as nx

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
    """Write what was said, read, audited, learnt, chosen and asked as CSV, leaving out empty tables.

    A text that a spreadsheet would take for a formula gets a leading apostrophe (`language.table_cells`).
    """
    tables = {
        "messages": add_names(run, run.messages),
        "hearings": add_names(run, run.hearings),
        "audits": run.audits,
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


def to_networkx(run: RecordReader, round_index: int | None = None) -> nx.Graph[int]:
    """Return the network at the end of a round as a networkx graph, with what is on record of humans then.

    Nodes are humans by number, with ``group``, ``label`` and ``community`` where the network has them, and
    their values by dimension as far as they are on record: everybody's at start, middle and end (snapshots),
    those of the recorded humans in recorded rounds. ``graph.graph`` has ``round`` and ``humans_with_values``.

    Parameters
    ----------
    run : RecordReader
    round_index : int, optional
        A finished round; the last one if not given.

    Returns
    -------
    networkx.Graph, or DiGraph where ties have a direction
        Edges go from speaker to listener.

    Raises
    ------
    RecordError
        If the round is not finished.
    NetworkError
        If full mixing of so many humans is no graph to make.
    """
    last = run.n_rounds_finished
    chosen = last if round_index is None else round_index
    if not run.has_rounds or not 0 <= chosen <= last:
        raise RecordError(f"{run.folder}: round {chosen} is not on record; there are rounds 0 to {last}")
    humans, values = _values_on_record(run, chosen)
    ties, groups = run.ties(chosen), np.array(run.groups)[run.group_of]
    if humans.size == run.n_humans:
        graph = networks.to_networkx(ties, values, run.dimensions, groups)
    else:
        graph = networks.to_networkx(ties, groups=groups)
        for human, row in zip(humans.tolist(), values.tolist(), strict=True):
            graph.nodes[human].update(zip(run.dimensions, row, strict=True))
    graph.graph.update(round=int(chosen), humans_with_values=int(humans.size))
    return graph


def _values_on_record(run: RecordReader, round_index: int) -> tuple[NDArray[np.int64], Floats]:
    """Return the humans whose values at the end of a round are on record, and these values."""
    if (everybody := run.snapshots().get(round_index)) is not None:
        return np.arange(run.n_humans), everybody
    nobody = np.empty(0, dtype=np.int64), np.empty((0, len(run.dimensions)))
    if not run.recorded_humans.size:
        return nobody
    rounds, _, values = run.trajectory_arrays()
    found = np.flatnonzero(rounds == round_index)
    return (run.recorded_humans, values[found[0]]) if found.size else nobody


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
        graph = networks.to_networkx(ties, values, run.dimensions, names)
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
