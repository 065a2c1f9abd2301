"""Self-reference feedback: an annotator answers first, and judges two texts by its own answer.

In each of several samples the annotator (a) writes its own answer, (b) says how far each text is from that,
and (c) chooses, with the texts in both orders [Bao2024]_. The strength of a preference is the difference of
the log perplexities of the two verdicts; a verdict is one letter here, so that is the difference of the
letters' log-probabilities. It is averaged over orders and samples, which removes the position bias, and cut
to a margin.

This differs from the source in three ways: the wording is ours; a text is judged by what the annotator holds,
where the source asks for *best for humanity* (put a principle into the system message for that); and a
failure of any stage is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from coevolve_sim.assistants.preferences.annotation import MARGIN, Annotation, Sample, check_margin
from coevolve_sim.assistants.preferences.requests import (
    CHOICE_LOGIT,
    LETTERS,
    ToCompare,
    ask_once,
    check_choice_logit,
    check_draws,
    letter_logit,
)
from coevolve_sim.language.openings import begin, opening_of, with_begun
from coevolve_sim.language.parsing import RULE, ParsedMessage, parse_message
from coevolve_sim.language.prompts import Templates
from coevolve_sim.minds import Mind, Reply, Request
from coevolve_sim.streams import stream_seed


def annotate(
    mind: Mind,
    asked: Sequence[ToCompare],
    templates: Templates | None = None,
    *,
    seed: int = 0,
    samples: int = 3,
    margin: float = MARGIN,
    temperature: float = 0.7,
    max_tokens: int = 60,
    rule: int = RULE,
    choice_logit: float = CHOICE_LOGIT,
    opening: str = "none",
) -> list[Annotation]:
    """Let a mind answer, criticise both texts by its own answer, and choose; one batch for each stage.

    An annotator who is asked about several pairs on one topic answers once per sample, and criticises each
    text once per sample. Samples differ by their seeds. Stages after one that failed are not asked.

    Parameters
    ----------
    mind : Mind
        The annotator.
    asked : sequence of ToCompare
        What to ask.
    templates : Templates, optional
        The package's own if not given; `speak`, `critique` and `choose` are used.
    seed : int
        Seed of the replies.
    samples : int
        How many samples, at least 1.
    margin : float
        The strongest that a preference can be, above 0.
    temperature : float
        Of answers and critiques, at least 0; above 0 for more than one sample, which would be the same.
    max_tokens : int
        Of an answer, and of a critique, at least 1.
    rule : int
        The rule by which these are read, one of `coevolve_sim.language.parsing.RULES`.
    choice_logit : float
        What a bare choice counts for where the mind gives no log-probabilities, in (0, 20].
    opening : str
        ``none``, or ``stance``: an own answer is begun with words for the stance of whoever is asked, where
        that is told (`coevolve_sim.language.openings`); what was begun is part of the answer.

    Returns
    -------
    list of Annotation
        One for each of what was asked, in that order.

    Raises
    ------
    PreferenceError
        If samples, margin, temperature or the logit of a choice are out of their range.
    MindError
        If the mind cannot be asked at all.

    References
    ----------
    [Bao2024]_

    Examples
    --------
    >>> from coevolve_sim.minds.scripted.mind import ScriptedMind
    >>> ada = Templates.standard().persona("Ada", [("thrift", 0.8)])
    >>> two = ToCompare("Ada", "thrift", "I stand at 70 on thrift.", "I stand at 40 on thrift.", ada)
    >>> [found] = annotate(ScriptedMind(), [two], samples=2)
    >>> round(found.logit, 6), found.n_counted, found.samples[0].critiques[1].text
    (3.0, 2, 'It is 40 away from what I wrote.')
    """
    check_margin(margin)
    check_draws("samples", samples, temperature)
    check_choice_logit(choice_logit)
    words = templates or Templates.standard()
    stages = _Stages(mind, words, seed, temperature, max_tokens, rule, opening)
    cells = stages.answer([(two, number) for two in asked for number in range(samples)])
    stages.criticise([cell for cell in cells if cell.is_answered_so_far])
    stages.choose([cell for cell in cells if cell.is_answered_so_far], choice_logit)
    found = [cell.sample for cell in cells]
    return [
        Annotation(two.who, two.topic, two.first, two.second, tuple(found[at : at + samples]), margin)
        for two, at in zip(asked, range(0, len(found), samples), strict=True)
    ]


@dataclass
class _Cell:
    """One sample of one pair, on its way through the stages."""

    two: ToCompare
    number: int
    sample: Sample

    @property
    def is_answered_so_far(self) -> bool:
        return self.sample.is_heard_so_far


@dataclass(frozen=True)
class _Stages:
    mind: Mind
    templates: Templates
    seed: int
    temperature: float
    max_tokens: int
    rule: int
    opening: str

    def answer(self, asked: Sequence[tuple[ToCompare, int]]) -> list[_Cell]:
        requests = [
            begin(
                self._request("speak", two, number, self.templates.speak(two.topic)),
                self._opening(two, number),
            )
            for two, number in asked
        ]
        replies = ask_once(self.mind, requests)
        return [
            _Cell(*one, Sample(with_begun(request, self._read(reply))))
            for one, request, reply in zip(asked, requests, replies, strict=True)
        ]

    def _opening(self, two: ToCompare, number: int) -> str:
        if self.opening == "none" or two.stance is None:
            return ""
        return opening_of(two.stance, two.topic, number)

    def criticise(self, cells: Sequence[_Cell]) -> None:
        requests = [
            self._request("critique", cell.two, cell.number, self._critique(cell, text))
            for cell in cells
            for text in (cell.two.first, cell.two.second)
        ]
        said = [self._read(reply) for reply in ask_once(self.mind, requests)]
        for cell, of_first, of_second in zip(cells, said[::2], said[1::2], strict=True):
            cell.sample = replace(cell.sample, critiques=(of_first, of_second))

    def choose(self, cells: Sequence[_Cell], choice_logit: float) -> None:
        requests = [request for cell in cells for request in self._choice_requests(cell)]
        read = [letter_logit(reply, choice_logit) for reply in ask_once(self.mind, requests)]
        for cell, as_a, as_b in zip(cells, read[::2], read[1::2], strict=True):
            # Log odds are of A against B; where the second text was A, the sign is turned.
            cell.sample = replace(cell.sample, status=(as_a[0], as_b[0]), logits=(as_a[1], -as_b[1]))

    def _read(self, reply: Reply) -> ParsedMessage:
        return parse_message(reply, rule=self.rule)

    def _critique(self, cell: _Cell, text: str) -> str:
        return self.templates.critique(cell.two.topic, cell.sample.own.heard, text)

    def _choice_requests(self, cell: _Cell) -> list[Request]:
        two, (of_first, of_second) = cell.two, cell.sample.critiques
        shown = [(two.first, of_first.heard), (two.second, of_second.heard)]
        return [
            Request(
                kind="choose",
                messages=two.messages(self.templates.choose(two.topic, cell.sample.own.heard, a, b)),
                options=LETTERS,
                max_tokens=1,
                voice=two.voice,
            )
            for a, b in (shown, shown[::-1])
        ]

    def _request(self, kind: str, two: ToCompare, number: int, asked: str) -> Request:
        return Request(
            kind=kind,
            messages=two.messages(asked),
            max_tokens=self.max_tokens,
            temperature=self.temperature,
            seed=stream_seed(self.seed, f"self-reference {kind}", two.who, two.topic, number) % 2**31,
            voice=two.voice,
            draw=number,
        )
