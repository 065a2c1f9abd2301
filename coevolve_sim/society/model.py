"""The society: humans and assistants as a Mesa model.

The state is held in arrays (`coevolve_sim.society.state.State`). `Human` and `Assistant` are Mesa agents that
only view their rows and hold no values of their own, so a society with agents and one without have the same
trajectory. Agents cost 60-160 times what the arrays cost, so they are made for up to 2,000 humans, and above
that on request (``mesa: {agents: always}``). The module uses what Mesa 3.3 and later have in common:
``rng=``, our own round counter, an explicit layout for `Network`.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import mesa
from mesa.agent import AgentSet
from mesa.discrete_space import Network

from coevolve_sim.arrays import Floats, Kept
from coevolve_sim.measures import (
    OF_APPEALS,
    OF_GAMES,
    OF_GUARDS,
    OF_MEDIA,
    TAKEN_UNLESS_NAMED,
    RoundMeasures,
    measure_round,
)
from coevolve_sim.networks import to_networkx
from coevolve_sim.notebook import build_html
from coevolve_sim.society.agents import Assistant, Human
from coevolve_sim.society.appeals import sum_appeals
from coevolve_sim.society.arguments import Built, Seed, build_from, find_iteration, require_human_class
from coevolve_sim.society.dilemmas import put_dilemmas
from coevolve_sim.society.interventions import intervene
from coevolve_sim.society.media import Following, express_outlets, find_followers, place_outlets
from coevolve_sim.society.persuasion import regions_of
from coevolve_sim.society.round import RoundLog, begin_with_weights, means_of_groups, run_round
from coevolve_sim.society.setup import Setup
from coevolve_sim.society.state import State, first_state, restore_kept
from coevolve_sim.streams import stream_seed

MAX_AUTO_AGENTS = 2_000
MAX_AUTO_COLLECTED = 20_000
MAX_TIES_OF_SPACE = 400_000
CONSTANT_MEASURE = "polarization_disagreement_index"


class Society(mesa.Model):  # type: ignore[misc]
    """A society of humans and assistants on a network.

    Parameters
    ----------
    scenario : Scenario, path or Setup
        What it is built from; a path is read with `coevolve_sim.load`.
    seed, rng : int, numpy.random.Generator or what one can be made of, optional
        One of them, in place of the scenario's seed: a whole number is the seed, from anything else one is
        drawn. In `mesa.batch_run`, without them, the seed is the scenario's plus the number of the iteration.
    human : type
        A subclass of `Human` that humans are; with a method ``step`` they take part in rounds.
    with_objects : bool
        Whether to make human agents, the network space and the data collector, as ``mesa`` in the scenario
        says. A recorded run needs none of them; the trajectory is the same.
    **keys
        Keys of the scenario, dotted or nested, laid over what it says:
        ``**{"update.confidence.peer": 0.2}`` or ``update={"confidence": {"peer": 0.2}}``.

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
        If a part of the scenario is impossible, or a key is none of a scenario's.

    Examples
    --------
    >>> from coevolve_sim.scenario import loads
    >>> society = Society(loads("{name: tiny, rounds: 3, population: {humans: 20}}"))
    >>> society.step()
    >>> society.round_index, len(society.humans), society.values.shape
    (1, 20, (20, 19))
    >>> Society("quickstart_numeric", seed=4, population={"humans": 50}).values.shape
    (50, 45)
    """

    def __init__(
        self,
        scenario: Built,
        *,
        rng: Seed = None,
        human: type[Human] = Human,
        with_objects: bool = True,
        **keys: Any,
    ) -> None:
        # The seed is a key like any: were it a parameter, Mesa 3.5's batch_run would set it to None.
        seed, iteration = keys.pop("seed", None), find_iteration()
        setup = build_from(scenario, seed=seed, rng=rng, iteration=iteration or 0, keys=keys)
        super().__init__(rng=stream_seed(setup.scenario.seed, "mesa"))
        self._in_batch = iteration is not None
        self._human = human
        self.setup: Setup = setup
        self.state: State = first_state(setup)
        self.log = RoundLog()
        self._is_prepared = False
        self._constant: tuple[object, float | None, Floats | None] = (None, None, None)
        self.space: Network | None = None
        self._with_objects = with_objects
        self._set_values: Floats | None = None
        require_human_class(human, Human, setup, with_objects=with_objects)
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
        if not self._in_batch:
            self._collect()

    def _repr_html_(self) -> str:
        """Return what a notebook shows of the society: who it is, and how far it has come."""
        setup, scenario = self.setup, self.setup.scenario
        shown = [(name, f"{value:.4g}") for name, value in list(self.measures.overall.items())[:4]]
        facts = [
            ("round", f"{self.round_index:,} of {setup.n_rounds:,}"),
            ("seed", str(self.seed)),
            *scenario.describe_society(setup.n_humans, setup.space.names),
            ("human agents", f"{len(self.humans):,}" if self.humans else "none (arrays alone)"),
        ]
        return build_html(f"Society of {scenario.name}", [*facts, *shown])

    # --- Mesa's side -----------------------------------------------------------------------------

    def _make_humans(self) -> list[Human]:
        wanted = self.setup.scenario.mesa.agents
        n_humans = self.setup.n_humans
        too_many = n_humans > MAX_AUTO_AGENTS and self._human is Human
        if wanted == "never" or (wanted == "auto" and too_many):
            return []
        humans = [self._human(self, i) for i in range(n_humans)]
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
        by_itself = collect == "auto" and n_collected <= MAX_AUTO_COLLECTED and not self._in_batch
        agents = collect == "agents" or by_itself
        model_reporters: dict[str, Any] = {"seed": "seed"} if self._in_batch else {}
        model_reporters["round_index"] = "round_index"
        if self._in_batch and collect == "none":
            return mesa.DataCollector(model_reporters=model_reporters)
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

    def _collect_for_batch(self) -> None:
        """Collect a row for `mesa.batch_run`, which up to Mesa 3.4 takes the row at a place for its Step.

        So there is a row for every round and none for the beginning; measures are nan in rounds that are not
        measured. Agents it looks up by number of rounds, one more than the place: they are moved there.
        """
        collector = self.datacollector
        collector.collect(self)
        records = getattr(collector, "_agent_records", {})
        if not hasattr(collector, "_collection_steps") and self.steps in records:
            records[self.steps - 1] = records.pop(self.steps)

    # --- rounds ----------------------------------------------------------------------------------

    @property
    def round_index(self) -> int:
        """Number of rounds finished."""
        return self.state.round_index

    @property
    def seed(self) -> int:
        """The seed that everything random follows from."""
        return self.setup.scenario.seed

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

        Before the first round, the values of such an assistant become those read from its words, and
        dilemmas are put for the first time, if any are.

        Raises
        ------
        MindError
            If a mind cannot be opened or asked, or its weights are not available.
        """
        self._is_prepared = True
        begin_with_weights(self.state, self.setup)
        if self.round_index == 0:
            self._put_dilemmas()

    def step(self) -> None:
        """Run one round, and take its measures if it is a measured round.

        Raises
        ------
        RoundError
            If a value is no longer finite.
        """
        if not self._is_prepared:
            self.prepare()
        self._set_values = None
        self.log = run_round(self.state, self.setup, self._step_humans if self._humans_act else None)
        self._set_values = None
        self._put_dilemmas()
        self.running = not self.is_finished
        is_measured = self.is_measured(self.round_index)
        if is_measured:
            self.measures = self._take_measures()
        if self._in_batch:
            self._collect_for_batch()
        elif is_measured:
            self._collect()

    def _put_dilemmas(self) -> None:
        """Put dilemmas to assistants and humans, if it is their round; what is chosen is in the log."""
        panel = self.setup.panel
        if panel is not None and panel.is_due(self.round_index, self.setup.n_rounds):
            self.log = replace(self.log, chosen=put_dilemmas(panel, self.state, self.setup.channel))

    @property
    def _humans_act(self) -> bool:
        return self._human.step is not mesa.Agent.step and len(self.humans) > 0

    def _step_humans(self) -> None:
        """Let humans of a class of the user's own act, one after the other."""
        self.humans.do("step")

    def values_to_set(self) -> Floats:
        """Return the array of values for setting rows of it, shape (humans, dimensions).

        It is copied the first time in a round, so that the values of the finished round stay as they were for
        whoever holds them.
        """
        if self._set_values is None or self._set_values is not self.state.values:
            self._set_values = self.state.values = self.state.values.copy()
        return self._set_values

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
            appeals=self._appeals(),
            games=state.played,
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

    def _appeals(self) -> Floats | None:
        """Return what the round's messages appeal to, where that is measured."""
        if self.setup.appeals is None:
            return None
        cells = self.log.cells
        return sum_appeals(self.setup.appeals, self.log.said, None if cells is None else cells.n_speakers)

    def _outlets(self, names: list[str]) -> tuple[Floats, Following] | None:
        """Return where what outlets say stands and who follows which, if a measure of them is to be taken.

        Before the first round nothing is said, and they are taken to stand for themselves.
        """
        setup, able = self.setup, self.setup.able
        if able is None or not (setup.own_measures or set(names) & set(OF_MEDIA)):
            return None
        standing = place_outlets(setup.scenario, setup.space.names, self.round_index)
        followed = find_followers(setup.scenario, able, self.values, standing)
        said = express_outlets(setup.scenario, standing, self.round_index) if self.round_index else standing
        return said, followed

    def _guarded(self, names: list[str]) -> dict[str, Any]:
        """Return what is permitted and what came of attacks, if a measure of them is to be taken."""
        if not (self.setup.own_measures or set(names) & set(OF_GUARDS)):
            return {}
        regions = regions_of(self.state, self.setup)
        return {"permitted": regions if len(regions[0]) else None, "counts": self.state.counts}

    def _wanted_measures(self) -> tuple[str, ...]:
        spec = self.setup.scenario.measures
        of_games = () if self.setup.scenario.games is None else OF_GAMES
        named = spec.names or (*TAKEN_UNLESS_NAMED, *of_games)
        return named if spec.appeals is None else tuple(dict.fromkeys((*named, *OF_APPEALS)))

    def group_means(self) -> Floats:
        """Return the mean values of each group, shape (groups, dimensions)."""
        summed = self.state.summed
        if summed is not None and summed[0] is self.values:
            return summed[1]
        return means_of_groups(self.values, self.setup)


def _measure_of(society: Society, name: str) -> float:
    """Return a measure of the round that was just finished; nan if it was not measured."""
    if not society.is_measured(society.round_index):
        return float("nan")
    return society.measures.overall.get(name, float("nan"))


def _value_of(agent: Human | Assistant, column: int) -> float:
    return float(agent.values[column])


def _takes_layout() -> bool:
    """Return whether this version of Mesa's `Network` takes a layout.

    Without one it computes its own, slowly and with unseeded randomness.
    """
    return "layout" in inspect.signature(Network.__init__).parameters
