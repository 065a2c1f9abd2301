"""The command that puts the same statements in many framings: ``coevolve framings``."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
    from coevolve_sim.language.elicitation.framing_answers import FramingAnswers
    from coevolve_sim.language.elicitation.framing_tables import FramingRow, Mean, Split


def register(app: typer.Typer) -> None:
    """Add the command of this module to the command line."""
    app.command("framings")(framings)


@with_errors_in_words
def framings(
    mind: Annotated[str, typer.Option("--mind", help="The mind that is asked, named as for elicit.")],
    by: Annotated[
        str, typer.Option(help="What differs, with commas: language, template, group, voice.")
    ] = "language,template",
    read: Annotated[
        str,
        typer.Option(help="logprob: how likely three words are; words: what it says; both with a comma."),
    ] = "logprob,words",
    languages: Annotated[
        str | None,
        typer.Option(help="Codes with commas, as in en,de; all that templates have if not given."),
    ] = None,
    items: Annotated[
        int | None, typer.Option(help="At most so many statements on a topic, the first ones.", min=1)
    ] = None,
    statements: Annotated[
        Path | None,
        typer.Option(help="CSV of your own: id, topic, pole, language, text; our own 30 if not given."),
    ] = None,
    templates: Annotated[
        Path | None,
        typer.Option(
            help="CSV: template, language, choose, say, agree, neutral, disagree; ours if not given."
        ),
    ] = None,
    groups: Annotated[
        Path | None, typer.Option(help="CSV: group, language, says; our own four if not given.")
    ] = None,
    voices: VoicesOfAMind = None,
    dtype: Dtype = "auto",
    device: Device = "auto",
    at_most_unanswered: AtMostUnanswered = 0.2,
    seed: Annotated[int, typer.Option(help="Of the permutations for p values.", min=0)] = 1,
    as_json: AsJson = False,
) -> None:
    """Tell whether a mind's stances and refusals are uneven between languages, templates, groups, voices.

    Exit code 10: more was left unanswered than --at-most-unanswered allows.
    """
    from coevolve_sim.cli import mind_names
    from coevolve_sim.language.elicitation.framing_answers import ask_framings, require_readable
    from coevolve_sim.language.questionnaires.framings import read_framings

    texts = read_framings(statements, templates, groups)
    texts = texts if items is None else texts.at_most(items)
    axes, ways = _names(by), _names(read)
    named = mind_names.parse_voices(voices)
    if len(named) > 1 and "voice" not in axes:
        raise QuestionnaireError(
            f"{len(named)} voices given, which are compared by voice: --by {by},voice; else name one"
        )
    spoken = ("", *named) if "voice" in axes else (*named, "")[:1]
    framed = texts.list_framings(axes, spoken, _names(languages or ""))
    require_readable(framed, ways)  # what cannot be read is found before a mind is opened
    with (
        interruptible(),
        show_progress("Requests") as shown,
        closing(mind_names.open_one_mind(mind, named, dtype=dtype, device=device)) as opened,
    ):
        answers = ask_framings(
            opened,
            texts,
            framed,
            read=ways,
            progress=shown.show_rounds,
            at_most_unanswered=at_most_unanswered,
        )
    _tell(answers, seed, as_json=as_json)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _tell(answers: FramingAnswers, seed: int, *, as_json: bool) -> None:
    from coevolve_sim.language.elicitation.framing_tables import (
        ALL,
        axes_of,
        split_all,
        table_by,
        table_of_cells,
    )

    axes = axes_of(answers.framings)
    tables = {axis: table_by(answers, axis) for axis in (*axes, "topic") if axis != ALL}
    splits, refused = split_all(answers, seed=seed)
    about = _about(answers)
    if as_json:
        cells = {axis: [_row(row) for row in table_of_cells(answers, axis)] for axis in axes}
        told = {
            "about": about,
            "by": {axis: [_row(row) for row in rows] for axis, rows in tables.items()},
            "cells": cells,
            "splits": [{"quantity": one.quantity, "axis": one.axis, **one.found._asdict()} for one in splits],
            "not_told": refused,
            "answers": _answers(answers),
        }
        said.print_json(json.dumps(jsonable(told)))
        return
    for line in about.values():
        said.print(line, soft_wrap=True)
    for axis, rows in tables.items():
        for table in _as_tables(axis, rows, answers.read):
            said.print(table)
    if splits:
        said.print(_splits_as_table(splits))
        said.print(_HOW_TO_READ, soft_wrap=True)
    for line in refused:
        said.print(f"Not told: {line}.", soft_wrap=True)


_HOW_TO_READ = (
    "Parts of the variance of n statements: between topics, between statements of a topic, between framings, "
    "of topic and framing together, and what is left; p by permutation. Of 20 such p one is below .05 by "
    "chance."
)


def _about(answers: FramingAnswers) -> dict[str, str]:
    """Return sentences on how far answers are stances."""
    import numpy as np

    from coevolve_sim.language.questionnaires.scoring import mean_of_known
    from coevolve_sim.minds.option_mass import LEAST_MASS

    n = answers.said.size
    about = {"asked": f"{len(answers.texts.statements)} statements in {len(answers.framings)} framings."}
    if "logprob" in answers.read:
        told = f"By probability {answers.answered:.0%} of {n:,} were answered in both orders of the words"
        if answers.answered:
            told += f", {answers.consistency:.0%} of them alike"
        about["logprob"] = f"{told}."
        mass = float(mean_of_known(answers.mass_on_words.ravel()))
        if mass < LEAST_MASS:
            about["mass"] = (
                f"The words hold {mass:.1%} of the probability of an answer: it would rather say something "
                "else."
            )
        if answers.unscored:
            words = sorted({f"{word} ({one.template}, {one.language})" for one, word in answers.unscored})
            about["unscored"] = (
                f"Not read by probability, as the mind never scores a word of theirs: {', '.join(words)}. "
                "Servers score words of one token only; give templates with other words."
            )
        if answers.verdict:
            about["verdict"] = f"Not to be read as stances: {answers.verdict}."
    if "words" in answers.read:
        unclear, lost = float((answers.said == "unclear").mean()), float(np.isnan(answers.refused).mean())
        about["words"] = f"In words {unclear:.0%} of {n:,} replies tell no stance."
        if lost:
            about["lost"] = (
                f"Another {lost:.0%} came to no whole sentence, or to no reply; they count nowhere."
            )
    both = answers.readings
    if both.n:
        kappa = "" if math.isnan(both.kappa) else f" (kappa {both.kappa:+.2f})"
        about["readings"] = (
            f"Both readings of {both.n:,} answers are the same in {both.share:.0%}, where "
            f"{both.by_chance:.0%} would be by chance{kappa}."
        )
    return about


_COUNTED = {"+": "agrees", "0": "neutral", "-": "disagrees", "partly": "partly refused", "none": "unclear"}
"""How counts of replies in words are headed; how many were refused is told as a share."""


def _as_tables(axis: str, rows: list[FramingRow], read: tuple[str, ...]) -> Iterator[Table]:
    """Yield what was read by probability, and what in words."""
    if "logprob" in read:
        masses = [(_mean(row.stance), _mean(row.side)) for row in rows]
        yield _as_table(axis, ("agrees", "side"), rows, masses)
    if "words" in read:
        told = [
            (_mean(row.said), *(str(row.counts[name]) for name in _COUNTED.values()), _refusals(row))
            for row in rows
        ]
        yield _as_table(axis, ("in words", *_COUNTED, "refused"), rows, told)


def _as_table(
    axis: str, names: Sequence[str], rows: list[FramingRow], cells: Sequence[Sequence[str]]
) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False, collapse_padding=True)
    table.add_column(axis, no_wrap=True)
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
    for row, of_row in zip(rows, cells, strict=True):
        table.add_row(row.level or "-", *of_row)
    return table


def _mean(found: Mean) -> str:
    if math.isnan(found.mean):
        return "-"
    bounds = "(few)" if math.isnan(found.low) else f"[{found.low:+.2f}, {found.high:+.2f}]"
    return f"{found.mean:+.2f} {bounds}"


def _refusals(row: FramingRow) -> str:
    """Return the share refused, and whether that is told apart from all other rows."""
    if not row.replies:
        return "-"
    told = f"{row.refused:.2f} [{row.low:.2f}, {row.high:.2f}]"
    if math.isnan(row.difference):
        return f"{told} (few)"
    if not row.is_told_apart:
        return told
    return f"{told} {'higher' if row.difference > 0 else 'lower'}"


def _splits_as_table(splits: list[Split]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False, collapse_padding=True)
    for name in ("variance of", "by"):
        table.add_column(name, no_wrap=True)
    for name in ("topic", "statement", "framing", "both", "rest", "n"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in splits:
        found = one.found
        parts = (
            (found.topic, found.p_topic),
            (found.statement, math.nan),
            (found.framing, found.p_framing),
            (found.interaction, found.p_interaction),
            (found.rest, math.nan),
        )
        cells = [_part(part, found.total, p) for part, p in parts]
        table.add_row(one.quantity, one.axis, *cells, str(found.statements))
    return table


def _part(part: float, total: float, p: float) -> str:
    if not total:
        return "-"
    share = f"{max(part, 0.0) / total:.0%}"
    if math.isnan(p):
        return share
    return f"{share} p<.001" if p < 0.001 else f"{share} p={p:.3f}"


def _row(row: FramingRow) -> dict[str, Any]:
    return {**asdict(row), "is_told_apart": row.is_told_apart}


def _answers(answers: FramingAnswers) -> list[dict[str, Any]]:
    """Return every answer: the statement, the framing, the stance by probability, what was said."""
    stances = answers.stances
    return [
        {
            "statement": statement.id,
            **asdict(framing),
            "stance": float(stances[i, j]),
            "said": str(answers.said[i, j]),
        }
        for i, statement in enumerate(answers.texts.statements)
        for j, framing in enumerate(answers.framings)
    ]
