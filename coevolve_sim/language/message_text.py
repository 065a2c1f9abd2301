"""What of a mind's text is said to others: without its thoughts, further turns, labels and quotation marks.

Minds write more than they were asked for. The rule, in this order:

1. **Thoughts** are removed: what stands between ``<think>``, ``<thinking>``, ``<thought>``, ``<reasoning>``,
   ``[THINK]`` (upper or lower case) or ``<|channel|>analysis`` and their end; all from such a tag on that is
   never closed; all before a closing tag that nothing opened.
2. **The end of the turn**: the text ends at the first stop token that leaked (``</s>``, ``<|im_end|>``,
   ``<end_of_turn>``, ``[/INST]``, any ``<|name|>``) and before the first line that begins another turn
   (``User:``, ``Human:``, ``Assistant:``, ``### Instruction``). Headers of the speaker's own turn at its very
   beginning (``<|im_start|>assistant``) are passed over.
3. **Labels** at its beginning are cut: ``Answer:``, ``Response:``, ``Assistant:``, the speaker's own name.
4. **Quotation marks** around the whole of it are taken off.

3 and 4 are repeated until neither applies. Nothing else is changed but white space. What a mind wrote stays
on record as it wrote it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Cut = Literal[
    "thoughts", "stop tokens", "further turns", "labels", "quotation marks", "last sentence", "length"
]
"""What was cut off a text; the last two by `coevolve_sim.language.parsing`."""

CUTS: tuple[Cut, ...] = (
    "thoughts",
    "stop tokens",
    "further turns",
    "labels",
    "quotation marks",
    "last sentence",
    "length",
)
"""All of them, in the order in which they are made."""

_THOUGHT_NAMES = "think|thinking|thoughts?|reasoning"
_OPENING = re.compile(
    rf"<\s*(?:{_THOUGHT_NAMES})\s*(?:>|$)|\[THINK\]|<\|channel\|>\s*(?:analysis|commentary)\b[^<]*(?:<\|message\|>|$)",
    re.IGNORECASE,
)
_CLOSING = re.compile(rf"<\s*/\s*(?:{_THOUGHT_NAMES})\s*(?:>|$)|\[/THINK\]", re.IGNORECASE)
_CLOSING_OF_CHANNEL = re.compile(r"<\|(?:end|call|return)\|>|(?=<\|channel\|>\s*final\b)", re.IGNORECASE)

_STOP = re.compile(
    r"</?s>|<(?:end_of_turn|start_of_turn|eos|bos|pad|endoftext)>|\[/?INST\]|<</?SYS>>|<[|｜][^<>|｜\s]{1,40}[|｜]>",
    re.IGNORECASE,
)
_OWN_HEADER = re.compile(
    r"\s*(?:(?:<s>|<bos>|\[/INST\]|<[|｜](?:begin▁of▁sentence|begin_of_text|message|assistant|Assistant)[|｜]>)\s*"
    r"|(?:<[|｜](?:im_start|start_header_id|start)[|｜]>|<start_of_turn>)\s*(?:assistant|model)\b\s*"
    r"(?:<[|｜]end_header_id[|｜]>)?\s*|<\|channel\|>\s*final\s*)",
    re.IGNORECASE,
)

_SPEAKERS = (
    "user|human|assistant|ai|ai assistant|bot|chatbot|system|instructions?|input|"
    "benutzer|nutzer|utilisateur|usuario|usuário|utente|пользователь|用户|助手|ユーザー|アシスタント"
)
_TURN = re.compile(
    rf"^[ \t>*_\[]*(?:#{{1,6}}\s*(?:{_SPEAKERS}|response|answer|question|task|output)\b"
    rf"|(?:{_SPEAKERS})[ \t*_\]]*[:：])",
    re.IGNORECASE | re.MULTILINE,
)
_LABELS = (
    "(?:my |the |final )*(?:answer|response|reply|message|output)|assistant|ai|ai assistant|bot|chatbot|"
    "model|antwort|réponse|respuesta|risposta|resposta|ответ|回答|答案|答|助手|アシスタント"
)
_BEFORE, _AFTER = r"[\s*_\[]*", r"[*_\]]*\s*"
_HEADING = re.compile(rf"\s*#{{1,6}}\s*(?:{_LABELS})[ \t*_]*(?:[:：]|(?=\n|$))[*_]*\s*", re.IGNORECASE)

_PAIRS = {
    '"': '"',
    "“": "”",
    "„": "“”",
    "«": "»",
    "»": "«",
    "‹": "›",
    "「": "」",
    "『": "』",
    "`": "`",
    "'": "'",
    "‘": "’",
}


@dataclass(frozen=True)
class SaidText:
    """What of a text is said to others.

    Attributes
    ----------
    text : str
        With its line breaks, without white space around it; empty if nothing is left.
    cuts : tuple of Cut
        What was cut off, each once, in the order of `CUTS`.
    ends : bool
        Whether the end of the turn was found, so that a limit of tokens cut nothing of what is said.
    """

    text: str
    cuts: tuple[Cut, ...]
    ends: bool


def said_text(written: str, names: Sequence[str] = (), *, is_cut: bool = False) -> SaidText:
    r"""Return what of a text is said to others, by the rule of this module.

    Parameters
    ----------
    written : str
        Without control characters; lines end in ``\n``.
    names : sequence of str
        What the speaker is called, for labels that say so.
    is_cut : bool
        Whether a limit of tokens cut it: then a quotation mark that nothing closes is taken off too.

    Examples
    --------
    >>> said_text("<think>Hm.</think>Answer: \"I am for it.\"\nUser: Why?")
    SaidText(text='I am for it.', cuts=('thoughts', 'further turns', 'labels', 'quotation marks'), ends=True)
    >>> said_text("Guide: It is right.</s>", names=["guide"]).text
    'It is right.'
    """
    cuts: set[Cut] = set()
    text, is_open = _without_thoughts(written, cuts)
    text, ends = _first_turn(text, cuts)
    text = _unwrap(text, names, is_cut=is_cut and not ends, cuts=cuts)
    return SaidText(text, tuple(cut for cut in CUTS if cut in cuts), ends or is_open)


def _without_thoughts(text: str, cuts: set[Cut]) -> tuple[str, bool]:
    """Return a text without thoughts, and whether the last of them was never closed."""
    said, place = "", 0
    opening, closing = _OPENING.search(text), _CLOSING.search(text)
    while True:
        if opening is not None and opening.start() < place:
            opening = _OPENING.search(text, place)
        if closing is not None and closing.start() < place:
            closing = _CLOSING.search(text, place)
        if opening is None and closing is None:
            return said + text[place:], False
        cuts.add("thoughts")
        if opening is None or (closing is not None and closing.start() < opening.start()):
            assert closing is not None  # noqa: S101 - for the type checker: one of the two is there
            said, place = "", closing.end()
            continue
        said += text[place : opening.start()] + " "
        ending = _CLOSING_OF_CHANNEL if opening[0].startswith("<|") else _CLOSING
        end = ending.search(text, opening.end())
        if end is None:
            return said, True
        place = end.end()


def _first_turn(text: str, cuts: set[Cut]) -> tuple[str, bool]:
    """Return the speaker's own turn of a text, and whether something ended it."""
    text, before = text.strip(), ""
    while text != before:
        before = text
        if header := _OWN_HEADER.match(text):
            text = text[header.end() :].strip()
            cuts.add("stop tokens")
    own = _own_label(text)
    stop, turn = _STOP.search(text), _TURN.search(text, own)
    end = min((found.start() for found in (stop, turn) if found), default=len(text))
    if end == len(text):
        return text, False
    cuts.add("stop tokens" if stop and stop.start() == end else "further turns")
    return text[:end].strip(), True


def _own_label(text: str) -> int:
    """Return where a text goes on after labels of the speaker's own turn; 0 if it begins with none."""
    label, place = _label(()), 0
    while found := label.match(text, place) or _HEADING.match(text, place):
        place = found.end()
    return place


def _label(names: Sequence[str]) -> re.Pattern[str]:
    called = "|".join([_LABELS, *(re.escape(name) for name in names if name)])
    return re.compile(rf"{_BEFORE}(?:{called}){_AFTER}[:：]{_AFTER}", re.IGNORECASE)


def _unwrap(text: str, names: Sequence[str], *, is_cut: bool, cuts: set[Cut]) -> str:
    """Take labels off the beginning, and quotation marks off both ends, until there are none."""
    general, own, before = _label(()), _label(names), None
    while text != before:
        before = text
        found = general.match(text) or _HEADING.match(text)
        if found is None and (found := own.match(text)) and not text[found.end() :].strip():
            found = None  # a name alone is a message
        if found:
            text = text[found.end() :].strip()
            cuts.add("labels")
        if (inner := _unquote(text, is_cut=is_cut)) != text:
            text = inner
            cuts.add("quotation marks")
    return text


def _unquote(text: str, *, is_cut: bool) -> str:
    """Return a text without the quotation marks that are around the whole of it."""
    closing = _PAIRS.get(text[:1], "")
    if not closing:
        return text
    inside = text[1:-1]
    if text[-1] in closing and len(text) > 1:
        is_whole = not any(mark in inside for mark in closing) or (
            text[0] in "'‘" and not re.search(r"['’](?!\w)", inside)
        )
        return inside.strip() if is_whole else text
    if is_cut and text[0] not in "'‘" and not any(mark in text[1:] for mark in closing):
        return text[1:].strip()
    return text
