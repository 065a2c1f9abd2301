"""Tables on language: gaps between held and perceived values, statuses, fairness, requests to minds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from coevolve_sim.measures.gaps import gap
from coevolve_sim.minds.protocol import STATUSES
from coevolve_sim.report.conversations import format_signed, format_value
from coevolve_sim.report.language_data import LanguageData, describe_voice
from coevolve_sim.runs.gaps import MEASURES

MOST_ROWS = 60
EVERYTHING = "all"


@dataclass(frozen=True)
class GapRow:
    """Gaps on a topic in a voice: cells in the order of `GAP_COLUMNS`."""

    topic: str
    voice: str
    cells: tuple[str, ...]


GAP_COLUMNS = (
    "messages",
    "read back",
    "expression error, mean",
    "RMS",
    "heard",
    "reading error, mean",
    "RMS",
    "correlation",
    "slope",
)


@dataclass(frozen=True)
class EndingCounts:
    """Numbers of messages or readings by status, in the order of `STATUSES`, and their sum."""

    what: str
    counts: tuple[int, ...]
    total: int


@dataclass(frozen=True)
class LessonRow:
    """One lesson of an assistant whose weights learn: what it compared, and the result."""

    round: int
    assistant: str
    comparisons: str
    usable: str
    consistent: str
    pairs: str
    accuracy: str
    drift: str
    adapter: str


@dataclass(frozen=True)
class FairnessRow:
    """How a voice reads claims and their negations, over all topics."""

    voice: str
    n: int
    claim: str
    negation: str
    lean: str
    worst: str


@dataclass(frozen=True)
class UsageRow:
    """Requests to a mind, by kind."""

    mind: str
    kind: str
    requests: str
    counts: tuple[int, ...]
    tokens_in: str
    tokens_out: str


@dataclass(frozen=True)
class OptionRow:
    """The probability that options held together in a mind's replies of one kind."""

    mind: str
    kind: str
    replies: str
    mean: str
    least: str
    below: str


def build_gap_rows(language_data: LanguageData) -> tuple[list[GapRow], int]:
    """Build rows by topic and voice, each voice's total first; return them and how many are left out."""
    rows, columns = [], ["dimension", "voice", *MEASURES]
    for table in (
        language_data.gaps("voice").assign(dimension=EVERYTHING),
        language_data.gaps("dimension", "voice"),
    ):
        rows += [
            _build_gap_row(language_data, dict(zip(columns, row, strict=True)))
            for row in table[columns].itertuples(index=False, name=None)
        ]
    return rows[:MOST_ROWS], max(len(rows) - MOST_ROWS, 0)


def _build_gap_row(language_data: LanguageData, row: dict[str, float | str]) -> GapRow:
    number = {key: float(row[key]) for key in row if key not in ("dimension", "voice")}
    topic, voice = str(row["dimension"]), str(row["voice"])
    return GapRow(
        "all topics" if topic == EVERYTHING else language_data.labels[topic],
        describe_voice(voice),
        (
            f"{int(number['messages']):,}",
            f"{int(number['expressed']):,}",
            format_signed(number["expression_mean"]),
            format_value(number["expression_rms"]),
            f"{int(number['heard']):,}",
            format_signed(number["reading_mean"]),
            format_value(number["reading_rms"]),
            format_signed(number["correlation"]),
            format_signed(number["slope"]),
        ),
    )


def build_status_rows(language_data: LanguageData) -> list[EndingCounts]:
    """Build rows of statuses of messages and readings, for each kind of message that occurred."""
    nouns = {
        "peer": "messages among humans",
        "edit": "edits of these by an assistant",
        "outlet": "messages of outlets",
        "question": "questions to assistants",
        "answer": "answers",
    }
    rows = []
    for kind, (said, read) in language_data.statuses().items():
        rows += [_build_counts(nouns[kind], said), _build_counts(f"readings of {nouns[kind]}", read)]
    return [row for row in rows if row.total]


def _build_counts(what: str, by_status: dict[str, int]) -> EndingCounts:
    return EndingCounts(what, tuple(by_status[status] for status in STATUSES), sum(by_status.values()))


def build_fairness_rows(language_data: LanguageData) -> list[FairnessRow]:
    """Build rows of how each voice reads claims and negations; fair readers rate both equally extreme."""
    bias, rows = language_data.run.bias, []
    for voice in language_data.voices:
        claim, negation = (
            bias[(bias["arm"] == arm) & (bias["voice"] == voice)].set_index("dimension")["perceived"]
            for arm in ("claim", "negation")
        )
        lean = (claim + negation - 1.0).dropna()
        if lean.empty:
            continue
        worst = str(lean.abs().idxmax())
        rows.append(
            FairnessRow(
                describe_voice(voice),
                len(lean),
                format_value(float(claim[lean.index].mean())),
                format_value(float(negation[lean.index].mean())),
                format_signed(float(lean.mean())),
                f"{language_data.labels[worst]} ({format_signed(float(lean[worst]))})",
            )
        )
    return rows


def build_lesson_rows(language_data: LanguageData) -> list[LessonRow]:
    """Build rows of the lessons of assistants whose weights learn, in the order of rounds."""
    return [
        LessonRow(
            row["round"],
            row["assistant"],
            f"{row['comparisons']:,}",
            _format_share(row["usable"], row["comparisons"]),
            _format_share(row["consistent"], row["usable"]),
            f"{row['pairs']:,}" if row["status"] == "learnt" else row["status"],
            format_value(row["accuracy"]),
            format_value(row["drift"]),
            row["adapter"] or "the model's own",
        )
        for row in language_data.run.lessons.to_dict("records")
    ]


def _format_share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "-"


def build_usage_rows(language_data: LanguageData) -> list[UsageRow]:
    """Build rows of requests by mind and kind, and their total."""
    usage = language_data.run.usage
    rows = [
        _build_usage_row(str(mind), str(kind), table)
        for (mind, kind), table in usage.groupby(["mind", "kind"], sort=True)
    ]
    return [*rows, _build_usage_row(EVERYTHING, "", usage)] if len(rows) > 1 else rows


def describe_totals(language_data: LanguageData) -> str:
    """Describe in sentences how often minds were asked, and how the requests ended."""
    totals = language_data.run.request_totals
    return "No mind was asked." if totals is None else " ".join(totals.describe())


def _build_usage_row(mind: str, kind: str, table: pd.DataFrame) -> UsageRow:
    by_status = table.groupby("status")["requests"].sum()
    return UsageRow(
        mind,
        kind,
        f"{int(table['requests'].sum()):,}",
        tuple(int(by_status.get(status, 0)) for status in STATUSES),
        f"{int(table['tokens_in'].sum()):,}",
        f"{int(table['tokens_out'].sum()):,}",
    )


def build_mind_rows(language_data: LanguageData) -> list[tuple[str, ...]]:
    """Build rows of the minds: name, kind, identity, reproducibility, replies, those from earlier runs."""
    counts = language_data.run.reply_counts
    return [
        (
            name,
            kind,
            identity,
            "bitwise" if bitwise else "replay-only",
            *(f"{count:,}" for count in counts.get(name, (0, 0))),
        )
        for name, kind, identity, bitwise in language_data.run.minds.itertuples(index=False, name=None)
    ]


def build_option_rows(language_data: LanguageData) -> list[OptionRow]:
    """Build rows of the probability that options held together, by mind and kind of request."""
    return [
        OptionRow(
            row["mind"],
            row["kind"],
            f"{row['replies']:,}",
            f"{row['mean']:.3g}",
            f"{row['least']:.3g}",
            f"{row['below']:,}",
        )
        for row in language_data.run.option_masses.to_dict("records")
    ]


def summarize_language(language_data: LanguageData) -> str:
    """Summarize how well values got through words, in a sentence or two."""
    through = gap(language_data.hearings["latent"], language_data.hearings["perceived"])
    if not through.n:
        return "Nothing that was said could be read by anybody."
    told = f"Of {len(language_data.hearings):,} readings by listeners {through.n:,} came to a value. "
    told += f"What was perceived lay {format_value(through.rms_error)} from what the speaker held "
    told += f"(root mean square), and on average {format_signed(through.mean_error)} from it"
    if np.isnan(through.slope):
        return told + "."
    told += f"; of a difference in what speakers held, {through.slope:.0%} got through (the slope)"
    if np.isnan(through.correlation):
        return told + "."
    return f"{told}, with a correlation of {format_signed(through.correlation)}."
