"""What every mind must do, ours and a user's alike.

`check_mind` runs the checks. A test file of one's own may subclass `MindConformance` and give two fixtures,
``mind`` and ``another`` of the same kind, opened anew, which the suite closes::

    from coevolve_sim.testing import MindConformance


    @pytest.fixture
    def mind():
        return MyMind()


    @pytest.fixture
    def another():
        return MyMind()


    class TestMyMindConforms(MindConformance):
        pass
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from coevolve_sim.errors import MindError
from coevolve_sim.minds import STATUSES, Message, Mind, Reply, Request
from coevolve_sim.testing.verdicts import Verdict, failures_of, run_checks


def prompt(text: str) -> tuple[Message, ...]:
    """Return a prompt such as the package writes."""
    return (Message("system", "You are Ada."), Message("user", text))


SPEAK = Request("speak", prompt("Where do you stand on telling the truth?"), max_tokens=6)
ITEM = Request("item", prompt("Is it right?\nA: yes\nB: no\nAnswer with one letter."), options=("A", "B"))


def replies_of(mind: Mind, requests: Sequence[Request]) -> list[Reply]:
    """Return the replies in the order of the requests.

    Raises
    ------
    MindError
        If a request is not answered exactly once.
    """
    pairs = list(mind.ask(requests))
    answered = sorted(index for index, _ in pairs)
    if answered != list(range(len(requests))):
        raise MindError(f"requests 0 to {len(requests) - 1} were asked, and replies came to {answered}")
    return [reply for _, reply in sorted(pairs, key=lambda pair: pair[0])]


def check_mind(
    mind: Mind,
    another: Mind,
    *,
    draws: bool = False,
    tolerance: float = 1e-3,
    log: Callable[[], int] | None = None,
) -> list[Verdict]:
    """Check that a mind is one: every request answered once, whatever else is asked, and as it says.

    Parameters
    ----------
    mind : Mind
        It is asked, and left open.
    another : Mind
        Of the same kind, opened anew; it is closed.
    draws : bool
        Whether what is written must depend on the seed at a temperature above 0.
    tolerance : float
        How far log-probabilities of the same request may lie apart where a mind is not bitwise.
    log : callable, optional
        Returns how many completions the server behind the mind was asked for so far, by the server's own log.

    Returns
    -------
    list of Verdict
        One a check, in the order of `MIND_CHECKS`; all are run even if one fails.

    Examples
    --------
    >>> from coevolve_sim.minds.scripted.mind import ScriptedMind
    >>> def answer(request):
    ...     return request.options[0] if request.options else "I am for it."
    >>> failures_of(check_mind(ScriptedMind(answer), ScriptedMind(answer)))
    'scores options by what they are, not by their order: A, B asked for as A, B and as B, A have ...'
    """
    return run_checks(MIND_CHECKS, _Trial(mind, another, draws, tolerance, log))


class MindConformance:
    """The suite as a test class to subclass; what differs from mind to mind stands in its attributes.

    Attributes
    ----------
    draws, tolerance
        As for `check_mind`.
    """

    draws = True
    tolerance = 1e-3

    completions_logged: Callable[[], int] | None = None
    """Returns how many completions the server behind the mind was asked for, by the server's own log."""

    def test_it_does_what_every_mind_must(self, mind: Mind, another: Mind) -> None:
        """Run `check_mind`; its failures are the message."""
        verdicts = check_mind(
            mind, another, draws=self.draws, tolerance=self.tolerance, log=self.completions_logged
        )
        if failed := failures_of(verdicts):
            raise AssertionError(failed)


@dataclass(frozen=True)
class _Trial:
    mind: Mind
    another: Mind
    draws: bool
    tolerance: float
    log: Callable[[], int] | None = None

    def replies(self, *requests: Request) -> list[Reply]:
        """Return what the mind replies, in the order of the requests."""
        return replies_of(self.mind, requests)

    def difference(self, one: Reply, other: Reply) -> str:
        """Return how two replies to the same deterministic request differ; nothing if they do not."""
        if self.mind.is_bitwise:
            return "" if one == other else f"{one} and {other}, and it says is_bitwise"
        if one.logprobs is not None and other.logprobs is not None:
            return _apart(one.logprobs, other.logprobs, self.tolerance)
        return "" if one.status == other.status else f"status {one.status} and {other.status}"


def _apart(one: Iterable[float], other: Iterable[float], tolerance: float) -> str:
    pairs = list(zip(one, other, strict=True))
    if all(first == second or abs(first - second) <= tolerance for first, second in pairs):
        return ""
    return f"log-probabilities {[first for first, _ in pairs]} and {[second for _, second in pairs]}"


def _mixed() -> list[Request]:
    """Return requests of every kind, some of them twice."""
    drawn = [replace(SPEAK, temperature=1.0, seed=seed) for seed in (1, 2)]
    longer = replace(
        ITEM, messages=prompt("Is it wrong?\nA: no\nB: yes\nC: perhaps"), options=("A", "B", "C")
    )
    short = replace(SPEAK, messages=prompt("Say something."), max_tokens=1)
    return [SPEAK, ITEM, *drawn, longer, ITEM, short]


def _answers_once(trial: _Trial) -> str:
    for request, reply in zip(_mixed(), trial.replies(*_mixed()), strict=True):
        if reply.status not in STATUSES:
            return f"a reply has status {reply.status!r}; one of {', '.join(STATUSES)} is wanted"
        if reply.status not in {"answered", "truncated"}:
            return f"a plain request of kind {request.kind} was {reply.status}: {reply.detail}"
    return ""


def _nothing_asked(trial: _Trial) -> str:
    found = list(trial.mind.ask([]))
    return f"no request was asked, and {len(found)} replies came" if found else ""


def _repeats(trial: _Trial) -> str:
    requests = (SPEAK, ITEM, replace(ITEM, seed=9, draw=3, temperature=1.0))
    first, second = trial.replies(*requests), trial.replies(*requests)
    for one, other in zip((*first, first[1]), (*second, first[2]), strict=True):
        if apart := trial.difference(one, other):
            return f"a request in which nothing is drawn was answered by {apart}"
    return ""


def _alone_or_together(trial: _Trial) -> str:
    requests = _mixed()
    together = trial.replies(*requests)
    backwards = trial.replies(*requests[::-1])[::-1]
    alone = trial.replies(requests[1])
    for request, one, other in zip(
        (*requests, requests[1]), (*together, together[1]), (*backwards, *alone), strict=True
    ):
        if (request.is_deterministic or trial.mind.is_bitwise) and (apart := trial.difference(one, other)):
            return f"the same request among others, and in another order or alone, was answered by {apart}"
    return ""


def _seeds(trial: _Trial) -> str:
    requests = [replace(SPEAK, temperature=1.0, seed=seed) for seed in range(8)]
    replies = trial.replies(*requests)
    if trial.draws and len({reply.text for reply in replies}) == 1:
        return f"8 seeds at temperature 1 all gave {replies[0].text!r}; what is drawn depends on the seed"
    if trial.mind.is_bitwise and trial.replies(*requests) != replies:
        return "the same seeds gave other replies, and it says is_bitwise"
    return ""


def _options(trial: _Trial) -> str:
    for request in (ITEM, replace(ITEM, options=("B", "A"))):
        (reply,) = trial.replies(request)
        if reply.status != "answered" or reply.text not in request.options:
            return f"options {request.options} were asked, and the reply is {reply.status} {reply.text!r}"
        if reply.logprobs is None:
            continue
        scores = reply.logprobs
        sound = len(scores) == len(request.options) and all(value <= 0.0 for value in scores)
        if not sound or max(scores) == -math.inf:
            return f"options {request.options} have scores {scores}; a logarithm at most 0 for each is wanted"
        if scores[request.options.index(reply.text)] != max(scores):
            return f"options {request.options} have scores {scores}, and the text is {reply.text!r}"
    return ""


def _order_of_options(trial: _Trial) -> str:
    one, other = trial.replies(ITEM, replace(ITEM, options=("B", "A")))
    if one.logprobs is None or other.logprobs is None:
        return ""
    apart = _apart(one.logprobs, other.logprobs[::-1], trial.tolerance)
    return f"A, B asked for as A, B and as B, A have {apart}" if apart else ""


def _length(trial: _Trial) -> str:
    requests = [replace(SPEAK, max_tokens=count) for count in (1, 3)]
    for request, reply in zip(requests, trial.replies(*requests), strict=True):
        if reply.status not in {"answered", "truncated"} or not 0 <= reply.tokens_out <= request.max_tokens:
            return (
                f"at most {request.max_tokens} tokens were asked for, and {reply.tokens_out} came, "
                f"{reply.status}"
            )
    return ""


def _usage(trial: _Trial) -> str:
    for reply in trial.replies(SPEAK, ITEM):
        if not reply.model:
            return "a reply has no model; what answered is wanted"
        if reply.tokens_in <= 0:
            return f"a reply has tokens_in {reply.tokens_in}; the tokens of the prompt are wanted"
    return ""


def _attempts(trial: _Trial) -> str:
    before = trial.log() if trial.log is not None else 0
    replies = trial.replies(*_mixed())
    for by in (reply.attempts for reply in replies):
        if by.sent != (1 + by.retries + by.other_forms if by.sent else 0) or (by.is_earlier and by.sent):
            return (
                f"a reply has attempts {by}; sent is 1 and the retries and other forms, or 0 where the reply "
                "comes from an earlier run"
            )
    if trial.log is None:
        return ""
    told, logged = sum(reply.attempts.sent for reply in replies), trial.log() - before
    return "" if told == logged else f"the replies tell of {told} attempts, and the server's log has {logged}"


def _voices(trial: _Trial) -> str:
    if "" in trial.mind.voices:
        return "voices has the empty name, which is the mind's own"
    names = ("", *trial.mind.voices)
    for name, reply in zip(names, trial.replies(*(replace(ITEM, voice=name) for name in names)), strict=True):
        if reply.status != "answered":
            return f"voice '{name}' was {reply.status}: {reply.detail}"
    return ""


def _unknown_voice(trial: _Trial) -> str:
    unknown, known = trial.replies(replace(ITEM, voice="nobody's"), ITEM)
    if unknown.status != "invalid" or "nobody's" not in unknown.detail:
        return (
            f'voice "nobody\'s" is none of its, and was {unknown.status} {unknown.detail!r}; invalid, with '
            "the name in its detail, is wanted"
        )
    return (
        "" if known.status == "answered" else f"a request beside one of an unknown voice was {known.status}"
    )


def _identity(trial: _Trial) -> str:
    before = trial.mind.identity
    trial.replies(ITEM)
    if not before:
        return "identity is empty; what the mind is, with its version, is wanted"
    if not before == trial.mind.identity == trial.another.identity:
        return f"identity is {before!r}, then {trial.mind.identity!r}; opened anew {trial.another.identity!r}"
    return ""


def _tokens(trial: _Trial) -> str:
    short, long = (trial.mind.count_tokens(prompt("No. " * count)) for count in (1, 20))
    return "" if 0 < short < long else f"a short prompt has {short} tokens and a long one {long}"


def _closed(trial: _Trial) -> str:
    trial.another.close()
    trial.another.close()
    try:
        list(trial.another.ask([ITEM]))
    except MindError as error:
        return "" if "closed" in str(error) else f"it said {str(error)!r}; that it is closed is wanted"
    return "it answered after it was closed; MindError is wanted"


MIND_CHECKS: dict[str, Callable[[_Trial], str]] = {
    "answers every request exactly once, in any order": _answers_once,
    "has no replies to an empty batch": _nothing_asked,
    "repeats itself where nothing is drawn": _repeats,
    "answers a request alike whatever else is asked": _alone_or_together,
    "draws by the seed": _seeds,
    "scores options, and the likeliest is the text": _options,
    "scores options by what they are, not by their order": _order_of_options,
    "writes no more than it was asked for": _length,
    "says what answered, and what it took": _usage,
    "accounts for its attempts": _attempts,
    "answers in every voice": _voices,
    "refuses an unknown voice, and answers the other requests": _unknown_voice,
    "has an identity that stays": _identity,
    "counts tokens": _tokens,
    "can be closed twice, and refuses afterwards": _closed,
}
"""What every mind must do, and the check of it, which returns what went wrong."""
