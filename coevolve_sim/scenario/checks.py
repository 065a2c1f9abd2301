"""Check that the parts of a scenario fit each other, which the schema of a single key cannot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from coevolve_sim import values
from coevolve_sim.errors import ScenarioError, ValueSpaceError
from coevolve_sim.registry import nearest
from coevolve_sim.scenario.appeal_checks import check_appeals
from coevolve_sim.scenario.cell_checks import cell_notes, check_cells
from coevolve_sim.scenario.continuity_checks import (
    change_of_continuity,
    continuity_of,
    continuity_of_an_assistant,
)
from coevolve_sim.scenario.dilemma_checks import check_dilemmas
from coevolve_sim.scenario.fairness_checks import check_fairness
from coevolve_sim.scenario.games_checks import check_games, games_notes
from coevolve_sim.scenario.guard_checks import check_guards, guard_notes
from coevolve_sim.scenario.media_checks import check_media, media_notes
from coevolve_sim.scenario.mind_checks import check_minds
from coevolve_sim.scenario.mind_specs import LanguageChannelSpec
from coevolve_sim.scenario.plugins import function_parameters, load_at
from coevolve_sim.scenario.policy_specs import PolicySpec, SelectsFactsPolicySpec, WeightsPolicySpec
from coevolve_sim.scenario.problems import Problem, require_known
from coevolve_sim.scenario.process_specs import (
    AttractionRepulsionSpec,
    BayesianTrustSpec,
    ChangeConfidenceSpec,
    ChangeContinuitySpec,
    ChangePolicySpec,
    DeGrootSpec,
    InterventionSpec,
    MoralArgumentSpec,
    PerformativePeersSpec,
    PerformativeSpec,
    RestartHistorySpec,
    RewireSpec,
    SetValuesSpec,
    ShockSpec,
    WeighsFactsSpec,
)
from coevolve_sim.scenario.respondent_checks import (
    check_respondents,
    check_scale,
    respondent_notes,
    takes_groups_as_found,
)
from coevolve_sim.scenario.scenario import Scenario
from coevolve_sim.scenario.society_specs import (
    CustomSpaceSpec,
    FileHistorySpec,
    GroupSpec,
    NoHistorySpec,
    PlantedHistorySpec,
    PluginSpaceSpec,
)
from coevolve_sim.scenario.spec import GroupConfidenceSpec, GroupRateSpec
from coevolve_sim.scenario.tuned_checks import changes_of_weights, weights_of_an_assistant
from coevolve_sim.scenario.yaml_text import Path
from coevolve_sim.values.naming import DEFAULT_KEY

PLANTED_KEYS = {
    "turning_point": ("logistic", "reversal", "regime_shift"),
    "period": ("oscillation",),
    "steepness": ("logistic",),
    "step_sd": ("random_walk",),
}
"""Keys of a planted history that only some shapes have."""

RESERVED = frozenset({"round", "era", "human", "group", "kind", "name", "label", "id", "number"})
"""Columns and node attributes of what a run leaves behind, beside which dimensions stand."""


def space_of(scenario: Scenario) -> values.ValueSpace:
    """Return the value space of a scenario, reduced to the dimensions that it keeps.

    Raises
    ------
    ValueSpaceError
        If there is no such space, or a dimension is unknown or named twice.
    ScenarioError
        If a space of the user's own cannot be had; names the key.
    """
    asked = scenario.value_space
    if isinstance(asked, PluginSpaceSpec):
        space = _plugin_space(asked)
    elif isinstance(asked, CustomSpaceSpec):
        space = values.custom(asked.name, asked.dimensions)
    else:
        space = values.get(asked)
    return space if scenario.dimensions is None else space.select(scenario.dimensions)


def _plugin_space(asked: PluginSpaceSpec) -> values.ValueSpace:
    path: Path = ("value_space",)
    found = load_at(asked, values.SPACES, path)
    given: dict[str, object] = {}
    if not isinstance(found, values.ValueSpace):
        given = function_parameters(found, asked, (), values.SPACES.concept, path)
    elif asked.parameters:
        raise ScenarioError("a ValueSpace takes no parameters; leave them out", path=(*path, "parameters"))
    return values.made_space(found, asked.path, **given)


def misfits(scenario: Scenario) -> Iterator[Problem]:
    """Yield the problems of parts that do not fit each other, in the order of the keys.

    Nothing where the value space is code of the user's, which reading a scenario (one on record, for
    instance) does not run: then `misfits_among` is asked when the society is built.
    """
    if isinstance(scenario.value_space, PluginSpaceSpec):
        return
    try:
        names = space_of(scenario).names
    except ValueSpaceError as error:
        known = scenario.dimensions is not None and _space_exists(scenario)
        yield Problem(("dimensions",) if known else ("value_space",), str(error))
        return
    yield from misfits_among(scenario, names)


def misfits_among(scenario: Scenario, names: tuple[str, ...]) -> Iterator[Problem]:
    """Yield what does not fit with dimensions of these names."""
    for name in RESERVED & set(names):
        yield Problem(
            ("value_space",), f"no dimension can be called '{name}': tables have a column of that name"
        )
    if DEFAULT_KEY in names:
        yield Problem(
            ("value_space",), f"no dimension can be called '{DEFAULT_KEY}': it stands for those not named"
        )
    yield from _history(scenario, names)
    yield from _population(scenario, names)
    yield from _update(scenario, names)
    yield from _language(scenario, names)
    yield from check_minds(scenario)
    yield from _assistants(scenario, names)
    yield from _mediator(scenario)
    yield from check_media(scenario, names, per_dimension)
    yield from check_games(scenario, names)
    yield from check_cells(scenario)
    yield from check_guards(scenario, names, per_dimension, _policies_of)
    yield from _drive(scenario, names)
    yield from _interventions(scenario, names)
    yield from check_appeals(scenario)
    yield from check_fairness(scenario)
    yield from check_dilemmas(scenario)


def _space_exists(scenario: Scenario) -> bool:
    try:
        space_of(scenario.model_copy(update={"dimensions": None}))
    except ValueSpaceError:
        return False
    return True


def per_dimension(given: object, names: tuple[str, ...], path: Path) -> Iterator[Problem]:
    """Yield the problems of a mapping from dimension to number."""
    if not isinstance(given, dict):
        return
    for key in given:
        if key not in names and key != DEFAULT_KEY:
            yield Problem(
                (*path, key),
                f"unknown dimension '{key}'{nearest(key, names) or '.'} Dimensions here: {', '.join(names)}",
                at_key=True,
            )
    missing = [name for name in names if name not in given]
    if missing and DEFAULT_KEY not in given:
        yield Problem(
            path,
            f"says nothing of dimension '{missing[0]}'; name every dimension or add the key '{DEFAULT_KEY}'",
        )


def _unique(names: list[str], path: Path, what: str) -> Iterator[Problem]:
    for name, count in Counter(names).items():
        if count > 1:
            where = len(names) - 1 - names[::-1].index(name)
            yield Problem(
                (*path, where, "name"), f"{what} '{name}' is there {count} times; names must differ"
            )


def _history(scenario: Scenario, names: tuple[str, ...]) -> Iterator[Problem]:
    history = scenario.history
    if isinstance(history, NoHistorySpec) and scenario.rounds is None:
        yield Problem(("rounds",), "must be given where there is no history to run to the end of")
    if isinstance(history, PlantedHistorySpec):
        if history.shape == "random_walk" and history.end is not None:
            yield Problem(("history", "end"), "a random walk goes where it goes; leave the end out")
        yield from per_dimension(history.start, names, ("history", "start"))
        yield from per_dimension(history.end, names, ("history", "end"))
    if isinstance(history, FileHistorySpec):
        yield from check_scale(history.scale, ("history", "scale"))


def _population(scenario: Scenario, names: tuple[str, ...]) -> Iterator[Problem]:
    groups = scenario.population.groups
    yield from _unique([g.name for g in groups], ("population", "groups"), "group")
    total = sum(group.share for group in groups)
    if abs(total - 1.0) > 1e-6 and not takes_groups_as_found(scenario):
        yield Problem(("population", "groups"), f"shares sum to {total:.10g}; they must sum to 1")
    for index, group in enumerate(groups):
        yield from _group(group, scenario, names, ("population", "groups", index))
    yield from check_respondents(scenario, names)


def _group(group: GroupSpec, scenario: Scenario, names: tuple[str, ...], path: Path) -> Iterator[Problem]:
    if group.era is not None and group.centre is not None:
        yield Problem((*path, "centre"), "a group has an era or a centre, not both")
    if group.era is not None and isinstance(scenario.history, NoHistorySpec):
        yield Problem((*path, "era"), "there is no history to take an era from; give a centre instead")
    if group.distribution == "uniform" and (group.era, group.centre, group.spread) != (None, None, None):
        yield Problem(
            (*path, "distribution"),
            "uniform covers all of [0, 1]; leave era, centre and spread out, or use beta",
        )
    yield from per_dimension(group.centre, names, (*path, "centre"))
    yield from per_dimension(group.spread, names, (*path, "spread"))
    if group.stubbornness > 0 and isinstance(scenario.update, DeGrootSpec):
        yield Problem((*path, "stubbornness"), "degroot has no anchor; use rule friedkin_johnsen")
    if group.stubbornness > 0 and isinstance(scenario.update, PerformativePeersSpec):
        yield Problem(
            (*path, "stubbornness"),
            "under performative_peers update.anchor_weight says how far people keep to their anchors; leave "
            "it out",
        )
    yield from _repelled(group.confidence, scenario, (*path, "confidence"))
    for key in ("confidence", "rate"):
        yield from _used(getattr(group, key), key, scenario, (*path, key))


def _repelled(given: GroupConfidenceSpec, scenario: Scenario, path: Path) -> Iterator[Problem]:
    """Yield confidences that reach beyond the distance at which the scenario lets others repel."""
    if not isinstance(scenario.update, AttractionRepulsionSpec):
        return
    for source in ("peer", "assistant"):
        within, beyond = getattr(given, source), getattr(scenario.update.repulsion, source)
        if within is not None and beyond is not None and within > beyond:
            yield Problem((*path, source), f"{within} given; must be at most update.repulsion, {beyond}")


def idle_notes(scenario: Scenario) -> Iterator[str]:
    """Yield notes on keys that differ from their defaults but have no effect in this scenario.

    They are not errors, so that a branch may change one key (another shape, another schedule) and leave the
    rest of its file unchanged.
    """
    yield from _silent_notes(scenario)
    yield from media_notes(scenario)
    yield from games_notes(scenario)
    yield from cell_notes(scenario)
    yield from respondent_notes(scenario)
    yield from guard_notes(scenario)
    told = getattr(scenario.history, "spread", None) is not None
    if told and all(g.era is None or g.spread is not None for g in scenario.population.groups):
        yield "history.spread has no effect unless a group has an era and no spread of its own"
    if getattr(scenario.history, "effect", "") == "none":
        for index, act in enumerate(scenario.interventions):
            if isinstance(act, RestartHistorySpec):
                yield (
                    f"interventions.{index}: history moves nobody (effect: none), so that its restart "
                    "changes only what people and assistants are held against"
                )
    for (part, key), reason in _idle_keys(scenario).items():
        given = getattr(scenario, part)
        fields = type(given).model_fields
        if key in fields and getattr(given, key) != fields[key].default:
            yield f"{part}.{key} has no effect {reason}"


def _silent_notes(scenario: Scenario) -> Iterator[str]:
    """Yield notes on keys that only a language channel uses, in a scenario without one."""
    if isinstance(scenario.channel, LanguageChannelSpec):
        return
    if scenario.minds:
        yield "minds have no effect unless channel.kind is language"
    if any(group.voice for group in scenario.population.groups):
        yield "population.groups.voice has no effect unless channel.kind is language"
    if any(assistant.policy.shows_statements for assistant in scenario.assistants):
        yield "assistants.policy.words has no effect unless channel.kind is language"
    if any(assistant.voice or assistant.mind for assistant in scenario.assistants):
        yield "assistants.mind and assistants.voice have no effect unless channel.kind is language"


def _idle_keys(scenario: Scenario) -> dict[tuple[str, str], str]:
    """Return the keys that have no effect in this scenario, and why."""
    update, history, network = scenario.update, scenario.history, scenario.network
    idle: dict[tuple[str, str], str] = {}
    if update.schedule == "pairwise":
        idle["update", "include_self"] = "with schedule pairwise"
    else:
        idle["update", "encounters_per_human"] = "with schedule synchronous"
        idle["update", "exposure"] = "with schedule synchronous"
    if getattr(update, "bias", None) == 0.0:
        idle["update", "distance_floor"] = "with bias 0"
    if getattr(history, "effect", None) != "attract":
        idle["history", "pull"] = "unless effect is attract"
    if isinstance(history, PlantedHistorySpec):
        for key, shapes in PLANTED_KEYS.items():
            if history.shape not in shapes:
                idle["history", key] = f"with shape {history.shape}"
    if scenario.drive is not None and scenario.drive.shape == "ramp":
        idle["drive", "cycles"] = "with shape ramp"
    if scenario.consulting.choice == "anew":
        idle["consulting", "switching"] = "unless choice is loyal"
    if getattr(network, "degrees", None) is not None:
        idle |= {("network", key): "where degrees are given" for key in ("exponent", "min_degree")}
    return idle


def _used(
    given: GroupConfidenceSpec | GroupRateSpec, key: str, scenario: Scenario, path: Path
) -> Iterator[Problem]:
    """Yield keys of a group that the rule does not use."""
    for source in ("peer", "assistant"):
        if getattr(given, source) is not None and not hasattr(getattr(scenario.update, key, None), source):
            yield Problem((*path, source), f"rule {scenario.update.rule} has no {key} towards {source}s")


def _update(scenario: Scenario, names: tuple[str, ...]) -> Iterator[Problem]:
    update = scenario.update
    if isinstance(update, MoralArgumentSpec):
        known = [group.name for group in scenario.population.groups]
        for name, count in Counter(update.liberals).items():
            if count > 1:
                yield Problem(("update", "liberals"), f"group '{name}' is there {count} times; once suffices")
        for index, name in enumerate(update.liberals):
            yield from require_known(name, known, ("update", "liberals", index), "group")
        yield from per_dimension(update.persuasion_for, names, ("update", "persuasion_for"))
        yield from per_dimension(update.persuasion_against, names, ("update", "persuasion_against"))
    if isinstance(update, BayesianTrustSpec):
        yield from per_dimension(update.truth, names, ("update", "truth"))
        effect = getattr(scenario.history, "effect", "none")
        if effect not in {"none", "seed"}:
            yield Problem(
                ("history", "effect"),
                f"{effect} given; rule bayesian_trust makes values anew of evidence in every round, so that "
                "no history moves them: let effect be none",
            )
    if isinstance(update, AttractionRepulsionSpec):
        for source in ("peer", "assistant"):
            beyond, within = getattr(update.repulsion, source), getattr(update.confidence, source)
            if beyond is not None and beyond < within:
                yield Problem(
                    ("update", "repulsion", source),
                    f"{beyond} given; must be at least the confidence, {within}",
                )


def _prompts(scenario: Scenario, channel: LanguageChannelSpec) -> Iterator[Problem]:
    told = [
        f"mind '{mind.name}' (kind {mind.kind})" for mind in scenario.minds if mind.made_for_prompts == "v1"
    ]
    replays = [mind.name for mind in scenario.minds if mind.is_replay]
    if channel.prompts == "v2" and told:
        yield Problem(
            ("channel", "prompts"),
            f"v2 given, and {told[0]} reads its stance as the number that v1 states; leave it at v1",
        )
    if channel.prompts == "auto" and replays:
        yield Problem(
            ("channel", "prompts"),
            f"auto given, and mind '{replays[0]}' answers from a record, whose prompts it must meet; give "
            "the version that the run had, v1 or v2",
        )
    if channel.examples and told:
        yield Problem(
            ("channel", "examples"),
            f"{channel.examples} given, and {told[0]} was made for prompts without examples; let it be 0",
        )
    elif channel.examples and channel.prompts == "v1":
        yield Problem(
            ("channel", "examples"),
            f"{channel.examples} given; examples state stances in words, so set channel.prompts to v2 or "
            "auto, or let it be 0",
        )


def _language(scenario: Scenario, names: tuple[str, ...]) -> Iterator[Problem]:
    minds = [mind.name for mind in scenario.minds]
    yield from _unique(minds, ("minds",), "mind")
    channel = scenario.channel
    if not isinstance(channel, LanguageChannelSpec):
        return
    if not minds:
        yield Problem(
            ("channel", "kind"),
            "a channel of language needs a mind: give one under minds, such as kind embedded",
        )
    elif channel.mind is not None:
        yield from require_known(channel.mind, minds, ("channel", "mind"), "mind")
    if channel.reader.mind is not None:
        yield from require_known(channel.reader.mind, minds, ("channel", "reader", "mind"), "mind")
    for index, assistant in enumerate(scenario.assistants):
        if assistant.mind is not None:
            yield from require_known(assistant.mind, minds, ("assistants", index, "mind"), "mind")
    yield from _prompts(scenario, channel)
    if channel.topics_per_round > len(names):
        yield Problem(
            ("channel", "topics_per_round"), f"{channel.topics_per_round} given, of {len(names)} dimensions"
        )
    if isinstance(scenario.update, BayesianTrustSpec | PerformativeSpec | PerformativePeersSpec):
        yield Problem(
            ("update", "rule"),
            f"{scenario.update.rule} is about numbers that cannot be said in words; use "
            f"another rule, or channel "
            "numeric",
        )
    elif scenario.update.schedule != "synchronous":
        yield Problem(
            ("update", "schedule"),
            "a channel of language carries one message a human a round, so the schedule must be synchronous",
        )


def _assistants(scenario: Scenario, names: tuple[str, ...]) -> Iterator[Problem]:
    groups = [group.name for group in scenario.population.groups]
    yield from _unique([a.name for a in scenario.assistants], ("assistants",), "assistant")
    for index, assistant in enumerate(scenario.assistants):
        path: Path = ("assistants", index)
        if assistant.start == "history" and isinstance(scenario.history, NoHistorySpec):
            yield Problem((*path, "start"), "there is no history to start from")
        yield from per_dimension(assistant.start, names, (*path, "start"))
        yield from _policy(assistant.policy, names, (*path, "policy"))
        yield from _statements(assistant.policy, scenario, (*path, "policy", "words"))
        if isinstance(assistant.policy, WeightsPolicySpec):
            yield from weights_of_an_assistant(scenario, assistant, path)
        ever = [policy for _, policy in _policies_of(scenario, assistant.name)]
        yield from continuity_of_an_assistant(assistant, ever, (*path, "continuity"))
        for place, given in (("groups", assistant.groups), ("sees", assistant.sees.groups)):
            where: Path = (*path, place) if place == "groups" else (*path, "sees", "groups")
            for row, name in enumerate(given or ()):
                yield from require_known(name, groups, (*where, row), "group")


def _mediator(scenario: Scenario) -> Iterator[Problem]:
    """Yield the problems of an assistant that edits what people say to each other."""
    mediator = getattr(scenario.channel, "mediator", None)
    if mediator is None:
        return
    known = [assistant.name for assistant in scenario.assistants]
    yield from require_known(mediator.assistant, known, ("channel", "mediator", "assistant"), "assistant")
    for path, policy in _policies_of(scenario, mediator.assistant):
        if not policy.says_its_values:
            yield Problem(
                path,
                f"{policy.kind} says other things than its values, towards which an editor edits; let the "
                "assistant that edits have another policy, such as frozen",
            )
    update = scenario.update
    if isinstance(update, (PerformativeSpec, WeighsFactsSpec)):
        why = "humans do not hear each other"
    elif isinstance(update, BayesianTrustSpec) and update.trust.peer == 0.0:
        why = "with update.trust.peer 0, peers are not believed"
    else:
        return
    yield Problem(
        ("channel", "mediator"),
        f"under rule {update.rule}, {why}, so that editing what they say would change nothing; take another "
        "rule, or leave the mediator out",
    )


def _drive(scenario: Scenario, names: tuple[str, ...]) -> Iterator[Problem]:
    drive = scenario.drive
    if drive is None:
        return
    known = [assistant.name for assistant in scenario.assistants]
    yield from require_known(drive.assistant, known, ("drive", "assistant"), "assistant")
    yield from require_known(drive.dimension, names, ("drive", "dimension"), "dimension")
    if drive.high <= drive.low:
        yield Problem(("drive", "high"), f"{drive.high:g} given; must be above drive.low, {drive.low:g}")
    for path, policy in _policies_of(scenario, drive.assistant):
        if not policy.says_its_values:
            yield Problem(
                path,
                f"{policy.kind} says other things than its values, so that nobody would hear the drive; let "
                "the driven assistant have another policy, such as frozen",
            )
    for number in continuity_of(scenario):
        if scenario.assistants[number].name == drive.assistant:
            yield Problem(
                ("assistants", number, "continuity"),
                "a driven assistant that goes on with people's own text says other things than the drive; "
                "leave the continuity out",
            )


def _policies_of(scenario: Scenario, name: str) -> Iterator[tuple[Path, PolicySpec]]:
    """Yield every policy that an assistant has or is given, and where it stands."""
    for index, assistant in enumerate(scenario.assistants):
        if assistant.name == name:
            yield ("assistants", index, "policy"), assistant.policy
    for index, act in enumerate(scenario.interventions):
        if isinstance(act, ChangePolicySpec) and act.assistant == name:
            yield ("interventions", index, "policy"), act.policy


def _policy(policy: PolicySpec, names: tuple[str, ...], path: Path) -> Iterator[Problem]:
    """Yield the problems of a policy's numbers that are given by dimension."""
    for key in type(policy).model_fields:
        if key != "parameters":
            yield from per_dimension(getattr(policy, key), names, (*path, key))
    if isinstance(policy, SelectsFactsPolicySpec):
        given = policy.truth if isinstance(policy.truth, dict) else {"": policy.truth}
        for name, side in given.items():
            if side not in (0.0, 1.0):
                where: Path = (*path, "truth", name) if name else (*path, "truth")
                yield Problem(where, f"{side:g} given; the side that is true is 0 or 1")


def _statements(policy: PolicySpec, scenario: Scenario, path: Path) -> Iterator[Problem]:
    """Yield the problem of statements that are shown to listeners whose mind reads its own words only."""
    channel = scenario.channel
    if not policy.shows_statements or not isinstance(channel, LanguageChannelSpec) or not scenario.minds:
        return
    name = channel.reader.mind or channel.mind or scenario.minds[0].name
    for mind in scenario.minds:
        if mind.name == name and mind.knows_shipped_spaces_only:
            yield Problem(
                path,
                f"mind '{name}' of kind {mind.kind} reads what it wrote itself, and of statements that it "
                "did not write tells the side no better than chance; let words be mind, or another mind read "
                "(channel.reader.mind)",
            )


def _interventions(scenario: Scenario, names: tuple[str, ...]) -> Iterator[Problem]:
    assistants = [assistant.name for assistant in scenario.assistants]
    groups = [group.name for group in scenario.population.groups]
    for index, act in enumerate(scenario.interventions):
        path: Path = ("interventions", index)
        if scenario.rounds is not None and act.round > scenario.rounds:
            yield Problem((*path, "round"), f"{act.round} given; the run ends with round {scenario.rounds}")
        yield from changes_of_weights(scenario, act, path)
        if isinstance(act, RewireSpec):
            if (act.fraction is None) == (act.network is None):
                yield Problem(path, "rewire takes either a fraction or a network")
        elif isinstance(act, RestartHistorySpec):
            yield from _restart(act, index, scenario, path)
        elif isinstance(act, ShockSpec | ChangeConfidenceSpec):
            if act.group is not None:
                yield from require_known(act.group, groups, (*path, "group"), "group")
        else:
            yield from require_known(act.assistant, assistants, (*path, "assistant"), "assistant")
        yield from _act(act, scenario, names, path)


def _restart(act: RestartHistorySpec, index: int, scenario: Scenario, path: Path) -> Iterator[Problem]:
    """Yield the problems of a restart of history."""
    if isinstance(scenario.history, NoHistorySpec):
        yield Problem(
            (*path, "action"), "there is no history that could begin again; give one, or leave it out"
        )
    elif scenario.history.effect == "seed":
        yield Problem(
            (*path, "action"),
            "no time passes in a history of effect seed, which only tells where groups begin, so that it "
            "cannot begin again; let history.effect be shift or attract",
        )
    if any(
        isinstance(one, RestartHistorySpec) and one.round == act.round
        for one in scenario.interventions[:index]
    ):
        yield Problem((*path, "round"), f"history begins again in round {act.round} already; leave one out")


def _act(act: InterventionSpec, scenario: Scenario, names: tuple[str, ...], path: Path) -> Iterator[Problem]:
    """Yield the problems of one intervention."""
    if isinstance(act, ChangePolicySpec):
        yield from _policy(act.policy, names, (*path, "policy"))
        yield from _statements(act.policy, scenario, (*path, "policy", "words"))
    if isinstance(act, ChangeContinuitySpec):
        yield from change_of_continuity(act, scenario, path)
    if isinstance(act, SetValuesSpec):
        yield from per_dimension(act.values, names, (*path, "values"))
    if isinstance(act, ChangeConfidenceSpec):
        yield from _used(act.confidence, "confidence", scenario, (*path, "confidence"))
        yield from _repelled(act.confidence, scenario, (*path, "confidence"))
        if act.confidence == GroupConfidenceSpec():
            yield Problem((*path, "confidence"), "changes nothing; give peer, assistant or both")
    update = scenario.update
    if isinstance(act, ShockSpec) and isinstance(update, BayesianTrustSpec) and update.trust.peer == 0.0:
        yield Problem(
            (*path, "action"),
            "rule bayesian_trust makes values anew of evidence in every round, and with update.trust.peer 0 "
            "nobody hears of a shock before that: it would change nothing",
        )
    if isinstance(act, ShockSpec):
        yield from per_dimension(act.shift, names, (*path, "shift"))
