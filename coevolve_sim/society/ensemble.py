"""An ensemble: societies of one size that go through their rounds together, in one process.

Each member has its own setup, state and named streams, and goes through the phases of
`coevolve_sim.society.round`. Where a rule moves each human by its own row of ties
(`coevolve_sim.rules.Rule.moves_row_by_row`), the exchanges of all members under the same rule are one call:
their people are the rows of one array and their ties the blocks of one network, so that nobody hears anybody
of another member. All else is done member by member. A member is therefore equal, to the bit, to its society
run alone, whoever else is in the ensemble.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import StudyError
from coevolve_sim.measures import RoundMeasures
from coevolve_sim.measures.measured_round import Known, measure_columns
from coevolve_sim.measures.round_arrays import RoundArrays
from coevolve_sim.plugin_calls import FAILURES
from coevolve_sim.rules.channel import Scene
from coevolve_sim.scenario.plugins import plugins_in
from coevolve_sim.society.joint_exchange import JointExchange
from coevolve_sim.society.measurement import Measurement, is_measured
from coevolve_sim.society.round import (
    Begun,
    RoundLog,
    begin_round,
    end_round,
    exchange_among_peers,
    read_group_means,
    take_moved,
)
from coevolve_sim.society.setup import Setup
from coevolve_sim.society.state import State, first_state


class Member:
    """A society of an ensemble: what `coevolve_sim.society.model.Society` is, without Mesa.

    Parameters
    ----------
    setup : Setup

    Attributes
    ----------
    state : State
    log : RoundLog
        Of the round that was finished last.
    measures : RoundMeasures
        Of the measured round that was finished last.
    measurement : Measurement
    failure : BaseException or None
        Why it could not go on; it then takes part in no further round.
    """

    state: State
    measures: RoundMeasures
    measurement: Measurement

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.log = RoundLog()
        self.failure: BaseException | None = None
        self._kind = _describe_kind(setup)

    def begin(self) -> None:
        """Begin before the first round."""
        self.state = first_state(self.setup)
        self.measurement = Measurement(self.setup)

    @contextmanager
    def noting_failure(self) -> Iterator[None]:
        """Keep a failure as the member's own."""
        try:
            yield
        except FAILURES as failure:
            self.failure = failure

    @property
    def round_index(self) -> int:
        """Number of rounds finished."""
        return self.state.round_index

    @property
    def values(self) -> Floats:
        """Values of humans, shape (humans, dimensions)."""
        return self.state.values

    @property
    def is_finished(self) -> bool:
        """Whether all rounds of the scenario are finished."""
        return self.round_index >= self.setup.n_rounds

    @property
    def is_due(self) -> bool:
        """Whether it goes on, and its measures are taken at the end of the present round."""
        return self.failure is None and (self.round_index == 0 or self.is_measured(self.round_index))

    def is_measured(self, round_index: int) -> bool:
        """Return whether measures are taken at the end of a round."""
        return is_measured(self.setup, round_index)

    def group_means(self) -> Floats:
        """Return the mean values of each group, shape (groups, dimensions)."""
        return read_group_means(self.state, self.setup)

    def kind_of_exchange(self, scene: Scene) -> Hashable:
        """Return what members have in common whose exchanges can be one call; None if it is made alone."""
        state = self.state
        if self._kind is None or state.ties.complete or scene.topics is not None:
            return None
        return (self._kind, state.ties.weights is None, state.peer.repulsion is None)


def _describe_kind(setup: Setup) -> Hashable:
    """Return the rule of a society, with its options and what it may look up by name; None if not joined."""
    rule = setup.rule
    if not rule.moves_row_by_row:
        return None
    return (type(rule), repr(rule), setup.group_names, setup.space.names)


class Ensemble:
    """Societies of one size, of which each does what it does alone.

    Parameters
    ----------
    setups : sequence of Setup
        Of societies that `can_join`, with the same number of humans and of dimensions.

    Attributes
    ----------
    members : tuple of Member
        In the order of the setups.

    Raises
    ------
    StudyError
        If there is none, one cannot join, or they differ in size.

    Examples
    --------
    >>> from coevolve_sim.scenario import loads
    >>> from coevolve_sim.society.setup import build_setup
    >>> text = "{{name: tiny, seed: {seed}, rounds: 3, population: {{humans: 20}}}}"
    >>> two = Ensemble([build_setup(loads(text.format(seed=seed))) for seed in (1, 2)])
    >>> while not two.is_finished:
    ...     stepped = two.step()
    >>> [member.round_index for member in two.members]
    [3, 3]
    """

    def __init__(self, setups: Sequence[Setup]) -> None:
        _check_members(setups)
        self.members = tuple(Member(setup) for setup in setups)
        for member in self.members:
            with member.noting_failure():
                member.begin()
        _measure([member for member in self.members if member.is_due])
        self._joint: dict[Hashable, JointExchange] = {}

    @property
    def is_finished(self) -> bool:
        """Whether every member has finished its rounds, or failed."""
        return not self._going()

    def step(self) -> list[Member]:
        """Run one round of every member that has rounds left; return those that finished the round.

        A member that cannot go on keeps its `failure`; the others do not notice.
        """
        going = self._going()
        begun: dict[Member, Begun] = {}
        for member in going:
            with member.noting_failure():
                begun[member] = begin_round(member.state, member.setup)
        self._exchange(begun)
        for member, opened in begun.items():
            if member.failure is None:
                with member.noting_failure():
                    member.log = end_round(member.state, member.setup, opened)
        _measure([member for member in going if member.is_due])
        return [member for member in going if member.failure is None]

    def _going(self) -> list[Member]:
        return [member for member in self.members if member.failure is None and not member.is_finished]

    def _exchange(self, begun: dict[Member, Begun]) -> None:
        """Let the people of all members exchange views, those under one rule in one call."""
        together: dict[Hashable, list[Member]] = {}
        for member, opened in begun.items():
            together.setdefault(member.kind_of_exchange(opened.scene), []).append(member)
        for kind, members in together.items():
            scenes = [begun[member].scene for member in members]
            if kind is None or len(members) == 1 or not self._exchange_jointly(kind, members, scenes):
                _exchange_one_by_one(members, scenes)

    def _exchange_jointly(self, kind: Hashable, members: list[Member], scenes: list[Scene]) -> bool:
        """Move the people of members in one call; return whether it could be done."""
        joint, states = self._joint.get(kind), [member.state for member in members]
        try:
            if joint is None or not joint.is_of(states):
                joint = self._joint[kind] = JointExchange(states, [member.setup for member in members])
            moved = joint.exchange(scenes)
        except FAILURES:  # of one of them, or of all together: each alone shows which
            self._joint.pop(kind, None)
            return False
        for member, scene, own in zip(members, scenes, moved, strict=True):
            with member.noting_failure():
                take_moved(member.state, member.setup, scene, own)
        return True


def _measure(members: Sequence[Member]) -> None:
    """Take the measures of members, those that go by column in one call each."""
    gathered: dict[Member, RoundArrays] = {}
    alike: dict[Hashable, list[Member]] = {}
    for member in members:
        with member.noting_failure():
            gathered[member] = member.measurement.gather(member.state, member.log)
            alike.setdefault(member.measurement.kind, []).append(member)
    constants: dict[tuple[int, int], Known] = {}
    for some in alike.values():
        known = _measure_columns(some, gathered)
        for member, own in zip(some, known, strict=True):
            innate = id(member.setup.initial_values), id(member.state.ties)  # shared by worlds of a seed
            with member.noting_failure():
                known_of_it = own | constants.get(innate, {})
                member.measures = member.measurement.finish(member.state, gathered[member], known_of_it)
                constants[innate] = member.measurement.constant


def _measure_columns(members: Sequence[Member], gathered: Mapping[Member, RoundArrays]) -> Sequence[Known]:
    """Take the measures that go by column in one call; where it fails, each member takes its own."""
    try:
        return measure_columns([gathered[member] for member in members], members[0].measurement.chosen)
    except FAILURES:
        return [{} for _ in members]


def _exchange_one_by_one(members: list[Member], scenes: list[Scene]) -> None:
    for member, scene in zip(members, scenes, strict=True):
        with member.noting_failure():
            exchange_among_peers(member.state, member.setup, scene)


def can_join(setup: Setup) -> bool:
    """Return whether a society can be a member of an ensemble: numeric, and nothing in it is a user's own.

    Minds are asked for one society at a time, and what a user's own rule or policy does in another order
    nobody can know; such societies are run alone.

    Parameters
    ----------
    setup : Setup
    """
    own = setup.objects.identities() or setup.own_measures or any(True for _ in plugins_in(setup.scenario))
    asks = setup.channel.minds is not None or setup.weights is not None or setup.panel is not None
    return not own and not asks and setup.appeals is None


def _check_members(setups: Sequence[Setup]) -> None:
    if not setups:
        raise StudyError("an ensemble needs at least one society; none given")
    sizes = [setup.initial_values.shape for setup in setups]
    for number, (setup, size) in enumerate(zip(setups, sizes, strict=True)):
        if size != sizes[0]:
            raise StudyError(
                f"societies of an ensemble have one size: the first has {sizes[0][0]} humans and "
                f"{sizes[0][1]} dimensions, number {number} has {size[0]} and {size[1]}; make an ensemble "
                "of each size"
            )
        if not can_join(setup):
            raise StudyError(
                f"society number {number} asks minds or has parts of your own; run it alone, as a Society"
            )
