"""Games that tied people play: the keys of a scenario's games."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from coevolve_sim.scenario.spec import Spec, field

Points = Annotated[float, Field(ge=-1e6, le=1e6)]
Matrix = tuple[tuple[tuple[Points, ...], ...], ...]
Slope = Annotated[float, Field(ge=-100.0, le=100.0)]


class AffineSpec(Spec):
    """A number that each human has by its values: base plus the sum of slope times value."""

    base: float = field(0.0, "What it is of who holds 0 on every dimension named.", ge=-100.0, le=100.0)
    slopes: dict[str, Slope] = field(
        {}, "By how much it grows from 0 to 1 on a dimension, such as benevolence; 0 on those not named."
    )


class GamesSpec(Spec):
    """Games that people play with those they are tied to, and the trust that comes of them."""

    matrix: Literal["prisoners_dilemma", "battle_of_sexes"] | Matrix = field(
        "prisoners_dilemma",
        "What is played: a game by name, or points by one's move, the other's, and who is paid, such as "
        "[[[4, 4], [0, 3]], [[3, 0], [3, 3]]]. To cooperate is the move that lets the other win most.",
        "points",
    )
    rounds: int = field(10, "How often two who meet play the game.", "rounds of the game", ge=1, le=10_000)
    every: int = field(
        5, "Every so many rounds people meet to play, at the end of the round.", "rounds", ge=1, le=10_000_000
    )
    ties: Literal["all"] | Annotated[float, Field(gt=0.0, le=1.0)] = field(
        "all", "Who meets: all who are tied, or a share of the ties, drawn anew each time.", "share"
    )
    trust_rate: float = field(
        0.1,
        "The weight w of a tie is trust in who is heard: w goes by this times (cooperated - w) in each round "
        "of the game, cooperated being 1 or 0. It begins at the network's weights, 1 where it has none. 0 "
        "leaves weights as they are.",
        "share of the way",
        ge=0.0,
        le=1.0,
    )
    horizon_known: bool = field(
        True, "With a channel of language: whether minds are told how often two who meet play."
    )
    predict_first: bool = field(
        False,
        "Whether people first name the other's likelier move, and choose as if it were certain. In numbers "
        "that is to cooperate from trust .5 on; in words their mind is asked for it.",
    )
    temperature: float = field(
        1.0,
        "In numbers, how much chance there is in a choice: it is logit in the utilities of both moves over "
        "this.",
        "points",
        gt=0.0,
        le=1e6,
    )
    alpha: AffineSpec = field(
        AffineSpec(),
        "What a point of the other's is worth to one, beside a point of one's own. In words minds are told "
        "where people stand on the dimensions that alpha and beta name, on all if they name none.",
    )
    beta: AffineSpec = field(
        AffineSpec(), "What it costs one to have a point more than the other; below 0 it is liked."
    )
