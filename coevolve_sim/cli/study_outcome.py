"""What a study is and what came out, in the words and rows that commands print."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table

from coevolve_sim.cli.console import jsonable, said

if TYPE_CHECKING:
    from coevolve_sim.studies.instruments.catalogue import Reading
    from coevolve_sim.studies.instruments.surrogates import Ladder
    from coevolve_sim.studies.study import Study


def summarise_study(found: Study) -> dict[str, Any]:
    """Return the summary of a study that ``--json`` prints."""
    from coevolve_sim.studies.answer import read_instruments

    shown: dict[str, Any] = jsonable(
        {
            "folder": str(found.folder),
            "study": found.plan.name,
            "kind": found.plan.kind,
            "question": found.plan.question,
            "status": found.status,
            "runs": found.counts,
            "worlds": {world.name: world.describe() for world in found.plan.worlds},
            "reference": found.plan.reference,
            "outcome": found.outcome,
            "confidence": found.plan.stated_confidence,
            "points": len(found.plan.points),
            "seeds": list(found.plan.seeds),
            "effects": found.effects.to_dict("records"),
            "failed": _failed_rows(found),
            "readings": [vars(one) for one in read_instruments(found)[0]],
            "lock_in": _summarise_lock_in(found),
            "sha256": found.digest(),
        }
    )
    return shown


def _summarise_lock_in(found: Study) -> dict[str, Any] | None:
    """Return the verdict on lock-in with its intervals; None of a study that asks for none."""
    if found.plan.kind != "lock-in" or found.counts["left"]:
        return None
    from coevolve_sim.studies.lock_in_study import judge_study

    judged = judge_study(found)
    clauses = {
        "against_no_assistant": judged.against_none,
        "against_frozen": judged.against_frozen,
        "loss": judged.loss,
        "recovered": judged.recovery.at_horizon,
        "placebo": judged.placebo.at_horizon,
        "closed_while_it_stays": judged.staying.at_horizon,
        "opened_again": judged.opened_again,
        "closed_with_history_again": None if judged.restarted is None else judged.restarted.at_horizon,
    }
    return {
        "verdict": judged.verdict.verdict,
        "reason": judged.verdict.reason,
        "withdraw_after": judged.withdraw_after,
        "horizon": judged.horizon,
        "half_life": judged.recovery.half_life,
        "sentences": judged.describe(),
        "clauses": {name: None if one is None else vars(one) for name, one in clauses.items()},
    }


def _failed_rows(found: Study) -> list[dict[str, Any]]:
    failed = found.runs[found.runs["status"] == "failed"]
    columns = ["point", "world", "seed", "stage", "error"]
    return [dict(zip(columns, row, strict=True)) for row in failed[columns].itertuples(index=False)]


def print_study(found: Study) -> None:
    """Print what a study is, how far it came, and what came out."""
    from coevolve_sim.studies.answer import describe_answer, read_instruments

    plan, counts = found.plan, found.counts
    points = f", {len(plan.points):,} points" if len(plan.points) > 1 else ""
    said.print(
        f"{plan.name}: {counts['finished']:,} of {plan.n_runs:,} runs finished, {len(plan.worlds)} worlds"
        f"{points}, {len(plan.seeds):,} replications"
    )
    if counts["failed"]:
        first = _failed_rows(found)[0]
        said.print(
            f"{counts['failed']:,} runs failed; the first in world {first['world']}, seed {first['seed']}, "
            f"at {first['stage']}: {first['error']}",
            soft_wrap=True,
        )
    if counts["left"]:
        said.print(f"{counts['left']:,} runs are left: coevolve resume {found.folder}", soft_wrap=True)
    said.print(describe_answer(found), soft_wrap=True)
    readings, why_none = read_instruments(found)
    for told in [*map(_describe_reading, readings), *filter(None, [why_none])]:
        said.print(told, soft_wrap=True)
    if len(plan.points) == 1 and any(row.effect is not None for row in found.effect_rows):
        table = _build_effect_table(found)
        if table.row_count:
            said.print(table)


def _describe_reading(reading: Reading) -> str:
    what = f"{reading.instrument}, {reading.quantity}{f' of {reading.world}' if reading.world else ''}: "
    if reading.refused:
        return f"{what}refused. {reading.sentence}"
    ends = f"[{reading.low:.4g}, {reading.high:.4g}]"
    return f"{what}{reading.value:.4g} {ends} {reading.unit}. {reading.sentence}"


MOST_SHOWN = 12
"""Rows of the table of effects on the terminal."""


def _build_effect_table(found: Study) -> Table:
    from coevolve_sim.studies.answer import choose_headline_rows
    from coevolve_sim.studies.estimates import format_estimate

    table = Table(box=None, header_style="bold")
    for name in ("outcome", "world"):
        table.add_column(name)
    interval = f"{100 * found.plan.stated_confidence:.4g} % interval"
    for name in (f"effect, {interval}", "p (Holm)", "pairs"):
        table.add_column(name, justify="right")
    asked = [row for row in choose_headline_rows(found).rows if row.effect is not None]
    for row in asked[:MOST_SHOWN]:
        effect = row.effect
        assert effect is not None  # noqa: S101 - chosen so
        table.add_row(
            row.outcome,
            row.world,
            format_estimate(effect.mean, effect.low, effect.high),
            f"{row.adjusted:.2g}",
            f"{effect.n}",
        )
    return table


def summarise_ladder(ladder: Ladder) -> dict[str, Any]:
    """Return the summary of fits without words that ``coevolve surrogates --json`` prints."""
    told = {"chosen": ladder.chosen, "unexplained": ladder.unexplained, "sentence": ladder.sentence}
    shown: dict[str, Any] = jsonable({**told, "rungs": _rung_rows(ladder)})
    return shown


def print_ladder(ladder: Ladder) -> None:
    """Print how well each rule without words predicts, and what none of them explains."""
    table = Table(box=None, header_style="bold")
    for name in ("rung", "rule", "error of a round", "95 % interval", "free mean", "free variance"):
        table.add_column(name, justify="left" if name in ("rung", "rule") else "right")
    for row in _rung_rows(ladder):
        numbers = [f"{row[key]:.4f}" for key in ("one_round", "free_mean", "free_variance")]
        interval = f"[{row['low']:.4f}, {row['high']:.4f}]"
        table.add_row(str(row["rung"]), str(row["rule"]), numbers[0], interval, *numbers[1:])
    said.print(table)
    said.print(ladder.sentence, soft_wrap=True)


def _rung_rows(ladder: Ladder) -> list[dict[str, Any]]:
    from coevolve_sim.studies.instruments.surrogates import NAMES, RUNGS

    return [
        {
            "rung": rung,
            "rule": NAMES[rung],
            "one_round": float(ladder.one_round[i].mean()),
            "low": float(ladder.intervals[0, i, 0]),
            "high": float(ladder.intervals[0, i, 1]),
            "free_mean": float(ladder.free_mean[i].mean()),
            "free_variance": float(ladder.free_variance[i].mean()),
        }
        for i, rung in enumerate(RUNGS)
    ]
