"""Who says which of two texts is preferred: people, people who answer first themselves, or a judge.

Whoever it is, every pair is shown in both orders, which makes one `Comparison`; it counts only where both
were answered. So an assistant learns from the same kind of record in the same way, whoever made it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from coevolve_sim.assistants.preferences import Comparison, ToJudge, annotate, compare, judge
from coevolve_sim.assistants.tuned.candidates import TextPair
from coevolve_sim.assistants.tuned.respondents import Respondent, comparison_requests
from coevolve_sim.language.prompts import Templates
from coevolve_sim.minds import Mind


class Annotator(Protocol):
    """Says which text of a pair is preferred."""

    def preferred(
        self, mind: Mind, people: Sequence[Respondent], pairs: Sequence[TextPair], templates: Templates
    ) -> list[Comparison]:
        """Return what is preferred of each pair; every comparison is there, usable or not.

        Parameters
        ----------
        mind : Mind
            Who speaks for people; what is asked twice should be asked once.
        people : sequence of Respondent
            From whom the assistant learns.
        pairs : sequence of TextPair
            What is compared.
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

    def preferred(
        self, mind: Mind, people: Sequence[Respondent], pairs: Sequence[TextPair], templates: Templates
    ) -> list[Comparison]:
        """Return what each of the people makes of each pair."""
        return compare(mind, comparison_requests(people, pairs, templates), templates)


@dataclass(frozen=True)
class BySelfReference:
    """People answer first, say how far each text is from that, then choose [Bao2024]_.

    Attributes
    ----------
    seed : int
        Of what they say.
    samples : int
        Times through all stages.
    temperature : float
        Of what they say; above 0 for more than one sample.
    max_tokens : int
        Of the longest answer and critique.
    """

    seed: int
    samples: int = 3
    temperature: float = 0.7
    max_tokens: int = 60

    def preferred(
        self, mind: Mind, people: Sequence[Respondent], pairs: Sequence[TextPair], templates: Templates
    ) -> list[Comparison]:
        """Return what each of the people makes of each pair, all samples of an order in one number."""
        found = annotate(
            mind,
            comparison_requests(people, pairs, templates),
            templates,
            seed=self.seed,
            samples=self.samples,
            temperature=self.temperature,
            max_tokens=self.max_tokens,
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
        By what it judges.
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

    def preferred(
        self,
        mind: Mind,  # noqa: ARG002 - the judge has its own
        people: Sequence[Respondent],  # noqa: ARG002 - it judges by its rubric, not for anybody
        pairs: Sequence[TextPair],
        templates: Templates,
    ) -> list[Comparison]:
        """Return what the judge makes of each pair, all votes of an order in one number."""
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
