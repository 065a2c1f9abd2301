"""The parts of a scenario that describe an assistant's policy, and what it may see of people."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from coevolve_sim.scenario.spec import PLUGIN_PATH, Parameter, PerDimension, Spec, field

_RATE, _RATE_UNIT = "Which part of the way it goes.", "share a round"
_HORIZON = (
    "How far ahead it looks, in rounds (the predict measures count eras of rounds_per_era rounds); 0 is now."
)
_HORIZON_UNIT = "rounds"


class BasePolicySpec(Spec):
    """What a society asks of every policy without knowing its kind."""

    trains_weights: ClassVar[bool] = False
    """Whether the assistant learns by the weights of its mind, not by its values."""

    hears_everybody_first: ClassVar[bool] = False
    """Whether an assistant that starts at the mean of people has heard all their first values."""

    says_its_values: ClassVar[bool] = True
    """Whether what it says to everybody are the values that it is recorded with."""

    learns: ClassVar[bool] = True
    """Whether it becomes another by what it sees: what a world with frozen assistants takes from it."""

    says_sides: ClassVar[bool] = False
    """Whether all that it says is a side, 0 or 1: another, once anything is mixed with it."""

    @property
    def shows_statements(self) -> bool:
        """Whether in words it shows statements of a side as they are, instead of letting a mind write."""
        return False

    @property
    def permitted(self) -> tuple[PerDimension, PerDimension] | None:
        """A standard, and how far from it is permitted; None if everything is."""
        return None


class FrozenPolicySpec(BasePolicySpec):
    """Never learns."""

    learns: ClassVar[bool] = False

    kind: Literal["frozen"] = field("frozen", "Keeps its values.")


class LifelongPolicySpec(BasePolicySpec):
    """Learns from whom it last heard."""

    kind: Literal["lifelong"] = field(
        "lifelong", "Moves its values towards the mean of the humans it heard in the round."
    )
    rate: float = field(0.2, _RATE, _RATE_UNIT, ge=0.0, le=1.0)


class IndependentPolicySpec(BasePolicySpec):
    """Learns anew in every round."""

    kind: Literal["independent"] = field(
        "independent", "As lifelong, but each time from its first values: it keeps nothing it learnt before."
    )
    rate: float = field(0.2, _RATE, _RATE_UNIT, ge=0.0, le=1.0)


class MirrorPolicySpec(BasePolicySpec):
    """Says back what it is told."""

    says_its_values: ClassVar[bool] = False

    kind: Literal["mirror"] = field(
        "mirror",
        "Says to each human what it perceives this human to hold: the sycophant. To one whom it does not see "
        "(sees) it says its own values, the mean of those it saw last.",
    )


class MeanPolicySpec(BasePolicySpec):
    """Aggregates by the mean."""

    kind: Literal["mean"] = field("mean", "Holds the mean of the humans it heard in the round.")
    rate: float = field(1.0, _RATE, _RATE_UNIT, ge=0.0, le=1.0)


class MedianPolicySpec(BasePolicySpec):
    """Aggregates by the median."""

    kind: Literal["median"] = field(
        "median", "Holds the median of the humans it heard in the round, dimension by dimension."
    )
    rate: float = field(1.0, _RATE, _RATE_UNIT, ge=0.0, le=1.0)


class BordaPolicySpec(BasePolicySpec):
    """Aggregates by ranks."""

    kind: Literal["borda"] = field(
        "borda",
        "Holds the candidate position that the humans it heard rank highest by Borda's count, dimension by "
        "dimension.",
    )
    n_candidates: int = field(11, "Equally spaced positions from 0 to 1.", "positions", ge=2, le=1000)
    rate: float = field(1.0, _RATE, _RATE_UNIT, ge=0.0, le=1.0)


class ExtrapolativePolicySpec(BasePolicySpec):
    """Learns where people are going, by finite differences."""

    kind: Literal["extrapolative"] = field(
        "extrapolative",
        "Moves towards where the mean of humans will be if its differences go on as they are.",
    )
    order: int = field(
        1, "Of the extrapolation: 0 repeats, 1 follows a line, 2 a parabola.", "differences", ge=0, le=20
    )
    horizon: int = field(1, _HORIZON, _HORIZON_UNIT, ge=0, le=1000)
    rate: float = field(1.0, _RATE, _RATE_UNIT, ge=0.0, le=1.0)


class LogitTrendPolicySpec(BasePolicySpec):
    """Learns where people are going, on the scale of log odds."""

    kind: Literal["logit_trend"] = field(
        "logit_trend", "Moves towards where the mean of humans will be if its log odds go on as of late."
    )
    window: int = field(20, "The rounds of which the trend is taken.", "rounds", ge=2, le=10_000)
    horizon: int = field(1, _HORIZON, _HORIZON_UNIT, ge=0, le=1000)
    rate: float = field(1.0, _RATE, _RATE_UNIT, ge=0.0, le=1.0)


class DampedPolicySpec(BasePolicySpec):
    """Learns where people are going, by a trend that dies out."""

    kind: Literal["damped"] = field(
        "damped", "Moves towards where a smoothed mean of humans will be if its trend dies out."
    )
    smoothing: float = field(0.5, "How much a round counts for the level.", "share", gt=0.0, le=1.0)
    trend_smoothing: float = field(0.2, "How much a round counts for the trend.", "share", gt=0.0, le=1.0)
    damping: float = field(0.9, "Which part of the trend is left a round later.", "share", ge=0.0, le=1.0)
    horizon: int = field(1, _HORIZON, _HORIZON_UNIT, ge=0, le=1000)
    rate: float = field(1.0, _RATE, _RATE_UNIT, ge=0.0, le=1.0)


class RolePolicySpec(BasePolicySpec):
    """Learns within what its role permits."""

    kind: Literal["role"] = field(
        "role", "Moves towards the mean of the humans it heard, but never further than its role permits."
    )
    standard: PerDimension = field(0.5, "What the role asks for.", "value")
    tolerance: PerDimension = field(0.2, "How far from its standard the role permits.", "value")
    rate: float = field(0.2, _RATE, _RATE_UNIT, ge=0.0, le=1.0)

    @property
    def permitted(self) -> tuple[PerDimension, PerDimension]:
        """Its standard, and how far from it is permitted."""
        return self.standard, self.tolerance


class ContractualistPolicySpec(BasePolicySpec):
    """Seeks what no group rejects."""

    kind: Literal["contractualist"] = field(
        "contractualist", "Moves towards what the groups it heard would agree on."
    )
    agreement: Literal["max_min", "nash"] = field(
        "nash",
        "max_min: the greatest least gain of a group. nash: the greatest product of gains, each to the power "
        "of its group's share.",
    )
    reservation: float = field(
        0.0, "Utility below which a group does not agree: 1 is what it holds.", "utility", ge=0.0, lt=1.0
    )
    neutral: PerDimension = field(0.5, "What it moves towards if there is no agreement.", "value")
    rate: float = field(1.0, _RATE, _RATE_UNIT, ge=0.0, le=1.0)


class MoralGraphPolicySpec(BasePolicySpec):
    """Lets people judge which of their values are wiser."""

    kind: Literal["moral_graph"] = field(
        "moral_graph", "Moves towards the value cards that those heard find wiser, weighted by PageRank."
    )
    n_cards: int = field(8, "Humans whose values become cards in a round, at most.", "cards", ge=2, le=200)
    votes_each: int = field(4, "Pairs of cards that each human judges.", "votes", ge=1, le=1000)
    rate: float = field(1.0, _RATE, _RATE_UNIT, ge=0.0, le=1.0)


class CustomPolicySpec(BasePolicySpec):
    """A policy of your own."""

    kind: Literal["custom"] = field("custom", "Does as a function or class in a file of yours does.")
    plugin_group: ClassVar[str] = "coevolve_sim.policies"
    path: str = field(..., PLUGIN_PATH, min_length=1)
    parameters: dict[str, Parameter] = field({}, "Handed to it, by name.")


class BayesianTrustPolicySpec(BasePolicySpec):
    """Adds up what people claim to know."""

    hears_everybody_first: ClassVar[bool] = True

    kind: Literal["bayesian_trust"] = field(
        "bayesian_trust",
        "Believes what the humans it heard in the round believe, weighed by the precision they claim, and "
        "claims the sum of their precisions times its trust.",
    )
    trust: float = field(
        0.01,
        "In each human. With rule bayesian_trust, beliefs lock in where this, times the humans who consult "
        "in a round, times update.trust.assistant, is above 1.",
        "share of precision",
        ge=0.0,
        le=1000.0,
    )


class SelfConsumingPolicySpec(BasePolicySpec):
    """A model refitted to its own output."""

    kind: Literal["self_consuming"] = field(
        "self_consuming",
        "Fits a normal distribution to the humans it first heard (two at least), and in every round after "
        "that to its own output; its values are the mean.",
    )
    samples: int = field(100, "Output of a generation.", "samples", ge=2, le=1_000_000)
    accumulate: bool = field(
        False, "Whether what it was fitted to before is kept, or replaced by the new output."
    )


class SelectsFactsPolicySpec(BasePolicySpec):
    """Shows the facts that please."""

    says_its_values: ClassVar[bool] = False
    learns: ClassVar[bool] = False
    says_sides: ClassVar[bool] = True

    kind: Literal["selects_facts"] = field(
        "selects_facts",
        "Shows each human one of the round's facts, an impartial assistant any, a sycophant one for the side "
        "to which this human leans, if there is one; what it says is the fact's side, 0 or 1.",
    )
    truth: PerDimension = field(1.0, "The side that is true: 0 or 1.", "value")
    reliability: float = field(
        0.6, "Probability that a fact speaks for the truth.", "probability", ge=0.5, le=1.0
    )
    sycophancy: float = field(
        0.0,
        "Probability of showing a fact that pleases instead of any. With two facts a false belief sustains "
        "itself above (2q - 1) / (2q (1 - q)) where q is the reliability: .41667 at .6.",
        "probability",
        ge=0.0,
        le=1.0,
    )
    facts: int = field(2, "Facts that each human could be shown in a round.", "facts", ge=1, le=1000)
    words: Literal["mind", "statements"] = field(
        "mind",
        "With a channel of language. mind: its mind is told the side as where it stands, and writes. "
        "statements: it shows a statement of ours for that side as it is, and no mind is asked.",
    )

    @property
    def shows_statements(self) -> bool:
        """Whether in words it shows statements of a side as they are, instead of letting a mind write."""
        return self.words == "statements"


class PeopleAnnotatorSpec(Spec):
    """People compare."""

    kind: Literal["people"] = field("people", "People say which of two texts is closer to what they hold.")


class SelfReferenceAnnotatorSpec(Spec):
    """People compare by their own answer."""

    kind: Literal["self_reference"] = field(
        "self_reference",
        "People answer first themselves, say how far each text is from that, then choose.",
    )
    samples: int = field(
        3, "How often each does; above 1 takes a channel.temperature above 0.", "times", ge=1, le=100
    )


class JudgeAnnotatorSpec(Spec):
    """A judge compares."""

    kind: Literal["judge"] = field(
        "judge", "One judge votes by a rubric for all: nobody in the society is asked."
    )
    rubric: str = field(..., "By what it judges; it goes into the prompt as it is.", min_length=1)
    mind: str | None = field(None, "The mind that judges; channel.mind if not given.")
    voice: str = field("", "The voice of its mind that judges; the mind's own if empty.")
    votes: int = field(
        3,
        "Verdicts on each order of a pair; above 1 takes a channel.temperature above 0.",
        "verdicts",
        ge=1,
        le=100,
    )
    max_tokens: int = field(120, "Longest reason with its verdict.", "tokens", ge=8, le=4000)


AnnotatorSpec = Annotated[
    PeopleAnnotatorSpec | SelfReferenceAnnotatorSpec | JudgeAnnotatorSpec, Field(discriminator="kind")
]


class WeightsPolicySpec(BasePolicySpec):
    """What every policy has by which weights learn, not values."""

    trains_weights: ClassVar[bool] = True
    says_its_values: ClassVar[bool] = False

    kind: str

    every: int = field(3, "It learns at the end of every so many rounds.", "rounds", ge=1, le=10_000)
    pairs: int = field(
        4, "Pairs of texts on each dimension that people compare; the same all along.", "pairs", ge=1, le=1000
    )
    people: int = field(
        12,
        "How many people compare, at most, drawn from those who consulted it since it last learnt.",
        "humans",
        ge=1,
        le=10_000,
    )
    annotator: AnnotatorSpec = field(PeopleAnnotatorSpec(), "Who says which of two texts is preferred.")
    beta: float = field(0.1, "How dear it is to move away from what it was.", gt=0.0, le=100.0)
    anchor: float = field(
        0.0,
        "Weight of keeping what is preferred likely by itself, beside likelier than the other.",
        ge=0.0,
        le=1000.0,
    )
    learning_rate: float = field(2e-3, "The highest, of its adapter's weights.", gt=0.0, le=1.0)
    epochs: int = field(1, "How often it sees each pair.", "times", ge=1, le=1000)
    rank: int = field(8, "Of its adapter.", ge=1, le=512)


class DpoPolicySpec(WeightsPolicySpec):
    """Learns anew, by its weights, from what people prefer."""

    kind: Literal["dpo"] = field(
        "dpo",
        "Learns by its weights: people compare texts, and an adapter is trained on what they prefer, each "
        "time anew from the model itself.",
    )


class LifelongDpoPolicySpec(WeightsPolicySpec):
    """Goes on learning, by its weights, from what people prefer."""

    kind: Literal["lifelong_dpo"] = field(
        "lifelong_dpo",
        "Learns by its weights: people compare texts, and an adapter is trained on what they prefer, going "
        "on from the last one.",
    )


class ExtrapolativeDpoPolicySpec(WeightsPolicySpec):
    """Learns, by its weights, what people will prefer."""

    kind: Literal["extrapolative_dpo"] = field(
        "extrapolative_dpo",
        "Learns by its weights: people compare texts, and an adapter is trained, going on from the last one, "
        "on what they will prefer if their votes on each pair go on as they did.",
    )
    order: int = field(
        1, "Of the extrapolation: 0 repeats, 1 follows a line, 2 a parabola.", "differences", ge=0, le=20
    )
    horizon: int = field(1, "How far ahead it looks; 0 is now.", "times that it learns", ge=0, le=1000)


PolicySpec = Annotated[
    FrozenPolicySpec
    | LifelongPolicySpec
    | IndependentPolicySpec
    | MirrorPolicySpec
    | MeanPolicySpec
    | MedianPolicySpec
    | BordaPolicySpec
    | ExtrapolativePolicySpec
    | LogitTrendPolicySpec
    | DampedPolicySpec
    | RolePolicySpec
    | ContractualistPolicySpec
    | MoralGraphPolicySpec
    | BayesianTrustPolicySpec
    | SelfConsumingPolicySpec
    | SelectsFactsPolicySpec
    | DpoPolicySpec
    | LifelongDpoPolicySpec
    | ExtrapolativeDpoPolicySpec
    | CustomPolicySpec,
    Field(discriminator="kind"),
]


class SeesSpec(Spec):
    """What an assistant sees of those who consult it."""

    groups: tuple[str, ...] | None = field(
        None, "Only humans of these groups are seen; all if not given.", min_length=1
    )
    share: float = field(
        1.0, "Each who consults it is seen with this probability.", "probability", ge=0.0, le=1.0
    )
    at_most: int | None = field(
        None,
        "No more humans than this are seen in a round, drawn at random; all if not given.",
        "humans",
        ge=1,
    )
    noise: float = field(
        0.0,
        "Standard deviation of what is seen about what was heard, besides the channel's own.",
        "value",
        ge=0.0,
        le=1.0,
    )
    delay: int = field(0, "It learns from what was heard so many rounds before.", "rounds", ge=0, le=1000)
    what: Literal["values", "choices"] = field(
        "values",
        "values, or only which of two candidates each human chooses, one above and one below the assistant's "
        "own values, dimension by dimension.",
    )
    gap: float = field(
        0.1,
        "Where it sees choices: how far either candidate is from its own values.",
        "value",
        gt=0.0,
        le=1.0,
    )
