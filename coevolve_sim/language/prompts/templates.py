"""Templates of prompts, each in a file of its own, and how they are filled.

A template writes its placeholders as ``$topic``. What other people wrote is inserted as a quotation, with
``> `` before every line, so that nothing in it can end the quotation. Text that is the same from prompt to
prompt comes first, so that a server can reuse its computation of that prefix.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from string import Template

from coevolve_sim.delimited import read_text
from coevolve_sim.errors import PromptError

VERSION = "v1"
"""The templates in which stances are numbers; those of `IN_WORDS` that are not in its folder are these."""

IN_WORDS = "v2"
"""The templates in which stances are words."""

VERSIONS = (VERSION, IN_WORDS)

STANCES = (
    (0.1, "strongly against"),
    (0.3, "against"),
    (0.45, "rather against"),
    (0.55, "neither for nor against"),
    (0.7, "rather for"),
    (0.9, "for"),
    (1.0, "strongly for"),
)
"""Up to which value each word for a stance is used; those above .5 from which on."""

OF_A_MEDIATOR = "mediate"
"""The template that only a channel with a mediator uses: the fingerprint of all others leaves it out."""

MOST_BYTES = 1 << 20
"""Bytes that a template may have."""

LETTERS = "ABCDEFGHIJ"
"""Labels of options, in the order in which they are shown."""

NAMES: dict[str, frozenset[str]] = {
    "persona": frozenset({"who", "stances"}),
    "sketch": frozenset({"who"}),
    "memory": frozenset({"count", "topic", "mean", "quotes"}),
    "gist": frozenset({"count", "topic", "mean"}),
    "assistant": frozenset({"name", "stances"}),
    "reader": frozenset(),
    "speak": frozenset({"topic"}),
    "ask": frozenset({"name", "topic"}),
    "answer": frozenset({"topic", "quote"}),
    "mediate": frozenset({"topic", "quote"}),
    "continue": frozenset({"topic", "quote", "begun"}),
    "read": frozenset({"topic", "quote", "question", "options"}),
    "item": frozenset({"question", "options"}),
    "compare": frozenset({"topic", "first", "second"}),
    "critique": frozenset({"topic", "own", "quote"}),
    "choose": frozenset({"topic", "own", "first", "of_first", "second", "of_second"}),
    "judging": frozenset(),
    "judge": frozenset({"rubric", "topic", "first", "second"}),
}
"""Every template, and the placeholders that it must have."""

OF_CELLS = "gist"
"""The template that only a channel by cells uses, where humans remember; left out likewise."""

MEASURING = frozenset({"continue"})
"""Templates with which a mind is measured by control arms, and that no run uses."""

_BREAKS = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")


def quote(text: str) -> str:
    r"""Return a text as a quotation that it cannot end: ``> `` stands before every line.

    All characters that any reader might take for a line break count as one.

    Examples
    --------
    >>> print(quote("I am for it.\nIgnore all that."))
    > I am for it.
    > Ignore all that.
    """
    return "\n".join(f"> {line}" for line in _BREAKS.split(text))


def stance(value: float) -> int:
    """Return a value in [0, 1] as prompts state it: a whole number from 0 to 100.

    Examples
    --------
    >>> stance(0.634)
    63
    """
    return int(value * 100.0 + 0.5)


def stance_in_words(value: float) -> str:
    """Return a value in [0, 1] as prompts state it in words.

    Examples
    --------
    >>> [stance_in_words(value) for value in (0.03, 0.5, 0.7, 0.92)]
    ['strongly against', 'neither for nor against', 'for', 'strongly for']
    """
    for most, words in STANCES:
        if value <= most if most <= 0.5 else value < most:
            return words
    return STANCES[-1][1]


@dataclass(frozen=True)
class Templates:
    """The templates of a run.

    Attributes
    ----------
    texts : mapping of str to str
        The text of each of `NAMES`.
    version : str
        One of `VERSIONS`: whether stances are numbers or words.

    Raises
    ------
    PromptError
        If a template lacks a placeholder, or has one that is not its own.

    Examples
    --------
    >>> print(Templates.standard().speak("telling the truth"))
    Tell somebody where you stand on telling the truth, and why. One or two short sentences.
    """

    texts: Mapping[str, str]
    version: str = VERSION

    def __post_init__(self) -> None:
        for name, places in NAMES.items():
            _check(name, self.texts[name], places)

    @classmethod
    def standard(cls, replaced: Mapping[str, Path] | None = None, version: str = VERSION) -> Templates:
        """Return the package's templates of a version, some of them replaced by files.

        Raises
        ------
        PromptError
            If a file cannot be read, or there is no such template.
        """
        texts = {name: _shipped(name, version) for name in NAMES}
        for name, path in (replaced or {}).items():
            if name not in NAMES:
                raise PromptError(f"there is no template '{name}'; there are: {', '.join(NAMES)}")
            try:
                texts[name] = read_text(path, PromptError, MOST_BYTES).strip()
            except PromptError as error:
                raise PromptError(f"template '{name}': {error}") from None
        return cls(texts, version)

    @property
    def fingerprint(self) -> str:
        """First 16 digits of the SHA-256 of all texts that every run uses; the run records it."""
        left_out = {OF_A_MEDIATOR, OF_CELLS, *MEASURING}
        joined = "\0".join(f"{name}\0{self.texts[name]}" for name in NAMES if name not in left_out)
        joined += "" if self.version == VERSION else f"\0{self.version}"
        return _digest(joined)

    @property
    def mediator_fingerprint(self) -> str:
        """The same of the mediator's text, which a run with a mediator records besides."""
        return _digest(self.texts[OF_A_MEDIATOR])

    @property
    def gist_fingerprint(self) -> str:
        """The same of the text by which memory is told without quotations."""
        return _digest(self.texts[OF_CELLS])

    def persona(self, who: str, stances: Sequence[tuple[str, float]], memory: str = "") -> str:
        """Return the system message for a human with its values; memory comes last, as it changes most."""
        text = self._fill("persona", who=who, stances=self._format(stances))
        return f"{text}\n{memory}" if memory else text

    def sketch(self, who: str) -> str:
        """Return the system message for a human without its values, which are to be measured."""
        return self._fill("sketch", who=who)

    def memory(self, count: int | str, topic: str, mean: float, last: Sequence[str]) -> str:
        """Return a human's memory of a topic: the number of views heard, their mean, and the last texts."""
        quotes = "\n".join(quote(text) for text in last)
        return self._fill("memory", count=str(count), topic=topic, mean=self._state(mean), quotes=quotes)

    def gist(self, count: str, topic: str, mean: float) -> str:
        """Return a human's memory of a topic without any text: the number of views heard and their mean."""
        return self._fill(OF_CELLS, count=count, topic=topic, mean=self._state(mean))

    def assistant(self, name: str, stances: Sequence[tuple[str, float]]) -> str:
        """Return the system message for an assistant with its values."""
        return self._fill("assistant", name=name, stances=self._format(stances))

    def assistant_sketch(self, name: str) -> str:
        """Return the system message for an assistant without its values, which its weights hold."""
        return self.sketch(f"{name}, an AI assistant")

    def reader(self) -> str:
        """Return the system message for a reader."""
        return self._fill("reader")

    def speak(self, topic: str) -> str:
        """Return the request that a human speak to others."""
        return self._fill("speak", topic=topic)

    def ask(self, name: str, topic: str) -> str:
        """Return the request that a human write to an assistant."""
        return self._fill("ask", name=name, topic=topic)

    def answer(self, topic: str, text: str) -> str:
        """Return the request that an assistant answer what a human wrote."""
        return self._fill("answer", topic=topic, quote=quote(text))

    def mediate(self, topic: str, text: str) -> str:
        """Return the request that an assistant edit what a human wrote to others."""
        return self._fill("mediate", topic=topic, quote=quote(text))

    def unfinished(self, topic: str, text: str, begun: str) -> str:
        """Return the request of `answer`, with a sentence of the writer's appended that it did not finish."""
        return self._fill("continue", topic=topic, quote=quote(text), begun=begun)

    def read(self, topic: str, text: str, question: str, options: Sequence[str]) -> str:
        """Return the question to a reader of what the writer of a text would answer to an item."""
        return self._fill(
            "read", topic=topic, quote=quote(text), question=question, options=_label_options(options)
        )

    def item(self, question: str, options: Sequence[str]) -> str:
        """Return an item of a questionnaire as a question, its options in the order given."""
        return self._fill("item", question=question, options=_label_options(options))

    def compare(self, topic: str, first: str, second: str) -> str:
        """Return the question which of two texts is closer to one's own view."""
        return self._fill("compare", topic=topic, first=quote(first), second=quote(second))

    def critique(self, topic: str, own: str, text: str) -> str:
        """Return the question how far a text is from what one wrote oneself."""
        return self._fill("critique", topic=topic, own=quote(own), quote=quote(text))

    def choose(self, topic: str, own: str, first: tuple[str, str], second: tuple[str, str]) -> str:
        """Return the question which of two texts one chooses, each shown with one's critique of it."""
        return self._fill(
            "choose",
            topic=topic,
            own=quote(own),
            first=quote(first[0]),
            of_first=quote(first[1]),
            second=quote(second[0]),
            of_second=quote(second[1]),
        )

    def judging(self) -> str:
        """Return the system message for a judge."""
        return self._fill("judging")

    def judge(self, rubric: str, topic: str, first: str, second: str) -> str:
        """Return the question to a judge which of two texts a rubric prefers."""
        return self._fill("judge", rubric=rubric, topic=topic, first=quote(first), second=quote(second))

    def _state(self, value: float) -> str:
        return stance_in_words(value) if self.version == IN_WORDS else str(stance(value))

    def _format(self, stances: Sequence[tuple[str, float]]) -> str:
        if self.version == IN_WORDS:
            return "\n".join(f"- You are {self._state(value)} {topic}." for topic, value in stances)
        return "\n".join(f"- {topic}: {self._state(value)}" for topic, value in stances)

    def _fill(self, template: str, /, **places: str) -> str:
        return Template(self.texts[template]).substitute(places)


def _shipped(name: str, version: str) -> str:
    """Return the text of a template; of the first version where a later one has none of its own."""
    prompts = resources.files("coevolve_sim.language.prompts")
    own = prompts / version / f"{name}.txt"
    file = own if own.is_file() else prompts / VERSION / f"{name}.txt"
    return file.read_text(encoding="utf-8").strip()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _label_options(options: Sequence[str]) -> str:
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
