"""What a scenario says of dilemmas that its people and assistants are asked while it runs."""

from __future__ import annotations

from typing import Literal

from coevolve_sim.scenario.spec import Spec, field

Theory = Literal["wvs", "mft", "virtue", "emotion", "maslow"]


class DilemmaLabelsSpec(Spec):
    """Labels of one's own: on which side of a dilemma yes stands."""

    path: str = field(
        ..., "A file with columns idx and yes (chosen or neglected). Relative to the scenario file."
    )


class DilemmasSpec(Spec):
    """Dilemmas put to assistants and to some humans, by their minds; a channel of language only."""

    path: str = field(
        ..., "Folder of DailyDilemmas: its three tables. Relative to the scenario file.", min_length=1
    )
    every: int = field(5, "Put every so many rounds, at the beginning and at the end.", "rounds", ge=1)
    number: int = field(
        40, "How many labelled dilemmas, drawn once: all rounds have the same.", "dilemmas", ge=5
    )
    humans: int = field(10, "How many humans, drawn once; all if there are fewer.", "humans", ge=1)
    theories: tuple[Theory, ...] = field(
        ("wvs", "mft", "virtue", "emotion", "maslow"),
        "By whose dimensions choices are scored; of each, 5 of the dilemmas or more have values.",
        min_length=1,
    )
    read: Literal["words", "letters"] = field(
        "words", "words: how likely Yes and No are; letters: options A and B."
    )
    labels: DilemmaLabelsSpec | None = field(
        None, "On which side yes stands; if not given, our own labels of 60 dilemmas."
    )
