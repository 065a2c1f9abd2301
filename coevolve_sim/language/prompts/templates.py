"""Templates of prompts, each in a file of its own, and how they are filled.

A template names its places as ``$topic``. What other people wrote goes in as a quotation, every line of it
behind ``> ``, so that nothing it contains can end it. What stays the same from prompt to prompt stands first,
so that a served model computes it once.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from string import Template

from coevolve_sim.errors import PromptError

VERSION = "v1"
LETTERS = "ABCDEFGHIJ"
"""Labels of options, in the order in which they are shown."""

NAMES: dict[str, frozenset[str]] = {
    "persona": frozenset({"who", "stances"}),
    "sketch": frozenset({"who"}),
    "memory": frozenset({"count", "topic", "mean", "quotes"}),
    "assistant": frozenset({"name", "stances"}),
    "reader": frozenset(),
    "speak": frozenset({"topic"}),
    "ask": frozenset({"name", "topic"}),
    "answer": frozenset({"topic", "quote"}),
    "read": frozenset({"topic", "quote", "question", "options"}),
    "item": frozenset({"question", "options"}),
    "compare": frozenset({"topic", "first", "second"}),
    "critique": frozenset({"topic", "own", "quote"}),
    "choose": frozenset({"topic", "own", "first", "of_first", "second", "of_second"}),
    "judging": frozenset(),
    "judge": frozenset({"rubric", "topic", "first", "second"}),
}
"""Every template, and the places it must have."""

_BREAKS = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")


def quoted(text: str) -> str:
    r"""Return a text as a quotation that it cannot end: every line behind ``> ``, whatever breaks its lines.

    Examples
    --------
    >>> print(quoted("I am for it.\nIgnore all that."))
    > I am for it.
    > Ignore all that.
    """
    return "\n".join(f"> {line}" for line in _BREAKS.split(text))


def stance(value: float) -> int:
    """Return a value in [0, 1] as prompts say it: a whole number from 0 to 100.

    Examples
    --------
    >>> stance(0.634)
    63
    """
    return int(value * 100.0 + 0.5)


@dataclass(frozen=True)
class Templates:
    """The templates of a run.

    Attributes
    ----------
    texts : mapping of str to str
        The text of each of `NAMES`.

    Raises
    ------
    PromptError
        If a template lacks a place or has one that is not its own.

    Examples
    --------
    >>> print(Templates.standard().speak("telling the truth"))
    Tell somebody where you stand on telling the truth, and why. One or two short sentences.
    """

    texts: Mapping[str, str]

    def __post_init__(self) -> None:
        for name, places in NAMES.items():
            _check(name, self.texts[name], places)

    @classmethod
    def standard(cls, replaced: Mapping[str, Path] | None = None) -> Templates:
        """Return the package's templates, some of them replaced by files.

        Raises
        ------
        PromptError
            If a file cannot be read, or there is no such template.
        """
        folder = resources.files("coevolve_sim.language.prompts") / VERSION
        texts = {name: (folder / f"{name}.txt").read_text(encoding="utf-8").strip() for name in NAMES}
        for name, path in (replaced or {}).items():
            if name not in NAMES:
                raise PromptError(f"there is no template '{name}'; there are: {', '.join(NAMES)}")
            try:
                texts[name] = Path(path).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise PromptError(f"template '{name}': {path} cannot be read: {error}") from None
        return cls(texts)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of all texts, 16 digits: a run records it."""
        joined = "\0".join(f"{name}\0{self.texts[name]}" for name in NAMES)
        return hashlib.sha256(joined.encode()).hexdigest()[:16]

    def persona(self, who: str, stances: Sequence[tuple[str, float]], memory: str = "") -> str:
        """Return who a human is and where they stand; memory, which changes most, comes last."""
        text = self._filled("persona", who=who, stances=_lines(stances))
        return f"{text}\n{memory}" if memory else text

    def sketch(self, who: str) -> str:
        """Return who a human is and nothing of where they stand: that is to be measured."""
        return self._filled("sketch", who=who)

    def memory(self, count: int, topic: str, mean: float, last: Sequence[str]) -> str:
        """Return what a human remembers of a topic: how much was heard, and the last of it."""
        quotes = "\n".join(quoted(text) for text in last)
        return self._filled("memory", count=str(count), topic=topic, mean=str(stance(mean)), quotes=quotes)

    def assistant(self, name: str, stances: Sequence[tuple[str, float]]) -> str:
        """Return who an assistant is and where it stands."""
        return self._filled("assistant", name=name, stances=_lines(stances))

    def assistant_sketch(self, name: str) -> str:
        """Return who an assistant is and nothing of where it stands: its weights tell."""
        return self.sketch(f"{name}, an AI assistant")

    def reader(self) -> str:
        """Return what a reader is told first."""
        return self._filled("reader")

    def speak(self, topic: str) -> str:
        """Return how a human is asked to speak to others."""
        return self._filled("speak", topic=topic)

    def ask(self, name: str, topic: str) -> str:
        """Return how a human is asked to turn to an assistant."""
        return self._filled("ask", name=name, topic=topic)

    def answer(self, topic: str, text: str) -> str:
        """Return how an assistant is asked to answer what a human wrote."""
        return self._filled("answer", topic=topic, quote=quoted(text))

    def read(self, topic: str, text: str, question: str, options: Sequence[str]) -> str:
        """Return how a reader is asked what the writer of a text would answer."""
        return self._filled(
            "read", topic=topic, quote=quoted(text), question=question, options=_labelled(options)
        )

    def item(self, question: str, options: Sequence[str]) -> str:
        """Return how an item of a questionnaire is asked, its options in the order given."""
        return self._filled("item", question=question, options=_labelled(options))

    def compare(self, topic: str, first: str, second: str) -> str:
        """Return how somebody is asked which of two texts is closer to what they hold."""
        return self._filled("compare", topic=topic, first=quoted(first), second=quoted(second))

    def critique(self, topic: str, own: str, text: str) -> str:
        """Return how somebody is asked how far a text is from what they wrote themselves."""
        return self._filled("critique", topic=topic, own=quoted(own), quote=quoted(text))

    def choose(self, topic: str, own: str, first: tuple[str, str], second: tuple[str, str]) -> str:
        """Return how somebody is asked to choose of two texts, each with what they said of it."""
        return self._filled(
            "choose",
            topic=topic,
            own=quoted(own),
            first=quoted(first[0]),
            of_first=quoted(first[1]),
            second=quoted(second[0]),
            of_second=quoted(second[1]),
        )

    def judging(self) -> str:
        """Return what a judge is told first."""
        return self._filled("judging")

    def judge(self, rubric: str, topic: str, first: str, second: str) -> str:
        """Return how a judge is asked which of two texts a rubric prefers."""
        return self._filled("judge", rubric=rubric, topic=topic, first=quoted(first), second=quoted(second))

    def _filled(self, template: str, /, **places: str) -> str:
        return Template(self.texts[template]).substitute(places)


def _lines(stances: Sequence[tuple[str, float]]) -> str:
    return "\n".join(f"- {topic}: {stance(value)}" for topic, value in stances)


def _labelled(options: Sequence[str]) -> str:
    return "\n".join(f"{letter}: {text}" for letter, text in zip(LETTERS, options, strict=False))


def _check(name: str, text: str, places: frozenset[str]) -> None:
    template = Template(text)
    found = set(template.get_identifiers())
    if not template.is_valid() or found != places:
        wanted = ", ".join(f"${place}" for place in sorted(places)) or "none"
        given = ", ".join(f"${place}" for place in sorted(found)) or "none"
        raise PromptError(
            f"template '{name}' has the places {given}; it must have {wanted} (write $$ for a dollar sign)"
        )
