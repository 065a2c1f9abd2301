"""Run a scenario, and resume a run that was stopped.

A run is recorded round by round. However it ends (finished, interrupted, failed, killed), its finished
rounds stay recorded until `resume` continues from the last checkpoint to the same bytes as an unbroken run:
that is the last finished round, or with a higher ``record.checkpoint_every`` one before it, and the rounds
after it are computed again from the replies on record. A round in which minds left more unanswered than the
scenario allows is not recorded: the run is interrupted, and `resume` asks again what was not answered in that
round, and what follows from the answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from coevolve_sim.errors import LimitReachedError, RecordError, ScenarioError, UnansweredError, UnfitError
from coevolve_sim.language.fitness import require_fit
from coevolve_sim.language.parsing import RULE
from coevolve_sim.measures import measure_people, measure_progress
from coevolve_sim.minds import Mind
from coevolve_sim.minds.answers import UNANSWERED
from coevolve_sim.minds.budget import NO_LIMIT, RequestBudget
from coevolve_sim.minds.usage import Usage
from coevolve_sim.notebook import Progress, show_progress
from coevolve_sim.plugin_calls import FAILURES
from coevolve_sim.rules import Rule
from coevolve_sim.runs.ahead import rounds_written
from coevolve_sim.runs.attempt_rows import forget_replies
from coevolve_sim.runs.attempts import AnswerLedger
from coevolve_sim.runs.database import explain_errors
from coevolve_sim.runs.folder import MindRow, libraries_used, new_folder, versions, write_manifest_file
from coevolve_sim.runs.inputs import with_input_notes
from coevolve_sim.runs.locks import lock_folder
from coevolve_sim.runs.mind_notes import notes_on_options
from coevolve_sim.runs.progress import first_stretch
from coevolve_sim.runs.record import RecordWriter
from coevolve_sim.runs.replies import RunReplies
from coevolve_sim.runs.results import Run, open_run
from coevolve_sim.runs.resume import (
    is_finished,
    network_on_record,
    refuse_a_changed_scenario,
    refuse_changed_inputs,
    refuse_missing_plugins,
    refuse_other_minds,
    refuse_other_objects,
    refuse_other_versions,
)
from coevolve_sim.runs.servings import Serving, compare_servings, servings_of
from coevolve_sim.scenario import (
    LoadedScenario,
    Scenario,
    load_with_places,
    read_changes,
)
from coevolve_sim.society.model import Society
from coevolve_sim.society.objects import NO_OBJECTS, Objects
from coevolve_sim.society.setup import Setup, build_setup
from coevolve_sim.threads import count_threads


def run(
    scenario: Scenario | Path | str,
    *,
    seed: int | None = None,
    overrides: Mapping[str, object] | Iterable[str] = (),
    results: Path | str = "results",
    progress: Progress | bool | None = None,
    asking: Callable[[Usage], None] | None = None,
    started: Callable[[Path], None] | None = None,
    budget: RequestBudget = NO_LIMIT,
    minds: Mapping[str, Mind] | None = None,
    rules: Mapping[str, Rule] | None = None,
    policies: Mapping[str, object] | None = None,
    measures: Mapping[str, Callable[..., object]] | None = None,
    network: Any = None,
) -> Run:
    """Run a scenario to its end.

    Parameters
    ----------
    scenario : Scenario or path
        What to run; a path, or the name of a shipped scenario, is read with `coevolve_sim.load`.
    seed : int, optional
        Instead of the scenario's.
    overrides : mapping or iterable of str, optional
        As for `coevolve_sim.load`; for a path only.
    results : path
        Folder in which the run's folder is made.
    progress : callable or bool, optional
        Called after every round with rounds finished and rounds asked for; True shows them on one line, in a
        notebook or terminal.
    asking : callable, optional
        Called after every reply of a mind with what was asked so far.
    started : callable, optional
        Called once with the run's folder, when it is there.
    budget : RequestBudget, optional
        What minds may be asked in this session; beyond it the run is interrupted.
    minds, rules, policies, measures : mapping of str to object, optional
        Objects in place of what the scenario names so, as `coevolve_sim.society.objects.Objects` has them.
    network : networkx.Graph, igraph.Graph, pandas.DataFrame or Ties, optional
        In place of the scenario's network; `coevolve_sim.networks.read_graph_object` says how it is taken.

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
    UnansweredError
        If a mind leaves more unanswered than the scenario allows; `resume` goes on.
    UnfitError
        If a mind is shown unfit to speak or be read, and ``channel.unfit`` does not allow it.
    LimitReachedError
        If the budget is spent; `resume` goes on.
    KeyboardInterrupt
        If interrupted; `resume` goes on.
    """
    objects = Objects(minds or {}, rules or {}, policies or {}, measures or {}, network)
    loaded, setup = load_setup(scenario, seed=seed, overrides=overrides, objects=objects)
    with _placed(loaded):
        return run_setup(
            setup,
            Path(results),
            progress=show_progress(progress, "rounds"),
            asking=asking,
            started=started,
            budget=budget,
            changed=read_keys_set(overrides),
        )


def run_setup(
    setup: Setup,
    results: Path,
    *,
    name: str = "",
    progress: Progress | None = None,
    asking: Callable[[Usage], None] | None = None,
    started: Callable[[Path], None] | None = None,
    budget: RequestBudget = NO_LIMIT,
    watch: Callable[[Society], None] | None = None,
    changed: Mapping[str, object] = MappingProxyType({}),
) -> Run:
    """Run a society whose setup is built, to its end; see `run`.

    Parameters
    ----------
    setup : Setup
    results : Path
        Folder in which the run's folder is made.
    name : str, optional
        Begins the name of the run's folder, instead of the scenario's name and the seed.
    progress, asking, started, budget
        As for `run`.
    watch : callable, optional
        Called with the society before the first round and after every recorded one; it must not change it.
    changed : mapping, optional
        The keys that were set in the scenario's file, for the record.

    Raises
    ------
    CoevolveError
        As `run`.
    """
    count_threads()  # an environment that asks for no number is refused before anything is written
    setup = with_input_notes(setup)
    with open_minds(setup, asking, budget) as mind_rows:
        society = Society(setup, with_objects=False)
        folder = new_folder(results, setup, mind_rows, name, changed)
        if started is not None:
            started(folder)
        with lock_folder(folder):
            writer = RecordWriter(folder, setup)
            writer.begin_session(0, versions(libraries_used(setup)))
            writer.write_minds(mind_rows)
            writer.write_servings(servings_of(_opened(setup)))
            _go_on(society, writer, progress, from_beginning=True, watch=watch)
    write_manifest_file(folder)
    return open_run(folder)


@contextmanager
def _placed(loaded: LoadedScenario | None) -> Iterator[None]:
    """Add the place in the file, if the scenario came from one, to a scenario's error."""
    try:
        yield
    except ScenarioError as error:
        if loaded is None:
            raise
        raise loaded.place(error) from error


def load_setup(
    scenario: Scenario | Path | str,
    *,
    seed: int | None = None,
    overrides: Mapping[str, object] | Iterable[str] = (),
    objects: Objects = NO_OBJECTS,
) -> tuple[LoadedScenario | None, Setup]:
    """Read a scenario and build its setup, without running it.

    Returns
    -------
    loaded : LoadedScenario or None
        The scenario with the place of each key; None for a scenario that came from no file.
    setup : Setup
        Setup of the society.

    Raises
    ------
    ScenarioError
        At ``file:line:column`` if it was read from a file.
    """
    if isinstance(scenario, Scenario):
        if list(overrides):
            raise ScenarioError("overrides are for a scenario file; use scenario.model_copy(update=...)")
        return None, build_setup(
            scenario if seed is None else scenario.model_copy(update={"seed": seed}), objects
        )
    if seed is not None:
        overrides = _with_seed(overrides, seed)
    loaded = load_with_places(scenario, overrides)
    try:
        return loaded, build_setup(loaded.scenario, objects)
    except ScenarioError as error:
        raise loaded.place(error) from error


def read_keys_set(overrides: Mapping[str, object] | Iterable[str]) -> dict[str, object]:
    """Return the keys that overrides set, each with the value that it is set to.

    Examples
    --------
    >>> read_keys_set(["rounds=5", "population.humans=20"])
    {'rounds': 5, 'population.humans': 20}
    """
    return {change.key: change.value.plain() for change in read_changes(overrides)}


def resume(
    folder: Path | str,
    *,
    progress: Progress | bool | None = None,
    asking: Callable[[Usage], None] | None = None,
    budget: RequestBudget = NO_LIMIT,
    minds: Mapping[str, Mind] | None = None,
    rules: Mapping[str, Rule] | None = None,
    policies: Mapping[str, object] | None = None,
    measures: Mapping[str, Callable[..., object]] | None = None,
    network: Any = None,
) -> Run:
    """Resume a run that was stopped, to the same bytes as if it had not been stopped.

    Parameters
    ----------
    folder : path
        The run's folder.
    progress, asking, budget
        As for `run`.
    minds, rules, policies, measures : mapping of str to object, optional
        The objects with which it was begun: the same classes, of the same versions.
    network : networkx.Graph, igraph.Graph, pandas.DataFrame or Ties, optional
        The network with which it was begun, if it was handed over.

    Returns
    -------
    Run
        Finished. A run that was finished before is returned as it is.

    Raises
    ------
    LimitReachedError
        If the budget is spent.
    UnansweredError
        If a mind still leaves more unanswered than the scenario allows.
    RecordError
        If there is no run, another process is writing it, its ``scenario.yaml`` or a file it read has
        changed (names the field), or another version computed it.
    """
    found = open_run(folder)
    with lock_folder(found.folder):
        found.verify()
        if is_finished(found):
            write_manifest_file(found.folder)
            return found
        scenario = refuse_a_changed_scenario(found)
        refuse_other_versions(found)
        objects = Objects(minds or {}, rules or {}, policies or {}, measures or {}, network)
        refuse_other_objects(found, objects)
        refuse_missing_plugins(found)
        setup = with_input_notes(build_setup(scenario, objects).resumed_from(found.manifest))
        society = Society(setup, with_objects=False)
        refuse_changed_inputs(found, society.setup)
        with open_minds(society.setup, asking, budget) as mind_rows:
            refuse_other_minds(found, society.setup, mind_rows)
            servings = compare_servings(found, servings_of(_opened(society.setup)))
            _resumed(found, society, show_progress(progress, "rounds"), mind_rows, servings)
    write_manifest_file(found.folder)
    return open_run(found.folder)


def _opened(setup: Setup) -> Mapping[str, Mind]:
    """Return the minds that are open, by name; none where nobody speaks."""
    return {} if setup.channel.minds is None else setup.channel.minds.opened


def _resumed(
    found: Run, society: Society, progress: Progress | None, minds: list[MindRow], servings: list[Serving]
) -> None:
    """Restore the last recorded state, and run the rounds that are left."""
    writer = RecordWriter(found.folder, society.setup)
    writer.write_minds(minds)
    writer.note_how_far_it_came()
    _forget_unanswered(society.setup, writer)
    point = writer.checkpoint()
    if point is not None:
        society.restore(point.round_index, point.values, point.anchors, point.assistant_values, point.kept)
        if (on_record := network_on_record(found, society)) is not None:
            writer.network_is_written(on_record)
    writer.begin_session(society.round_index, versions(libraries_used(society.setup)))
    writer.write_servings(servings)
    _go_on(society, writer, progress, from_beginning=point is None)


def _forget_unanswered(setup: Setup, writer: RecordWriter) -> None:
    """Forget the given-up replies of the round that was not finished, so that they are asked for again.

    Invalid ones too, if too few answers are why it was not: a server may have refused what it takes now.
    """
    silent = AnswerLedger(setup, writer).has_too_few_answers(writer.furthest + 1)
    with explain_errors(writer.folder), writer.connection:
        forget_replies(writer.connection, writer.furthest, UNANSWERED if silent else ("given up",))


# --- the rounds ----------------------------------------------------------------------------------


def _go_on(
    society: Society,
    writer: RecordWriter,
    progress: Progress | None,
    *,
    from_beginning: bool,
    watch: Callable[[Society], None] | None = None,
) -> None:
    ledger = AnswerLedger(society.setup, writer)
    try:
        with ledger.servers_counted(), _replies_kept(society.setup, writer.folder, ledger):
            _rounds(society, writer, ledger, progress, from_beginning=from_beginning, watch=watch)
        done = open_run(writer.folder)
        rows, notes = _summary(society.setup, done)
        on_progress = [("progress", text) for text in notes]
        writer.write_summary(rows, [*on_progress, *(("options", text) for text in notes_on_options(done))])
        writer.end_session("finished", society.round_index)
    except (KeyboardInterrupt, UnansweredError, LimitReachedError, UnfitError):
        writer.end_session("interrupted", max(writer.last_finished(), 0))
        raise
    except FAILURES as error:
        _note_failure(writer, error)
        raise
    finally:
        writer.close()


def _rounds(
    society: Society,
    writer: RecordWriter,
    ledger: AnswerLedger,
    progress: Progress | None,
    *,
    from_beginning: bool,
    watch: Callable[[Society], None] | None = None,
) -> None:
    before_the_first = 0 if from_beginning else society.round_index + 1
    channel = society.setup.channel
    with ledger.asking_for(before_the_first):
        if from_beginning:
            fitness = channel.measure_fitness()
            writer.write_fitness(fitness)
            require_fit(fitness, society.setup.scenario.channel)
        else:
            channel.calibrate(writer.calibrations())
        bias = channel.prepare()
    writer.write_bias(bias)
    with ledger.asking_for(before_the_first):
        society.prepare()
        if from_beginning:
            ledger.set_aside_left_overs()
    if from_beginning:
        writer.write_round(society.state, society.log, society.measures, society.group_means())
    if watch is not None:
        watch(society)

    def tell(round_index: int) -> None:
        if watch is not None:
            watch(society)
        if progress is not None:
            progress(round_index, society.setup.n_rounds)

    with rounds_written(society, writer, tell, watched=watch is not None) as write:
        while not society.is_finished:
            with ledger.asking_for(society.round_index + 1):
                society.step()
                ledger.set_aside_left_overs()
            write(society.measures if society.is_measured(society.round_index) else None)


@contextmanager
def _replies_kept(setup: Setup, folder: Path, ledger: AnswerLedger) -> Iterator[None]:
    """Keep minds' replies in the run's record; all are committed in the end, even after an error."""
    if setup.channel.minds is None:
        yield
        return
    kept: list[RunReplies] = []

    def kept_in(name: str) -> RunReplies:
        kept.append(RunReplies(folder, name, ledger, setup.channel.message_rule or RULE))
        return kept[-1]

    setup.channel.minds.keep_in(kept_in)
    if setup.weights is not None:
        setup.weights.keep_in(folder)
    try:
        yield
    finally:
        for replies in kept:
            replies.close()


@contextmanager
def open_minds(
    setup: Setup, asking: Callable[[Usage], None] | None = None, budget: RequestBudget = NO_LIMIT
) -> Iterator[list[MindRow]]:
    """Open the minds of a scenario, if it has any, and close them in the end.

    Raises
    ------
    MindError
        If a mind cannot be opened.
    ScenarioError
        If a group, an assistant or a judge has a voice that its mind lacks.
    """
    channel = setup.channel
    if channel.minds is None:
        yield []
        return
    minds = channel.minds
    minds.progress, minds.budget = asking, budget
    try:
        for name in setup.mind_names:
            minds.open(name)
        minds.tell_apart()
        opened = {name: minds.open(name) for name in setup.mind_names}
        channel.refuse_unknown_voices(setup.scenario, opened)
        yield [(name, _kind_of(setup, name), mind.identity, mind.is_bitwise) for name, mind in opened.items()]
    finally:
        minds.close()


def _kind_of(setup: Setup, mind: str) -> str:
    """Return the kind of a mind for the record; ``object`` if it was handed over from Python."""
    return "object" if mind in setup.objects.minds else str(setup.channel.minds.parts[mind].kind)


def _note_failure(writer: RecordWriter, error: BaseException) -> None:
    """Record that the round being computed failed, or what followed the last; not if the record failed."""
    if isinstance(error, RecordError):
        return
    message, after_all = f"{type(error).__name__}: {error}", writer.next_round > writer.last
    if not after_all:
        writer.write_failure(writer.next_round, message)
    writer.end_session("failed", max(writer.last_finished(), 0), message if after_all else "")


def _summary(setup: Setup, found: Run) -> tuple[list[tuple[str, str, float]], list[str]]:
    """Return the measures of the whole run (assistant, or empty for people; measure; value), and notes."""
    means = found.means
    at_eras = means[means["round"].isin(setup.era_rounds)]
    names = list(found.dimensions)

    def vectors(kind: str, name: str | None = None) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
        of_kind = at_eras[at_eras["kind"] == kind]
        of_kind = of_kind if name is None else of_kind[of_kind["name"] == name]
        return of_kind.sort_values("round")[names].to_numpy()

    humans = vectors("people")
    if len(humans) < 2:
        return [], ["the run reaches fewer than 2 eras: no progress measure is taken"]
    history = vectors("history") if setup.history is not None else None
    centre = setup.scenario.measures.centre
    people = {} if history is None else measure_people(humans, history, centre)
    rows = [("", measure, value) for measure, value in people.items()]
    notes = []
    for name in setup.assistant_names:
        there = at_eras[(at_eras["kind"] == "assistant") & (at_eras["name"] == name)]["round"]
        stretch = first_stretch(np.isin(setup.era_rounds, there))
        horizons = [k for k in setup.horizons if stretch.stop - stretch.start >= k + 2]
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


def _with_seed(
    overrides: Mapping[str, object] | Iterable[str], seed: int
) -> Mapping[str, object] | Iterable[str]:
    if isinstance(overrides, Mapping):
        return {**overrides, "seed": seed}
    return [*([overrides] if isinstance(overrides, str) else overrides), f"seed={seed}"]
