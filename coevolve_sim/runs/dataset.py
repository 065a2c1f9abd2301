"""A run as a labelled dataset: arrays with units, long names, ranges and sources, and what it rests on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from coevolve_sim.errors import MeasureError
from coevolve_sim.measures import CATALOGUE, progress_measure
from coevolve_sim.measures.measured_round import get_measure
from coevolve_sim.runs.reader import RecordReader

if TYPE_CHECKING:
    import xarray as xr

_INTERVAL = re.compile(r"\[(-?[0-9.]+), (-?[0-9.]+)\]")
_NO_LETTERS = re.compile(r"[^A-Za-z0-9]+")
_UNIT = {"units": "1", "valid_min": 0.0, "valid_max": 1.0}
_COORDINATES: dict[str, dict[str, Any]] = {
    "recorded_round": {"long_name": "round at whose end values were recorded", "units": "rounds"},
    "round": {"long_name": "round, 0 being the beginning", "units": "rounds"},
    "measured_round": {"long_name": "round at whose end measures were taken", "units": "rounds"},
    "era": {"long_name": "position of history at the end of the round, from 0", "units": "eras"},
    "human": {"long_name": "number of the human, from 0"},
    "name": {"long_name": "what the human is called in the file it came from"},
    "dimension": {"long_name": "dimension of the value space"},
    "dimension_label": {"long_name": "the dimension as figures call it"},
    "group_name": {"long_name": "group of humans"},
    "assistant_name": {"long_name": "assistant"},
    "summary_of": {"long_name": "assistant that is measured, or people"},
    "summary_measure": {"long_name": "measure of the whole run"},
}
_VARIABLES: dict[str, dict[str, Any]] = {
    "values": {"long_name": "values that humans hold", **_UNIT},
    "group": {"long_name": "group of the human"},
    "people": {"long_name": "mean of the values of all humans", **_UNIT},
    "history": {"long_name": "values of the reference history", **_UNIT},
    "group_mean": {"long_name": "mean of the values of a group", **_UNIT},
    "assistant": {"long_name": "values that an assistant holds, missing while it is absent", **_UNIT},
    "summary": {"long_name": "measure of the whole run", "units": "1"},
}


def to_xarray(run: RecordReader) -> xr.Dataset:
    """Return a run as a labelled dataset.

    Variables: ``values`` (recorded_round, human, dimension), ``group`` (human), ``people`` and ``history``
    (round, dimension), ``group_mean`` (round, group_name, dimension), ``assistant`` (round, assistant_name,
    dimension; nan while it is absent), each measure under its own name (measured_round), and ``summary``
    (summary_of, summary_measure), the measures of the whole run. ``era`` is a coordinate along round;
    ``name`` and ``human_ATTRIBUTE``, where a file has names and attributes of humans, along human. Each has
    a long name, a unit and a range where it has one; measures have their sources, keys of
    ``docs/references.bib``; the dataset has the scenario, inputs with their SHA-256, minds, versions and
    notes.
    """
    import xarray as xr

    rounds, _, values = run.trajectory_arrays()
    means, names = run.means, list(run.dimensions)
    dataset = xr.Dataset(
        {
            "values": (("recorded_round", "human", "dimension"), values),
            "group": ("human", np.array(run.groups, dtype=object)[run.group_of[run.recorded_humans]]),
            "people": (("round", "dimension"), means.loc[means["kind"] == "people", names].to_numpy()),
        },
        coords={
            "recorded_round": rounds,
            "human": run.recorded_humans,
            "dimension": list(run.dimensions),
            "dimension_label": ("dimension", list(run.labels)),
            "round": np.unique(means["round"]),
            "era": ("round", means.loc[means["kind"] == "people", "era"].to_numpy()),
        },
        attrs=_describe_run(run),
    )
    dataset = dataset.assign_coords(_columns_of_people(run))
    for kind, variable in (("history", "history"), ("group", "group_mean"), ("assistant", "assistant")):
        of_kind = means[means["kind"] == kind]
        if kind == "history" and len(of_kind):
            dataset[variable] = (("round", "dimension"), of_kind[names].to_numpy())
        elif len(of_kind):
            stacked = of_kind.set_index(["round", "name"])[names].to_xarray().to_dataarray("dimension")
            named = stacked.rename(name="group_name" if kind == "group" else "assistant_name")
            dataset[variable] = named.transpose("round", ..., "dimension")
    measures = run.measures
    dataset = dataset.assign_coords(measured_round=measures.index.to_numpy())
    for name in measures.columns:
        dataset[str(name)] = ("measured_round", measures[name].to_numpy(), _describe_measure(str(name)))
    return _describe(_with_summary(run, dataset))


def _columns_of_people(run: RecordReader) -> dict[str, Any]:
    """Return the names of recorded humans and what a file says of them, as coordinates."""
    columns: dict[str, Any] = {}
    if run.names is not None:
        columns["name"] = ("human", np.array(run.names, dtype=object)[run.recorded_humans])
    for name, column in run.attributes.items():
        told = [column[human] for human in run.recorded_humans.tolist()]
        if all(cell is None or isinstance(cell, int | float) for cell in told):
            cells: Any = np.array([np.nan if cell is None else float(cell) for cell in told])
        else:
            cells = np.array(["" if cell is None else str(cell) for cell in told], dtype=object)
        called = {"long_name": f"{name}, as the network's file has it"}
        columns[f"human_{_NO_LETTERS.sub('_', name)}"] = ("human", cells, called)
    return columns


def _with_summary(run: RecordReader, dataset: xr.Dataset) -> xr.Dataset:
    """Return the dataset with the measures of the whole run, if it is finished and has any."""
    summary = run.summary
    if summary.empty:
        return dataset
    table = summary.replace({"assistant": {"": "people"}}).pivot(
        index="assistant", columns="measure", values="value"
    )
    told = {str(name): _describe_progress(str(name)) for name in table.columns}
    coords = {
        "summary_of": table.index.to_list(),
        "summary_measure": table.columns.to_list(),
        "summary_meaning": ("summary_measure", [told[str(name)] for name in table.columns]),
    }
    return dataset.assign_coords(coords).assign(
        summary=(("summary_of", "summary_measure"), table.to_numpy(dtype=float))
    )


def _describe(dataset: xr.Dataset) -> xr.Dataset:
    for name, told in {**_COORDINATES, **_VARIABLES}.items():
        if name in dataset.variables:
            dataset[name].attrs.update(told)
    return dataset


def _describe_run(run: RecordReader) -> dict[str, str]:
    manifest = run.manifest
    notes = " | ".join(f"round {row.round}: {row.text}" for row in run.notes.itertuples())
    return {
        "title": f"{manifest['name']}, seed {manifest['seed']}",
        "source": f"coevolve-sim: {manifest['versions']}",
        "history": f"{manifest['created']} run",
        "scenario": manifest["scenario"],
        "seed": manifest["seed"],
        "sha256": run.digest(),
        "inputs": manifest["inputs"],
        "minds": manifest["minds"],
        "notes": notes,
    }


def _describe_measure(name: str) -> dict[str, Any]:
    """Return what the catalogue says of a measure of a round; of one of the user's own its name."""
    if name not in CATALOGUE:
        return {"long_name": name}
    measure = get_measure(name)
    told: dict[str, Any] = {"long_name": measure.meaning, "units": "1", "range": measure.range}
    told |= {"high_means": measure.high_means, "references": measure.source, "with_size": measure.with_size}
    if found := _INTERVAL.fullmatch(measure.range):
        told |= {"valid_min": float(found[1]), "valid_max": float(found[2])}
    return {key: value for key, value in told.items() if value != ""}


def _describe_progress(name: str) -> str:
    try:
        return progress_measure(name).meaning
    except MeasureError:
        return name
