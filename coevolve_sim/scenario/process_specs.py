"""The parts of a scenario that describe what happens: rules, channel, assistants, interventions, record."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from coevolve_sim.scenario.appeal_specs import AppealsSpec
from coevolve_sim.scenario.dilemma_specs import DilemmasSpec
from coevolve_sim.scenario.guard_specs import GuardSpec
from coevolve_sim.scenario.policy_specs import LifelongPolicySpec, PolicySpec, SeesSpec
from coevolve_sim.scenario.society_specs import NAME_PATTERN, NetworkSpec
from coevolve_sim.scenario.spec import (
    MEDIATOR,
    PLUGIN_PATH,
    ConfidenceSpec,
    FullRateSpec,
    GroupConfidenceSpec,
    MediatorSpec,
    Parameter,
    PerDimension,
    RateSpec,
    Spec,
    field,
)

# --- rules ---------------------------------------------------------------------------------------


_RATE = "Which part of the way to what was heard a listener goes."


_BOUNDED_RATE = (
    f"{_RATE} Americans who were asked the same in three waves changed as people do at .05 to .1 with two "
    "rounds a year (analysis/people_change_slowly.py); the defaults are faster, so that a society settles in "
    "few rounds."
)


class _NoisyRuleSpec(Spec):
    """What every rule has.

    Attributes
    ----------
    deaf_to_outlets : str
        Why people who move by it cannot hear outlets; empty where they can.
    """

    deaf_to_outlets: ClassVar[str] = ""

    noise: float = field(
        0.0,
        "Standard deviation of the change that comes of itself to every value in every round.",
        "value",
        ge=0.0,
        le=1.0,
    )


class _AveragingRuleSpec(_NoisyRuleSpec):
    """What every rule that averages without bounds has."""

    rate: FullRateSpec = field(FullRateSpec(), _RATE, "share an exchange")


class _BoundedRuleSpec(_NoisyRuleSpec):
    """What every rule of bounded confidence has."""

    rate: RateSpec = field(RateSpec(), _BOUNDED_RATE, "share an exchange")

    confidence: ConfidenceSpec = field(
        ConfidenceSpec(),
        "Who is further away than this is not listened to (and repels, with attraction_repulsion, beyond its "
        "repulsion, which is never less).",
        "value distance",
    )
    distance: Literal["joint", "per_dimension"] = field(
        "joint",
        "joint: one distance over all dimensions, divided by the root of their number. per_dimension: each "
        "dimension is accepted or refused alone. With ten dimensions and more, joint distance is nearly "
        "all-or-nothing.",
    )


Encounters = Annotated[float, Field(gt=0.0, le=1e6)]
_ENCOUNTERS = "With a pairwise schedule: encounters a round, as a multiple of the number of humans."


class HegselmannKrauseSpec(_BoundedRuleSpec):
    """Average of those within one's confidence."""

    rule: Literal["hegselmann_krause"] = field(
        "hegselmann_krause", "Moves towards the average of those within one's confidence."
    )
    schedule: Literal["synchronous", "pairwise"] = field(
        "synchronous", "All at once, or one encounter after the other."
    )
    encounters_per_human: Encounters = field(1.0, _ENCOUNTERS, "encounters a human")
    include_self: bool = field(True, "Whether one's own values count in the average.")


class WeightedHegselmannKrauseSpec(_BoundedRuleSpec):
    """Weighted average of those within one's confidence."""

    rule: Literal["weighted_hegselmann_krause"] = field(
        "weighted_hegselmann_krause", "As hegselmann_krause, with the weights of the ties."
    )
    schedule: Literal["synchronous", "pairwise"] = field(
        "synchronous", "All at once, or one encounter after the other."
    )
    encounters_per_human: Encounters = field(1.0, _ENCOUNTERS, "encounters a human")
    include_self: bool = field(True, "Whether one's own values count in the average, with weight 1.")


class DeffuantWeisbuchSpec(_BoundedRuleSpec):
    """Pairs that meet halfway."""

    rule: Literal["deffuant_weisbuch"] = field(
        "deffuant_weisbuch", "Two who meet within their confidence move towards each other."
    )
    schedule: Literal["pairwise"] = field("pairwise", "One encounter after the other.")
    encounters_per_human: Encounters = field(1.0, _ENCOUNTERS, "encounters a human")


class AlgorithmicBiasSpec(_BoundedRuleSpec):
    """Pairs chosen by likeness."""

    rule: Literal["algorithmic_bias"] = field(
        "algorithmic_bias", "As deffuant_weisbuch, but the more alike, the more likely to meet."
    )
    schedule: Literal["pairwise"] = field("pairwise", "One encounter after the other.")
    encounters_per_human: Encounters = field(1.0, _ENCOUNTERS, "encounters a human")
    bias: float = field(
        1.0, "Exponent: a partner at distance d is met with probability d ** -bias.", ge=0.0, le=100.0
    )
    distance_floor: float = field(
        1e-5,
        "Least distance that counts, so that the alike do not meet for ever.",
        "value distance",
        gt=0.0,
        le=1.0,
    )


class FriedkinJohnsenSpec(_AveragingRuleSpec):
    """Averaging with an anchor."""

    rule: Literal["friedkin_johnsen"] = field(
        "friedkin_johnsen", "Averages all one hears, and keeps to one's initial values by one's stubbornness."
    )
    schedule: Literal["synchronous", "pairwise"] = field(
        "synchronous", "All at once, or one encounter after the other."
    )
    encounters_per_human: Encounters = field(1.0, _ENCOUNTERS, "encounters a human")
    include_self: bool = field(False, "Whether one's own values count in the average, with weight 1.")


class DeGrootSpec(_AveragingRuleSpec):
    """Averaging without bounds."""

    rule: Literal["degroot"] = field("degroot", "Averages all one hears, by the weights of the ties.")
    schedule: Literal["synchronous", "pairwise"] = field(
        "synchronous", "All at once, or one encounter after the other."
    )
    encounters_per_human: Encounters = field(1.0, _ENCOUNTERS, "encounters a human")
    include_self: bool = field(True, "Whether one's own values count in the average, with weight 1.")


class AttractionRepulsionSpec(_BoundedRuleSpec):
    """Towards the near, away from the far."""

    rule: Literal["attraction_repulsion"] = field(
        "attraction_repulsion", "Moves towards those within one's confidence and away from the far."
    )
    schedule: Literal["synchronous", "pairwise"] = field(
        "pairwise", "All at once, or one encounter after the other."
    )
    encounters_per_human: Encounters = field(1.0, _ENCOUNTERS, "encounters a human")
    repulsion: GroupConfidenceSpec = field(
        GroupConfidenceSpec(),
        "Who is further away than this repels; as confidence where not given.",
        "value distance",
    )
    exposure: float | None = field(
        None,
        "With a pairwise schedule: the distance at which half of the encounters come about; all do if not "
        "given.",
        "value distance",
        gt=0.0,
        le=10.0,
    )


class AssistantConfidenceSpec(Spec):
    """Confidence towards assistants only."""

    assistant: float = field(0.3, "Towards assistants.", "value distance", ge=0.0, le=1.0)


class AssistantRateSpec(Spec):
    """Learning rate towards assistants only."""

    assistant: float = field(0.1, "Towards assistants.", "share of the way", ge=0.0, le=1.0)


class MoralArgumentSpec(_NoisyRuleSpec):
    """Opinion moved by arguments that appeal to some or to all."""

    rule: Literal["moral_argument"] = field(
        "moral_argument",
        "Arguments for and against, heard from both sides, persuade liberals; conservatives follow them.",
    )
    schedule: Literal["synchronous"] = field("synchronous", "All at once.")
    liberals: tuple[str, ...] = field(
        ..., "Groups whom arguments move; the others follow them.", min_length=1
    )
    persuasion_for: PerDimension = field(0.5, "How far the arguments for a position persuade.", "share")
    persuasion_against: PerDimension = field(0.1, "How far the arguments against it persuade.", "share")
    exposure_of_liberals: float = field(
        0.5, "Probability that a liberal hears a liberal.", "probability", ge=0.0, le=1.0
    )
    exposure_of_conservatives: float = field(
        0.5, "Probability that a conservative hears a liberal.", "probability", ge=0.0, le=1.0
    )
    following: float = field(
        0.5, "How far conservatives go towards the liberals they hear.", "share", ge=0.0, le=1.0
    )
    confidence: AssistantConfidenceSpec = field(
        AssistantConfidenceSpec(),
        "Towards assistants; arguments among humans know no bound.",
        "value distance",
    )
    rate: AssistantRateSpec = field(
        AssistantRateSpec(), "Towards assistants; arguments among humans have their own.", "share an exchange"
    )


class TrustSpec(Spec):
    """How far others' beliefs are taken for evidence."""

    peer: float = field(
        0.0, "In each human one hears, times the weight of the tie.", "share of precision", ge=0.0, le=1000.0
    )
    assistant: float = field(1.0, "In the assistant last consulted.", "share of precision", ge=0.0, le=1000.0)


class BayesianTrustSpec(_NoisyRuleSpec):
    """Beliefs with a precision, weighed with what others claim to know."""

    deaf_to_outlets: ClassVar[str] = (
        "makes values anew of evidence in every round, so that nothing heard of an outlet would last"
    )

    rule: Literal["bayesian_trust"] = field(
        "bayesian_trust",
        "Weighs one's own evidence, a piece more each round, with what peers believed and what the assistant "
        "last consulted said, each by the precision it claims. A value is the mean of a belief; the first "
        "values are the first piece of evidence.",
    )
    schedule: Literal["synchronous"] = field("synchronous", "All at once.")
    trust: TrustSpec = field(
        TrustSpec(), "How far others' beliefs are taken for evidence.", "share of precision"
    )
    truth: PerDimension = field(0.5, "The number that evidence is of.", "value")
    evidence_sd: float = field(
        0.1,
        "Standard deviation of a piece of evidence, which each human draws for each dimension. Evidence may "
        "lie outside [0, 1]; values are held within.",
        "value",
        gt=0.0,
        le=1.0,
    )


class PerformativeSpec(_NoisyRuleSpec):
    """People who react to what is predicted of them."""

    rule: Literal["performative"] = field(
        "performative",
        "Values are the anchor plus the sensitivity times the values of the assistant consulted in the "
        "round, held in [0, 1]; humans do not hear each other.",
    )
    schedule: Literal["synchronous"] = field("synchronous", "All at once.")
    sensitivity: float = field(
        0.5, "How far a prediction moves those of whom it is made.", "value a value", ge=0.0, le=100.0
    )


class PerformativePeersSpec(_NoisyRuleSpec):
    """People who hear their peers, and react to what is predicted of them."""

    rule: Literal["performative_peers"] = field(
        "performative_peers",
        "Averages what one's peers say, and keeps to a start between one's anchor and what the assistant "
        "last predicted of one: x' = p x0 + (1 - p) W x, x0 = (1 - s) anchor + s prediction. A policy mirror "
        "predicts each human's own present value; mean predicts the same of all.",
    )
    schedule: Literal["synchronous"] = field("synchronous", "All at once.")
    anchor_weight: float = field(
        0.5, "p: weight of one's own start against one's peers.", "share", gt=0.0, le=1.0
    )
    sensitivity: float = field(
        0.5, "s: how far a prediction moves those of whom it is made.", "share", ge=0.0, le=1.0
    )
    every: int = field(
        1,
        "Predictions are renewed every so many rounds; between them peers average. Where all comes to rest "
        "does not depend on it.",
        "rounds",
        ge=1,
        le=1_000_000,
    )


class WeighsFactsSpec(_NoisyRuleSpec):
    """Beliefs that are moved by facts."""

    deaf_to_outlets: ClassVar[str] = "moves beliefs by facts, and outlets tell none"

    rule: Literal["weighs_facts"] = field(
        "weighs_facts",
        "A value is the probability of side 1; what the assistant says is taken for a fact for the side on "
        "which it lies, and log odds move by what a fact is worth, log(q / (1 - q)); humans do not hear each "
        "other.",
    )
    schedule: Literal["synchronous"] = field("synchronous", "All at once.")
    reliability: float = field(
        0.6,
        "q, the probability, as people believe it, that a fact speaks for the truth.",
        "probability",
        ge=0.5,
        le=0.999999,
    )
    certain: float = field(
        0.99,
        "Who believes either side with this probability or more has made up their mind, and stays; 1: "
        "nobody.",
        "probability",
        gt=0.5,
        le=1.0,
    )


class CustomRuleSpec(_BoundedRuleSpec):
    """A rule of your own."""

    rule: Literal["custom"] = field("custom", "Moves listeners as a class in a file of yours does.")
    schedule: Literal["synchronous"] = field("synchronous", "All at once.")
    plugin_group: ClassVar[str] = "coevolve_sim.rules"
    path: str = field(..., PLUGIN_PATH, min_length=1)
    parameters: dict[str, Parameter] = field({}, "Handed to the class when it is made, by name.")


UpdateSpec = Annotated[
    HegselmannKrauseSpec
    | WeightedHegselmannKrauseSpec
    | DeffuantWeisbuchSpec
    | AlgorithmicBiasSpec
    | FriedkinJohnsenSpec
    | DeGrootSpec
    | AttractionRepulsionSpec
    | MoralArgumentSpec
    | BayesianTrustSpec
    | PerformativeSpec
    | PerformativePeersSpec
    | WeighsFactsSpec
    | CustomRuleSpec,
    Field(discriminator="rule"),
]


class NumericChannelSpec(Spec):
    """Values are perceived as numbers."""

    kind: Literal["numeric"] = field("numeric", "What is perceived is what was expressed, plus noise.")
    noise: float = field(
        0.0, "Standard deviation of what a speaker's values are misperceived by.", "value", ge=0.0, le=1.0
    )
    mediator: MediatorSpec | None = field(None, MEDIATOR)


class CustomChannelSpec(Spec):
    """A channel of your own."""

    kind: Literal["custom"] = field("custom", "Carries values as a class in a file of yours does.")
    plugin_group: ClassVar[str] = "coevolve_sim.channels"
    path: str = field(..., PLUGIN_PATH, min_length=1)
    parameters: dict[str, Parameter] = field({}, "Handed to the class when it is made, by name.")


# --- assistants ----------------------------------------------------------------------------------


class ContinuitySpec(Spec):
    """How far an assistant goes on with people's own text."""

    share: float = field(
        0.3,
        "Part of each answer that is where this human stood of late, as the assistant perceived it; 0 is "
        "nothing, and as if the key were not there.",
        "share",
        ge=0.0,
        le=1.0,
    )
    window: int = field(
        3,
        "Of how many stances that is the mean; of fewer where a human has told fewer.",
        "stances",
        ge=1,
        le=1000,
    )
    self: float = field(
        0.0,
        "Part of each answer that is its last answer to this human; with share at most 1.",
        "share",
        ge=0.0,
        le=1.0,
    )


class AssistantSpec(Spec):
    """One assistant."""

    name: str = field("assistant", "What it is called.", pattern=NAME_PATTERN)
    policy: PolicySpec = field(LifelongPolicySpec(), "How its values follow from whom it heard.")
    start: Literal["population_mean", "history"] | PerDimension = field(
        "population_mean",
        "Its first values: the mean of the humans, where the history stands in its first era, or given.",
        "value",
    )
    present: bool = field(
        True, "Whether it is there from the beginning; if not, an intervention brings it in."
    )
    share: float = field(
        1.0,
        "Its part of the market: of the assistants a human can choose, each is chosen in proportion.",
        "weight",
        gt=0.0,
        le=1e6,
    )
    groups: tuple[str, ...] | None = field(
        None, "Groups whom it serves; everybody if not given.", min_length=1
    )
    sees: SeesSpec = field(SeesSpec(), "What it sees of those who consult it.")
    continuity: ContinuitySpec | None = field(
        None,
        "How far it goes on with each human's own text instead of saying what it holds; not at all if not "
        "given.",
    )
    guards: tuple[GuardSpec, ...] = field(
        (), "What stands between it and those who consult it, each independent of the others.", max_length=100
    )
    mind: str | None = field(
        None, "With a channel of language: the mind that speaks and reads for it; the humans' if not given."
    )
    voice: str = field("", "The voice of that mind it speaks with; its own if not given.")


class ConsultingSpec(Spec):
    """How humans come to the assistant they consult."""

    choice: Literal["anew", "loyal"] = field(
        "anew",
        "anew: chosen each time, by the assistants' shares. loyal: chosen once, and kept until one switches.",
    )
    switching: float = field(
        0.0,
        "Of the loyal: the probability of switching, each time, is this times the distance between human and "
        "assistant.",
        "probability a value distance",
        ge=0.0,
        le=1e3,
    )


class DriveSpec(Spec):
    """A course that one dimension of one assistant follows."""

    assistant: str = field(..., "Name of the assistant.")
    dimension: str = field(
        ..., "The dimension that is driven; its other dimensions follow the assistant's policy."
    )
    shape: Literal["triangle", "ramp"] = field(
        "triangle",
        "triangle: up and down, again and again, then at low. ramp: up, then at high. Each begins at low "
        "before round 1, and people hear the new value in each round.",
    )
    speed: float = field(..., "How far it goes in a round.", "value a round", gt=0.0, le=1.0)
    cycles: int = field(2, "How often a triangle goes up and down.", "cycles", ge=1, le=1_000_000)
    low: float = field(0.0, "Its lowest value.", "value", ge=0.0, le=1.0)
    high: float = field(1.0, "Its highest value.", "value", ge=0.0, le=1.0)


# --- interventions -------------------------------------------------------------------------------


class _InterventionSpec(Spec):
    """Something done to the society at the beginning of a round."""

    round: int = field(..., "At the beginning of this round; the first round is 1.", "round", ge=1)


class WithdrawSpec(_InterventionSpec):
    """Take an assistant away."""

    action: Literal["withdraw"] = field("withdraw", "Takes an assistant away.")
    assistant: str = field(..., "Name of the assistant.")


class BringInSpec(_InterventionSpec):
    """Bring an assistant in."""

    action: Literal["bring_in"] = field("bring_in", "Brings an assistant in (again).")
    assistant: str = field(..., "Name of the assistant.")


class ChangePolicySpec(_InterventionSpec):
    """Change an assistant's policy."""

    action: Literal["change_policy"] = field("change_policy", "Changes how an assistant learns.")
    assistant: str = field(..., "Name of the assistant.")
    policy: PolicySpec = field(..., "Its policy from now on.")


class SetValuesSpec(_InterventionSpec):
    """Set an assistant's values."""

    action: Literal["set_values"] = field("set_values", "Sets an assistant's values.")
    assistant: str = field(..., "Name of the assistant.")
    values: PerDimension = field(..., "Its values now.", "value")


class ChangeContinuitySpec(_InterventionSpec):
    """Change an assistant's continuity."""

    action: Literal["change_continuity"] = field(
        "change_continuity", "Changes how far an assistant goes on with people's own text."
    )
    assistant: str = field(..., "Name of the assistant, which has a continuity.")
    to: float = field(..., "Its continuity.share from now on.", "share", ge=0.0, le=1.0)


class RewireSpec(_InterventionSpec):
    """Change the network."""

    action: Literal["rewire"] = field("rewire", "Rewires some ties at random, or builds another network.")
    fraction: float | None = field(
        None, "Probability that a tie gets another end.", "probability", gt=0.0, le=1.0
    )
    network: NetworkSpec | None = field(None, "The network from now on.")


class ShockSpec(_InterventionSpec):
    """Move a group at once."""

    action: Literal["shock"] = field("shock", "Adds to the values of a group, within [0, 1].")
    group: str | None = field(None, "Name of the group; everybody if not given.")
    shift: Annotated[float, Field(ge=-1.0, le=1.0)] | dict[str, Annotated[float, Field(ge=-1.0, le=1.0)]] = (
        field(..., "What is added: one number, or a mapping of dimension to number.", "value")
    )
    anchors: Literal["move", "stay"] = field(
        "move", "Whether the anchors of the stubborn move along; if they stay, people come back to them."
    )


class ChangeConfidenceSpec(_InterventionSpec):
    """Change confidence."""

    action: Literal["change_confidence"] = field("change_confidence", "Changes whom humans listen to.")
    group: str | None = field(None, "Name of the group; everybody if not given.")
    confidence: GroupConfidenceSpec = field(..., "The confidence from now on.", "value distance")


class RestartHistorySpec(_InterventionSpec):
    """Let history begin again."""

    action: Literal["restart_history"] = field(
        "restart_history",
        "Lets history begin again with its first era: in this round it does what it did in round 1. Nobody "
        "is set back.",
    )


InterventionSpec = Annotated[
    WithdrawSpec
    | BringInSpec
    | ChangePolicySpec
    | SetValuesSpec
    | ChangeContinuitySpec
    | RewireSpec
    | ShockSpec
    | ChangeConfidenceSpec
    | RestartHistorySpec,
    Field(discriminator="action"),
]


# --- measures, record, Mesa ----------------------------------------------------------------------


MEASURE_PATTERN = r"^[a-z][a-z0-9_]{0,59}$"
"""What a measure of one's own can be called."""


class CustomMeasureSpec(Spec):
    """A measure of your own."""

    plugin_group: ClassVar[str] = "coevolve_sim.measures"

    name: str = field(..., "What it is called in the record.", pattern=MEASURE_PATTERN)
    path: str = field(..., PLUGIN_PATH, min_length=1)
    parameters: dict[str, Parameter] = field({}, "Handed to the function by name, after the round's arrays.")


class MeasuresSpec(Spec):
    """What is measured, and when."""

    every: int = field(1, "Measured every so many rounds, and at the end.", "rounds", ge=1)
    names: tuple[str, ...] | None = field(
        None,
        "Measures to take; if not given, all but those that docs/measures.md says are taken if named.",
        min_length=1,
    )
    custom: tuple[CustomMeasureSpec, ...] = field(
        (), "Measures of your own, taken besides: functions of a round's arrays.", max_length=1000
    )
    horizons: tuple[Annotated[int, Field(ge=1, le=1000)], ...] = field(
        (1,), "How far ahead the predict measure looks.", "eras"
    )
    centre: float = field(
        0.5, "What the centred cosines subtract: the value of no opinion.", "value", ge=0.0, le=1.0
    )
    cluster_gap: float = field(
        0.02, "Clusters are separated by gaps wider than this.", "value", gt=0.0, lt=1.0
    )
    appeals: AppealsSpec | None = field(
        None, "To which values, rights and duties messages appeal; not read if not given."
    )
    dilemmas: DilemmasSpec | None = field(
        None, "Dilemmas put to assistants and humans: what they choose beside what they hold. None asked."
    )


class RecordSpec(Spec):
    """What a run leaves behind."""

    every: int = field(1, "Values of humans are kept every so many rounds, and at the end.", "rounds", ge=1)
    humans: Literal["all"] | Annotated[int, Field(ge=0)] = field(
        "all", "Whose values are kept: all, or so many drawn at random.", "humans"
    )
    checkpoint_every: int = field(
        1, "A killed run goes on from the last round divisible by this.", "rounds", ge=1
    )


class MesaSpec(Spec):
    """Mesa's objects, which a `Society` in Python has; a recorded run needs and makes none."""

    agents: Literal["auto", "always", "never"] = field(
        "auto", "Whether every human is a Mesa agent: auto up to 2,000 humans."
    )
    collect: Literal["auto", "agents", "model", "none"] = field(
        "auto",
        "What the DataCollector collects: agents (with the model's measures), the model's measures only, or "
        "nothing. auto: agents, up to 20,000 values (humans times dimensions) a round.",
    )
