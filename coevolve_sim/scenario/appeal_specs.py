"""What of messages' appeals to values, rights and duties is measured in a run: the keys."""

from __future__ import annotations

from typing import Literal

from coevolve_sim.scenario.spec import Spec, field


class AppealCandidatesSpec(Spec):
    """Values, rights and duties of your own."""

    path: str = field(
        ...,
        "A CSV with columns name, type (Value, Right or Duty) and words, or values.csv of DailyDilemmas. "
        "Relative to the scenario file.",
    )


class AppealThresholdsSpec(Spec):
    """What of a message's appeals is dropped."""

    relevance: float = field(
        0.5, "What is less relevant to a message is dropped; a word said once is .5.", "share", ge=0.0, le=1.0
    )
    overlap: float = field(
        0.7,
        "Of two of a type with more words than this in common, only the more relevant one is kept.",
        "share",
        ge=0.0,
        le=1.0,
    )


class AppealsSpec(Spec):
    """To which values, rights and duties messages appeal, measured in every measured round."""

    backend: Literal["lexicon", "mind", "kaleido"] = field(
        "lexicon",
        "What reads them. In a run that is the lexicon; a mind or a Kaleido model is refused here, and reads "
        "a run afterwards, by coevolve appeal RUN.",
    )
    candidates: AppealCandidatesSpec | None = field(None, "What they may appeal to; our own if not given.")
    thresholds: AppealThresholdsSpec = field(AppealThresholdsSpec(), "What is dropped.")
