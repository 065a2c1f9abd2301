"""Find where the last whole sentence of a text ends, for a text that was cut at a limit of tokens.

A whole sentence holds a letter and ends in ``. ! ? …`` or one of their like in other scripts
(``。 ！ ？ ． ؟ ۔ । ॥``), with any closing quotation marks, brackets and marks of emphasis after it, and
then white space or the end; after ``。 ！ ？`` white space is needed. A full stop ends none

- after one of `ABBREVIATIONS`, in upper or lower case, and before a number after one of `BEFORE_NUMBERS`;
- after a single letter other than *I* (an initial), or letters with full stops between (*e.g.*, *U.S.*);
- after a number that stands alone (*1.* in a list);
- as one of three dots that a small letter follows.

It errs on the side of less: *etc.* may end a sentence and is not taken for its end.
"""

from __future__ import annotations

import re

ABBREVIATIONS = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "mx",
        "dr",
        "prof",
        "rev",
        "hon",
        "st",
        "sr",
        "jr",
        "capt",
        "col",
        "gen",
        "gov",
        "lt",
        "sgt",
        "mt",
        "messrs",
        "mme",
        "mlle",
        "vs",
        "etc",
        "cf",
        "viz",
        "approx",
        "dept",
        "inc",
        "ltd",
        "co",
        "corp",
        "eds",
        "incl",
        "excl",
        "jan",
        "feb",
        "apr",
        "jun",
        "jul",
        "aug",
        "sept",
        "oct",
        "nov",
        "dec",
        "bzw",
        "usw",
        "ggf",
        "evtl",
        "vgl",
        "sog",
        "hr",
        "fr",
        "str",
        "bspw",
        "ca",
        "bzgl",
        "inkl",
        "sra",
        "srta",
        "ud",
        "uds",
        "ej",
        "pág",
        "núm",
        "dott",
        "ecc",
        "exmo",
    ]
)
"""Words that a full stop follows without ending a sentence, in lower case."""

BEFORE_NUMBERS = frozenset({"no", "nos", "nr", "art", "fig", "vol", "ch", "sec", "p", "pp"})
"""Words that are abbreviations where a number follows, and may end a sentence elsewhere."""

_CLOSERS = "\"'”’»›)\\]}）」』】》*_`"
_END = re.compile(f"(?:[.!?…؟۔।॥‼⁉⁇⁈]+[{_CLOSERS}]*(?=\\s|$)|[。！？．｡]+[{_CLOSERS}]*)")
_WORD_BEFORE = re.compile(r"[^\s(\[\"“„«‘'*_]*$")
_LETTERS_AND_STOPS = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")


def last_whole_sentence(text: str) -> str:
    """Return a text up to the end of its last whole sentence; empty if it holds none.

    Examples
    --------
    >>> last_whole_sentence("I am for it. Mr. Hill says (rightly!) that it helps, e.g. the old. And who")
    'I am for it. Mr. Hill says (rightly!) that it helps, e.g. the old.'
    >>> last_whole_sentence("我赞成。因为"), last_whole_sentence("I hold, with Dr. Hall, that")
    ('我赞成。', '')
    """
    begin, end = 0, 0
    for found in _END.finditer(text):
        if _ends_sentence(text, begin, found):
            begin = end = found.end()
    return text[:end]


def _ends_sentence(text: str, begin: int, found: re.Match[str]) -> bool:
    """Return whether a mark ends the sentence that begins at a place."""
    sentence = text[begin : found.start()].strip()
    if not any(character.isalpha() for character in sentence):
        return False
    marks = found[0].rstrip(_CLOSERS.replace("\\", ""))
    if marks.startswith("..") or marks == "…":
        return not text[found.end() :].lstrip()[:1].islower()
    if marks != ".":
        return True
    before = _WORD_BEFORE.search(text, begin, found.start())
    word = before[0] if before else ""
    if word.lower() in BEFORE_NUMBERS and text[found.end() :].lstrip()[:1].isdigit():
        return False
    is_initial = len(word) == 1 and word.isalpha() and word != "I"
    return not (is_initial or word.lower() in ABBREVIATIONS or _LETTERS_AND_STOPS.fullmatch(word))
