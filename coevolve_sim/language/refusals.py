"""Tell a refusal to speak from an opinion: by who refuses what, not by how a text begins.

*I cannot provide for idlers* and *I won't help people cheat* are views: their object is the world. *I can't
help with that request* is a refusal: its object is the request or the conversation. A sentence is one if

- its speaker calls itself a machine, and says what it lacks or may not do (*as an AI, I don't have ...*), or
- its speaker cannot or will not do what one does in a conversation (answer, help, write, discuss) to what it
  was asked or to the conversation itself (*this request*, *your question*, *personal opinions*), or
- it is a whole phrase that has no other object (*I'm sorry, but I can't.*, *I refuse to answer.*).

Only the first `SENTENCES` sentences are looked at, as refusals may begin with thanks. What stands in
quotation marks, or after *he said:*, is another's. `refusal_words` has the words, in eleven languages.
"""

from __future__ import annotations

import re

from coevolve_sim.language.refusal_words import patterns

SENTENCES = 4
"""How many sentences of a text may hold the refusal."""

LONGEST_SENTENCE = 400
"""Characters of a sentence that are looked at."""

_BREAKS = re.compile(r"[.!?…;:。！？；：؟।]+(?=\s|$|[^\x00-\x7f])|\n")
_QUOTED = re.compile(r"“[^”]*”|„[^“”]*[“”]|«[^»]*»|「[^」]*」|(?<!\w)\"[^\"]*\"(?!\w)")
_REPORTS = re.compile(
    r"\b(?:sa(?:id|ys?|ying)|tells?|told|answer(?:s|ed)|repl(?:y|ies|ied)|asks?|asked|sagte?n?|sagen|dit|disent|"
    r"dijo|dice|dicono|disse|dizem|сказал\w*|говор\w+)(?: \w+){0,2}$|[说說]$"
)
_MARKS = re.compile("[\u064b-\u0652\u0640]")
_BARE = {
    r"\bcant\b": "can't",
    r"\bdont\b": "don't",
    r"\bwont\b": "won't",
    r"\bim\b": "i'm",
}


def is_refusal(text: str) -> bool:
    """Return whether a text is a refusal to speak, and no opinion.

    Examples
    --------
    >>> is_refusal("As an AI, I don't have personal views."), is_refusal("I cannot agree with killing.")
    (True, False)
    >>> is_refusal("I can't help with that request."), is_refusal("I can't help people who cheat.")
    (True, False)
    >>> is_refusal("Danke für die Frage. Als Sprachmodell habe ich keine Meinung.")
    True
    """
    return any(refuses(sentence) for sentence in own_sentences(text))


def own_sentences(text: str) -> list[str]:
    """Return the first sentences in lower case, without what is quoted or told of others.

    Examples
    --------
    >>> own_sentences('I agree. She said: never! "Who eats?" is a question.')
    ['i agree', 'she said', 'is a question']
    """
    return [sentence for sentence, _ in own_sentences_and_ends(text)]


def own_sentences_and_ends(text: str) -> list[tuple[str, str]]:
    """Return `own_sentences`, each with the marks that end it; none where a line or the text ends it.

    Examples
    --------
    >>> own_sentences_and_ends("Do I agree?! No.")
    [('do i agree', '?!'), ('no', '.')]
    """
    plain = text.replace("\u2019", "'").replace("\u2018", "'").lower()
    plain = _QUOTED.sub(" ", _MARKS.sub("", plain))
    own: list[tuple[str, str]] = []
    is_told, place = False, 0
    for found in [*_BREAKS.finditer(plain), None]:
        sentence = plain[place : len(plain) if found is None else found.start()].strip(" \t\n,*_#>-")
        if sentence and not is_told:
            own.append((_plain_words(sentence[:LONGEST_SENTENCE]), "" if found is None else found[0].strip()))
        if sentence:
            is_told = found is not None and found[0] in ":：" and bool(_REPORTS.search(sentence))
        if found is None or len(own) == SENTENCES:
            break
        place = found.end()
    return own


def _plain_words(sentence: str) -> str:
    for bare, word in _BARE.items():
        sentence = re.sub(bare, word, sentence)
    return " ".join(sentence.split())


def refuses(sentence: str) -> bool:
    """Return whether one of `own_sentences` is a refusal.

    Examples
    --------
    >>> refuses("i'd rather not answer that"), refuses("i agree")
    (True, False)
    """
    for language in patterns():
        if language["whole"].search(sentence):
            return True
        if language["machine"].search(sentence) and language["lack"].search(sentence):
            return True
        if all(language[part].search(sentence) for part in ("unable", "act", "asked")):
            return True
    return False
