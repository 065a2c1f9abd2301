"""Annotators, who say which of two texts is preferred: people, people who answer first, or a judge.

Every annotator sees every pair in both orders, which makes one `Comparison`; it counts only if both were
answered. So an assistant learns in the same way from all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from coevolve_sim.assistants.preferences import Comparison, ToJudge, annotate, compare, judge
from coevolve_sim.assistants.tuned.candidates import TextPair
from coevolve_sim.assistants.tuned.respondents import Respondent, comparison_requests
from coevolve_sim.language.parsing import RULE
from coevolve_sim.language.prompts import Templates
from coevolve_sim.minds import Mind


class Annotator(Protocol):
    """Interface of annotators, who say which text of a pair is preferred."""

    def compare_pairs(
        self, mind: Mind, people: Sequence[Respondent], pairs: Sequence[TextPair], templates: Templates
    ) -> list[Comparison]:
        """Compare the texts of each pair; return all comparisons, usable or not.

        Parameters
        ----------
        mind : Mind
            The mind that speaks for people; it should send equal requests only once.
        people : sequence of Respondent
            The people from whom the assistant learns.
        pairs : sequence of TextPair
            The texts to compare.
        templates : Templates
            Words of the prompts.

        Raises
        ------
        MindError
            If a mind cannot be asked at all.
        """


@dataclass(frozen=True)
class ByPeople:
    """People say which text is closer to what they hold (`coevolve_sim.assistants.preferences.compare`)."""

    def compare_pairs(
        self, mind: Mind, people: Sequence[Respondent], pairs: Sequence[TextPair], templates: Templates
    ) -> list[Comparison]:
        """Return each person's comparison of each pair."""
        return compare(mind, comparison_requests(people, pairs, templates), templates)


@dataclass(frozen=True)
class BySelfReference:
    """People answer first, say how far each text is from their answer, then choose [Bao2024]_.

    Attributes
    ----------
    seed : int
        Of what they say.
    samples : int
        Number of passes through all stages.
    temperature : float
        Of what they say; above 0 for more than one sample.
    max_tokens : int
        Of the longest answer and critique.
    rule : int
        The rule by which these are read, one of `coevolve_sim.language.parsing.RULES`.
    opening : str
        ``none``, or ``stance``: their own answers are begun with words for where they stand.
    """

    seed: int
    samples: int = 3
    temperature: float = 0.7
    max_tokens: int = 60
    rule: int = RULE
    opening: str = "none"

    def compare_pairs(
        self, mind: Mind, people: Sequence[Respondent], pairs: Sequence[TextPair], templates: Templates
    ) -> list[Comparison]:
        """Return each person's comparison of each pair, averaged over the samples of each order."""
        found = annotate(
            mind,
            comparison_requests(people, pairs, templates),
            templates,
            seed=self.seed,
            samples=self.samples,
            temperature=self.temperature,
            max_tokens=self.max_tokens,
            rule=self.rule,
            opening=self.opening,
        )
        return [one.comparison for one in found]


@dataclass(frozen=True)
class ByJudge:
    """One judge votes by a rubric, whoever the people are [Yu2025]_.

    Attributes
    ----------
    mind : Mind
        The judge.
    rubric : str
        What it judges by.
    seed : int
        Of its reasons.
    voice : str
        The voice of its mind that judges; empty for its own.
    votes : int
        Verdicts on each order of a pair.
    temperature : float
        Of its reasons; above 0 for more than one vote.
    max_tokens : int
        Of the longest reason with its verdict.
    """

    mind: Mind
    rubric: str
    seed: int
    voice: str = ""
    votes: int = 3
    temperature: float = 0.7
    max_tokens: int = 120

    def compare_pairs(
        self,
        mind: Mind,  # noqa: ARG002 - the judge has its own
        people: Sequence[Respondent],  # noqa: ARG002 - it judges by its rubric, not for anybody
        pairs: Sequence[TextPair],
        templates: Templates,
    ) -> list[Comparison]:
        """Return the judge's comparison of each pair, averaged over the votes of each order."""
        found = judge(
            self.mind,
            [ToJudge(pair.topic, pair.first, pair.second) for pair in pairs],
            self.rubric,
            templates,
            votes=self.votes,
            seed=self.seed,
            temperature=self.temperature,
            max_tokens=self.max_tokens,
            voice=self.voice,
        )
        return [one.comparison for one in found]
