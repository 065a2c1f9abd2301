"""The reader by a linear probe of the reading mind's hidden states."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from functools import cache, partial

from coevolve_sim.errors import MindError, UnservedError
from coevolve_sim.language.prompts.reading import reading_question
from coevolve_sim.language.readers.known_stances import statements
from coevolve_sim.language.readers.scored import OnTopic, Scored, ScoredReader, on_topics
from coevolve_sim.minds import Message, Mind, Reply, Request
from coevolve_sim.minds.linear_probe import LearnsProbes, ProbeCard, ProbeTask, card_request, value_in
from coevolve_sim.minds.recorded import RecordedMind, ask_all
from coevolve_sim.minds.replay import ReplayMind
from coevolve_sim.minds.wrappers import unwrap

BRIEF = "Be brief."
"""The system message: without one, some templates put a long one of their own."""


class ProbeReader(ScoredReader):
    """Reads by a ridge regression on the mind's hidden states, learnt from statements of our own.

    It reads with the mind's own weights, whatever the listener's voice, so that one probe is learnt.
    """

    kind = "probe"

    def __init__(self, calibration: str = "line") -> None:
        super().__init__(calibration)
        self.card: ProbeCard | None = None

    def learn(self, mind: Mind) -> ProbeReader:
        """Return one with the probe that the mind learnt, now or before.

        Raises
        ------
        MindError
            If the hidden states of the mind are not at hand.
        """
        task, within = probe_task(), unwrap(mind)
        if isinstance(within, LearnsProbes):
            within.fit_probe(task, partial(_tell, mind, len(task.prompts)))
        elif not isinstance(within, ReplayMind):
            raise UnservedError(
                f"reader probe reads hidden states, and those of {mind.identity} are not at hand; take "
                "a mind of kind local or embedded to read by (channel.reader.mind), or reader contrast"
            )
        reply = ask_all(mind, [card_request(task)])[0]
        if reply.status != "answered":
            raise UnservedError(
                f"reader probe: {mind.identity} has no probe ({reply.detail or reply.status})"
            )
        learnt = copy.copy(self)
        learnt.card = ProbeCard.from_text(reply.text)
        return learnt

    def scores(self, mind: Mind, texts: Sequence[OnTopic]) -> list[Scored]:
        """Return what the probe reads in each text.

        Raises
        ------
        MindError
            If it has not learnt yet, or the mind cannot be asked at all.
        """
        if self.card is None:
            raise MindError("reader probe has learnt nothing yet; call fit(mind) first")
        replies = ask_all(
            mind,
            [Request("read", _conversation(text), linear_probe=self.card.name) for text in texts],
        )
        return [_scored(reply) for reply in replies]


def _scored(reply: Reply) -> Scored:
    number = value_in(reply)
    is_none = reply.status == "answered" and math.isnan(number)
    return Scored(number, "invalid" if is_none else reply.status)


def _tell(mind: Mind, n_texts: int, done: int) -> None:
    """Tell where progress is shown how far a probe has read."""
    if isinstance(mind, RecordedMind):
        mind.tell_phase(f"the probe has read {done:,} of {n_texts:,} statements")


@cache
def probe_task() -> ProbeTask:
    """Return what a probe learns from: the statements that are not held out."""
    known = statements(held_out=False)
    return ProbeTask(
        tuple(_conversation(text) for text in on_topics(known)),
        tuple(one.stance for one in known),
        tuple((one.topic, one.wording) for one in known),
    )


def _conversation(text: OnTopic) -> tuple[Message, ...]:
    words = reading_question("what_does_this_person_think", text.topic, text.text)
    begun = reading_question("this_person_thinks", text.topic)
    return (Message("system", BRIEF), Message("user", words), Message("assistant", begun))
