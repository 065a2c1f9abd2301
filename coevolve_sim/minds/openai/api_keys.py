"""The keys of servers: read from the environment, and removed from whatever comes in.

A server may repeat a key, its own or another mind's: as a model's name, in an error, in a header. So a key
that was read once is removed from every response where its bytes come in (`responses`), before anything reads
them, and from what httpx logs; no text, file or log further on can hold it. It is found as it stands, escaped
as in JSON, URLs and HTML, as base64 and as hexadecimal digits, and with invisible characters in it.

A key of fewer than 8 characters (``EMPTY``, ``none``) is taken for a placeholder: to remove it would change
what a model says. Error texts leave out those, too (`server_errors.ServerErrors`).
"""

from __future__ import annotations

import base64
import logging
import os
import re
import sys
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cache

from coevolve_sim.errors import MindError

REMOVED = "(the key)"
"""What stands in place of a key."""
SHORTEST = 8
"""Fewest characters of what is taken for a key."""

_LOGGERS = ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.proxy")
"""Loggers that repeat what servers send: reason phrases and headers."""
_keys: set[str] = set()


def read_key(variable: str) -> str:
    """Return the key in an environment variable, empty if unset; it is removed from texts from now on.

    Raises
    ------
    MindError
        If it holds characters that no header can carry.
    """
    key = os.environ.get(variable, "").strip()
    if not (key.isascii() and key.isprintable()):
        raise MindError(f"the key in the environment variable {variable} holds signs that no key has")
    remember_keys([variable])
    return key


def remember_keys(variables: Iterable[str]) -> None:
    """Have the keys in environment variables removed from texts from now on, also before they are used."""
    found = {os.environ.get(variable, "").strip() for variable in variables}
    _keys.update(key for key in found if len(key) >= SHORTEST and key.isascii() and key.isprintable())
    if _keys:
        _clean_logs()


def remove_keys(text: str) -> str:
    r"""Return a text without the keys read so far; `REMOVED` stands in their place.

    Examples
    --------
    >>> os.environ["A_KEY_OF_THIS_EXAMPLE"] = "sk-one/two&three"
    >>> key = read_key("A_KEY_OF_THIS_EXAMPLE")
    >>> remove_keys(r"you sent sk-one/two&three, sk-one%2Ftwo%26three and \u0073k-one\/two&amp;three")
    'you sent (the key), (the key) and (the key)'
    """
    if not _keys:
        return text
    plain, places = _unescape(text)
    spans = sorted(
        (start, start + len(form)) for form in _forms(frozenset(_keys)) for start in _find_all(plain, form)
    )
    parts, done = [], 0
    for start, end in spans:
        begin, stop = places(start), places(end - 1, after=True)
        if stop > done:  # a key within a key is removed with it
            parts += [text[done : max(begin, done)], REMOVED if begin >= done else ""]
            done = stop
    return "".join([*parts, text[done:]]) if spans else text


@cache
def _forms(keys: frozenset[str]) -> tuple[str, ...]:
    """Return what is looked for: each key, as base64 and as hexadecimal digits."""
    hexadecimal = {key.encode().hex() for key in keys}
    base64_forms = {form for key in keys for form in _base64_forms(key)}
    return (*keys, *base64_forms, *hexadecimal, *(form.upper() for form in hexadecimal))


def _base64_forms(key: str) -> set[str]:
    """Return what base64 makes of a key wherever in a longer text it begins, in both alphabets."""
    found = set()
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + key.encode()).decode()
        # Characters that depend also on what stands before or after the key are left out.
        found.add(whole[-(-before * 8 // 6) : (before + len(key)) * 8 // 6])
    return found | {form.replace("+", "-").replace("/", "_") for form in found}


def _find_all(text: str, part: str) -> Iterator[int]:
    start = text.find(part)
    while start >= 0:
        yield start
        start = text.find(part, start + 1)


def _unescape(text: str) -> tuple[str, _Places]:
    """Return a text without escapes and invisible characters, and where its characters stood."""
    parts, places, done, length = [], _Places(), 0, 0
    for found in _escapes().finditer(text):
        decoded = _decode(found)
        literal = text[done : found.start()]
        length += len(literal)
        places.add(length, found.start())
        parts += [literal, decoded]
        length += len(decoded)
        done = found.end()
        places.add(length, done)
    return "".join([*parts, text[done:]]) if parts else text, places


class _Places:
    """Where the characters of a text without escapes stood in the text with them."""

    def __init__(self) -> None:
        self._plain, self._given = [0], [0]

    def add(self, plain: int, given: int) -> None:
        """Note that from one position on, characters stand as given from another."""
        self._plain.append(plain)
        self._given.append(given)

    def __call__(self, position: int, *, after: bool = False) -> int:
        """Return where a character stood, or where the next one did."""
        place = bisect_right(self._plain, position) - 1
        if after and place + 1 < len(self._plain) and self._plain[place + 1] == position + 1:
            return self._given[place + 1]
        return self._given[place] + position - self._plain[place] + (1 if after else 0)


_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


@cache
def _escapes() -> re.Pattern[str]:
    """Return a pattern for escapes as in JSON (also twice), URLs and HTML, and for invisible characters.

    Those are characters without a shape of their own, which later stages drop.
    """
    hidden = [code for code in range(sys.maxunicode + 1) if _is_invisible(chr(code))]
    firsts = [code for code, before in zip(hidden, [-2, *hidden], strict=False) if code != before + 1]
    lasts = [code for code, after in zip(hidden, [*hidden[1:], -2], strict=True) if code != after - 1]
    invisible = "".join(rf"\U{first:08x}-\U{last:08x}" for first, last in zip(firsts, lasts, strict=True))
    # One set of first characters, and what follows each: `re` skips to the next of them at once.
    return re.compile(
        rf"[\\%&{invisible}](?:"
        r"(?<=\\)\\{0,7}(?:u([0-9a-fA-F]{4})|([\\\"/]))|"
        r"(?<=%)([0-9a-fA-F]{2})|"
        r"(?<=&)(?:#0{0,8}([0-9]{1,7});|#[xX]0{0,8}([0-9a-fA-F]{1,6});|(amp|lt|gt|quot|apos);)|"
        rf"(?<![\\%&])[{invisible}]*)"
    )


def _decode(found: re.Match[str]) -> str:
    """Return the character that an escape stands for; nothing for an invisible one."""
    json_code, json_sign, url_code, decimal, hexadecimal, name = found.groups()
    if json_sign or name:
        return json_sign or _NAMED[name]
    code = int(decimal) if decimal else int(json_code or url_code or hexadecimal or "0", 16)
    decoded = chr(code) if code <= sys.maxunicode else "\0"
    return "" if _is_invisible(decoded) else decoded


def _is_invisible(character: str) -> bool:
    return character not in "\t\n\r" and unicodedata.category(character) in {"Cc", "Cf", "Cs"}


class _WithoutKeys(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage()
        clean = remove_keys(said)
        if clean != said:
            record.msg, record.args = clean, ()
        return True


_FILTER = _WithoutKeys()


def _clean_logs() -> None:
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_FILTER)
