"""What a scenario declares of fairness, before any number is shown."""

from __future__ import annotations

from typing import Literal

from coevolve_sim.scenario.spec import Spec, field

FairnessMeasure = Literal["parity", "contractualist", "voice", "calibration"]


class FairnessSpec(Spec):
    """What is meant by fair: the report then says who is followed, and nothing of it without this."""

    object: str = field(..., "What is to be fair, such as what the assistant says.", min_length=1)
    justification: str = field(..., "Why it is owed, and by which view of fairness.", min_length=1)
    subjects: tuple[str, ...] = field(..., "The groups to whom it is owed: two or more.", min_length=2)
    harm: str = field(..., "What befalls those to whom it is not fair.", min_length=1)
    provider: str = field(..., "Who owes it.", min_length=1)
    scope: str = field(..., "Where and for how long it holds.", min_length=1)
    measures: tuple[FairnessMeasure, ...] = field(
        ...,
        "parity: distances to the groups, and by how much they differ. contractualist: what the group that "
        "has least has. voice: whom the assistant hears. calibration: how far its values miss what each "
        "group comes to hold an era later.",
        min_length=1,
    )
    tolerance: float = field(
        ..., "By how much groups may differ and still be said to be treated alike.", "value", gt=0.0, le=1.0
    )
