"""The reader by a mind: it is asked what a text appeals to, and which way, by forced choice.

*Does the writer appeal to ...?* is asked with *Yes* and *No* in both orders, *Does the writer support or
oppose ...?* with *Supports*, *Either* and *Opposes* in both directions; probabilities are the means over
orders, so that a mind which goes by place says .5 of everything. The text is quoted so that it cannot end its
quotation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.language.appeals.candidates import Candidate
from coevolve_sim.language.endings import CountedMind, require_answers
from coevolve_sim.language.prompts import Templates
from coevolve_sim.language.prompts.templates import quote
from coevolve_sim.language.questionnaires.administer import Progress, ReplyCounter, ask_choices
from coevolve_sim.language.questionnaires.item import Item
from coevolve_sim.language.questionnaires.option_orders import orders
from coevolve_sim.language.questionnaires.requests import request_in_words
from coevolve_sim.language.questionnaires.scoring import ItemAnswer, combine_orders
from coevolve_sim.minds.answers import DEFAULT_LIMIT, AnswerLimits, Answers
from coevolve_sim.minds.protocol import Mind, Request

AT_ONCE = 1_024
"""Requests that are put to a mind at a time."""

_APPEALS = "Somebody wrote:\n{quote}\nDoes the writer appeal to {what}?"
_STANDS = "Somebody wrote:\n{quote}\nDoes the writer support or oppose {what}?"
_SIDES = ("Supports.", "Either.", "Opposes.")


class AskedMind:
    """Reads what a text appeals to by asking a mind.

    Parameters
    ----------
    mind : Mind
        The mind to ask.
    voice : str
        Its voice; empty for its own.
    progress : callable, optional
        Called after each reply with the number of replies to a question so far, and their total.
    at_most_unanswered : float
        Largest share of requests that may be given up or invalid, in [0, 1].

    Attributes
    ----------
    n_answered, n_alike : int
        How many questions were answered in both orders, and how many of them alike.
    """

    is_model = True

    def __init__(
        self,
        mind: Mind,
        *,
        voice: str = "",
        progress: Progress | None = None,
        at_most_unanswered: float = DEFAULT_LIMIT,
    ) -> None:
        self._ended = Answers()
        self._mind = CountedMind(mind, self._ended)
        self._voice, self._progress, self._most = voice, progress, at_most_unanswered
        self.name = f"mind {mind.identity}"
        self.n_answered = self.n_alike = 0

    def relevance(
        self, texts: Sequence[str], candidates: Sequence[Candidate], wanted: NDArray[np.bool_] | None = None
    ) -> Floats:
        """Return the probability of *Yes*, shape (texts, candidates); nan where not answered or not wanted.

        Raises
        ------
        UnansweredError
            If more was not answered than is allowed.
        MindError
            If the mind cannot be asked.
        """
        yes_no = ("Yes.", "No.")
        return self._ask(texts, candidates, wanted, _APPEALS, yes_no)[..., 0]

    def valence(
        self, texts: Sequence[str], candidates: Sequence[Candidate], wanted: NDArray[np.bool_] | None = None
    ) -> Floats:
        """Return probabilities of supports, opposes and either, shape (texts, candidates, 3).

        Raises
        ------
        UnansweredError, MindError
            As `relevance`.
        """
        return self._ask(texts, candidates, wanted, _STANDS, _SIDES)[..., (0, 2, 1)]

    def _ask(
        self,
        texts: Sequence[str],
        candidates: Sequence[Candidate],
        wanted: NDArray[np.bool_] | None,
        question: str,
        options: tuple[str, ...],
    ) -> Floats:
        shape = (len(texts), len(candidates))
        pairs = np.argwhere(np.ones(shape, dtype=bool) if wanted is None else wanted).tolist()
        found = np.full((*shape, len(options)), np.nan)
        in_orders = orders(_item(question, "", "", options))
        requests = (
            request
            for row, column in pairs
            for request in self._requests(_item(question, texts[row], candidates[column].phrase, options))
        )
        counter = ReplyCounter(self._progress, len(pairs) * len(in_orders))
        choices = ask_choices(self._mind, requests, AT_ONCE, counter)
        for row, column in pairs:
            answer = combine_orders(in_orders, list(islice(choices, len(in_orders))))
            self._count(answer)
            if answer.masses:
                found[row, column] = answer.masses
        limits = AnswerLimits(self._most)
        require_answers(self._ended, limits, "nothing is said of appeals", "--at-most-unanswered")
        return found

    def _requests(self, item: Item) -> Iterator[Request]:
        words = Templates.standard()
        for order in orders(item):
            yield request_in_words(item, order, words, voice=self._voice, kind="appeal")

    def _count(self, answer: ItemAnswer) -> None:
        self.n_answered += bool(answer.masses)
        self.n_alike += answer.is_consistent


def _item(question: str, text: str, what: str, options: tuple[str, ...]) -> Item:
    asked = question.format(quote=quote(text), what=what)
    ladder = tuple((1.0 - place / (len(options) - 1),) for place in range(len(options)))
    return Item("appeal", "pair" if len(options) == 2 else "likert", asked, options, ("appeal",), ladder)
