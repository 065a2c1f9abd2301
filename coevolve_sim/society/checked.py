"""Rules and channels of a user's own, held in every round to what they promise.

What goes wrong in them is one sentence that names the plug-in and the scenario's key. The package's own are
not wrapped: their suites hold them to it, and rounds of large societies are not to pay for it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from coevolve_sim.arrays import Floats, Indices, Kept
from coevolve_sim.assistants.policies.catalogue import view_read_only
from coevolve_sim.errors import ChannelError, CoevolveError, MindError, RecordError, RuleError, ScenarioError
from coevolve_sim.networks.ties import Ties
from coevolve_sim.plugin_calls import plugin_call
from coevolve_sim.rules import Consultation, Exchange, Moved, Perceived, Rule
from coevolve_sim.rules.channel import Channel, Scene
from coevolve_sim.rules.rule import HumanState, check_moved, check_state
from coevolve_sim.scenario.yaml_text import Path

_CHANNEL = {
    "among_humans": ("values", "ties", "scene"),
    "from_humans": ("values", "humans", "chosen", "scene"),
    "from_assistants": ("spoken", "humans", "chosen", "scene"),
}
"""What a channel of one's own must answer, and with which arguments it is asked."""


@contextmanager
def failures_at(what: str, path: Path) -> Iterator[None]:
    """Turn whatever goes wrong in a plug-in into an error at its key; a mind's own failure stays one."""
    try:
        with plugin_call(what, RuleError):
            yield
    except (ScenarioError, MindError, RecordError):
        raise
    except CoevolveError as error:
        raise ScenarioError(str(error), path=path) from error


def require_methods(
    thing: object, methods: Mapping[str, tuple[str, ...]], base: type, what: str, path: Path
) -> None:
    """Refuse an object that lacks a method of its own, or whose method takes other arguments.

    Raises
    ------
    ScenarioError
        Names the method and what it is called with.
    """
    for name, arguments in methods.items():
        if getattr(type(thing), name) is getattr(base, name):
            raise ScenarioError(f"{what} has no {name}({', '.join(arguments)})", path=path)
        takes = inspect.signature(getattr(thing, name))
        try:
            takes.bind(*arguments)
        except TypeError:
            raise ScenarioError(
                f"{name} of {what} takes {takes}; ({', '.join(arguments)}) is wanted", path=path
            ) from None


class CheckedRule(Rule):
    """A rule of a user's own, checked.

    Parameters
    ----------
    rule : Rule
        The user's.
    what : str
        What errors call it: ``rule 'mine.py:Mine'``.
    path : tuple of str and int
        Keys of the scenario that lead to it.

    Raises
    ------
    ScenarioError
        If it has no exchange, or a method takes other arguments.
    """

    def __init__(self, rule: Rule, what: str, path: Path) -> None:
        methods = {"exchange": ("given",)}
        if type(rule).consult is not Rule.consult:
            methods["consult"] = ("given",)
        require_methods(rule, methods, Rule, what, path)
        self.rule, self._what, self._path = rule, what, path
        for name in ("name", "bounded", "weighted", "both_move", "answers", "distance"):
            setattr(self, name, getattr(rule, name))
        self.name = rule.name or type(rule).__name__  # type: ignore[misc]

    @property
    def consults_by_confidence(self) -> bool:
        """Whether it has no consult of its own."""
        return self.rule.consults_by_confidence

    def exchange(self, given: Exchange) -> Moved:
        """Let it move everybody; it may not write to what people hold."""
        with self._failures():
            shown = Exchange(**{**vars(given), "values": view_read_only(given.values)})
            return check_moved(self.rule, self.rule.exchange(shown), given.values.shape, len(given.values))

    def consult(self, given: Consultation) -> Moved:
        """Let it move those who consulted."""
        with self._failures():
            return check_moved(self.rule, self.rule.consult(given), given.values.shape, len(given.values))

    def first_state(self, values: Floats) -> dict[str, Kept]:
        """Return what it keeps before the first round."""
        with self._failures():
            kept = self.rule.first_state(view_read_only(values))
            check_state(self.rule, kept, len(values))
            return dict(kept)

    def memory_per_human(self, n_dimensions: int) -> int:
        """Return how many numbers it says that it needs for a human."""
        with self._failures():
            needed: object = self.rule.memory_per_human(n_dimensions)
            if not isinstance(needed, int) or needed < 0:
                raise RuleError(f"memory_per_human of {self._what} is {needed!r}; a whole number is wanted")
            return needed

    def repels_beyond(self, source: str, confidence: Floats) -> Floats | None:
        """Return the distance beyond which it says that humans are repelled."""
        with self._failures():
            return self.rule.repels_beyond(source, confidence)

    def claims(self, state: HumanState) -> Floats | None:
        """Return the log precision that it says humans claim."""
        with self._failures():
            return self.rule.claims(state)

    def notes(self, ties: Ties) -> tuple[str, ...]:
        """Return what it says that a reader must know."""
        with self._failures():
            return tuple(str(note) for note in self.rule.notes(ties))

    def _failures(self) -> Any:
        return failures_at(self._what, self._path)


class CheckedChannel(Channel):
    """A channel of a user's own, checked.

    Parameters
    ----------
    channel : Channel
        The user's.
    what : str
        What errors call it: ``channel 'mine.py:Mine'``.
    path : tuple of str and int
        Keys of the scenario that lead to it.

    Raises
    ------
    ScenarioError
        If it lacks one of the three answers, or one takes other arguments.
    """

    def __init__(self, channel: Channel, what: str, path: Path) -> None:
        require_methods(channel, _CHANNEL, Channel, what, path)
        self.channel, self._what, self._path = channel, what, path
        self.is_exact = bool(channel.is_exact)
        self.minds, self.mind_names = channel.minds, channel.mind_names

    def with_minds(self, opener: Callable[[Any], Any]) -> CheckedChannel:
        """Return the same, its minds opened by something else."""
        return CheckedChannel(self.channel.with_minds(opener), self._what, self._path)

    def among_humans(self, values: Floats, ties: Ties, scene: Scene) -> Perceived:
        """Return what it says that humans hear of each other."""
        with failures_at(self._what, self._path):
            heard: object = self.channel.among_humans(view_read_only(values), ties, scene)
            if not isinstance(heard, Perceived):
                raise ChannelError(
                    f"among_humans of {self._what} returned a {type(heard).__name__}; "
                    "Perceived(perceived, rows) is wanted"
                )
            n_topics = values.shape[1] if scene.topics is None else len(scene.topics)
            self._check("among_humans", heard.perceived, (len(heard.perceived), n_topics))
            along = ties if heard.ties is None else heard.ties
            n_ties = ties.n_humans if along.complete else along.indices.size
            rows = np.asarray(heard.rows)
            if rows.shape != (n_ties,) or (
                rows.size and not 0 <= rows.min() <= rows.max() < len(heard.perceived)
            ):
                raise ChannelError(
                    f"among_humans of {self._what}: rows say for each of the {n_ties} ties which message it "
                    f"carries, from 0 to {len(heard.perceived) - 1}; shape {rows.shape} came"
                )
            return heard

    def from_humans(self, values: Floats, humans: Indices, chosen: Indices, scene: Scene) -> Floats:
        """Return what it says that assistants hear of humans."""
        with failures_at(self._what, self._path):
            told = self.channel.from_humans(view_read_only(values), humans, chosen, scene)
            return self._check("from_humans", told, (len(humans), self._n_topics(values, scene)))

    def from_assistants(self, spoken: Floats, humans: Indices, chosen: Indices, scene: Scene) -> Floats:
        """Return what it says that humans hear of assistants."""
        with failures_at(self._what, self._path):
            told = self.channel.from_assistants(view_read_only(spoken), humans, chosen, scene)
            return self._check("from_assistants", told, (len(humans), self._n_topics(spoken, scene)))

    def measure_fitness(self, *, always: bool = False) -> list[Any]:
        """Return what it says of the minds that speak."""
        with failures_at(self._what, self._path):
            return list(self.channel.measure_fitness(always=always))

    def calibrate(self, calibrations: Mapping[str, str]) -> None:
        """Let it take calibrations."""
        with failures_at(self._what, self._path):
            self.channel.calibrate(calibrations)

    def measure_arms(self) -> list[Any]:
        """Return what it says of control arms."""
        with failures_at(self._what, self._path):
            return list(self.channel.measure_arms())

    @property
    def message_rule(self) -> int | None:  # type: ignore[override]
        """The rule by which it reads messages."""
        return self.channel.message_rule

    def resumed_from(self, manifest: Mapping[str, str]) -> CheckedChannel:
        """Return the same, as it was in the run of a manifest."""
        return CheckedChannel(self.channel.resumed_from(manifest), self._what, self._path)

    def prepare(self) -> list[Any]:
        """Let it do what must be done before the first round."""
        with failures_at(self._what, self._path):
            return list(self.channel.prepare())

    def measure_bias(self) -> list[Any]:
        """Return what it says that its minds make of stances."""
        with failures_at(self._what, self._path):
            return list(self.channel.measure_bias())

    def topics(self, round_index: int) -> Indices | None:
        """Return the dimensions that it says a round is about."""
        with failures_at(self._what, self._path):
            return self.channel.topics(round_index)

    def conversation(self) -> Any:
        """Return what it says that humans remember."""
        with failures_at(self._what, self._path):
            return self.channel.conversation()

    def manifest(self) -> dict[str, str]:
        """Return what identifies it."""
        with failures_at(self._what, self._path):
            return {str(key): str(value) for key, value in self.channel.manifest().items()}

    def refuse_unknown_voices(self, scenario: Any, minds: Mapping[str, Any]) -> None:
        """Let it refuse voices that its minds do not have."""
        self.channel.refuse_unknown_voices(scenario, minds)

    def _n_topics(self, values: Floats, scene: Scene) -> int:
        return int(values.shape[1] if scene.topics is None else len(scene.topics))

    def _check(self, answer: str, told: object, shape: tuple[int, ...]) -> Floats:
        """Return what an answer is if it is values, or nan where nothing got through."""
        if not isinstance(told, np.ndarray) or told.dtype != np.float64 or told.shape != shape:
            came = f"{getattr(told, 'dtype', type(told).__name__)} of shape {getattr(told, 'shape', ())}"
            raise ChannelError(
                f"{answer} of {self._what} returned {came}; float64 of shape {shape} is wanted"
            )
        wrong = (told < -1e-12) | (told > 1.0 + 1e-12)
        if wrong.any():
            row, column = (int(place) for place in np.argwhere(wrong)[0])
            raise ChannelError(
                f"{answer} of {self._what} returned {told[row, column]} in row {row}; values are in [0, 1], "
                "and nan is what did not get through"
            )
        return np.clip(told, 0.0, 1.0)
