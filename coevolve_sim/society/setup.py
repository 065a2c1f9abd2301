"""The setup of a society: everything that follows from the scenario before the first round."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from coevolve_sim import networks
from coevolve_sim.arrays import Floats
from coevolve_sim.assistants.drive_shapes import count_drive_rounds
from coevolve_sim.assistants.policies import check_policy_at
from coevolve_sim.assistants.tuned import DryRun
from coevolve_sim.errors import MeasureError, ScenarioError
from coevolve_sim.measures import CATALOGUE, Measure
from coevolve_sim.measures.measured_round import get_measure
from coevolve_sim.minds import Mind
from coevolve_sim.networks.ties import Ties
from coevolve_sim.registry import nearest
from coevolve_sim.rules import RULES, Rule
from coevolve_sim.rules.channel import Channel
from coevolve_sim.scenario import Scenario, idle_notes, revalidate, space_of
from coevolve_sim.scenario.checks import misfits_among
from coevolve_sim.scenario.continuity_checks import continuity_of
from coevolve_sim.scenario.mind_specs import MindSpec
from coevolve_sim.scenario.plugins import plugins_in
from coevolve_sim.scenario.policy_specs import PolicySpec, SelectsFactsPolicySpec
from coevolve_sim.scenario.process_specs import (
    ChangePolicySpec,
    ContinuitySpec,
    RestartHistorySpec,
    RewireSpec,
)
from coevolve_sim.scenario.society_specs import (
    DEFAULT_CENTRE,
    DEFAULT_HUMANS,
    DEFAULT_SPREAD,
    GroupSpec,
    PlantedHistorySpec,
)
from coevolve_sim.scenario.yaml_text import Path
from coevolve_sim.society.adversaries import Operators, adversary_notes, draw_adversaries
from coevolve_sim.society.appeals import AppealPlan, plan_appeals
from coevolve_sim.society.dilemma_panel import DilemmaPanel, build_panel
from coevolve_sim.society.history_course import HistoryCourse, course_of
from coevolve_sim.society.measure_notes import measure_notes
from coevolve_sim.society.media import Following, draw_able, outlet_notes
from coevolve_sim.society.memory_check import refuse_too_large
from coevolve_sim.society.objects import NO_OBJECTS, Objects, check_objects, lent_network, with_lent_minds
from coevolve_sim.society.people import People, count_respondents, settle_people
from coevolve_sim.society.plugins import build_channel, build_measures, build_network, build_rule, error_at
from coevolve_sim.society.population import GroupPlan, initial_values, place_groups
from coevolve_sim.society.respondents import Respondents, read_respondents
from coevolve_sim.society.trust import check_players, with_first_trust
from coevolve_sim.society.tuned_assistants import TunedAssistants, tuned_assistants_of
from coevolve_sim.streams import stream_seed
from coevolve_sim.values import ValueSpace, histories
from coevolve_sim.values.histories import History
from coevolve_sim.values.naming import spell_out


@dataclass(frozen=True, eq=False)
class Setup:
    """A society before its first round.

    Attributes
    ----------
    scenario : Scenario
        The scenario it was built from.
    space : ValueSpace
        The dimensions, in order.
    history : History or None
        The reference trajectory, its dimensions in the same order; None also where the history only gives
        the groups' initial values.
    ties : Ties
        Who hears whom.
    group_names : tuple of str
        The groups.
    group_of : int32 array, shape (humans,)
        Group of each human.
    initial_values : float64 array, shape (humans, dimensions)
        In [0, 1].
    initial_assistant_values : float64 array, shape (assistants, dimensions)
        In [0, 1].
    rule : Rule
        How listeners' values move.
    channel : Channel
        What listeners perceive.
    n_rounds : int
        Number of rounds of the run.
    horizons : tuple of int
        Horizons of the predict measure that the run is long enough for.
    notes : tuple of str
        Notes for readers of the record: what was left out, merged, interpolated or made smaller.
    weights : TunedAssistants or None
        The assistants whose weights learn, if there are any.
    objects : Objects
        Python objects that replace what the scenario names.
    own_measures : tuple of Measure
        The user's own measures, taken beside the package's.
    value_notes : tuple of str
        Those of the notes that initial values gave rise to.
    able : bool array, shape (humans, outlets), or None
        Who can follow which outlet; None where there are no outlets.
    appeals : AppealPlan or None
        What messages may appeal to; None where that is not measured.
    panel : DilemmaPanel or None
        Who is asked which dilemmas; None where none are asked.
    traits : dict of str to float64 array, shape (humans,)
        What a table of people says of each instead of its group, as `coevolve_sim.society.people.People` has
        it.
    operator_of : int8 array, shape (humans,), or None
        What each adversary tries, by its number; -1 of all others. None where there are no adversaries.
    """

    scenario: Scenario
    space: ValueSpace
    history: History | None
    ties: Ties
    group_names: tuple[str, ...]
    group_of: NDArray[np.int32]
    initial_values: Floats
    initial_assistant_values: Floats
    rule: Rule
    channel: Channel
    n_rounds: int
    horizons: tuple[int, ...]
    notes: tuple[str, ...]
    weights: TunedAssistants | None = None
    objects: Objects = NO_OBJECTS
    own_measures: tuple[Measure, ...] = ()
    value_notes: tuple[str, ...] = ()
    able: Following | None = None
    appeals: AppealPlan | None = None
    panel: DilemmaPanel | None = None
    traits: Mapping[str, Floats] = field(default_factory=dict)
    operator_of: Operators | None = None

    def with_minds(self, opener: Callable[[MindSpec], Mind]) -> Setup:
        """Return the same setup with minds opened by a function for estimates; no weights are trained."""
        if self.channel.minds is None:
            return self
        channel = self.channel.with_minds(opener).for_counting()
        weights = tuned_assistants_of(self.scenario, channel, self.space, DryRun)
        return replace(self, channel=channel, weights=weights)

    def resumed_from(self, manifest: Mapping[str, str]) -> Setup:
        """Return the same setup, going on as the record with a manifest was made."""
        channel = self.channel.resumed_from(manifest)
        if channel is self.channel:
            return self
        return replace(self, channel=channel, weights=tuned_assistants_of(self.scenario, channel, self.space))

    @property
    def mind_names(self) -> tuple[str, ...]:
        """Names of the minds that speak, read or judge; empty for a numeric channel."""
        judges = () if self.weights is None else self.weights.mind_names
        return tuple(dict.fromkeys((*self.channel.mind_names, *judges)))

    @property
    def n_humans(self) -> int:
        """Number of humans."""
        return int(self.group_of.size)

    @property
    def assistant_names(self) -> tuple[str, ...]:
        """Names of the assistants."""
        return tuple(assistant.name for assistant in self.scenario.assistants)

    @property
    def continuity(self) -> dict[int, ContinuitySpec]:
        """The continuity of each assistant that goes on with people's text in some round, by its number."""
        return continuity_of(self.scenario)

    @cached_property
    def course(self) -> HistoryCourse:
        """Where history stands in each round, with the scenario's restarts."""
        return _course(self.scenario, self.history)

    def era_position(self, round_index: int) -> float:
        """Return history's position at the end of a round, in eras from 0; it stays at the last era."""
        return self.course.position(round_index)

    def history_at(self, round_index: int) -> Floats | None:
        """Return the reference values at the end of a round, shape (dimensions,); None without a history."""
        return self.history_standing(self.era_position(round_index))

    def history_standing(self, position: float) -> Floats | None:
        """Return the reference values at a position in eras, shape (dimensions,); None without a history."""
        if self.history is None:
            return None
        if position not in self._standings:  # a round asks for the position that the one before it ended at
            if len(self._standings) > 3:
                self._standings.clear()
            self._standings[position] = self.history.at(position)
        return self._standings[position]

    @cached_property
    def _standings(self) -> dict[float, Floats]:
        return {}

    @property
    def era_rounds(self) -> tuple[int, ...]:
        """The rounds at whose end an era is reached, including the beginning (0)."""
        return tuple(round_index for round_index, _ in self.course.eras_reached(self.n_rounds))


def build_setup(scenario: Scenario, objects: Objects = NO_OBJECTS, like: Setup | None = None) -> Setup:
    """Build everything that a scenario describes, up to the first round.

    Parameters
    ----------
    scenario : Scenario
    objects : Objects, optional
        Python objects that replace what the scenario names.
    like : Setup, optional
        The setup of another world: its network, and its groups and initial values, are taken over where they
        would be the same, instead of being built again.

    Raises
    ------
    ScenarioError
        If a part is impossible; ``path`` names its key.

    Examples
    --------
    >>> from coevolve_sim.scenario import loads
    >>> build_setup(loads("{name: tiny, rounds: 3, population: {humans: 20}}")).initial_values.shape
    (20, 19)
    """
    scenario = revalidate(scenario)
    with error_at("value_space"):
        space = space_of(scenario)
    if getattr(scenario.value_space, "plugin_group", ""):
        for problem in misfits_among(scenario, space.names):
            raise ScenarioError(problem.message, path=problem.path)
    check_objects(scenario, objects)
    rule = build_rule(scenario, objects.rules.get(scenario.update.rule))
    _check_continuity(scenario, rule)
    _check_facts(scenario, rule)
    refuse_too_large(scenario, rule)
    history = _history(scenario, space)
    respondents = _read_respondents(scenario, space)
    if like is not None and _is_alike(scenario, like.scenario, _OF_NETWORK) and objects.network is None:
        ties = like.ties
    else:
        ties = _build_ties(scenario, objects, respondents)
    people = _settle(scenario, objects, respondents, ties)
    ties = people.ties
    if people.groups is not None:
        population = scenario.population.model_copy(update={"groups": people.groups})
        scenario = scenario.model_copy(update={"population": population})
    _check_both_hear(rule, ties)
    check_players(scenario, ties, "network")
    _check_encounters(scenario, ties)
    _check_rewiring(scenario, rule, ties)
    plans = [_plan(scenario, i, space, history) for i in range(len(scenario.population.groups))]
    if like is not None and ties is like.ties and _is_alike(scenario, like.scenario, _OF_PEOPLE):
        group_of, values, value_notes = like.group_of, like.initial_values, like.value_notes
    else:
        with error_at("population", "groups"):
            told = people.group_of
            group_of = place_groups(plans, ties, scenario.seed) if told is None else told
            values, value_notes = (
                initial_values(plans, group_of, scenario.seed)
                if people.values is None
                else (people.values, ())
            )
    reference = None if getattr(scenario.history, "effect", None) == "seed" else history
    _check_restarts(scenario, reference)
    n_rounds = _n_rounds(scenario, reference)
    horizons, horizon_notes = _horizons(scenario, reference, n_rounds)
    _check_measure_names(scenario)
    _load_own_policies(scenario)
    network_notes = tuple(f"network: {note}" for note in ties.notes)
    network_notes += (*rule.notes(with_first_trust(scenario, ties)), *_ignored_weights(rule, ties))
    channel = with_lent_minds(build_channel(scenario, space, group_of, people.sketches), objects.minds)
    able = draw_able(scenario, tuple(plan.name for plan in plans), group_of)
    with error_at("measures", "appeals", "candidates"):
        appeals = plan_appeals(scenario.measures)
    scenario = _with_mean_traits(scenario, people, group_of)
    operator_of = draw_adversaries(scenario, group_of.size)
    return Setup(
        scenario,
        space,
        reference,
        ties,
        tuple(plan.name for plan in plans),
        group_of,
        values,
        _assistant_values(scenario, space, history, values),
        rule,
        channel,
        n_rounds,
        horizons,
        (
            *(history.notes if history else ()),
            *network_notes,
            *(f"population: {note}" for note in people.notes),
            *value_notes,
            *horizon_notes,
            *idle_notes(scenario),
            *_drive_notes(scenario, n_rounds),
            *_restart_notes(scenario, _course(scenario, reference), n_rounds),
            *outlet_notes(scenario, able, n_rounds),
            *_games_notes(scenario, rule, n_rounds),
            *adversary_notes(scenario, operator_of),
            *measure_notes(scenario, ties, len(plans), asks_minds=channel.minds is not None),
        ),
        tuned_assistants_of(scenario, channel, space),
        objects,
        build_measures(scenario, objects.measures),
        value_notes,
        able,
        appeals,
        build_panel(scenario, int(group_of.size)),
        people.traits,
        operator_of,
    )


def _with_mean_traits(scenario: Scenario, people: People, group_of: NDArray[np.int32]) -> Scenario:
    """Return a scenario whose groups have the mean of what a table says of each of their members."""
    given = {key: people.traits[key] for key in ("adoption", "stubbornness") if key in people.traits}
    if not given:
        return scenario
    groups = [
        group.model_copy(
            update={key: float(column[group_of == index].mean()) for key, column in given.items()}
        )
        for index, group in enumerate(scenario.population.groups)
    ]
    population = scenario.population.model_copy(update={"groups": tuple(groups)})
    return scenario.model_copy(update={"population": population})


def _read_respondents(scenario: Scenario, space: ValueSpace) -> Respondents | None:
    if scenario.population.file is None:
        return None
    with error_at("population", "file"):
        return read_respondents(scenario.population.file, space.names)


def _build_ties(scenario: Scenario, objects: Objects, respondents: Respondents | None) -> Ties:
    """Return the network: the one handed over, or the one that the scenario describes."""
    n_humans, file = scenario.population.humans, scenario.population.file
    if objects.network is not None:
        with error_at("network"):
            return lent_network(objects.network, n_humans)
    if n_humans is None and not scenario.network.brings_humans:
        n_humans = DEFAULT_HUMANS
        if respondents is not None and file is not None:
            n_humans = count_respondents(respondents, file) or DEFAULT_HUMANS
    return build_network(scenario.network, n_humans, scenario.seed, ("network",))


def _settle(scenario: Scenario, objects: Objects, respondents: Respondents | None, ties: Ties) -> People:
    population = scenario.population
    if respondents is None and population.groups_from is None:
        return People(ties)
    brought = scenario.network.brings_humans or objects.network is not None
    with error_at("population", "groups_from" if respondents is None else "file"):
        people = settle_people(scenario, respondents, ties, brought=brought)
    if population.humans not in {None, people.ties.n_humans}:
        raise ScenarioError(
            f"{population.humans} given, and there are {people.ties.n_humans} humans with respondents; leave "
            "it out",
            path=("population", "humans"),
        )
    return people


_OF_NETWORK = ("seed", "network", "population")
_OF_PEOPLE = ("seed", "population", "value_space", "dimensions", "history")


def _is_alike(one: Scenario, other: Scenario, parts: tuple[str, ...]) -> bool:
    """Return whether two scenarios have the same parts of these names."""
    return all(getattr(one, part) == getattr(other, part) for part in parts)


def _drive_notes(scenario: Scenario, n_rounds: int) -> tuple[str, ...]:
    """Return the note that the run ends before the drive does, if so."""
    drive = scenario.drive
    if drive is None:
        return ()
    last = count_drive_rounds(
        drive.shape, low=drive.low, high=drive.high, speed=drive.speed, cycles=drive.cycles
    )
    if last <= n_rounds:
        return ()
    return (f"drive: it ends in round {last}; the run ends before that, in round {n_rounds}",)


def _ignored_weights(rule: Rule, ties: Ties) -> tuple[str, ...]:
    """Return the note that the network has weights which the rule does not use, if so."""
    if ties.weights is None or rule.weighted:
        return ()
    using = ", ".join(name for name in RULES.own if RULES[name].weighted)
    return (f"network: ties have weights, which rule {rule.name} does not use; these do: {using}",)


def _games_notes(scenario: Scenario, rule: Rule, n_rounds: int) -> Iterator[str]:
    """Yield notes that games are never played, and that people do not hear by the trust that moves."""
    games = scenario.games
    if games is None:
        return
    if games.every > n_rounds:
        yield f"games: they are first played in round {games.every}; the run ends before that"
    if games.trust_rate > 0.0 and not rule.weighted:
        using = ", ".join(name for name in RULES.own if RULES[name].weighted)
        yield (
            f"games: trust is the weight of a tie, by which nobody hears anybody under rule {rule.name}; "
            f"under these people do: {using}"
        )


def _history(scenario: Scenario, space: ValueSpace) -> History | None:
    spec = scenario.history
    if isinstance(spec, PlantedHistorySpec):
        ends = {
            end: dict(zip(space.names, spell_out(given, space.names), strict=True))
            for end in ("start", "end")
            if (given := getattr(spec, end)) is not None
        }
        spec = spec.model_copy(update=ends)
    with error_at("history"):
        return histories.build(spec, space.names, scenario.seed)


def _check_continuity(scenario: Scenario, rule: Rule) -> None:
    for index in continuity_of(scenario):
        if rule.answers:
            raise ScenarioError(
                f"with rule {rule.name} people hear the assistant before it hears them, so that there is no "
                "text of theirs to go on with; leave continuity out, or take another rule",
                path=("assistants", index, "continuity"),
            )


def _check_facts(scenario: Scenario, rule: Rule) -> None:
    places: list[tuple[Path, PolicySpec]] = [
        (("assistants", index, "policy", "kind"), assistant.policy)
        for index, assistant in enumerate(scenario.assistants)
    ]
    places += [
        (("interventions", index, "policy", "kind"), act.policy)
        for index, act in enumerate(scenario.interventions)
        if isinstance(act, ChangePolicySpec)
    ]
    for path, policy in places:
        if rule.answers and isinstance(policy, SelectsFactsPolicySpec):
            raise ScenarioError(
                f"with rule {rule.name} people hear the assistant before it hears them, so that it knows of "
                "no lean to please; take another rule, such as weighs_facts",
                path=path,
            )


def _check_both_hear(rule: Rule, ties: Ties) -> None:
    if rule.both_move and ties.directed:
        raise ScenarioError(
            f"{rule.name} moves both of a pair, but on a directed network a speaker need not hear its "
            "listener; use an undirected network, or hegselmann_krause with schedule pairwise",
            path=("update", "rule"),
        )


def _check_encounters(scenario: Scenario, ties: Ties) -> None:
    update = scenario.update
    asked = getattr(update, "encounters_per_human", None)
    if update.schedule == "pairwise" and asked is not None and round(asked * ties.n_humans) < 1:
        raise ScenarioError(
            f"{asked:g} given, of {ties.n_humans} humans: nobody would ever meet; at least "
            f"{1 / ties.n_humans:.3g} is one encounter a round",
            path=("update", "encounters_per_human"),
        )


def _check_rewiring(scenario: Scenario, rule: Rule, ties: Ties) -> None:
    """Try every rewiring before the run, so that none fails in its round."""
    acts = [
        (act.round, i, act) for i, act in enumerate(scenario.interventions) if isinstance(act, RewireSpec)
    ]
    for _, index, act in sorted(acts, key=lambda entry: entry[:2]):
        with error_at("interventions", index):
            if act.fraction is not None:
                ties = networks.rewire(ties, act.fraction, scenario.seed, *rewiring_address(scenario, index))
            else:
                ties = rewired_network(scenario, rule, index, ties.n_humans)


def rewiring_address(scenario: Scenario, index: int) -> tuple[int, int]:
    """Return the address of a rewiring's draws: its round, and the number of rewirings before it in it.

    So a branch may add other interventions without changing these draws.
    """
    acts = scenario.interventions
    before = [a for a in acts[:index] if isinstance(a, RewireSpec) and a.round == acts[index].round]
    return acts[index].round, len(before)


def rewired_network(scenario: Scenario, rule: Rule, index: int, n_humans: int) -> Ties:
    """Build the network of an intervention ``rewire``, with draws of its own for every network family.

    Raises
    ------
    ScenarioError
        If the network is impossible, or the rule cannot work on it.
    """
    act = scenario.interventions[index]
    seed = stream_seed(scenario.seed, "rewire", *rewiring_address(scenario, index))
    ties = build_network(act.network, n_humans, seed, ("interventions", index, "network"))  # type: ignore[union-attr]
    if rule.both_move and ties.directed:
        raise ScenarioError(
            f"{rule.name} moves both of a pair and needs an undirected network",
            path=("interventions", index, "network"),
        )
    check_players(scenario, ties, "interventions", index, "network")
    return ties


def _plan(scenario: Scenario, index: int, space: ValueSpace, history: History | None) -> GroupPlan:
    group = scenario.population.groups[index]
    path: Path = ("population", "groups", index)
    return GroupPlan(
        group.name,
        group.share,
        _centre(group, space, history, path),
        _spread(group, space, history),
        uniform=group.distribution == "uniform",
        stratified=group.sampling == "stratified",
        placement=group.placement,
    )


def _centre(group: GroupSpec, space: ValueSpace, history: History | None, path: Path) -> tuple[float, ...]:
    if group.era is not None and history is not None:
        with error_at(*path, "era"):
            return tuple(float(v) for v in history.values[history.era_index(group.era)])
    return spell_out(DEFAULT_CENTRE if group.centre is None else group.centre, space.names)


def _spread(group: GroupSpec, space: ValueSpace, history: History | None) -> tuple[float, ...]:
    """Return a group's spread: its own if given, else that of its era, else the default."""
    if group.spread is not None:
        return spell_out(group.spread, space.names)
    if group.era is not None and history is not None and history.spreads is not None:
        return tuple(float(spread) for spread in history.spreads[history.era_index(group.era)])
    return spell_out(DEFAULT_SPREAD, space.names)


def _assistant_values(
    scenario: Scenario, space: ValueSpace, history: History | None, values: Floats
) -> Floats:
    rows = np.empty((len(scenario.assistants), space.n_dimensions))
    for row, assistant in zip(rows, scenario.assistants, strict=True):
        if assistant.start == "population_mean":
            row[:] = values.mean(axis=0)
        elif assistant.start == "history" and history is not None:
            row[:] = history.values[0]
        else:
            row[:] = spell_out(assistant.start, space.names)  # type: ignore[arg-type]
    if (drive := scenario.drive) is not None:
        which = [assistant.name for assistant in scenario.assistants].index(drive.assistant)
        rows[which, space.names.index(drive.dimension)] = drive.low
    return rows


def _course(scenario: Scenario, history: History | None) -> HistoryCourse:
    return course_of(scenario, None if history is None else history.n_eras)


def _check_restarts(scenario: Scenario, history: History | None) -> None:
    """Refuse a restart of a history whose values are the same in all eras."""
    if history is None or np.ptp(history.values, axis=0).any():
        return
    for index, act in enumerate(scenario.interventions):
        if isinstance(act, RestartHistorySpec):
            raise ScenarioError(
                f"history '{history.name}' has the same values in all of its eras, so that it would change "
                "nothing if it began again; give a history that moves, or leave it out",
                path=("interventions", index, "action"),
            )


def _restart_notes(scenario: Scenario, course: HistoryCourse, n_rounds: int) -> Iterator[str]:
    """Yield notes on restarts around which eras lie further apart than elsewhere."""
    reached = [round_index for round_index, _ in course.eras_reached(n_rounds)]
    for restart in course.restarts:
        after = bisect_left(reached, restart)
        if after == len(reached):
            continue
        apart = reached[after] - reached[after - 1]
        if apart != scenario.rounds_per_era:
            yield (
                f"history begins again in round {restart}: the eras of rounds {reached[after - 1]} and "
                f"{reached[after]} lie {apart} rounds apart, which progress measures count as one era"
            )


def _n_rounds(scenario: Scenario, history: History | None) -> int:
    if scenario.rounds is not None:
        n_rounds = scenario.rounds
    else:
        n_rounds = (history.n_eras - 1 if history else 1) * scenario.rounds_per_era
    for index, act in enumerate(scenario.interventions):
        if act.round > n_rounds:
            raise ScenarioError(
                f"{act.round} given; the run ends with round {n_rounds}",
                path=("interventions", index, "round"),
            )
    return n_rounds


def _horizons(
    scenario: Scenario, history: History | None, n_rounds: int
) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Return the horizons for which the run is long enough, and a note if the standard one is too long."""
    eras = len(_course(scenario, history).eras_reached(n_rounds))
    asked = scenario.measures.horizons
    fitting = tuple(k for k in asked if eras >= k + 2)
    if fitting == asked:
        return fitting, ()
    if asked == (1,):
        return (), (f"the run reaches {eras} eras; predict at horizon 1 needs 3 and is left out",)
    too_far = next(k for k in asked if k not in fitting)
    raise ScenarioError(
        f"horizon {too_far} given; the run reaches {eras} eras, which allow at most {max(eras - 2, 0)}",
        path=("measures", "horizons"),
    )


def _load_own_policies(scenario: Scenario) -> None:
    """Load every custom policy before the run, so that none fails to load in its round."""
    for path, spec in plugins_in(scenario):
        if path[-1] == "policy":
            check_policy_at(spec.path, spec.parameters, path)


def _check_measure_names(scenario: Scenario) -> None:
    for index, name in enumerate(scenario.measures.names or ()):
        if name not in CATALOGUE:
            error = MeasureError(f"unknown measure '{name}'{nearest(name, CATALOGUE) or '.'}")
            raise ScenarioError(
                f"{error} `coevolve list measures` shows all", path=("measures", "names", index)
            )
        with error_at("measures", "names", index):
            CATALOGUE.entry(name)  # a name that is taken is refused where it is named
            get_measure(name)
