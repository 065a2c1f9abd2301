"""The command that says which words tell two speakers of a run apart: ``coevolve words``."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from coevolve_sim.cli.console import (
    AsJson,
    Results,
    RunFolder,
    find_run,
    jsonable,
    said,
    with_errors_in_words,
)

if TYPE_CHECKING:
    from coevolve_sim.language.telling_apart import ToldApart
    from coevolve_sim.measures.linguistic_distance import DistanceInterval

SPEAKER = "An outlet, a group or an assistant; NAME@FIRST-LAST for some rounds."


def register(app: typer.Typer) -> None:
    """Add the command of this module to the command line."""
    app.command("words")(words)


@with_errors_in_words
def words(
    folder: RunFolder,
    first: Annotated[str, typer.Argument(metavar="FIRST", help=SPEAKER)],
    second: Annotated[str, typer.Argument(metavar="SECOND", help="The other, as FIRST.")],
    lexicon: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Count categories: a CSV file with the columns category and word."),
    ] = None,
    topic: Annotated[
        str | None, typer.Option(help="Messages on this dimension alone; all if not given.")
    ] = None,
    show: Annotated[int, typer.Option(help="How many words are shown.", min=1)] = 12,
    results: Results = Path("results"),
    as_json: AsJson = False,
) -> None:
    """Say how far apart two speakers of a run are in their words, and which words tell them apart."""
    from coevolve_sim.language.telling_apart import tell_apart
    from coevolve_sim.language.word_counts import read_lexicon
    from coevolve_sim.runs import open_run
    from coevolve_sim.runs.texts import read_window, select_texts

    windows = [read_window(text) for text in (first, second)]
    categories = None if lexicon is None else read_lexicon(lexicon)
    run = open_run(find_run(folder, results))
    here, there = (select_texts(run, window, topic) for window in windows)
    who = (here.speakers, there.speakers)
    found = tell_apart(here.texts, there.texts, categories, speakers=who, seed=run.scenario.seed)
    labels = [window.label for window in windows]
    if as_json:
        said.print_json(json.dumps(jsonable(_as_data(found, labels))))
    else:
        _print_found(found, labels, show)


def _as_data(found: ToldApart, labels: list[str]) -> dict[str, Any]:
    return {
        "first": {"name": labels[0], "texts": found.n_first, "speakers": found.speakers[0]},
        "second": {"name": labels[1], "texts": found.n_second, "speakers": found.speakers[1]},
        "distance": {"cosine": found.distance.cosine._asdict(), "z": found.distance.z._asdict()},
        "held_out": None if found.held_out is None else found.held_out._asdict(),
        "log_odds": found.log_odds,
        "words": [vars(row) for row in found.words],
    }


def _print_found(found: ToldApart, labels: list[str], show: int) -> None:
    counted = zip(labels, (found.n_first, found.n_second), found.speakers, strict=True)
    said.print(" and ".join(_count(*one) for one in counted) + ".", soft_wrap=True)
    if 1 in found.speakers:
        said.print(
            "A side is one speaker, and its texts are resampled: these speakers alone are compared, not "
            "others like them.",
            soft_wrap=True,
        )
    for what, one in (
        ("Distance, one less the cosine", found.distance.cosine),
        ("Mean difference in standard deviations", found.distance.z),
    ):
        said.print(f"{what}: {_describe(one)}.", soft_wrap=True)
    if (told := found.held_out) is None:
        said.print("Too few speakers, or texts of one, to be told by what was learnt from others.")
    else:
        said.print(
            f"Of texts held out {told.accuracy:.0%} are told right (F1 {told.f1:.2f}); always saying the "
            f"commoner is right for {told.commonest:.0%}.",
            soft_wrap=True,
        )
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("word", no_wrap=True)
    for heading in (*labels, "speaks for", "adds (log odds)"):
        table.add_column(heading, justify="left" if heading == "speaks for" else "right", no_wrap=True)
    for row in found.words[:show]:
        side = labels[1] if row.second > row.first else labels[0]
        table.add_row(row.word, f"{row.first:.2%}", f"{row.second:.2%}", side, f"{row.adds:+.3f}")
    said.print(table)
    rest = sum(row.adds for row in found.words[show:])
    said.print(
        f"All {len(found.words):,} add up to {found.log_odds:+.3f}; those not shown add {rest:+.3f}.",
        soft_wrap=True,
    )


def _count(label: str, n_texts: int, n_speakers: int) -> str:
    return f"{label} ({n_texts} texts of {n_speakers} speaker{'s' * (n_speakers > 1)})"


def _describe(one: DistanceInterval) -> str:
    ends = "(too few speakers for an interval)"
    if not math.isnan(one.low):
        ends = f"[{one.low:.3f}, {one.high:.3f}]"
    return (
        f"{one.found:.3f}; less what chance adds {one.corrected:.3f} {ends}; dealt out anew they give "
        f"{one.by_chance:.3f} (p {one.p:.3f})"
    )
