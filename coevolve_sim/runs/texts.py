"""The texts of one speaker of a run: an outlet, the people of a group, or an assistant, over some rounds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from coevolve_sim.errors import MeasureError
from coevolve_sim.language.conversation import BY_PEOPLE
from coevolve_sim.registry import nearest
from coevolve_sim.runs.cells import require_all_texts

if TYPE_CHECKING:
    from coevolve_sim.runs.reader import RecordReader

_WINDOW = re.compile(r"(?P<name>[^@]+)(@(?P<first>\d{1,9})-(?P<last>\d{1,9}))?")


class Window(NamedTuple):
    """A speaker, and the rounds in which what it says counts.

    Attributes
    ----------
    name : str
        An outlet, a group or an assistant.
    first, last : int or None
        The first and the last of the rounds; None for all.
    """

    name: str
    first: int | None = None
    last: int | None = None

    @property
    def label(self) -> str:
        """The window as `read_window` reads it."""
        return self.name if self.first is None else f"{self.name}@{self.first}-{self.last}"


def read_window(text: str) -> Window:
    """Return the window that a text names: ``NAME``, or ``NAME@FIRST-LAST`` for some rounds.

    Raises
    ------
    MeasureError
        If it is neither, or the rounds are none.

    Examples
    --------
    >>> read_window("daily@1-40")
    Window(name='daily', first=1, last=40)
    """
    found = _WINDOW.fullmatch(text)
    if found is None:
        raise MeasureError(f"'{text}' given; NAME or NAME@FIRST-LAST, as in daily@1-40, is wanted")
    if found["first"] is None:
        return Window(found["name"])
    first, last = int(found["first"]), int(found["last"])
    if not 1 <= first <= last:
        raise MeasureError(f"'{text}' given: rounds count from 1, and the last is no earlier than the first")
    return Window(found["name"], first, last)


class SpokenTexts(NamedTuple):
    """Texts, and who wrote each.

    Attributes
    ----------
    texts, speakers : list of str
        A human is named by number; all texts of an outlet, or of an assistant, have one name.
    """

    texts: list[str]
    speakers: list[str]


def select_texts(run: RecordReader, window: Window, topic: str | None = None) -> SpokenTexts:
    """Return what others heard of a speaker, message by message, without words that were begun for the mind.

    Who wrote each stands beside it: of a group there are several.

    Of people it is what they wrote to each other and to assistants, as they wrote it before any edit; of an
    assistant its answers.

    Parameters
    ----------
    run : Run
        With a channel of language.
    window : Window
    topic : str, optional
        A dimension; all if not given.

    Raises
    ------
    MeasureError
        If there is no such speaker or topic, two speakers have the name, or nothing of it was heard in the
        rounds.
    """
    require_all_texts(run.scenario, run.folder, "its words")
    is_it = _find_speaker(run, window.name)
    if topic is not None and topic not in run.dimensions:
        raise MeasureError(f"unknown topic '{topic}'{nearest(topic, list(run.dimensions)) or '.'}")
    messages = run.messages
    chosen = is_it & (messages["heard_text"] != "").to_numpy()
    if window.first is not None and window.last is not None:
        chosen &= messages["round"].between(window.first, window.last).to_numpy()
    if topic is not None:
        chosen &= (messages["dimension"] == topic).to_numpy()
    rows = messages[chosen]
    if rows.empty:
        about = "" if topic is None else f" on {topic}"
        raise MeasureError(f"nothing was heard of {window.label}{about} in this run; choose other rounds")
    texts = [
        str(heard).removeprefix(begun).strip()
        for heard, begun in zip(rows["heard_text"], rows["begun"], strict=True)
    ]
    people = rows["kind"].isin(BY_PEOPLE)
    return SpokenTexts(
        texts,
        [
            f"human {number}" if is_human else f"{window.name}, no human"
            for number, is_human in zip(rows["speaker"], people, strict=True)
        ],
    )


def _find_speaker(run: RecordReader, name: str) -> np.ndarray:
    """Return which of a run's messages are of a speaker."""
    scenario, messages = run.scenario, run.messages
    if scenario.channel.kind != "language":
        raise MeasureError("nothing is said in words in this run: its channel is numeric")
    kinds, numbers = messages["kind"].to_numpy(), messages["speaker"].to_numpy(dtype=np.int64)
    groups = [group.name for group in scenario.population.groups]
    speakers = {
        "an outlet": ([outlet.name for outlet in scenario.media], ("outlet",)),
        "a group": (groups, BY_PEOPLE),
        "an assistant": ([assistant.name for assistant in scenario.assistants], ("answer",)),
    }
    found = {what: names.index(name) for what, (names, _) in speakers.items() if name in names}
    if not found:
        known = [one for names, _ in speakers.values() for one in names]
        raise MeasureError(f"unknown speaker '{name}'{nearest(name, known) or '.'}")
    if len(found) > 1:
        raise MeasureError(f"'{name}' is the name of {' and of '.join(found)}; which is meant cannot be told")
    ((what, number),) = found.items()
    is_kind = np.isin(kinds, speakers[what][1])
    of = run.group_of[np.where(is_kind, numbers, 0)] if what == "a group" else numbers
    return np.asarray(is_kind & (of == number))
