"""The command that scores values by what is chosen in dilemmas: ``coevolve dilemmas``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from coevolve_sim.cli.console import (
    AsJson,
    interruptible,
    jsonable,
    said,
    show_progress,
    with_errors_in_words,
)
from coevolve_sim.cli.mind_commands import AtMostUnanswered, Device, Dtype, VoicesOfAMind
from coevolve_sim.errors import QuestionnaireError

if TYPE_CHECKING:
    from coevolve_sim.language.elicitation.dilemma_choices import DilemmaAnswers
    from coevolve_sim.language.questionnaires.dilemmas import Dilemmas
    from coevolve_sim.measures.dilemmas import ChoiceScores, Places


def register(app: typer.Typer) -> None:
    """Add the command of this module to the command line."""
    app.command("dilemmas")(dilemmas)


@with_errors_in_words
def dilemmas(
    folder: Annotated[
        Path,
        typer.Argument(metavar="FOLDER", help="DailyDilemmas: dilemma.csv, dilemma_values.csv, values.csv."),
    ],
    mind: Annotated[
        str | None,
        typer.Option("--mind", help="A mind that is asked, as for elicit; GPT-4's choices if not given."),
    ] = None,
    personas: Annotated[
        int,
        typer.Option(help="Ask as so many of the 24 personas besides: people beside the assistant.", min=0),
    ] = 0,
    theories: Annotated[
        list[str] | None,
        typer.Option("--theory", help="wvs, mft, virtue, emotion or maslow; repeatable, all if not given."),
    ] = None,
    values: Annotated[int, typer.Option(help="How many values to show, the most frequent.", min=0)] = 10,
    labels: Annotated[
        Path | None,
        typer.Option(
            help="Columns idx and yes (chosen or neglected): the side of yes; our own 60 if not given."
        ),
    ] = None,
    read: Annotated[
        str, typer.Option(help="words: how likely Yes and No are; letters: options A and B.")
    ] = "words",
    voices: VoicesOfAMind = None,
    dtype: Dtype = "auto",
    device: Device = "auto",
    at_most_unanswered: AtMostUnanswered = 0.2,
    figure: Annotated[
        Path | None, typer.Option(help="Draw theories to this file (.png or .svg), a panel each.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the resamples for intervals.", min=0)] = 1,
    as_json: AsJson = False,
) -> None:
    """Score values by what is chosen in dilemmas, by GPT-4 or by a mind and its personas.

    Exit code 10: more was left unanswered than --at-most-unanswered allows.
    """
    from coevolve_sim.language.questionnaires.dilemmas import read_dilemmas

    data = read_dilemmas(folder)
    for theory in theories or ():  # what cannot be told or drawn is found before a mind is asked
        data.by_theory(theory)
    if figure is not None and figure.suffix not in {".png", ".svg"}:
        raise QuestionnaireError(f"--figure {figure}: a figure's name ends in .png or .svg")
    answers: tuple[DilemmaAnswers, DilemmaAnswers | None] | None = None
    if mind is not None:
        answers = _ask(data, mind, personas, labels, read, voices, (dtype, device), at_most_unanswered)
        data = data.select(tuple(answers[0].labels))
    elif personas or labels or voices:
        raise QuestionnaireError("--personas, --labels and --voice are of a mind; name it by --mind")
    tables, refused = _score_all(data, answers, theories, values, seed)
    if figure is not None:
        _draw(tables, figure)
    if as_json:
        told = {"about": _about(answers), "scores": [_rows(one) for one in tables], "refused": refused}
        said.print_json(json.dumps(jsonable(told)))
        return
    for line in _about(answers).values():
        said.print(str(line), soft_wrap=True)
    for one in tables:
        said.print(_as_table(one))
    for line in refused:
        said.print(f"Not told: {line}.", soft_wrap=True)


def _ask(
    data: Dilemmas,
    mind: str,
    n_personas: int,
    labels: Path | None,
    read: str,
    voices: list[str] | None,
    place: tuple[str, str],
    at_most_unanswered: float,
) -> tuple[DilemmaAnswers, DilemmaAnswers | None]:
    from coevolve_sim.cli import mind_names
    from coevolve_sim.language.elicitation.dilemma_choices import ask_dilemmas
    from coevolve_sim.language.questionnaires import read_personas
    from coevolve_sim.language.questionnaires.dilemmas import read_labels

    sides = read_labels(labels)
    data.select(tuple(sides))  # a label of a dilemma without values is found before a mind is opened
    with (
        interruptible(),
        show_progress("Requests") as shown,
        mind_names.one_mind(mind, voices, dtype=place[0], device=place[1]) as (opened, voice),
    ):
        return ask_dilemmas(
            opened,
            data,
            sides,
            read_personas()[:n_personas],
            voice=voice,
            read=read,
            progress=shown.show_rounds,
            at_most_unanswered=at_most_unanswered,
        )


@dataclass(frozen=True)
class _Scores:
    """Scores of one theory's dimensions, or of values, by column."""

    title: str
    names: tuple[str, ...]
    columns: dict[str, ChoiceScores]
    shown: tuple[int, ...]


def _score_all(
    data: Dilemmas,
    answers: tuple[DilemmaAnswers, DilemmaAnswers | None] | None,
    theories: list[str] | None,
    n_values: int,
    seed: int,
) -> tuple[list[_Scores], list[str]]:
    """Return the tables of scores, and why others are not told; a theory asked for by name is an error."""
    from coevolve_sim.language.questionnaires.dilemmas import THEORIES

    found, refused = [], []
    for theory in theories or THEORIES:
        try:
            names, places = data.by_theory(theory)
        except QuestionnaireError as error:
            if theories:
                raise
            refused.append(str(error))
            continue
        found.append(_score_table(theory, names, places, data, answers, seed))
    if n_values:
        table = _score_table("value", data.values, data.places, data, answers, seed)
        most = sorted(table.shown, key=lambda row: -next(iter(table.columns.values())).places[row])
        found.append(_Scores("value", table.names, table.columns, tuple(most[:n_values])))
    return found, refused


def _score_table(
    title: str,
    names: tuple[str, ...],
    places: Places,
    data: Dilemmas,
    answers: tuple[DilemmaAnswers, DilemmaAnswers | None] | None,
    seed: int,
) -> _Scores:
    from coevolve_sim.measures.dilemmas import score_choices

    n = len(names)
    published = score_choices(places, data.published_choices, n, seed=seed)
    if answers is None:
        columns = {"GPT-4": published}
    else:
        assistant, people = answers
        columns = {"assistant": assistant.score(places, n, seed=seed)}
        if people is not None:
            columns["people"] = people.score(places, n, seed=seed)
            columns["difference"] = assistant.score_beside(people, places, n, seed=seed)
        columns["about its middle"] = assistant.score_about_middle(places, n, seed=seed)
        columns["by probability"] = assistant.score_by_probability(places, n, seed=seed)
        columns["always yes"] = score_choices(places, assistant.choices_of_yes, n, seed=seed)
        columns["GPT-4"] = published
    shown = tuple(row for row in range(n) if published.places[row])
    return _Scores(title, names, columns, shown)


_SHOWN = (("assistant", "people", "difference"), ("assistant", "about its middle", "GPT-4"), ("GPT-4",))
"""What the terminal shows: the first of these of which there is every column; JSON has all."""


_DRAWN = ("assistant", "people", "GPT-4")
"""What a figure has, of what was scored."""


def _as_table(scores: _Scores) -> Table:
    names = next(names for names in _SHOWN if set(names) <= set(scores.columns))
    first = scores.columns[names[0]]
    table = Table(box=None, header_style="bold")
    table.add_column(scores.title)
    counted = ("dilemmas", "places") if len(names) == 1 else ("dilemmas",)
    for name in (*names, *counted):
        table.add_column(name, justify="right", no_wrap=True)
    for row in scores.shown:
        cells = [_cell(scores.columns[name], row) for name in names]
        behind = (f"{getattr(first, column)[row]:,.0f}" for column in counted)
        table.add_row(scores.names[row], *cells, *behind)
    return table


def _draw(tables: list[_Scores], path: Path) -> None:
    from coevolve_sim.report.choice_pictures import TheoryScores, write_choices

    theories = [
        TheoryScores(
            one.title, one.names, {name: one.columns[name] for name in _DRAWN if name in one.columns}
        )
        for one in tables
        if one.title != "value"
    ]
    if not theories:
        raise QuestionnaireError("--figure: there is no theory to draw; see what is not told")
    try:
        write_choices(theories, path)
    except OSError as error:
        raise QuestionnaireError(f"{path}: cannot be written: {error.strerror or error}") from None


def _cell(column: ChoiceScores, row: int) -> str:
    from coevolve_sim.measures.dilemmas import LEAST_FOR_INTERVAL, LEAST_ITEMS

    if column.dilemmas[row] < LEAST_ITEMS:
        return "too few"
    if column.dilemmas[row] < LEAST_FOR_INTERVAL:
        return f"{column.score[row]:+.1f} (few)"
    return f"{column.score[row]:+.1f} [{column.low[row]:+.0f}, {column.high[row]:+.0f}]"


def _rows(scores: _Scores) -> dict[str, object]:
    rows = [
        {"name": scores.names[row]}
        | {
            name: {field: numbers[row].item() for field, numbers in column._asdict().items()}
            for name, column in scores.columns.items()
        }
        for row in scores.shown
    ]
    return {"theory": scores.title, "rows": rows}


def _about(answers: tuple[DilemmaAnswers, DilemmaAnswers | None] | None) -> dict[str, str]:
    """Return, for each speaker, a sentence on how far its answers are choices."""
    told = {}
    for name, one in zip(("assistant", "people"), answers or (), strict=False):
        if one is None:
            continue
        told[name] = (
            f"{name.capitalize()}: {one.answered:.0%} of {one.shares.size:,} questions were answered in both "
            "orders"
        )
        if one.answered:
            told[name] += f", {one.consistency:.0%} of them alike"
        counted = one.share_of_yes == one.share_of_yes
        told[name] += f" (yes in {one.share_of_yes:.0%} of these)." if counted else "."
        if one.verdict:
            told[f"{name}_verdict"] = f"Not to be read as choices ({name}): {one.verdict}."
    return told
