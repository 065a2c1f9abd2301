"""The strict parser of model text: a reply becomes an answer or a status, never a guess or a default.

No other module reads what a mind wrote. Parsing raises no error and makes nothing up, whatever the reply
holds. An option counts by its log-probability, or by being the whole text. Of a message, what is said to
others is heard (`message_text` says what that leaves out), up to its last whole sentence if it was cut
(`sentences`). Everything else is one of the statuses of `coevolve_sim.minds.STATUSES`.

A run reads all its messages by one rule, which its manifest names: `RULE` in new runs, `FIRST_RULE` in those
that were begun before there were others, also where they are resumed or replayed.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

from coevolve_sim.language.message_text import Cut, said_text
from coevolve_sim.language.refusals import is_refusal
from coevolve_sim.language.sentences import last_whole_sentence
from coevolve_sim.language.stance_words import ToldStance, tell_stance
from coevolve_sim.minds.option_mass import problem_of_reply
from coevolve_sim.minds.protocol import Reply, Status

LONGEST = 1_000
"""Most characters of a message that are heard; a longer one is cut after a sentence, else after a word."""

FIRST_RULE, RULE = 1, 2
"""The rules by which messages are read.

By the first, a message is heard as it was written if it was answered, and not at all if it was truncated; it
is refused if it begins like one of `REFUSALS`. By the second, see `parse_message`.
"""

RULES = (FIRST_RULE, RULE)

_VERBS = (
    "answer|assist|comply|continue|create|discuss|engage|fulfill?|generate|help (?:you|with)|produce|provide|"
    "respond|role-?play|write"
)
_CANNOT = "(?:can't|cannot|can not|won't|will not|am unable to|'m unable to|am not able to|'m not able to)"
_SORRY = "(?:(?:i'm|i am) (?:very )?sorry|sorry|i apologi[sz]e|my apologies|unfortunately)"
_AN_AI = "as an? (?:ai|artificial intelligence|(?:large )?language model)"
REFUSALS: tuple[str, ...] = (
    rf"{_SORRY}[,.;]?(?: but)? i ?{_CANNOT} (?:do (?:that|this)|{_VERBS})\b",
    rf"{_SORRY}[,.;]?(?: but)? i ?{_CANNOT}[.!]*$",
    rf"i ?{_CANNOT} (?:assist|help (?:you )?with|provide)\b",
    rf"i ?{_CANNOT} (?:answer|comply with|discuss|engage in|engage with|respond to) (?:this|that|your)\b",
    rf"{_AN_AI}[^.]*? i ?{_CANNOT} (?:have|hold|form|express|{_VERBS})\b",
    rf"{_AN_AI}[^.]*? i (?:do not|don't) (?:have|hold|form)\b",
)
"""Regular expressions for how a refusal begins, in lower case.

By these a reply is refused where a letter or a verdict was asked for; messages are read more closely
(`coevolve_sim.language.refusals`). Verbs are listed because *I cannot agree* is an answer, not a refusal."""

_REFUSAL = re.compile("|".join(f"(?:{opening})" for opening in REFUSALS))
_JOINERS = "\u200c\u200d"

Letter = Literal["A", "B"]
Verdict = Letter | Status
"""A letter, or the status that says why there is none."""

_VERDICT = re.compile(r"Verdict: ([AB])\.?")
_LIKE_A_VERDICT = re.compile(r"[\W_]*verdict[\W_]*:", re.IGNORECASE)


@dataclass(frozen=True)
class Choice:
    """The answer to a request with options.

    Attributes
    ----------
    status : str
        ``answered``, or why there is no answer.
    masses : tuple of float
        Probability of each option in the order shown, summing to 1; empty unless answered.
    mass_on_options : float
        Total probability of the options before normalising, in (0, 1]; NaN where only the choice is known.
    """

    status: Status
    masses: tuple[float, ...] = ()
    mass_on_options: float = math.nan


NOTHING_LEFT = "nothing is left of the reply without its {cuts}"
"""Why a message is invalid that is not empty: all of it is cut."""

NO_SENTENCE = "cut at the limit of tokens before its first sentence ended"
"""Why a truncated message is not heard."""


@dataclass(frozen=True)
class ParsedMessage:
    """The message of a reply in words.

    Attributes
    ----------
    status : str
        ``answered``, or how else the reply ended; a ``truncated`` message is heard if a sentence of it is
        whole.
    text : str
        What was written, on one line, thoughts and all; empty if it was not answered or truncated, or is
        refused.
    heard : str
        What of it others hear, of at most `LONGEST` characters; empty if it is not heard.
    cuts : tuple of Cut
        What was cut off to get there.
    detail : str
        Why it is invalid, or truncated and not heard; else empty.
    begun : str
        The words with which it was begun for the mind, which ``text`` and ``heard`` begin with.
    """

    status: Status
    text: str = ""
    heard: str = ""
    cuts: tuple[Cut, ...] = ()
    detail: str = ""
    begun: str = ""

    @property
    def is_heard(self) -> bool:
        """Whether others hear anything of it."""
        return bool(self.heard)

    @property
    def rest(self) -> str:
        """What is heard of what the mind itself wrote."""
        return self.heard.removeprefix(self.begun).strip()


def option_masses(reply: Reply, options: Sequence[str]) -> Choice:
    """Return the probability of each option, in the order shown, or why there is none.

    Log-probabilities are normalised over the options. Where the mind gives none, its text must be exactly one
    of them; white space around it is ignored.

    Parameters
    ----------
    reply : Reply
        Reply to a request with options.
    options : sequence of str
        The options of the request: letters, or words.

    Examples
    --------
    >>> option_masses(Reply("answered", "A", logprobs=(-0.5, -float("inf"))), "AB").masses
    (1.0, 0.0)
    >>> option_masses(Reply("answered", "No"), ("Yes", "No")).masses
    (0.0, 1.0)
    >>> option_masses(Reply("answered", "B, I think"), "AB").status
    'invalid'
    """
    if reply.status != "answered":
        return Choice(reply.status)
    if reply.logprobs is not None:
        return _normalise_logprobs(reply.logprobs, len(options))
    chosen = [float(option == reply.text.strip()) for option in options]
    if any(chosen):
        return Choice("answered", tuple(chosen))
    return Choice("refused" if opens_as_refusal(reply.text) else "invalid")


def parse_message(reply: Reply, names: Sequence[str] = (), rule: int = RULE) -> ParsedMessage:
    r"""Return the message of a reply, or why there is none.

    White space becomes single spaces, and control characters are removed. Thoughts, further turns, leaked
    stop tokens, labels and wrapping quotation marks are cut (`coevolve_sim.language.message_text`). If that
    is a refusal (`coevolve_sim.language.refusals`), the message is ``refused``; if nothing is left,
    ``invalid``, with the reason. A message that a limit of tokens cut is cut after its last whole sentence
    (`coevolve_sim.language.sentences`), unless its turn had ended before; it stays ``truncated`` and is heard
    if there is such a sentence.

    Parameters
    ----------
    reply : Reply
        Reply to a request without options.
    names : sequence of str
        What the speaker is called, for labels that say so.
    rule : int
        One of `RULES`.

    Examples
    --------
    >>> parse_message(Reply("answered", "  I hold it\n dear. ")).heard
    'I hold it dear.'
    >>> parse_message(Reply("truncated", "I am for it. It is")).heard
    'I am for it.'
    >>> parse_message(Reply("answered", "I'm sorry, but I can't help with that.")).status
    'refused'
    >>> parse_message(Reply("answered", "<think>What do they want?</think>")).detail
    'nothing is left of the reply without its thoughts'
    """
    if reply.status not in {"answered", "truncated"}:
        return ParsedMessage(reply.status)
    if rule == FIRST_RULE:
        return _parse_by_first_rule(reply)
    text, is_cut = _join_lines(reply.text), reply.status == "truncated"
    if not text:
        return ParsedMessage("invalid", detail="the reply is empty")
    said = said_text(_clean_lines(reply.text), names, is_cut=is_cut)
    line = " ".join(said.text.split())
    if not line:
        why = NOTHING_LEFT.format(cuts=" and ".join(said.cuts))
        return ParsedMessage("invalid", text, "", said.cuts, why)
    if is_refusal(said.text):
        return ParsedMessage("refused", "", "", said.cuts)
    whole = last_whole_sentence(line) if is_cut and not said.ends else line
    heard, cuts = _shorten(whole), said.cuts
    cuts += ("last sentence",) if whole != line else ()
    cuts += ("length",) if heard != whole else ()
    return ParsedMessage(reply.status, text, heard, cuts, "" if heard else NO_SENTENCE)


def _parse_by_first_rule(reply: Reply) -> ParsedMessage:
    """Return the message of a reply by the rule of before there were others."""
    line = _cut(_join_lines(reply.text))
    if not line:
        return ParsedMessage("invalid")
    if opens_as_refusal(line):
        return ParsedMessage("refused")
    return ParsedMessage(reply.status, line, line if reply.status == "answered" else "")


def verdict_in(text: str) -> Verdict:
    r"""Return the verdict that a text ends with, or why there is none.

    The last line must be exactly ``Verdict: A`` or ``Verdict: B``; a full stop, white space and empty lines
    may follow. It must be the only line that begins with *verdict* and a colon, in upper or lower case and
    after any punctuation: a text with two such lines may have quoted one of them and is ``invalid``, whether
    they agree or not. Any other text is ``invalid``, except one that begins like one of `REFUSALS`, which is
    ``refused``.

    Parameters
    ----------
    text : str
        What a judge wrote; check first that its reply was answered.

    Returns
    -------
    str
        ``A``, ``B``, ``invalid`` or ``refused``.

    Examples
    --------
    >>> verdict_in("The first keeps to the rubric.\nVerdict: A.\n")
    'A'
    >>> verdict_in("Verdict: A\nOn second thoughts:\nVerdict: B")
    'invalid'
    >>> verdict_in("The verdict is A"), verdict_in("I'm sorry, but I can't answer that.")
    ('invalid', 'refused')
    """
    lines = text.rstrip().splitlines()
    found = _VERDICT.fullmatch(lines[-1]) if lines else None
    if found and sum(_LIKE_A_VERDICT.match(line) is not None for line in lines) == 1:
        return cast("Letter", found[1])
    return "refused" if opens_as_refusal(text) else "invalid"


def parse_stance(reply: Reply, language: str, words: Sequence[str] = ()) -> ToldStance | Status:
    """Return where a reply in words stands towards a statement, or why that is not known.

    Thoughts, further turns and labels are cut as of a message; of a reply that a limit of tokens cut its
    whole sentences are read. A reply that says two things, or nothing of itself, is ``unclear``
    (`coevolve_sim.language.stance_words`).

    Parameters
    ----------
    reply : Reply
        Reply to a request without options.
    language : str
        In which it is read, one of `coevolve_sim.language.stance_words.LANGUAGES`; refusals are told in all.
    words : sequence of str, shape (3,)
        Words for agreeing, for neither and for disagreeing that may open it.

    Examples
    --------
    >>> parse_stance(Reply("answered", "I agree with this."), "en")
    'agrees'
    >>> parse_stance(Reply("truncated", "Oui, parce que c'est"), "fr"), parse_stance(Reply("given up"), "fr")
    ('truncated', 'given up')
    """
    if reply.status not in {"answered", "truncated"}:
        return reply.status
    is_cut = reply.status == "truncated"
    said = said_text(_clean_lines(reply.text), is_cut=is_cut)
    if is_refusal(said.text):
        return tell_stance(said.text, language, words)
    whole = last_whole_sentence(said.text) if is_cut and not said.ends else said.text
    if not whole.strip():
        return "truncated" if is_cut else "invalid"
    return tell_stance(whole, language, words)


def opens_as_refusal(text: str) -> bool:
    """Return whether a text begins like one of `REFUSALS`.

    Examples
    --------
    >>> opens_as_refusal("As an AI, I don't have personal views."), opens_as_refusal("I cannot agree.")
    (True, False)
    """
    return _REFUSAL.match(_cut(_join_lines(text)).lower().replace("\u2019", "'")) is not None


def _normalise_logprobs(logprobs: Sequence[float], n_options: int) -> Choice:
    """Return probabilities normalised over the options; ``invalid`` if they cannot be probabilities."""
    if len(logprobs) != n_options or problem_of_reply(Reply("answered", logprobs=tuple(logprobs))):
        return Choice("invalid")
    masses = [math.exp(value) for value in logprobs]
    total = sum(masses)
    if total == 0.0:
        return Choice("invalid")
    return Choice("answered", tuple(mass / total for mass in masses), min(total, 1.0))


def _join_lines(text: str) -> str:
    return " ".join("".join(_clean_character(character) for character in text).split())


def _clean_lines(text: str) -> str:
    """Return a text with its line breaks, without control characters."""
    return "\n".join("".join(map(_clean_character, line)) for line in text.splitlines())


def _clean_character(character: str) -> str:
    """Return a character, a space for white space, "" for control characters and lone surrogates."""
    if character.isspace():
        return " "
    hidden = unicodedata.category(character) in {"Cc", "Cf", "Cs"} and character not in _JOINERS
    return "" if hidden else character


def _cut(line: str) -> str:
    if len(line) <= LONGEST:
        return line
    return line[: LONGEST + 1].rsplit(" ", 1)[0][:LONGEST]


def _shorten(line: str) -> str:
    """Return a line of at most `LONGEST` characters: cut after its last whole sentence, or else a word."""
    return line if len(line) <= LONGEST else last_whole_sentence(line[:LONGEST]) or _cut(line)
