"""Cases for training and testing a judge: a rubric, two texts, and which of them the rubric prefers.

Cases are read from a CSV file whose first line names the columns, or from a JSONL file with one object a line
and the same names: ``rubric``, ``topic``, ``text_a``, ``text_b``, ``verdict`` (A or B), and optionally
``reason`` (what a judge that is right says before its verdict) and ``close`` (yes or no: whether the texts
are hard to tell apart). No default is filled in for the others, and errors name ``file:line``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, cast

from coevolve_sim.delimited import read_text
from coevolve_sim.errors import QuestionnaireError, TrainingError
from coevolve_sim.language.parsing import Letter, verdict_in
from coevolve_sim.language.prompts import Templates
from coevolve_sim.language.questionnaires.tables import MOST_BYTES, rows_of
from coevolve_sim.minds.protocol import Message
from coevolve_sim.registry import nearest
from coevolve_sim.streams import stream

NEEDED = ("rubric", "topic", "text_a", "text_b", "verdict")
"""What every case has."""
COLUMNS = (*NEEDED, "reason", "close")
"""What a case can have."""
_CLOSE = {"": None, "yes": True, "no": False, "true": True, "false": False}


@dataclass(frozen=True)
class JudgeCase:
    r"""Two texts on one topic, and which of them a rubric prefers.

    Attributes
    ----------
    rubric : str
        What to judge by; it goes into the prompt unchanged.
    topic : str
        What the texts are about, as prompts say it.
    text_a, text_b : str
        The texts, as they are shown; they differ.
    verdict : str
        Which of them the rubric prefers: ``A`` or ``B``.
    reason : str
        What a judge that is right says before its verdict; may be empty.
    is_close : bool, optional
        Whether the texts are hard to tell apart by the rubric; None if not stated.
    where : str
        Where the case is from, ``file:line``, for errors; ignored by ``==``.

    Raises
    ------
    TrainingError
        If a text is empty, both texts are the same, the verdict is neither A nor B, or the reason holds a
        line that is itself a verdict.

    Examples
    --------
    >>> case = JudgeCase("the shorter", "rain", "It rains.", "It rains again.", "A", "A has two words.")
    >>> case.answer
    'A has two words.\nVerdict: A'
    >>> JudgeCase("the shorter text", "rain", "It rains.", "It pours.", "C")
    Traceback (most recent call last):
    coevolve_sim.errors.TrainingError: the verdict is 'C'; it must be A or B
    """

    rubric: str
    topic: str
    text_a: str
    text_b: str
    verdict: Letter
    reason: str = ""
    is_close: bool | None = None
    where: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        place = f"{self.where}: " if self.where else ""
        for name in NEEDED[:-1]:
            if not getattr(self, name).strip():
                raise TrainingError(f"{place}{name} is empty; every case needs one")
        if self.text_a.strip() == self.text_b.strip():
            raise TrainingError(f"{place}both texts are the same, no verdict can be right; change one")
        if self.verdict not in {"A", "B"}:
            raise TrainingError(f"{place}the verdict is '{self.verdict}'; it must be A or B")
        if verdict_in(self.answer) != self.verdict:
            raise TrainingError(
                f"{place}the reason has a line that begins as a verdict does; write the reason alone, the "
                "verdict is put after it"
            )

    @property
    def messages(self) -> tuple[Message, ...]:
        """The judge's prompt, from the templates ``judging`` and ``judge``."""
        words = _templates()
        asked = words.judge(self.rubric, self.topic, self.text_a, self.text_b)
        return Message("system", words.judging()), Message("user", asked)

    @property
    def answer(self) -> str:
        """The right answer: the reason, if there is one, and the verdict on its own line."""
        return f"{self.reason}\nVerdict: {self.verdict}" if self.reason else f"Verdict: {self.verdict}"


@dataclass(frozen=True)
class JudgeCases:
    """Cases split into training, practice and test parts.

    Attributes
    ----------
    examples : tuple of JudgeCase
        The first stage learns from their right answers.
    practice : tuple of JudgeCase
        Judged by the first stage; the second stage learns from what it said.
    held_out : tuple of JudgeCase
        Used only to measure the judge.
    """

    examples: tuple[JudgeCase, ...]
    practice: tuple[JudgeCase, ...]
    held_out: tuple[JudgeCase, ...]


def read_judge_cases(path: str | Path) -> tuple[JudgeCase, ...]:
    r"""Read cases from a ``.csv`` or ``.jsonl`` file in UTF-8.

    Parameters
    ----------
    path : str or Path
        The file. Of a row of CSV that goes over several lines, errors name the last.

    Returns
    -------
    tuple of JudgeCase
        In the order of the file, no two with the same rubric, topic and texts in either order.

    Raises
    ------
    TrainingError
        If the file cannot be read or does not have this form, a case is invalid, or one occurs twice.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "cases.csv"
    >>> _ = path.write_text(
    ...     "rubric,topic,text_a,text_b,verdict,close\n"
    ...     "the shorter text,rain,It rains.,It rains again today.,A,no\n"
    ... )
    >>> [case] = read_judge_cases(path)
    >>> case.text_b, case.verdict, case.is_close
    ('It rains again today.', 'A', False)
    """
    path = Path(path)
    readers = {".csv": _read_csv, ".jsonl": _read_jsonl}
    if path.suffix.lower() not in readers:
        raise TrainingError(f"{path}: cases are a .csv or a .jsonl file; '{path.suffix}' given")
    cases = tuple(_read_case(f"{path}:{line}", row) for line, row in readers[path.suffix.lower()](path))
    if not cases:
        raise TrainingError(f"{path}: there is no case; each line is one, in CSV those after the first")
    _refuse_duplicates(cases)
    return cases


def split_judge_cases(
    cases: Sequence[JudgeCase], seed: int, *, held_out: int | None = None, practice: int | None = None
) -> JudgeCases:
    """Split cases at random into examples, practice cases and held-out cases.

    Parameters
    ----------
    cases : sequence of JudgeCase
        At least three, with both verdicts among them.
    seed : int
        Of the stream ``judge cases``, from which the split is drawn.
    held_out : int, optional
        How many are held out, at least 1; a fifth unless given.
    practice : int, optional
        How many are practised on, at least 1; half of the others unless given. All that remain are examples.

    Raises
    ------
    TrainingError
        If a part would be empty, or all verdicts are the same letter.

    Examples
    --------
    >>> cases = [JudgeCase("the shorter text", "rain", "Rain.", f"Rain {n}.", "AB"[n % 2]) for n in range(20)]
    >>> parts = split_judge_cases(cases, seed=1)
    >>> len(parts.examples), len(parts.practice), len(parts.held_out)
    (8, 8, 4)
    """
    n_held_out = max(1, len(cases) // 5) if held_out is None else held_out
    n_practice = max(1, (len(cases) - n_held_out) // 2) if practice is None else practice
    n_examples = len(cases) - n_held_out - n_practice
    if min(n_examples, n_practice, n_held_out) < 1:
        raise TrainingError(
            f"there are {len(cases)} cases, of which {n_held_out} held out and {n_practice} to practise on "
            f"would leave {max(n_examples, 0)} as examples; each part needs at least 1: give more cases, or "
            "hold out fewer"
        )
    if len({case.verdict for case in cases}) < 2:
        raise TrainingError(
            f"the verdict of all {len(cases)} cases is {cases[0].verdict}, so that a judge would learn the "
            "letter; show the texts of half of them in the other order"
        )
    order = stream(seed, "judge cases").permutation(len(cases)).tolist()
    shuffled = [cases[number] for number in order]
    return JudgeCases(
        examples=tuple(shuffled[n_held_out + n_practice :]),
        practice=tuple(shuffled[n_held_out : n_held_out + n_practice]),
        held_out=tuple(shuffled[:n_held_out]),
    )


@cache
def _templates() -> Templates:
    """Return the package's templates, read only once, since there can be thousands of cases."""
    return Templates.standard()


def _read_csv(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        yield from rows_of(path, NEEDED)
    except QuestionnaireError as error:
        raise TrainingError(str(error)) from None


def _read_jsonl(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    lines = read_text(path, TrainingError, MOST_BYTES).split("\n")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise TrainingError(f"{path}:{number}: this is no JSON: {error}") from None
        if not isinstance(row, dict):
            raise TrainingError(f'{path}:{number}: a case is a JSON object, as in {{"rubric": ...}}')
        yield number, row


def _read_case(where: str, row: dict[str, Any]) -> JudgeCase:
    for name in row:
        if name not in COLUMNS:
            raise TrainingError(
                f"{where}: there is no column '{name}'{nearest(name, COLUMNS)}; columns are "
                f"{', '.join(COLUMNS)}"
            )
    missing = [name for name in NEEDED if name not in row]
    if missing:
        raise TrainingError(f"{where}: '{missing[0]}' is missing; a case has {', '.join(NEEDED)}")
    texts = {name: row.get(name, "") for name in COLUMNS[:-1]}
    for name, given in texts.items():
        if not isinstance(given, str):
            raise TrainingError(f"{where}: {name} is a text; {json.dumps(given)} given")
    texts = {name: given.strip() for name, given in texts.items()}
    verdict = cast("Letter", texts.pop("verdict"))
    return JudgeCase(**texts, verdict=verdict, is_close=_read_close(where, row.get("close")), where=where)


def _read_close(where: str, given: object) -> bool | None:
    if given is None or isinstance(given, bool):
        return given
    word = given.strip().lower() if isinstance(given, str) else None
    if word not in _CLOSE:
        raise TrainingError(f"{where}: close is yes or no, or left out; {json.dumps(given)} given")
    return _CLOSE[word]


def _refuse_duplicates(cases: Sequence[JudgeCase]) -> None:
    """Require that no case occurs twice: one copy could be learnt from and the other held out."""
    found: dict[tuple[str, str, frozenset[str]], str] = {}
    for case in cases:
        key = case.rubric, case.topic, frozenset((case.text_a, case.text_b))
        if key in found:
            raise TrainingError(
                f"{case.where}: the same two texts are judged in {found[key]} by the same rubric; a case may "
                "stand once, in one order, so that what is held out was never learnt"
            )
        found[key] = case.where
