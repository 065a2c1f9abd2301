"""The society: humans and assistants as a Mesa model. The only module that imports Mesa.

The state is held in arrays (`coevolve_sim.society.state.State`). `Human` and `Assistant` are Mesa agents that
only view their rows and hold no values of their own, so a society with agents and one without have the same
trajectory. Agents cost 60-160 times what the arrays cost, so they are made for up to 2,000 humans, and above
that on request (``mesa: {agents: always}``). The module uses what Mesa 3.3 and later have in common:
``rng=``, our own round counter, an explicit layout for `Network`.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import mesa
from mesa.agent import AgentSet
from mesa.discrete_space import FixedAgent, Network

from coevolve_sim.arrays import Floats, Kept
from coevolve_sim.measures import OF_GUARDS, OF_MEDIA, TAKEN_UNLESS_NAMED, RoundMeasures, measure_round
from coevolve_sim.networks import to_networkx
from coevolve_sim.scenario import Scenario, load
from coevolve_sim.society.interventions import intervene
from coevolve_sim.society.media import Following, find_followers, place_outlets
from coevolve_sim.society.persuasion import regions_of
from coevolve_sim.society.round import RoundLog, begin_with_weights, means_of_groups, run_round
from coevolve_sim.society.setup import Setup, build_setup
from coevolve_sim.society.state import State, first_state, restore_kept
from coevolve_sim.streams import stream_seed

MAX_AUTO_AGENTS = 2_000
MAX_AUTO_COLLECTED = 20_000
MAX_TIES_OF_SPACE = 400_000
CONSTANT_MEASURE = "polarization_disagreement_index"


class _AgentNumbers:
    """Mesa's numbers of agents, by model, without keeping models alive.

    Mesa 3.3 counts in a dictionary of all models there ever were, held by the class `mesa.Agent`: a process
    that runs ten thousand societies would hold the arrays of all of them.
    """

    def __init__(self) -> None:
        self._counts: WeakKeyDictionary[mesa.Model, itertools.count[int]] = WeakKeyDictionary()

    def __getitem__(self, model: mesa.Model) -> itertools.count[int]:
        return self._counts.setdefault(model, itertools.count(1))


_NUMBERS = _AgentNumbers()


class Human(FixedAgent):  # type: ignore[misc]
    """A human: a Mesa agent that views one row of the society's arrays."""

    kind = "human"
    _ids = _NUMBERS

    def __init__(self, society: Society, human_id: int) -> None:
        super().__init__(society)
        self.human_id = self.number = human_id

    @property
    def values(self) -> Floats:
        """Values, shape (dimensions,); a read-only view."""
        row = self.model.values[self.human_id]
        row.flags.writeable = False
        return row  # type: ignore[no-any-return]

    @property
    def group(self) -> str:
        """Name of its group."""
        setup = self.model.setup
        return setup.group_names[setup.group_of[self.human_id]]  # type: ignore[no-any-return]

    @property
    def confidence(self) -> float:
        """Its confidence towards peers: the distance beyond which it does not listen to one."""
        return float(self.model.state.peer.confidence[self.human_id])

    @property
    def adoption(self) -> float:
        """Probability of consulting an assistant in a round."""
        return float(self.model.state.adoption[self.human_id])

    @property
    def hears(self) -> tuple[int, ...]:
        """Ids of the humans that it hears; in full mixing all others."""
        ties = self.model.state.ties
        if ties.complete:
            return tuple(j for j in range(ties.n_humans) if j != self.human_id)
        start, stop = ties.indptr[self.human_id : self.human_id + 2]
        return tuple(int(j) for j in ties.indices[start:stop])


class Assistant(mesa.Agent):  # type: ignore[misc]
    """An assistant: a Mesa agent that views one row of the society's arrays."""

    kind = "assistant"
    _ids = _NUMBERS

    def __init__(self, society: Society, assistant_id: int) -> None:
        super().__init__(society)
        self.assistant_id = self.number = assistant_id

    @property
    def name(self) -> str:
        """Its name."""
        return self.model.setup.assistant_names[self.assistant_id]  # type: ignore[no-any-return]

    @property
    def values(self) -> Floats:
        """Values, shape (dimensions,); a read-only view."""
        row = self.model.state.assistant_values[self.assistant_id]
        row.flags.writeable = False
        return row  # type: ignore[no-any-return]

    @property
    def is_present(self) -> bool:
        """Whether it can be consulted."""
        return bool(self.model.state.present[self.assistant_id])

    @property
    def policy(self) -> str:
        """The kind of its policy."""
        return str(self.model.state.policies[self.assistant_id].kind)


class Society(mesa.Model):  # type: ignore[misc]
    """A society of humans and assistants on a network.

    Parameters
    ----------
    scenario : Scenario, path or Setup
        What it is built from; a path is read with `coevolve_sim.load`.
    with_objects : bool
        Whether to make human agents, the network space and the data collector, as ``mesa`` in the scenario
        says. A recorded run needs none of them; the trajectory is the same.

    Attributes
    ----------
    setup : Setup
        What follows from the scenario before round 1: dimensions, history, groups, initial values.
    state : State
        What changes from round to round.
    round_index : int
        Number of rounds finished; Mesa's own counter is not used.
    humans, assistants : mesa.agent.AgentSet
        Agents; ``humans`` is empty in a large society (see the module's docstring).
    space : mesa.discrete_space.Network or None
        The network on which human agents stand, if there are any. It is not rebuilt by an intervention
        ``rewire``; read ``state.ties`` or `Human.hears` after one.
    datacollector : mesa.DataCollector
        Measures of the model and, in a small society, values of the agents, for every measured round.
        Agents are told apart by ``kind`` and ``number``: the human's number in trajectories, from 0 (Mesa's
        own ``AgentID`` counts from 1).
    measures : RoundMeasures
        Measures of the last measured round.

    Raises
    ------
    ScenarioError
        If a part of the scenario is impossible.

    Examples
    --------
    >>> from coevolve_sim.scenario import loads
    >>> society = Society(loads("{name: tiny, rounds: 3, population: {humans: 20}}"))
    >>> society.step()
    >>> society.round_index, len(society.humans), society.values.shape
    (1, 20, (20, 19))
    """

    def __init__(self, scenario: Scenario | Path | str | Setup, *, with_objects: bool = True) -> None:
        if isinstance(scenario, str | Path):
            scenario = load(scenario)
        setup = scenario if isinstance(scenario, Setup) else build_setup(scenario)
        super().__init__(rng=stream_seed(setup.scenario.seed, "mesa"))
        self.setup: Setup = setup
        self.state: State = first_state(setup)
        self.log = RoundLog()
        self._is_prepared = False
        self._constant: tuple[object, float | None, Floats | None] = (None, None, None)
        self.space: Network | None = None
        self._with_objects = with_objects
        self.humans = AgentSet(self._make_humans() if with_objects else [], random=self.random)
        self.assistants = AgentSet(
            [Assistant(self, i) for i in range(len(setup.assistant_names))], random=self.random
        )
        if (
            not with_objects
        ):  # Mesa numbers agents in a table of all models, which would keep this one for ever
            getattr(mesa.Agent, "_ids", {}).pop(self, None)
        self.measures: RoundMeasures = self._take_measures()
        self.datacollector = self._make_collector()
        self._collect()

    # --- Mesa's side -----------------------------------------------------------------------------

    def _make_humans(self) -> list[Human]:
        wanted = self.setup.scenario.mesa.agents
        n_humans = self.setup.n_humans
        if wanted == "never" or (wanted == "auto" and n_humans > MAX_AUTO_AGENTS):
            return []
        humans = [Human(self, i) for i in range(n_humans)]
        ties = self.setup.ties
        if ties.n_ties <= MAX_TIES_OF_SPACE:
            graph: Any = to_networkx(ties)
            if ties.directed:  # Mesa's neighbours shall be whom one hears
                graph = graph.reverse()
            layout = {"layout": dict.fromkeys(graph, (0.0, 0.0))} if _takes_layout() else {}
            self.space = Network(graph, random=self.random, **layout)
            for human in humans:
                human.cell = self.space[human.human_id]
        return humans

    def _make_collector(self) -> mesa.DataCollector:
        collect = self.setup.scenario.mesa.collect
        n_collected = len(self.humans) * self.setup.space.n_dimensions
        agents = collect == "agents" or (collect == "auto" and n_collected <= MAX_AUTO_COLLECTED)
        model_reporters: dict[str, Any] = {"round_index": "round_index"}
        for name in self.measures.overall:
            model_reporters[name] = partial(_measure_of, name=name)
        names = self.setup.space.names if agents and len(self.humans) else ()
        agent_reporters: dict[str, Any] = {"kind": "kind", "number": "number"} if names else {}
        for column, name in enumerate(names):
            agent_reporters[name] = partial(_value_of, column=column)
        return mesa.DataCollector(model_reporters=model_reporters, agent_reporters=agent_reporters)

    def _collect(self) -> None:
        if self._with_objects and self.setup.scenario.mesa.collect != "none":
            self.datacollector.collect(self)

    # --- rounds ----------------------------------------------------------------------------------

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

    def prepare(self) -> None:
        """Bring assistants whose weights learn to their present weights; done once, before the next round.

        Before the first round, the values of such an assistant become those read from its words.

        Raises
        ------
        MindError
            If a mind cannot be opened, or its weights are not available.
        """
        self._is_prepared = True
        begin_with_weights(self.state, self.setup)

    def step(self) -> None:
        """Run one round, and take its measures if it is a measured round.

        Raises
        ------
        RoundError
            If a value is no longer finite.
        """
        if not self._is_prepared:
            self.prepare()
        self.log = run_round(self.state, self.setup)
        self.running = not self.is_finished
        if self.is_measured(self.round_index):
            self.measures = self._take_measures()
            self._collect()

    def is_measured(self, round_index: int) -> bool:
        """Return whether measures are taken at the end of a round."""
        every = self.setup.scenario.measures.every
        return round_index % every == 0 or round_index == self.setup.n_rounds

    def restore(
        self,
        round_index: int,
        values: Floats,
        anchors: Floats,
        assistant_values: Floats,
        kept: Mapping[str, Kept] | None = None,
    ) -> None:
        """Set the society to the end of a round from recorded arrays, applying earlier interventions again.

        Data that the collector has collected stay as they are.

        Parameters
        ----------
        round_index : int
            Number of the finished round.
        values, anchors : float64 arrays, shape (humans, dimensions)
        assistant_values : float64 array, shape (assistants, dimensions)
        kept : mapping of str to array, optional
            The other arrays of the state, as `coevolve_sim.society.state.kept_arrays` returns them; those of
            the beginning if not given.
        """
        self.state = first_state(self.setup)
        for past in range(1, round_index + 1):
            intervene(self.state, self.setup, past, replay=True)
        self.state.values, self.state.anchors = values, anchors.copy()
        self.state.assistant_values = assistant_values
        self.state.round_index = round_index
        if kept is not None:
            restore_kept(self.state, self.setup, kept)
        self.running = not self.is_finished
        self._is_prepared = False
        self.measures = self._take_measures()

    def _take_measures(self) -> RoundMeasures:
        """Take the round's measures.

        The polarization-disagreement index depends on initial values and the network only, so it is computed
        again only when the network has changed.
        """
        spec, state, setup = self.setup.scenario.measures, self.state, self.setup
        names = list(self._wanted_measures())
        if CONSTANT_MEASURE in names and self._constant[0] is state.ties:
            names.remove(CONSTANT_MEASURE)
        taken = measure_round(
            state.values,
            state.ties,
            setup.group_of,
            initial_values=setup.initial_values,
            gap=spec.cluster_gap,
            seed=setup.scenario.seed,
            round_index=state.round_index,
            names=names,
            own=setup.own_measures,
            assistant_values=state.assistant_values[state.present],
            outlets=self._outlets(names),
            **self._guarded(names),
        )
        if CONSTANT_MEASURE in taken.overall:
            by_dimension = taken.by_dimension.get(CONSTANT_MEASURE)
            self._constant = (state.ties, taken.overall[CONSTANT_MEASURE], by_dimension)
        elif self._constant[1] is not None:
            taken.overall[CONSTANT_MEASURE] = self._constant[1]
            if self._constant[2] is not None:
                taken.by_dimension[CONSTANT_MEASURE] = self._constant[2]
        return taken

    def _outlets(self, names: list[str]) -> tuple[Floats, Following] | None:
        """Return where outlets stand and who follows which, if a measure of them is to be taken."""
        setup, able = self.setup, self.setup.able
        if able is None or not (setup.own_measures or set(names) & set(OF_MEDIA)):
            return None
        standing = place_outlets(setup.scenario, setup.space.names, self.round_index)
        return standing, find_followers(setup.scenario, able, self.values, standing)

    def _guarded(self, names: list[str]) -> dict[str, Any]:
        """Return what is permitted and what came of attacks, if a measure of them is to be taken."""
        if not (self.setup.own_measures or set(names) & set(OF_GUARDS)):
            return {}
        regions = regions_of(self.state, self.setup)
        return {"permitted": regions if len(regions[0]) else None, "counts": self.state.counts}

    def _wanted_measures(self) -> tuple[str, ...]:
        return self.setup.scenario.measures.names or TAKEN_UNLESS_NAMED

    def group_means(self) -> Floats:
        """Return the mean values of each group, shape (groups, dimensions)."""
        summed = self.state.summed
        if summed is not None and summed[0] is self.values:
            return summed[1]
        return means_of_groups(self.values, self.setup)


def _measure_of(society: Society, name: str) -> float:
    return society.measures.overall.get(name, float("nan"))


def _value_of(agent: Human | Assistant, column: int) -> float:
    return float(agent.values[column])


def _takes_layout() -> bool:
    """Return whether this version of Mesa's `Network` takes a layout.

    Without one it computes its own, slowly and with unseeded randomness.
    """
    return "layout" in inspect.signature(Network.__init__).parameters
