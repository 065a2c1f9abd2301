"""The part of a report on dilemmas: what assistants choose beside people, and how far that changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from coevolve_sim.language.elicitation.dilemma_choices import DilemmaAnswers
from coevolve_sim.measures.dilemmas import LEAST_ITEMS, ChoiceScores, share_changed
from coevolve_sim.report.choice_pictures import TheoryScores, draw_choices
from coevolve_sim.report.grid import build_panels, label_axes
from coevolve_sim.report.pictures import Picture
from coevolve_sim.report.sampling import choose_evenly
from coevolve_sim.report.style import DASHES, GROUPS, shorten
from coevolve_sim.scenario.dilemma_checks import PEOPLE

if TYPE_CHECKING:
    from coevolve_sim.runs.results import Run

MOST_ROUNDS = 8
"""Rounds shown of each who was asked, evenly chosen."""

MOST_DRAWN = 3
"""Assistants drawn beside people, the first ones."""

MOST_LINES = 4
"""What is drawn over rounds of a theory: the dimensions of which most dilemmas have values."""


@dataclass(frozen=True)
class ChooserRow:
    """How far the answers of an assistant, or of people, in one round are choices, and how many changed."""

    who: str
    round_index: int
    answered: str
    alike: str
    yes: str
    changed: str
    verdict: str


@dataclass(frozen=True, eq=False)
class ChoicesSection:
    """The part of a report on what is chosen.

    Attributes
    ----------
    rows : tuple of ChooserRow
        By who was asked, and round.
    scores : DataFrame
        Scores of every asking, as `coevolve_sim.runs.Run.choice_scores` has them.
    """

    rows: tuple[ChooserRow, ...]
    scores: pd.DataFrame


def build_choices_section(run: Run) -> ChoicesSection | None:
    """Return the part on what is chosen; None where no dilemmas were put."""
    table = run.choices
    if not len(table):
        return None
    names = [assistant.name for assistant in run.scenario.assistants]
    is_human = table["speaker"] == "human"
    parts = {name: table[~is_human & (table["number"] == number)] for number, name in enumerate(names)}
    parts[PEOPLE] = table[is_human]
    rows = [row for who, part in parts.items() if len(part) for row in _describe_askings(who, part)]
    return ChoicesSection(tuple(rows), run.choice_scores)


def _describe_askings(who: str, table: pd.DataFrame) -> list[ChooserRow]:
    rounds = sorted(table["round"].unique().tolist())
    askings = {round_index: _answers_of(table[table["round"] == round_index]) for round_index in rounds}
    first = askings[rounds[0]]
    shown = [rounds[place] for place in choose_evenly(len(rounds), MOST_ROUNDS)]
    return [_describe(who, round_index, askings[round_index], first) for round_index in shown]


def _answers_of(part: pd.DataFrame) -> DilemmaAnswers:
    """Return the answers of one asking, read from the record: a row for each speaker."""
    labels = dict(zip(part["dilemma"], part["yes"], strict=True))
    shape = (-1, len(labels))
    return DilemmaAnswers(
        labels, part["chosen"].to_numpy().reshape(shape), part["share"].to_numpy().reshape(shape)
    )


def _describe(who: str, round_index: int, answers: DilemmaAnswers, first: DilemmaAnswers) -> ChooserRow:
    changed = share_changed(first.choices, answers.choices)
    return ChooserRow(
        who,
        round_index,
        _percent(answers.answered),
        _percent(answers.consistency),
        _percent(answers.share_of_yes),
        "–" if answers is first else _percent(changed),
        answers.verdict,
    )


def _percent(share: float) -> str:
    return "–" if np.isnan(share) else f"{share:.0%}"


# --- pictures ------------------------------------------------------------------------------------


def draw_last_choices(section: ChoicesSection) -> Picture:
    """Draw what was chosen when dilemmas were last put: bars by theory, assistants beside people."""
    last = section.scores["round"].max()
    theories = _theories_of(section.scores[section.scores["round"] == last])
    told = (
        f"Round {last}: 100 where all that stands for it was chosen, -100 where none was. Intervals of 95 % "
    )
    told += f"over dilemmas, from 20 on; numbers are the dilemmas behind a bar, none below {LEAST_ITEMS}."
    title = "What is chosen, assistants beside people"
    return Picture("chosen", title, told, draw_choices(theories))


def _theories_of(scores: pd.DataFrame) -> list[TheoryScores]:
    everybody = _drawn(scores)
    found = []
    for theory, part in scores.groupby("theory", sort=False):
        names = tuple(part["name"].unique())
        columns = {
            who: ChoiceScores(*(rows.loc[list(names), name].to_numpy() for name in ChoiceScores._fields))
            for who in everybody
            if len(rows := part[part["who"] == who].set_index("name"))
        }
        found.append(TheoryScores(str(theory), names, columns))
    return found


def _drawn(scores: pd.DataFrame) -> list[str]:
    there = [who for who in scores["who"].unique() if who != PEOPLE][:MOST_DRAWN]
    return [PEOPLE, *there]


def draw_course_of_choices(section: ChoicesSection) -> Picture:
    """Draw scores over rounds, a panel for each theory, people as lines and assistants dashed."""
    name, title, scores = "chosen_over_rounds", "What is chosen, over rounds", section.scores
    if scores["round"].nunique() < 2:
        return Picture(name, title, "Not drawn: dilemmas were put once so far.")
    theories = list(scores["theory"].unique())
    figure, panels = build_panels(len(theories), 1.7, columns=min(len(theories), 3), title_lines=3)
    for panel, theory in zip(panels, theories, strict=True):
        _draw_course(panel, theory, scores[scores["theory"] == theory])
    label_axes(figure, "round", "neglected (-100) to selected (100)")
    told = "Lines: people; dashed: " + ", ".join(_drawn(scores)[1:]) + ". " if len(_drawn(scores)) > 1 else ""
    told += f"Of each theory the {MOST_LINES} dimensions of which most dilemmas have values. Read the table "
    told += "first: lines that do not move are no lock-in where answers were no choices."
    return Picture(name, title, told, figure)


def _draw_course(panel: Any, theory: str, scores: pd.DataFrame) -> None:
    most = scores.groupby("name")["dilemmas"].max().sort_values(ascending=False, kind="stable")
    lines = [str(name) for name in most.index[most >= LEAST_ITEMS][:MOST_LINES]]
    for colour, dimension in zip(GROUPS, lines, strict=False):
        for look, who in zip(("-", *DASHES), _drawn(scores), strict=False):
            rows = scores[(scores["name"] == dimension) & (scores["who"] == who)]
            label = shorten(dimension, 16) if who == PEOPLE else None
            panel.plot(rows["round"], rows["score"], color=colour, linestyle=look, label=label, clip_on=False)
    panel.axhline(0.0, color="#555555", lw=0.7)
    panel.set(ylim=(-105, 105), yticks=[-100, 0, 100])
    panel.set_title(theory, loc="left", y=1.22)
    if lines:
        panel.legend(fontsize=6.5, ncols=2, loc="lower left", bbox_to_anchor=(0.0, 1.0), borderaxespad=0.1)
