"""The command that says what a run's messages appeal to: ``coevolve appeal``."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from coevolve_sim.cli.console import (
    AsJson,
    Results,
    RunFolder,
    find_run,
    interruptible,
    is_study,
    jsonable,
    said,
    show_progress,
    with_errors_in_words,
)
from coevolve_sim.cli.mind_commands import AtMostUnanswered, Device, Dtype, VoicesOfAMind
from coevolve_sim.errors import QuestionnaireError, RecordError

if TYPE_CHECKING:
    from coevolve_sim.language.appeals import AppealReader, Candidates
    from coevolve_sim.language.appeals.planted import Separation
    from coevolve_sim.language.questionnaires.administer import Progress
    from coevolve_sim.measures.appeal_intervals import Interval
    from coevolve_sim.runs.appeals import RunAppeals, SpeakerAppeals


def register(app: typer.Typer) -> None:
    """Add the command of this module to the command line."""
    app.command("appeal")(appeal)


@with_errors_in_words
def appeal(
    folder: RunFolder = Path("last"),
    results: Results = Path("results"),
    mind: Annotated[
        str | None, typer.Option("--mind", help="A mind that reads the messages, named as for elicit.")
    ] = None,
    kaleido: Annotated[
        str | None, typer.Option(metavar="FOLDER", help="A Kaleido model that reads them.")
    ] = None,
    candidates: Annotated[
        Path | None,
        typer.Option(help="Values, rights and duties: columns name, type, words; our own 57 if not given."),
    ] = None,
    relevance: Annotated[
        float, typer.Option(help="What is less relevant is dropped.", min=0.0, max=1.0)
    ] = 0.5,
    overlap: Annotated[
        float, typer.Option(help="What shares more words than this is dropped.", min=0.0, max=1.0)
    ] = 0.7,
    embedder: Annotated[
        str | None,
        typer.Option(metavar="FOLDER", help="A model that embeds names, by which alike ones are dropped."),
    ] = None,
    likeness: Annotated[
        float, typer.Option(help="What lies nearer by embeddings is dropped.", min=0.0, max=1.0)
    ] = 0.8,
    theory: Annotated[
        str, typer.Option(help="A column of the candidates by which appeals are summed, as mft.")
    ] = "",
    messages: Annotated[
        int, typer.Option(help="Read so many at most, drawn from all; 0 for all.", min=0)
    ] = 0,
    shown: Annotated[int, typer.Option(help="How many candidates to show of each speaker.", min=0)] = 8,
    voices: VoicesOfAMind = None,
    dtype: Dtype = "auto",
    device: Device = "auto",
    at_most_unanswered: AtMostUnanswered = 0.2,
    seed: Annotated[int, typer.Option(help="Of draws and resamples.", min=0)] = 1,
    as_json: AsJson = False,
) -> None:
    """Say to which values, rights and duties a run's messages appeal, and what grew and shrank.

    A lexicon reads them if neither --mind nor --kaleido is given. Exit code 10: more was left unanswered than
    --at-most-unanswered allows.
    """
    from coevolve_sim.language.appeals import Thresholds, read_candidates
    from coevolve_sim.language.appeals.planted import measure_separation
    from coevolve_sim.runs import open_run
    from coevolve_sim.runs.appeals import read_run_appeals, read_said_texts

    place = find_run(folder, results, studies=False)
    if is_study(place):
        raise RecordError(f"{place} is a study; name a run. Its worlds are compared by measures.appeals")
    if mind and kaleido:
        raise QuestionnaireError("--mind and --kaleido are two readers; give one of them")
    if voices and not mind:
        raise QuestionnaireError("--voice is of a mind; name it by --mind")
    run, asked = open_run(place), read_candidates(candidates)
    if theory:
        asked.by_theory(theory)
    read_said_texts(run)  # a run without words is found before a model is opened
    with (
        interruptible(),
        show_progress("Answers") as bar,
        _open_reader(mind, kaleido, voices, (dtype, device), at_most_unanswered, bar.show_rounds) as reader,
    ):
        shown_to_read = measure_separation(reader, seed=seed) if reader.is_model else None
        found = read_run_appeals(
            run,
            reader,
            asked,
            Thresholds(relevance, overlap, likeness),
            embeddings=_embed_names(embedder, asked),
            theory=theory,
            at_most=messages,
            seed=seed,
        )
    about = _about(found, reader, shown_to_read, embedder)
    if as_json:
        told: dict[str, Any] = {"about": about, "separation": shown_to_read and vars(shown_to_read)}
        told["speakers"] = [_as_data(one, asked) for one in found.speakers]
        said.print_json(json.dumps(jsonable(told)))
        return
    for line in about:
        said.print(line, soft_wrap=True)
    said.print(_speakers_table(found))
    for one in found.speakers:
        _print_speaker(one, asked, shown, found.middle)


@contextmanager
def _open_reader(
    mind: str | None,
    kaleido: str | None,
    voices: list[str] | None,
    place: tuple[str, str],
    at_most_unanswered: float,
    progress: Progress,
) -> Iterator[AppealReader]:
    from coevolve_sim.cli import mind_names

    if kaleido:
        from coevolve_sim.language.appeals.kaleido import Kaleido

        yield Kaleido(kaleido, progress)
    elif mind:
        from coevolve_sim.language.appeals.asked_mind import AskedMind

        with mind_names.one_mind(mind, voices, dtype=place[0], device=place[1]) as (opened, voice):
            yield AskedMind(opened, voice=voice, progress=progress, at_most_unanswered=at_most_unanswered)
    else:
        from coevolve_sim.language.appeals import Lexicon

        yield Lexicon()


def _embed_names(embedder: str | None, candidates: Candidates) -> dict[str, Any] | None:
    if not embedder:
        return None
    from coevolve_sim.language.readers.embedding import embed_texts
    from coevolve_sim.language.readers.folder_models import FolderModel

    names = list(dict.fromkeys(one.name for one in candidates.all))
    return dict(zip(names, embed_texts(FolderModel(embedder, "AutoModel"), names), strict=True))


def _about(
    found: RunAppeals, reader: AppealReader, separation: Separation | None, embedder: str | None
) -> list[str]:
    """Return sentences on what was read, by what, and whether it reads."""
    texts = found.said
    listed = f"{len(found.candidates)} candidates ({found.candidates.source})"
    lines = [f"Read by {reader.name}: {len(texts.texts):,} messages, {listed}."]
    if texts.n_left_out:
        lines.append(f"{texts.n_left_out:,} more messages were not drawn.")
    if texts.n_unheard:
        lines.append(f"Of {texts.n_unheard:,} more messages nothing was heard.")
    if found.appeals.n_unanswered:
        pairs = found.appeals.relevance.size
        lines.append(
            f"{found.appeals.n_unanswered:,} of {pairs:,} pairs were not answered, and are left out."
        )
    if not embedder:
        lines.append("Candidates alike by meaning are not dropped: --embedder names a model for that.")
    if separation is not None:
        lines.append(_describe_separation(separation))
    answered, alike = getattr(reader, "n_answered", 0), getattr(reader, "n_alike", 0)
    if answered:
        lines.append(f"{alike / answered:.0%} of {answered:,} questions were answered alike in both orders.")
    return lines


def _describe_separation(found: Separation) -> str:
    told = (
        f"On {found.sentences} sentences of ours it tells what each was written to appeal to from what not: "
        f"AUC {found.auc:.2f} [{found.low:.2f}, {found.high:.2f}], chance .5 [{found.null_low:.2f}, "
        f"{found.null_high:.2f}]."
    )
    if found.is_shown:
        return told
    return f"{told} It is not shown to read appeals: take no number below for one."


def _speakers_table(found: RunAppeals) -> Table:
    table = Table(box=None, header_style="bold")
    table.add_column("speaker", no_wrap=True)
    for name in ("messages", "breadth", "valence", "breadth grew by"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in found.speakers:
        grew = "" if one.changes is None else _interval(one.changes.breadth, "+.2f")
        table.add_row(
            one.speaker,
            f"{one.texts:,}",
            _interval(one.breadth, ".2f"),
            "" if math.isnan(one.valence) else f"{one.valence:+.2f}",
            grew,
        )
    return table


def _interval(found: Interval, form: str) -> str:
    if math.isnan(found.value):
        return ""
    told = format(found.value, form)
    ends = f" [{found.low:{form}}, {found.high:{form}}]"
    return told + (" (few)" if math.isnan(found.low) else ends)


def _print_speaker(one: SpeakerAppeals, candidates: Candidates, shown: int, middle: int) -> None:
    top = [k for k in one.shares.argsort()[::-1] if one.shares[k] > 0][:shown]
    listed = "; ".join(f"{_name(candidates, k)} {one.shares[k]:.0%} ({one.leanings[k]:+.2f})" for k in top)
    some = "" if one.appealing == one.texts else f" (in {one.appealing:,} of {one.texts:,} messages)"
    said.print(f"\n{one.speaker}{some}: {listed or 'nothing is appealed to'}.", soft_wrap=True)
    if one.dimensions:
        summed = ", ".join(f"{name} {value:+.2f}" for name, value in one.dimensions.items())
        said.print(f"  By dimension, a message: {summed}.", soft_wrap=True)
    if one.changes is None:
        return
    if not one.changes.topics:
        said.print(f"  After round {middle}: not compared: no topic was of both halves.", soft_wrap=True)
        return
    for way, moved in (("grew", one.grew), ("shrank", one.shrank)):
        told = "; ".join(
            f"{_name(candidates, k)} {one.changes.change[k]:+.3f} [{one.changes.low[k]:+.3f}, "
            f"{one.changes.high[k]:+.3f}]"
            for k in moved[:shown]
        )
        what = told or f"nothing told from chance, on {one.changes.topics} topics"
        said.print(f"  {way} after round {middle}: {what}.", soft_wrap=True)


def _name(candidates: Candidates, k: int) -> str:
    return candidates.all[k].name


def _as_data(one: SpeakerAppeals, candidates: Candidates) -> dict[str, Any]:
    changes = one.changes
    rows = [
        {
            "name": candidate.name,
            "type": candidate.type,
            "share": float(one.shares[k]),
            "leaning": float(one.leanings[k]),
        }
        | (
            {}
            if changes is None
            else {
                "earlier": float(changes.earlier[k]),
                "later": float(changes.later[k]),
                "low": float(changes.low[k]),
                "high": float(changes.high[k]),
            }
        )
        for k, candidate in enumerate(candidates.all)
    ]
    return {
        "speaker": one.speaker,
        "messages": one.texts,
        "appealing": one.appealing,
        "breadth": one.breadth._asdict(),
        "valence": one.valence,
        "breadth_grew_by": None if changes is None else changes.breadth._asdict(),
        "topics": None if changes is None else changes.topics,
        "grew": [candidates.all[k].name for k in one.grew],
        "shrank": [candidates.all[k].name for k in one.shrank],
        "dimensions": dict(one.dimensions),
        "candidates": rows,
    }
