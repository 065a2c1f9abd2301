"""Running a scenario, and going on with a run that was stopped.

A run is written round by round. However it ends (finished, interrupted, failed, killed), its finished
rounds stand, and `resume` goes on from the last one to the same bytes as if nothing had happened.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import numpy as np

from coevolve_sim import __version__
from coevolve_sim.assistants import file_of
from coevolve_sim.errors import RecordError, ScenarioError
from coevolve_sim.foundation import Foundation, lay
from coevolve_sim.measures import measure_people, measure_progress
from coevolve_sim.minds.recorded import Usage
from coevolve_sim.record.database import explained, locked
from coevolve_sim.record.export import whole
from coevolve_sim.record.replies import RunReplies
from coevolve_sim.record.run import Run, open_run
from coevolve_sim.record.schema import CONTENT_VERSION
from coevolve_sim.record.writer import Writer, create
from coevolve_sim.scenario import (
    LoadedScenario,
    Scenario,
    content_of,
    dump,
    first_difference,
    load_with_places,
    loads,
)
from coevolve_sim.scenario.policy_parts import CustomPolicy
from coevolve_sim.society import Society
from coevolve_sim.talk import LanguageChannel
from coevolve_sim.talk.voices import refuse_unknown_voices

Progress = Callable[[int, int], None]
"""Called after every round with the rounds finished and the rounds asked for."""

VERSIONED = ("coevolve-sim", "mesa", "networkx", "numba", "numpy", "scipy")


def run(
    scenario: Scenario | Path | str,
    *,
    seed: int | None = None,
    overrides: Mapping[str, object] | Iterable[str] = (),
    results: Path | str = "results",
    progress: Progress | None = None,
    asking: Callable[[Usage], None] | None = None,
    started: Callable[[Path], None] | None = None,
) -> Run:
    """Run a scenario to its end.

    Parameters
    ----------
    scenario : Scenario or path
        What to run; a path is read with `coevolve_sim.load`.
    seed : int, optional
        Instead of the scenario's.
    overrides : mapping or iterable of str, optional
        As for `coevolve_sim.load`; for a path only.
    results : path
        Folder in which the run's folder is made.
    progress : callable, optional
        Called after every round with rounds finished and rounds asked for.
    asking : callable, optional
        Called after every reply of a mind with what was asked so far.
    started : callable, optional
        Called once with the run's folder, when it is there.

    Returns
    -------
    Run
        Finished; its tables are read from its folder.

    Raises
    ------
    ScenarioError
        If the scenario cannot be read or cannot be; then nothing is written.
    RoundError
        If a round goes wrong; the finished rounds stand.
    RecordError
        If the folder cannot be written.
    KeyboardInterrupt
        If interrupted; `resume` goes on.
    """
    loaded, foundation = lay_out(scenario, seed=seed, overrides=overrides)
    with _placed(loaded), open_minds(foundation, asking) as minds:
        society = Society(foundation, with_objects=False)
        folder = _new_folder(Path(results), foundation, minds)
        if started is not None:
            started(folder)
        with locked(folder):
            writer = Writer(folder, foundation)
            writer.begin_session(0, _versions())
            writer.write_minds(minds)
            _go_on(society, writer, progress, from_beginning=True)
    _write_manifest_file(folder)
    return open_run(folder)


@contextmanager
def _placed(loaded: LoadedScenario | None) -> Iterator[None]:
    """Say where in the file the culprit of a scenario's error stands."""
    try:
        yield
    except ScenarioError as error:
        if loaded is None:
            raise
        raise loaded.place(error) from error


def lay_out(
    scenario: Scenario | Path | str,
    *,
    seed: int | None = None,
    overrides: Mapping[str, object] | Iterable[str] = (),
) -> tuple[LoadedScenario | None, Foundation]:
    """Read a scenario and lay its foundation, without running it.

    Returns
    -------
    loaded : LoadedScenario or None
        Where each key stands; None for a scenario that came from no file.
    foundation : Foundation
        What the society stands on.

    Raises
    ------
    ScenarioError
        At ``file:line:column`` where it was read from a file.
    """
    if isinstance(scenario, Scenario):
        if list(overrides):
            raise ScenarioError("overrides are for a scenario file; use scenario.model_copy(update=...)")
        return None, lay(scenario if seed is None else scenario.model_copy(update={"seed": seed}))
    if seed is not None:
        overrides = [*_as_texts(overrides), f"seed={seed}"]
    loaded = load_with_places(scenario, overrides)
    try:
        return loaded, lay(loaded.scenario)
    except ScenarioError as error:
        raise loaded.place(error) from error


def resume(
    folder: Path | str,
    *,
    progress: Progress | None = None,
    asking: Callable[[Usage], None] | None = None,
) -> Run:
    """Go on with a run that was stopped, to the same bytes as if it had not been.

    Parameters
    ----------
    folder : path
        The run's folder.
    progress, asking : callable, optional
        As for `run`.

    Returns
    -------
    Run
        Finished. A run that was finished before is returned as it is.

    Raises
    ------
    RecordError
        If there is no run, another process writes it, its ``scenario.yaml`` or a file it read was changed
        (names the field), or another version computed it.
    """
    found = open_run(folder)
    with locked(found.folder):
        if _is_finished(found):
            _write_manifest_file(found.folder)
            return found
        _refuse_a_changed_scenario(found)
        _refuse_other_versions(found)
        society = Society(found.scenario, with_objects=False)
        _refuse_changed_inputs(found, society.foundation)
        with open_minds(society.foundation, asking) as minds:
            _refuse_other_minds(found, society.foundation, minds)
            _resumed(found, society, progress, minds)
    _write_manifest_file(found.folder)
    return open_run(found.folder)


def _resumed(found: Run, society: Society, progress: Progress | None, minds: list[MindRow]) -> None:
    """Go on from the last kept round."""
    writer = Writer(found.folder, society.foundation)
    writer.write_minds(minds)
    point = writer.checkpoint()
    if point is not None:
        society.restore(point.round_index, point.values, point.anchors, point.assistant_values, point.kept)
        if _network_on_record(found, society):
            writer.network_is_written(society.state.ties)
    writer.begin_session(society.round_index, _versions())
    _go_on(society, writer, progress, from_beginning=point is None)


# --- the rounds ----------------------------------------------------------------------------------


def _go_on(society: Society, writer: Writer, progress: Progress | None, *, from_beginning: bool) -> None:
    try:
        with _replies_kept(society.foundation, writer.folder):
            _rounds(society, writer, progress, from_beginning=from_beginning)
        writer.write_summary(*_summary(society.foundation, open_run(writer.folder)))
        writer.end_session("finished", society.round_index)
    except KeyboardInterrupt:
        writer.end_session("interrupted", society.round_index)
        raise
    except Exception as error:
        _note_failure(writer, society, error)
        raise
    finally:
        writer.close()


def _rounds(society: Society, writer: Writer, progress: Progress | None, *, from_beginning: bool) -> None:
    writer.write_bias(society.foundation.channel.prepare())
    if from_beginning:
        writer.write_round(society.state, society.log, society.measures, society.group_means())
    while not society.is_finished:
        society.step()
        measured = society.measures if society.is_measured(society.round_index) else None
        writer.write_round(society.state, society.log, measured, society.group_means())
        if progress is not None:
            progress(society.round_index, society.foundation.n_rounds)


@contextmanager
def _replies_kept(foundation: Foundation, folder: Path) -> Iterator[None]:
    """Keep what minds reply in the run's record; all of it is committed when this ends, however it ends."""
    if not isinstance(foundation.channel, LanguageChannel):
        yield
        return
    kept: list[RunReplies] = []

    def kept_in(name: str) -> RunReplies:
        kept.append(RunReplies(folder, name))
        return kept[-1]

    foundation.channel.minds.keep_in(kept_in)
    try:
        yield
    finally:
        for replies in kept:
            replies.close()


MindRow = tuple[str, str, str, bool]
"""Name, kind, identity of a mind, and whether it repeats itself bit for bit."""


@contextmanager
def open_minds(
    foundation: Foundation, asking: Callable[[Usage], None] | None = None
) -> Iterator[list[MindRow]]:
    """Open the minds of a scenario, if it has any, and close them in the end.

    Raises
    ------
    MindError
        If one cannot be had.
    ScenarioError
        If a group or an assistant is to speak with a voice that its mind does not have.
    """
    channel = foundation.channel
    if not isinstance(channel, LanguageChannel):
        yield []
        return
    minds = channel.minds
    minds.progress = asking
    try:
        opened = {name: minds.opened(name) for name in channel.mind_names}
        refuse_unknown_voices(foundation.scenario, channel.mind, opened)
        yield [
            (name, minds.parts[name].kind, mind.identity, mind.is_bitwise) for name, mind in opened.items()
        ]
    finally:
        minds.close()


def _note_failure(writer: Writer, society: Society, error: Exception) -> None:
    """Write that the round after the last finished one failed, unless it is the record that fails."""
    if not isinstance(error, RecordError):
        writer.write_failure(society.round_index + 1, f"{type(error).__name__}: {error}")
        writer.end_session("failed", society.round_index)


def _summary(foundation: Foundation, found: Run) -> tuple[list[tuple[str, str, float]], list[str]]:
    """Return the progress measures of every assistant, those of people under an empty name, and notes."""
    means = found.means
    at_eras = means[means["round"].isin(foundation.era_rounds)]
    names = list(found.dimensions)

    def vectors(kind: str, name: str | None = None) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
        of_kind = at_eras[at_eras["kind"] == kind]
        of_kind = of_kind if name is None else of_kind[of_kind["name"] == name]
        return of_kind.sort_values("round")[names].to_numpy()

    humans = vectors("people")
    if len(humans) < 2:
        return [], ["the run reaches fewer than 2 eras: no progress measure is taken"]
    history = vectors("history") if foundation.history is not None else None
    centre = foundation.scenario.measures.centre
    people = {} if history is None else measure_people(humans, history, centre)
    rows = [("", measure, value) for measure, value in people.items()]
    notes = []
    for name in foundation.assistant_names:
        there = at_eras[(at_eras["kind"] == "assistant") & (at_eras["name"] == name)]["round"]
        stretch = _first_stretch(np.isin(foundation.era_rounds, there))
        horizons = [k for k in foundation.horizons if stretch.stop - stretch.start >= k + 2]
        if stretch.stop - stretch.start >= 2:
            assistant = vectors("assistant", name)[: stretch.stop - stretch.start]
            past = None if history is None else history[stretch]
            taken = measure_progress(assistant, humans[stretch], past, horizons, centre)
            rows += [(name, measure, value) for measure, value in taken.items() if measure not in people]
        if stretch != slice(0, len(humans)):
            notes.append(_stretch_note(name, stretch))
    return rows, notes


def _stretch_note(name: str, stretch: slice) -> str:
    if stretch.stop - stretch.start < 2:
        return f"assistant {name}: there in fewer than 2 eras, so its progress is not measured"
    return (
        f"assistant {name}: progress is measured over eras {stretch.start} to {stretch.stop - 1} (from 0), "
        "from when it came until it first went"
    )


def _first_stretch(there: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> slice:
    """Return the eras from the first in which an assistant is there to the last before it goes."""
    if not there.any():
        return slice(0, 0)
    start = int(np.argmax(there))
    gone = np.flatnonzero(~there[start:])
    return slice(start, start + int(gone[0]) if gone.size else len(there))


# --- the folder ----------------------------------------------------------------------------------


def _new_folder(results: Path, foundation: Foundation, minds: list[MindRow]) -> Path:
    """Make the folder of a new run: beside its place, and moved there when it is whole."""
    scenario = foundation.scenario
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    base = f"{scenario.name}-seed{scenario.seed}-{stamp}"
    partial = results / f".{base}.partial-{os.getpid()}"
    try:
        partial.mkdir(parents=True)
    except OSError as error:
        raise RecordError(
            f"{results} cannot be written: {error.strerror}; name another folder with --results"
        ) from None
    try:
        manifest = _manifest(foundation, minds)
        create(partial, manifest, foundation)
        with explained(partial):
            (partial / "scenario.yaml").write_text(manifest["scenario"], encoding="utf-8")
        return _moved(partial, results, base)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def _moved(partial: Path, results: Path, base: str) -> Path:
    for attempt in range(1000):
        folder = results / (base + (f"-{attempt}" if attempt else ""))
        try:
            partial.rename(folder)
        except OSError as error:
            if folder.exists():
                continue
            raise RecordError(f"{folder} cannot be made: {error.strerror}") from None
        return folder
    raise RecordError(f"{results} holds a thousand runs of this second; name another folder with --results")


def _manifest(foundation: Foundation, minds: list[MindRow]) -> dict[str, str]:
    scenario, channel = foundation.scenario, foundation.channel
    return {
        "format": str(CONTENT_VERSION),
        "scenario": dump(scenario),
        "content": json.dumps(_without_folders(content_of(scenario))),
        "name": scenario.name,
        "seed": str(scenario.seed),
        "rounds": str(foundation.n_rounds),
        "humans": str(foundation.n_humans),
        "dimensions": json.dumps(foundation.space.names),
        "labels": json.dumps(foundation.space.labels),
        "groups": json.dumps(foundation.group_names),
        "assistants": json.dumps(foundation.assistant_names),
        "history_source": foundation.history.source if foundation.history else "",
        "inputs": json.dumps(_inputs(scenario)),
        "reproducible": "bitwise" if all(bitwise for *_, bitwise in minds) else "replay-only",
        "minds": json.dumps({name: identity for name, _, identity, _ in minds}),
        "templates": channel.writing.templates.fingerprint if isinstance(channel, LanguageChannel) else "",
        "versions": json.dumps(_versions()),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _without_folders(data: object) -> object:
    """Reduce paths to file names: where a file lay is not content; its hash, or that of a model, is."""
    if isinstance(data, dict):
        return {key: _without_folder(key, value) for key, value in data.items()}
    return [_without_folders(item) for item in data] if isinstance(data, list) else data


def _without_folder(key: str, value: object) -> object:
    if key == "voices" and isinstance(value, dict):
        return {voice: _without_folder("model", place) for voice, place in value.items()}
    if isinstance(value, str) and (key == "path" or (key == "model" and Path(value).is_absolute())):
        return Path(value).name
    return _without_folders(value)


def _inputs(scenario: Scenario) -> dict[str, str]:
    """Return the SHA-256 of every file that the scenario reads."""
    parts = {"network": scenario.network, "history": scenario.history}
    for index, act in enumerate(scenario.interventions):
        parts[f"interventions.{index}.network"] = getattr(act, "network", None)  # type: ignore[assignment]
    found = {}
    for key, part in parts.items():
        if (path := getattr(part, "path", None)) is not None:
            found[f"{key}.path"] = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    return found | _policy_files(scenario)


def _policy_files(scenario: Scenario) -> dict[str, str]:
    """Return the SHA-256 of every file that a policy of the scenario's user is read from."""
    parts = {f"assistants.{i}": assistant.policy for i, assistant in enumerate(scenario.assistants)}
    for index, act in enumerate(scenario.interventions):
        if (policy := getattr(act, "policy", None)) is not None:
            parts[f"interventions.{index}"] = policy
    return {
        f"{key}.policy.path": hashlib.sha256(file.read_bytes()).hexdigest()
        for key, policy in parts.items()
        if isinstance(policy, CustomPolicy) and (file := file_of(policy.path)) is not None
    }


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version(), "machine": platform.machine(), "coevolve-sim": __version__}
    return found | {name: metadata.version(name) for name in VERSIONED if name not in found}


def _write_manifest_file(folder: Path) -> None:
    found = open_run(folder)
    shown = {
        key: json.loads(value) if value.startswith(("[", "{")) else value
        for key, value in found.manifest.items()
        if key != "content"
    }
    shown |= {"status": found.status, "sessions": found.sessions, "sha256": found.digest()}
    text = json.dumps(shown, indent=2, ensure_ascii=False) + "\n"
    whole(folder / "manifest.json", lambda path: path.write_text(text, encoding="utf-8"))


def _as_texts(overrides: Mapping[str, object] | Iterable[str]) -> list[str]:
    if isinstance(overrides, str):
        return [overrides]
    if isinstance(overrides, Mapping):
        return [f"{key}={json.dumps(value)}" for key, value in overrides.items()]
    return list(overrides)


# --- what resuming refuses -----------------------------------------------------------------------


def _is_finished(found: Run) -> bool:
    with found.reading() as connection:
        row = connection.execute("SELECT value FROM manifest WHERE key = 'status'").fetchone()
    return row is not None and row[0] == "finished"


def _refuse_a_changed_scenario(found: Run) -> None:
    path = found.folder / "scenario.yaml"
    if not path.is_file():
        whole(path, lambda target: target.write_text(found.manifest["scenario"], encoding="utf-8"))
    try:
        given = loads(path.read_text(encoding="utf-8"), str(path)).model_dump(mode="json")
    except (ScenarioError, UnicodeDecodeError) as error:
        raise RecordError(
            f"{path} was changed since the run began, and is no scenario now: {error}"
        ) from None
    if difference := first_difference(found.scenario.model_dump(mode="json"), given):
        raise RecordError(
            f"{path} was changed since the run began: {difference}; change it back, or run it anew"
        )


def _refuse_changed_inputs(found: Run, foundation: Foundation) -> None:
    began, now = json.loads(found.manifest["inputs"]), _inputs(foundation.scenario)
    for key, digest in began.items():
        if now[key] != digest:
            raise RecordError(f"the file at {key} was changed since the run began; restore it, or run anew")


def _refuse_other_versions(found: Run) -> None:
    began, now = json.loads(found.manifest["versions"]), _versions()
    for name in ("coevolve-sim", "numba", "numpy", "scipy", "networkx", "machine"):
        if began[name] != now[name]:
            raise RecordError(
                f"{found.folder} was begun with {name} {began[name]}; with {now[name]} it might not go on to "
                f"the same bytes. Resume it with {name} {began[name]}, or run it anew"
            )


def _refuse_other_minds(found: Run, foundation: Foundation, minds: list[MindRow]) -> None:
    began = json.loads(found.manifest["minds"])
    for name, _, identity, _ in minds:
        if began.get(name) != identity:
            raise RecordError(
                f"mind '{name}' is {identity} now; {found.folder} was begun with "
                f"{began.get(name)}. Bring that "
                "one back to resume the run, or run it anew"
            )
    channel = foundation.channel
    if isinstance(channel, LanguageChannel):
        now = channel.writing.templates.fingerprint
        if found.manifest["templates"] != now:
            raise RecordError(
                f"prompts have templates {now} now; {found.folder} was begun with "
                f"{found.manifest['templates']}. Put the template files back to resume the run"
            )


def _network_on_record(found: Run, society: Society) -> bool:
    kept, now = found.ties(society.round_index), society.state.ties
    return kept.complete == now.complete and np.array_equal(kept.indices, now.indices)
