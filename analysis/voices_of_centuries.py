"""Whether voices trained on a century's texts value like that century, or only write like it.

ProgressGym's historical models [Qiu2024]_ were trained on the texts of a century, and what they value is
taken for what the century valued. Here the same is done in small, on a real model that nobody here made
(SmolLM2-135M-Instruct) and 33 English books of the 15th to the 20th century: a voice is an adapter, trained
on a century's texts and kept able to converse (`coevolve voices train`). With the control that a claim about
centuries needs: each century has *two* voices, of disjoint halves of its authors. If centuries differ in what
their voices value, two voices of a century are nearer to each other than to those of others; if not, which
two belong together is arbitrary, and the 10,395 ways to pair up twelve voices say how often chance does as
well.

1. Does a voice tell texts of its own century best, by authors it did not learn from? If not, it has not even
   learnt to write like the century, and nothing is concluded of values.
2. Each voice writes on ten topics as twelve people of trades that every century had, and the base model's own
   probe reads where each text stands (`coevolve elicit --instrument words`). The distance of two voices is
   the root mean square difference over topics of what was read on average. Its mean over pairs of one century
   is held against all ways to pair up the voices.
3. How great a true difference would have been found: centuries are planted some way apart (root mean square
   over topics) amid the differences that voices of one century have, and the test is done again and again.
   The probe draws what it reads towards the middle, by its slope on statements of known stance: so a
   difference in what texts say is planted that much smaller.

Run ``python analysis/voices_of_centuries.py [--folder DIR] [--texts INDEX.csv]``: an hour and a half on two
quiet cores, half of it training; what is done is kept in the folder, so that who was killed goes on. Prints
the tables and three sentences, writes ``voices_of_centuries.csv`` and ``voices_of_centuries.png`` beside this
file.
"""

from __future__ import annotations

import argparse
import csv
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coevolve_sim import values
from coevolve_sim.arrays import Floats
from coevolve_sim.assistants.training.dated_voices import VoiceSettings, VoicesReport, train_voices
from coevolve_sim.language.elicitation import Elicitation, Era, Words, elicit
from coevolve_sim.language.questionnaires import read_personas
from coevolve_sim.minds.local.mind import LocalMind
from coevolve_sim.streams import stream

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HERE = Path(__file__).parent
INDEX = HERE.parent.parent / "shared" / "data" / "dated_texts" / "index.csv"
FOLDER = HERE.parent / "results" / "voices_of_centuries"
BASE = "smollm2"
TOPICS = (
    "punishing_murder_by_death",
    "men_earning_and_women_keeping_house",
    "government_help_for_the_poor",
    "letting_foes_of_religion_teach",
    "removing_impious_books_from_libraries",
    "obedience_to_those_in_authority",
    "keeping_sacred_things_pure",
    "loyalty_to_the_group",
    "reason_rather_than_religion",
    "freedom_before_safety",
)
"""What people of every century could be for or against."""

PEOPLE = 12
BEGIN = "I hold that"
"""How every text is begun for the voice: for and against alike."""

PLANTED = (0.1, 0.3, 0.6)
"""Distances of centuries in what texts say whose power is told, root mean square over topics."""

TRIALS = 400
OWN, OTHER, GREY = "#0072B2", "#E69F00", "#888888"


def pairings(members: Sequence[int]) -> Iterator[tuple[tuple[int, int], ...]]:
    """Yield all ways to pair up an even number of members.

    Examples
    --------
    >>> len(list(pairings(range(8))))
    105
    """
    if not members:
        yield ()
        return
    first, *rest = members
    for n, other in enumerate(rest):
        for more in pairings([*rest[:n], *rest[n + 1 :]]):
            yield ((first, other), *more)


@dataclass(frozen=True)
class Distances:
    """How far apart voices of one century and of different ones are, and how often chance does as well.

    Attributes
    ----------
    within, between : float
        Mean distance of two voices of a century, and of two centuries.
    p : float
        Share of the ways to pair up voices, the true one among them, whose pairs are as near.
    n_pairings : int
    null : float array, shape (n_pairings,)
        Mean distance within pairs of each way.
    """

    within: float
    between: float
    p: float
    n_pairings: int
    null: Floats


@cache
def _ways(n: int) -> NDArray[np.int64]:
    return np.array([*pairings(range(n))])


def distances_of(held: Mapping[str, Floats]) -> Distances:
    """Compare distances of voices within centuries with all ways to pair up the voices.

    Parameters
    ----------
    held : mapping of str to float array, shape (topics,)
        What each voice holds; voices are named by century and ``a`` or ``b``.
    """
    names = sorted(held)
    array = np.array([held[name] for name in names])
    apart = np.sqrt(np.nanmean((array[:, None] - array[None]) ** 2, axis=2))
    at = {name: n for n, name in enumerate(names)}
    ways = _ways(len(names))
    null = apart[ways[..., 0], ways[..., 1]].mean(axis=1)
    true = np.array([[at[f"{century}a"], at[f"{century}b"]] for century in sorted({n[:-1] for n in names})])
    within = float(apart[true[:, 0], true[:, 1]].mean())
    upper = np.triu(np.ones_like(apart, dtype=bool), 1)
    upper[true[:, 0], true[:, 1]] = False
    return Distances(
        within, float(apart[upper].mean()), float((null <= within + 1e-12).mean()), len(ways), null
    )


def power(held: Mapping[str, Floats], planted: float, trials: int, seed: int = 0) -> tuple[float, float]:
    """Return how often centuries that are so far apart are found (p < .05), with its standard error.

    Voices of a century differ, topic by topic, as the two of each century did.
    """
    centuries = sorted({name[:-1] for name in held})
    gaps = np.array([held[f"{one}a"] - held[f"{one}b"] for one in centuries])
    spread = np.sqrt(np.nanmean(gaps**2, axis=0) / 2.0)
    rng = stream(seed, "planted centuries")
    n_found = 0
    for _ in range(trials):
        centres = rng.normal(size=(len(centuries), spread.size))
        centres *= planted / np.sqrt(2.0) / np.sqrt((centres**2).mean(axis=1, keepdims=True))
        drawn = {
            f"{century}{half}": centre + spread * rng.normal(size=spread.size)
            for century, centre in zip(centuries, centres, strict=True)
            for half in "ab"
        }
        n_found += distances_of(drawn).p < 0.05
    share = n_found / trials
    return share, float(np.sqrt(share * (1.0 - share) / trials))


def measure(folder: Path, voices: Sequence[str], base: str, people: int = PEOPLE) -> Elicitation:
    """Return the values of each voice in words, as the base's own probe reads them; each is kept."""
    reading = LocalMind(base)
    words = Words(
        values.custom("topics_of_all_centuries", TOPICS), reader="probe", begin=BEGIN, read_by=reading
    )
    eras = [
        Era(name, partial(LocalMind, base, voices={name: folder / "voices" / name}), name) for name in voices
    ]
    with_progress = partial(print, end="\r", flush=True)
    return elicit(
        eras,
        words,
        folder / "words",
        personas=read_personas()[:people],
        progress=lambda era, done, total: with_progress(f"{era}: {done} of {total} texts "),
        at_most_unanswered=1.0,
        allow_unfit=True,
    )


def sentences(
    report: VoicesReport, found: Distances, slope: float, chances: Mapping[float, tuple[float, float]]
) -> list[str]:
    """Return the three sentences; chances of being found are by what is planted."""
    tokens = [one.tokens for one in report.voices]
    leads = [one.margin for one in report.diagonals]
    wrote = (
        f"On {min(tokens):,} to {max(tokens):,} tokens a voice, {report.verdict}; its lead over the best "
        f"voice of another century is {min(leads):+.3f} to {max(leads):+.3f} nats a token."
    )
    apart = (
        f"In what they value, two voices of a century are {found.within:.3f} apart and two of different "
        f"centuries {found.between:.3f}; of {found.n_pairings:,} ways to pair up the voices, {found.p:.1%} "
        f"have pairs as near (p = {found.p:.3f})."
    )
    each = ", ".join(
        f"{share:.0%} (± {1.96 * error:.0%}) at {planted:g}" for planted, (share, error) in chances.items()
    )
    sure = (
        f"Of a difference between stances the probe reads {slope:.2f}; centuries that differ in what they "
        f"say would have been found (p < .05) in {each} of trials."
    )
    return [wrote, apart, f"{sure} {verdict(report, found)}"]


def verdict(report: VoicesReport, found: Distances) -> str:
    """Return what may be said."""
    if not report.diagonal_wins:
        won = sum(one.wins for one in report.diagonals)
        return (
            f"Voices write like their century in {won} of {len(report.diagonals)} sets of authors, not in "
            "all: nothing is said of what centuries valued."
        )
    if found.p < 0.05:
        return "These voices write like their centuries, and differ by century in what they value."
    return (
        "These voices write like their centuries; that they value like them, or differ by century in what "
        "they value at all, is not shown."
    )


# --- table, figure, command ----------------------------------------------------------------------


def table_of(report: VoicesReport, measured: Elicitation, found: Distances) -> pd.DataFrame:
    """Return everything that was measured, a number a row: quantity, voice, of, value, low, high."""
    rows: list[dict[str, object]] = []
    with report.perplexity.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            mean, error = float(row["nats"]), float(row["standard_error"] or "nan")
            ends = {"low": mean - 1.96 * error, "high": mean + 1.96 * error}
            name = "nats a token" if row["learnt"] == "no" else "nats a token, learnt"
            rows.append({"quantity": name, "voice": row["voice"], "of": row["texts"], "value": mean, **ends})
    for one in report.diagonals:
        told = {"value": one.margin, "low": one.low, "high": one.high}
        rows.append({"quantity": "lead of the own century", "voice": one.own, "of": one.texts.name, **told})
    for era, centre in zip(measured.eras, measured.centres, strict=True):
        read = era.measurement.values  # noqa: PD011 - no pandas
        error = np.nanstd(read, axis=0, ddof=1) / np.sqrt(np.isfinite(read).sum(axis=0))
        for topic, mean, half in zip(TOPICS, centre, 1.96 * error, strict=True):
            ends = {"low": mean - half, "high": mean + half}
            rows.append({"quantity": "value", "voice": era.name, "of": topic, "value": mean, **ends})
    low, high = np.quantile(found.null, (0.025, 0.975))
    chance = {"low": low, "high": high}
    rows.append({"quantity": "distance within centuries", "value": found.within, **chance})
    rows.append({"quantity": "distance between centuries", "value": found.between})
    rows.append({"quantity": "p", "value": found.p})
    return pd.DataFrame(rows, columns=["quantity", "voice", "of", "value", "low", "high"])


def draw(table: pd.DataFrame, found: Distances, lines: Sequence[str]) -> Figure:
    """Draw how well each voice tells each set of authors, and how near voices of a century are."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10.0, 5.6), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1.25, 1.0))
    _draw_nats(left, table)
    right.hist(found.null, bins=40, color="#CCCCCC", edgecolor="white")
    right.axvline(found.within, color=OWN, lw=2, label="the true pairs")
    right.axvline(float(found.null.mean()), color=GREY, lw=1, ls="--", label="mean of all ways")
    right.set_xlabel("mean distance within pairs (rms over topics)")
    right.set_ylabel(f"of {found.n_pairings:,} ways to pair up the voices")
    right.set_title(f"What voices value: p = {found.p:.3f}")
    right.legend(frameon=False)
    figure.supxlabel("\n".join(textwrap.wrap(" ".join(lines), 165)), fontsize=8, ha="left", x=0.01)
    return figure


def _draw_nats(axes: Axes, table: pd.DataFrame) -> None:
    told = table[table["quantity"].str.startswith("nats") & (table["voice"] != "(base)")]
    grid = told.pivot_table(index="voice", columns="of", values="value")
    ahead = grid - grid.min(axis=0)
    for voice, texts in told.loc[told["quantity"].str.endswith("learnt"), ["voice", "of"]].to_numpy():
        ahead.loc[voice, texts] = np.nan
    ahead -= ahead.min(axis=0)
    drawn = axes.imshow(ahead.to_numpy(), cmap="viridis_r", aspect="equal")
    axes.set_xticks(range(len(ahead.columns)), ahead.columns, rotation=90)
    axes.set_yticks(range(len(ahead.index)), ahead.index)
    best = ahead.idxmin(axis=0)
    voices = [str(name) for name in ahead.index]
    for column, texts in enumerate(map(str, ahead.columns)):
        winner = str(best[texts])
        own = winner[:-1] == texts[:-1]
        axes.plot(column, voices.index(winner), marker="o" if own else "x", color=OTHER, ms=7)
    axes.set_xlabel("authors held out of")
    axes.set_ylabel("voice")
    axes.set_title("Nats a token above the best voice (o: of the own century)")
    axes.figure.colorbar(drawn, ax=axes, shrink=0.7)


def main() -> None:
    """Run the study as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--texts", type=Path, default=INDEX)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--tokens", type=int, default=45_000)
    parser.add_argument("--people", type=int, default=PEOPLE)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    how = VoiceSettings(tokens=given.tokens, measured_tokens=1_536, dtype="bfloat16")
    report = train_voices(
        given.texts,
        BASE,
        given.folder / "voices",
        halves=True,
        settings=how,
        progress=lambda what, done, total: print(f"{what}: {done} of {total} ", end="\r", flush=True),
    )
    measured = measure(given.folder, [one.name for one in report.voices], BASE, given.people)
    held = dict(zip((era.name for era in measured.eras), measured.centres, strict=True))
    found = distances_of(held)
    reading = measured.eras[0].measurement.reading
    slope = float("nan") if reading is None else reading.slope
    chances = {planted: power(held, slope * planted, TRIALS) for planted in PLANTED}
    lines = sentences(report, found, slope, chances)
    table = table_of(report, measured, found)
    table.to_csv(HERE / "voices_of_centuries.csv", index=False, float_format="%.5f")
    draw(table, found, lines).savefig(HERE / "voices_of_centuries.png", dpi=150)
    print("\n" + "\n".join(f"{number}. {line}" for number, line in enumerate(lines, 1)))


if __name__ == "__main__":
    main()
