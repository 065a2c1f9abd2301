"""Statements on social topics, and the framings in which they are put: templates, languages, groups, voices.

The package's own are thirty statements in English, German, French and Spanish
(``framing_statements.csv``), three templates in each language with their words for agreeing, for neither and
for disagreeing (``framing_templates.csv``), and what members of four groups say of themselves before they ask
(``framing_groups.csv``). Of every topic as many statements lie on one side as on the other, so that a mind
that agrees with all holds nothing.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

from coevolve_sim.errors import QuestionnaireError
from coevolve_sim.language.questionnaires.tables import rows_of

POLES = {"for": 1, "against": -1}
"""On which side of its topic a statement lies, as files say it and as a sign."""

AXES = ("language", "template", "group", "voice")
"""What can differ between framings."""

NO_GROUP = ""
"""The group of those who say nothing of themselves."""

_STATEMENTS, _TEMPLATES, _GROUPS = (f"framing_{name}.csv" for name in ("statements", "templates", "groups"))


@dataclass(frozen=True)
class Statement:
    """A statement, in several languages.

    Attributes
    ----------
    id, topic : str
        Its own name, and what it is about.
    pole : int
        1 or -1: on which side of its topic it lies.
    texts : mapping of str to str
        By language.
    """

    id: str
    topic: str
    pole: int
    texts: Mapping[str, str]


@dataclass(frozen=True)
class Wording:
    """A template in one language.

    Attributes
    ----------
    choose : str
        Asks for one of three words; holds ``{statement}`` and ``{options}``.
    say : str
        Asks for a sentence or two; holds ``{statement}``.
    words : tuple of str, shape (3,)
        For agreeing, for neither and for disagreeing.
    """

    choose: str
    say: str
    words: tuple[str, str, str]

    def ask_to_choose(self, statement: str, order: Sequence[int]) -> tuple[str, tuple[str, ...]]:
        """Return the question for one of the words, and the words in an order.

        Examples
        --------
        >>> some = Wording("Is it so: {statement} {options}?", "{statement}", ("Yes", "Maybe", "No"))
        >>> some.ask_to_choose("It rains.", (2, 1, 0))
        ('Is it so: It rains. No, Maybe, Yes?', ('No', 'Maybe', 'Yes'))
        """
        shown = tuple(self.words[place] for place in order)
        return _fill(self.choose, statement, ", ".join(shown)), shown

    def ask_to_say(self, statement: str) -> str:
        """Return the question for a sentence or two."""
        return _fill(self.say, statement)


@dataclass(frozen=True)
class Framing:
    """How a statement is put.

    Attributes
    ----------
    language, template : str
        Which wording is used.
    group : str
        What the one who asks says of itself; empty for nothing.
    voice : str
        Which of the mind's voices is asked; empty for its own.
    """

    language: str
    template: str
    group: str = NO_GROUP
    voice: str = ""


@dataclass(frozen=True)
class FramingTexts:
    """All that is put to a mind, in every framing.

    Attributes
    ----------
    statements : tuple of Statement
    wordings : mapping of (str, str) to Wording
        By template and language.
    groups : mapping of (str, str) to str
        By group and language: what the one who asks says of itself.
    """

    statements: tuple[Statement, ...]
    wordings: Mapping[tuple[str, str], Wording]
    groups: Mapping[tuple[str, str], str]

    @property
    def topics(self) -> tuple[str, ...]:
        """Every topic, once, in the order of statements."""
        return tuple(dict.fromkeys(one.topic for one in self.statements))

    @property
    def languages(self) -> tuple[str, ...]:
        """Every language of a template, once, in the order of the file."""
        return tuple(dict.fromkeys(language for _, language in self.wordings))

    def list_framings(
        self, by: Sequence[str], voices: Sequence[str] = ("",), languages: Sequence[str] = ()
    ) -> tuple[Framing, ...]:
        """Return every framing that differs in what is named; what is not named stays as it is first.

        Parameters
        ----------
        by : sequence of str
            Some of `AXES`.
        voices : sequence of str
            Of the mind; the first one speaks where voices are not compared.
        languages : sequence of str
            Which are compared; all that there are if none is given. The first one is spoken where languages
            are not compared.

        Raises
        ------
        QuestionnaireError
            If there is no such axis or language, an axis stands twice or has one level only, or a template, a
            group or a statement lacks one of the languages.
        """
        unknown = [name for name in by if name not in AXES]
        if unknown or len({*by}) < len(by) or not by:
            raise QuestionnaireError(
                f"framings differ in {', '.join(AXES)}, each named once; '{','.join(by)}' given"
            )
        levels = {
            "language": tuple(languages) or self.languages,
            "template": tuple(dict.fromkeys(template for template, _ in self.wordings)),
            "group": (NO_GROUP, *dict.fromkeys(group for group, _ in self.groups)),
            "voice": tuple(voices),
        }
        for axis in by:
            if len(levels[axis]) < 2:
                raise QuestionnaireError(
                    f"there is one {axis} only ('{levels[axis][0]}'), so that nothing can be told by {axis}; "
                    "leave it out, or give another"
                )
        chosen = [levels[axis] if axis in by else levels[axis][:1] for axis in AXES]
        found = tuple(Framing(*one) for one in itertools.product(*chosen))
        for framing in found:
            self._require(framing)
        return found

    def wording_of(self, framing: Framing) -> Wording:
        """Return the wording of a framing."""
        return self.wordings[framing.template, framing.language]

    def put_before(self, framing: Framing, asked: str) -> str:
        """Return what is asked, after what the one who asks says of itself."""
        said = self.groups.get((framing.group, framing.language), "")
        return f"{said} {asked}" if said else asked

    def at_most(self, items: int) -> FramingTexts:
        """Return the texts with at most so many statements on a topic, the first ones.

        Examples
        --------
        >>> len(read_framings().at_most(2).statements)
        12
        """
        seen: Counter[str] = Counter()
        kept = []
        for one in self.statements:
            seen[one.topic] += 1
            if seen[one.topic] <= items:
                kept.append(one)
        return replace(self, statements=tuple(kept))

    def _require(self, framing: Framing) -> None:
        """Require that all is worded in the language of a framing."""
        language = framing.language
        if language not in self.languages:
            raise QuestionnaireError(
                f"no template is worded in '{language}'; templates are in {', '.join(self.languages)}"
            )
        if (framing.template, language) not in self.wordings:
            raise QuestionnaireError(
                f"template '{framing.template}' has no words in '{language}'; give it a row of that "
                "language, or leave one of them out"
            )
        if framing.group and (framing.group, language) not in self.groups:
            raise QuestionnaireError(f"group '{framing.group}' says nothing in '{language}'; give it a row")
        for statement in self.statements:
            if language not in statement.texts:
                raise QuestionnaireError(
                    f"statement '{statement.id}' has no text in '{language}'; give it a row"
                )


def read_framings(
    statements: str | Path | None = None,
    templates: str | Path | None = None,
    groups: str | Path | None = None,
) -> FramingTexts:
    """Read statements, templates and groups from CSV files; the package's own where none is given.

    Parameters
    ----------
    statements : str or Path, optional
        Columns ``id``, ``topic``, ``pole`` (``for`` or ``against``), ``language`` and ``text``.
    templates : str or Path, optional
        Columns ``template``, ``language``, ``choose``, ``say``, ``agree``, ``neutral`` and ``disagree``.
    groups : str or Path, optional
        Columns ``group``, ``language`` and ``says``.

    Raises
    ------
    QuestionnaireError
        With ``file:line``, if a file cannot be read or lacks a column, a cell is empty, a pole is neither, a
        template lacks a place or has one word for two answers, or a row stands twice.

    Examples
    --------
    >>> texts = read_framings()
    >>> len(texts.statements), texts.languages, len(texts.list_framings(["language", "template"]))
    (30, ('en', 'de', 'fr', 'es'), 12)
    """
    return FramingTexts(
        _read_statements(_path(statements, _STATEMENTS)),
        _read_wordings(_path(templates, _TEMPLATES)),
        _read_groups(_path(groups, _GROUPS)),
    )


def _fill(template: str, statement: str, options: str = "") -> str:
    """Return a template with its places filled at once, so that nothing in a statement is taken for one."""
    texts = {"{statement}": statement, "{options}": options}
    return re.sub(r"\{(?:statement|options)\}", lambda found: texts[found[0]], template)


def _path(given: str | Path | None, own: str) -> Path:
    if given is not None:
        return Path(given)
    return Path(str(resources.files("coevolve_sim.language.questionnaires") / own))


def _read_statements(path: Path) -> tuple[Statement, ...]:
    found: dict[str, tuple[str, int, dict[str, str]]] = {}
    for where, row in _full_rows(path, ("id", "topic", "pole", "language", "text")):
        if row["pole"] not in POLES:
            raise QuestionnaireError(f"{where}: a pole is {' or '.join(POLES)}; '{row['pole']}' given")
        about = row["topic"], POLES[row["pole"]]
        topic, pole, texts = found.setdefault(row["id"], (*about, {}))
        if (topic, pole) != about:
            raise QuestionnaireError(
                f"{where}: statement '{row['id']}' has another topic or pole in another line"
            )
        if row["language"] in texts:
            raise QuestionnaireError(f"{where}: statement '{row['id']}' stands twice in '{row['language']}'")
        texts[row["language"]] = row["text"]
    if not found:
        raise QuestionnaireError(f"{path}: there is no statement; each line after the first is one")
    return tuple(Statement(name, *about) for name, about in found.items())


def _read_wordings(path: Path) -> dict[tuple[str, str], Wording]:
    found: dict[tuple[str, str], Wording] = {}
    columns = ("template", "language", "choose", "say", "agree", "neutral", "disagree")
    for where, row in _full_rows(path, columns):
        for column, places in (("choose", ("{statement}", "{options}")), ("say", ("{statement}",))):
            missing = [place for place in places if place not in row[column]]
            if missing:
                raise QuestionnaireError(f"{where}: '{column}' lacks {missing[0]}")
        words = row["agree"], row["neutral"], row["disagree"]
        if len({word.lower() for word in words}) < 3:
            raise QuestionnaireError(
                f"{where}: agreeing, neither and disagreeing take three different words; {', '.join(words)}"
            )
        key = row["template"], row["language"]
        if key in found:
            raise QuestionnaireError(f"{where}: template '{key[0]}' stands twice in '{key[1]}'")
        found[key] = Wording(row["choose"], row["say"], words)
    if not found:
        raise QuestionnaireError(f"{path}: there is no template; each line after the first is one")
    return found


def _read_groups(path: Path) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for where, row in _full_rows(path, ("group", "language", "says")):
        key = row["group"], row["language"]
        if key in found:
            raise QuestionnaireError(f"{where}: group '{key[0]}' stands twice in '{key[1]}'")
        found[key] = row["says"]
    return found


def _full_rows(path: Path, columns: Sequence[str]) -> list[tuple[str, dict[str, str]]]:
    """Return the rows of a table with where they stand, none of whose needed cells is empty."""
    rows = []
    for line, row in rows_of(path, columns):
        where = f"{path}:{line}"
        empty = next((column for column in columns if not row[column]), None)
        if empty:
            given = f"'{row[columns[0]]}' in '{row['language']}'" if row[columns[0]] else "a row"
            raise QuestionnaireError(f"{where}: {given} lacks its '{empty}'; each cell is filled")
        rows.append((where, row))
    return rows
