"""Run all benchmarks and write ``RESULTS.md``; ``--full`` adds a million humans everywhere.

With names of sections that stand by themselves, only these are measured, and the rest stays as it is::

    python benchmarks/write_results.py [--full | local_scoring server_client]
"""

from __future__ import annotations

import platform
import sys
import time
from importlib import metadata
from pathlib import Path

import networkx as nx
import numpy as np
from adversaries import adversaries_section
from answers_to_each import answers_to_each_section
from bounds import bounds_section
from camp_counts import camp_counts_section
from cells import cells_section
from ensembles import ensembles_section
from exchange_speed import LEAN_HUMANS, averages_of, ndlib, pairs_of
from games import games_section
from live_view import live_view_section
from measuring import FAMILIES, Timing, network, processor, side_by_side, table
from media import media_section
from mediation import mediation_section
from minds import SECTIONS as SECTIONS_ON_MINDS
from minds import circumstances
from reports import reports_section
from rounds import recorded_quickstart, round_of_a_human, round_over_kernel
from sections import with_section
from studies import studies_section
from two_threads import two_threads_section

from coevolve_sim.networks.ties import full_mixing
from coevolve_sim.rules import Susceptibility, update_synchronously
from coevolve_sim.runs.folder import VERSIONED

TARGETS = "## Against the targets"
SECTIONS = {
    "reports": (
        "## A report, as a command and as the last phase of a run",
        lambda: f"{reports_section()}\n\n{circumstances()}",
    ),
    "camp_counts": (
        "## Camps counted, beside the variance",
        lambda: f"{camp_counts_section()}\n\n{circumstances()}",
    ),
    "bounds": (
        "## What bounds the targets that are missed",
        lambda: f"{bounds_section()}\n\n{circumstances()}",
    ),
    "two_threads": (
        "## Two threads beside one",
        lambda: f"{two_threads_section()}\n\n{circumstances()}",
    ),
    "mediation": (
        "## A round with an editor of what people say, beside one without",
        lambda: f"{mediation_section()}\n\n{circumstances()}",
    ),
    "answers_to_each": (
        "## An assistant that answers each human otherwise",
        lambda: f"{answers_to_each_section()}\n\n{circumstances()}",
    ),
    "media": (
        "## A round with outlets, beside one without",
        lambda: f"{media_section()}\n\n{circumstances()}",
    ),
    "games": (
        "## A round with games, beside one without",
        lambda: f"{games_section()}\n\n{circumstances()}",
    ),
    "adversaries": (
        "## A round with adversaries and guards, beside one without",
        lambda: f"{adversaries_section()}\n\n{circumstances()}",
    ),
    "live_view": (
        "## A society that plays in a browser",
        lambda: f"{live_view_section()}\n\n{circumstances()}",
    ),
    "cells": (
        "## People asked by cells, beside everybody asked",
        lambda: f"{cells_section()}\n\n{circumstances()}",
    ),
    "studies": ("## Studies of many small runs", lambda: f"{studies_section()}\n\n{circumstances()}"),
    "ensembles": (
        "## Runs that go through their rounds together",
        lambda: f"{ensembles_section()}\n\n{circumstances()}",
    ),
} | SECTIONS_ON_MINDS
"""The sections that can be measured and written by themselves: heading, and what measures it."""
PAGE = """\
# Results

Written by `make bench`{full}: Python {python} on {machine} ({cores}), {versions}. It took {minutes:.1f}
minutes. Medians, with half the distance between quartiles in per cent of them (±). What stands in one row
was measured in turns in one process, in processor time, as all of it runs in one thread: read ratios, not
speeds. Networks have a mean degree of 10: Watts-Strogatz (WS, rewiring .1) and Barabasi-Albert (BA).
Nothing on this page was computed on a GPU: none was at hand.

## One pair a human (Deffuant), pairs a second

*Floor*: both rows of pairs drawn beforehand are read and written, with no rule and no draws. *SciPy*:
batches without conflicts, which is not the exact process. *Mesa*: one agent a person and nothing else, one
dimension. *NDlib*: AlgorithmicBias at gamma 0, {lean:,} humans, its own process.

{pairs}

## All at once (Hegselmann-Krause), ties a second

*Kernel*: the compiled loop; *ours*: `update_synchronously`, with its checks. *Gather floor*: the same gathers
and sums, no rule. *Byte floor*: every array read or written once at this machine's copy bandwidth.
*NDlib*: WHK.

{averages}

## Full mixing, one dimension (Hegselmann-Krause by sorting), humans a second

{mixing}

## A network of a million humans and mean degree 10

{generation}

## A whole round over its kernel

History moves everybody, half of the humans consult a learning assistant, measures every tenth round, a
sampled record, one dimension alone or 19. *Cheap* measures: disagreement of individuals and of ties;
*sorted*: variance and effective clusters, which sort every dimension.

{rounds}

A round of a human at {growth_sizes} humans, relative to the first (five dimensions, cheap measures):
{growth}.

The numeric quickstart with its record takes {recorded:.2f} times its rounds and measures alone (elapsed
time).

## Against the targets

{targets}

Where these are missed:

- *Gather floor, one dimension.* The floor is one load and one addition a tie; the rule adds a comparison, a
  product and a second sum, and the number of ties of a human is guessed wrongly at each row's end in both. A
  loop with nothing but the rule is further from the floor than the kernel, which reads ahead: the section on
  what bounds these targets has both.
- *A round over its kernel.* Measured by itself, three times over, it stands in that section. The kernel
  includes keeping values in [0, 1] and finding out whether all are finite, which it does as it writes.
  Consultation (half of the humans' rows are read for the assistant and moved, in one pass) costs about an
  eighth of the kernel, measures every tenth round a twelfth, history a twentieth, and the check, which takes
  the means of groups too, a thirtieth.
- *Growth.* Values of 10,000 humans lie in the caches, those of a million do not: a bare gather of the same
  ties, which has no rule, grows more than a round does (in that section). Rounds are linear beyond.
- *Small rounds.* Streams, checks and one transaction a round cost about a millisecond, whatever the size; the
  record of a small run mostly waits for the disk, which confirms every round.
"""


def shown(timing: Timing, count: float) -> str:
    """Return a speed with its spread."""
    return f"{count / timing.median:.2g} ±{100 * timing.spread:.0f}"


def times_of(times: dict[str, Timing], name: str, own: str) -> str:
    """Return how many times as long something takes; empty where it was not taken."""
    return f"{times[name].median / times[own].median:.1f}" if name in times else ""


def exchange_tables(sizes: list[int], rival: dict[str, float] | str) -> tuple[str, str, dict[str, float]]:
    """Return the tables of both schedules, and the ratios that targets are about."""
    pairs, averages, kept = [], [], {}
    for family in FAMILIES:
        for humans in sizes:
            for dimensions in (1, 19):
                head = [family, f"{humans:,}", str(dimensions)]
                n, times = pairs_of(family, humans, dimensions)
                against = _against(rival, f"pairs {family}", n / times["ours"].median, humans, dimensions)
                floor = times["floor"].median / times["ours"].median
                lean = times_of(times, "mesa", "ours")
                kept[f"pairs {family} {humans} {dimensions} mesa"] = float(lean or np.nan)
                kept[f"pairs {family} {humans} {dimensions} ndlib"] = float(against or np.nan)
                pairs.append(
                    [
                        *head,
                        shown(times["ours"], n),
                        f"{floor:.2f}",
                        times_of(times, "scipy", "ours"),
                        lean,
                        against,
                    ]
                )
                n, times = averages_of(family, humans, dimensions)
                against = _against(rival, f"averages {family}", n / times["ours"].median, humans, dimensions)
                floor = times["floor"].median / times["kernel"].median
                lean = times_of(times, "mesa", "ours")
                kept[f"averages {family} {humans} {dimensions} floor"] = floor
                kept[f"averages {family} {humans} {dimensions} mesa"] = float(lean or np.nan)
                kept[f"averages {family} {humans} {dimensions} ndlib"] = float(against or np.nan)
                bytes_floor = times["bytes"].median / times["kernel"].median
                speeds = [shown(times["kernel"], n), shown(times["ours"], n)]
                shares = [f"{floor:.2f}", f"{bytes_floor:.2f}"]
                averages.append([*head, *speeds, *shares, times_of(times, "scipy", "ours"), lean, against])
    head = ["network", "humans", "dimensions"]
    ends = ["times SciPy", "times Mesa", "times NDlib"]
    return (
        table([*head, "ours", "of floor", *ends], pairs),
        table([*head, "kernel", "ours", "of gather floor", "of byte floor", *ends], averages),
        kept,
    )


def _against(rival: dict[str, float] | str, key: str, speed: float, humans: int, dimensions: int) -> str:
    there = not isinstance(rival, str) and humans == LEAN_HUMANS and dimensions == 1
    return f"{speed / rival[key]:.0f}" if there else ""  # type: ignore[index]


def mixing_table(sizes: list[int]) -> str:
    """Return the table of full mixing in one dimension, one confidence for all or one each."""
    rows = []
    for humans in sizes:
        x = np.random.default_rng(1).random((humans, 1))
        ties, own = full_mixing(humans), 0.1 + 0.2 * np.random.default_rng(2).random(humans)
        alike, each = (Susceptibility.of(humans, confidence=c, rate=0.5) for c in (0.2, own))
        times = side_by_side(
            {
                "alike": lambda x=x, t=ties, how=alike: update_synchronously(x, t, how),
                "each": lambda x=x, t=ties, how=each: update_synchronously(x, t, how),
                "sort": lambda x=x: np.sort(x[:, 0]),
            }
        )
        rows.append([f"{humans:,}", *(shown(times[name], humans) for name in ("alike", "each", "sort"))])
    return table(["humans", "one confidence", "one each", "sorting alone"], rows)


def generation_table(full: bool) -> tuple[str, float]:
    """Return the table of generators against networkx (at a tenth, scaled, unless full), and the least."""
    scale = 1 if full else 10
    rows, ratios = [], []
    for family, make in (
        ("WS", lambda n: nx.watts_strogatz_graph(n, 10, 0.1, seed=1)),
        ("BA", lambda n: nx.barabasi_albert_graph(n, 5, seed=1)),
    ):
        ours = side_by_side({"ours": lambda f=family: network(f, 1_000_000)}, 3)["ours"]
        began = time.process_time()
        nx.to_scipy_sparse_array(make(1_000_000 // scale))
        theirs = scale * (time.process_time() - began)
        ratios.append(theirs / ours.median)
        rows.append(
            [family, f"{ours.median:.2f} s ±{100 * ours.spread:.0f}", f"{theirs:.1f} s", f"{ratios[-1]:.0f}"]
        )
    how = "networkx, to rows" if full else "networkx, to rows (10 times what 100,000 take)"
    return table(["network", "ours", how, "ratio"], rows), min(ratios)


def rounds_table(full: bool) -> tuple[str, float]:
    """Return the table of whole rounds over kernels, and the ratio that the target is about."""
    cases = [(10_000, 1, "cheap"), (100_000, 19, "cheap"), (1_000_000, 19, "cheap")]
    cases += [(1_000_000, 19, "sorted"), (1_000_000, 1, "cheap")] if full else []
    rows, goal = [], np.nan
    for humans, dimensions, measures in cases:
        whole, kernel, ratio = round_over_kernel(humans, dimensions, measures)
        if (humans, dimensions, measures) == (1_000_000, 19, "cheap"):
            goal = ratio.median
        milliseconds = [f"{1000 * t.median:.3g} ms ±{100 * t.spread:.0f}" for t in (whole, kernel)]
        rows.append([f"{humans:,}", str(dimensions), measures, *milliseconds, f"{ratio.median:.2f}"])
    return table(["humans", "dimensions", "measures", "round", "kernel", "ratio"], rows), float(goal)


def verdicts(kept: dict[str, float], goal: float, generation: float, growth: list[float]) -> str:
    """Return the table of targets."""
    rows = []

    def judge(what: str, target: float, found: float, at_most: bool = False) -> None:
        if not np.isnan(found):
            met = found <= target if at_most else found >= target
            rows.append(
                [
                    what,
                    f"{'at most' if at_most else 'at least'} {target:g}",
                    f"{found:.3g}",
                    "met" if met else "missed",
                ]
            )

    for family in FAMILIES:
        start = f"{LEAN_HUMANS} 1"
        judge(f"Deffuant over NDlib, {family}", 1500, kept[f"pairs {family} {start} ndlib"])
        judge(f"Deffuant over lean Mesa, {family}", 100, kept[f"pairs {family} {start} mesa"])
        judge(f"Hegselmann-Krause over NDlib, {family}", 3000, kept[f"averages {family} {start} ndlib"])
        judge(f"Hegselmann-Krause over lean Mesa, {family}", 60, kept[f"averages {family} {start} mesa"])
        for dimensions, share in ((1, 0.8), (19, 0.55)):
            found = kept.get(f"averages {family} 1000000 {dimensions} floor", np.nan)
            judge(f"of the gather floor, a million humans, {family}, {dimensions} dimensions", share, found)
    judge("generation over networkx", 20, generation)
    judge("a round over its kernel, a million humans, 19 dimensions", 1.3, goal, at_most=True)
    judge("growth of a round of a human, largest over least", 1.2, max(growth) / min(growth), at_most=True)
    return table(["what", "target", "found", "verdict"], rows)


def main() -> None:
    """Write the results, or some sections of them."""
    names, page = [name for name in sys.argv[1:] if name != "--full"], Path(__file__).parent / "RESULTS.md"
    if unknown := [name for name in names if name not in SECTIONS]:
        raise SystemExit(
            f"no section '{unknown[0]}' stands by itself; {', '.join(SECTIONS)} do. "
            "Without a name, all is measured"
        )
    text = page.read_text(encoding="utf-8") if names else whole_page()
    page.write_text(text, encoding="utf-8")
    for name in names or SECTIONS:
        heading, measured = SECTIONS[name]
        text = with_section(text, heading, measured(), before=TARGETS)
        page.write_text(text, encoding="utf-8")
    print(text)


def whole_page() -> str:
    """Return the page, without the sections that stand by themselves."""
    began, full = time.perf_counter(), "--full" in sys.argv
    sizes = [10_000, 100_000] + ([1_000_000] if full else [])
    pairs, averages, kept = exchange_tables(sizes, ndlib())
    if not full:
        for family in FAMILIES:
            for dimensions in (1, 19):
                _, times = averages_of(family, 1_000_000, dimensions)
                ratio = times["floor"].median / times["kernel"].median
                kept[f"averages {family} 1000000 {dimensions} floor"] = ratio
    mixing = mixing_table([10_000, 1_000_000])
    generation, least = generation_table(full)
    rounds, goal = rounds_table(full)
    growth_sizes = (10_000, 100_000, 1_000_000)
    each = [round_of_a_human(humans, 5) for humans in growth_sizes]
    return PAGE.format(
        full=" with `--full`" if full else "",
        python=platform.python_version(),
        machine=platform.machine(),
        cores=processor(),
        versions=", ".join(f"{name} {metadata.version(name)}" for name in VERSIONED),
        minutes=(time.perf_counter() - began) / 60,
        lean=LEAN_HUMANS,
        pairs=pairs,
        averages=averages,
        mixing=mixing,
        generation=generation,
        rounds=rounds,
        growth_sizes=", ".join(f"{n:,}" for n in growth_sizes),
        growth=", ".join(f"{one / each[0]:.2f}" for one in each),
        recorded=recorded_quickstart(),
        targets=verdicts(kept, goal, least, each),
    )


if __name__ == "__main__":
    main()
