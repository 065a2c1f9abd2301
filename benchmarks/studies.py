"""Studies of many small runs: beside NDlib and lean Mesa, by what is recorded, as they grow, on two workers.

python benchmarks/studies.py --grow RUNS     what a study of so many tiny runs takes, as JSON
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
from exchange_speed import CONFIDENCE, lean_mesa
from measuring import Timing, of, table
from ndlib_agreement import ndlib_python

from coevolve_sim import networks
from coevolve_sim.scenario import ChangeableScenario, loads
from coevolve_sim.society.setup import build_setup
from coevolve_sim.studies.driver import Means, run_plan
from coevolve_sim.studies.plan import StudyPlan, build_plan
from coevolve_sim.studies.run_summary import summarise_run
from coevolve_sim.studies.study import Study
from coevolve_sim.studies.worlds import World, build_default_worlds

HERE = Path(__file__).parent
ALONE = Means(workers=1)
RULES = {"deffuant_weisbuch": "Deffuant", "hegselmann_krause": "Hegselmann-Krause"}
SIZES = (10, 100, 1_000, 10_000)
HUMANS, ROUNDS = 400, 92
NETWORK = "{family: watts_strogatz, degree: 10, rewiring: 0.1}"

PEERS = """
name: bench
rounds: {rounds}
value_space: {{name: axes, dimensions: [a]}}
network: {network}
population: {{humans: {humans}, groups: [{{name: all, distribution: uniform}}]}}
update: {{rule: {rule}, confidence: {{peer: {confidence}}}, rate: {{peer: 0.5}}}}
measures: {measures}
"""
"""A society of peers alone, as NDlib and a lean Mesa model have it."""

AT_THE_END = "variance, at the end"
MEASURES = {
    AT_THE_END: f"{{every: {ROUNDS}, names: [variance]}}",
    "variance, every 2nd round": "{every: 2, names: [variance]}",
    "all, every 2nd round": "{every: 2}",
}
"""What ours measures; the others take the variance as often."""

WITH_ASSISTANT = """
name: bench
rounds: {rounds}
rounds_per_era: 4
value_space: {{name: axes, dimensions: [{dimensions}]}}
history: {{kind: planted, eras: 24}}
network: {network}
population: {{humans: {humans}}}
assistants: [{{name: assistant}}]
measures: {{every: 2}}
"""

TINY = """
name: tiny
rounds: 3
value_space: {name: axes, dimensions: [a, b]}
history: {kind: planted, eras: 4}
network: {family: complete}
population: {humans: 20}
assistants: [{name: assistant}]
measures: {names: [total_variance]}
"""


def plan_of(text: str, runs: int, *, record: str = "summary", worlds: int | None = None) -> StudyPlan:
    """Return the plan of a study of about so many runs; of one world, or of the default worlds."""
    base = ChangeableScenario.of(loads(text))
    scenario = base.change(()).scenario
    made = build_default_worlds(scenario) if scenario.assistants else [World("as_written")]
    made = made if worlds is None else [*made[: worlds - 1], made[-1]]
    return build_plan(base, made, replications=max(1, runs // len(made)), record=record)


def run_study(plan: StudyPlan, means: Means = ALONE) -> tuple[float, float]:
    """Return the processor time and the time elapsed of a study, a run."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.process_time(), time.perf_counter()
        run_plan(plan, folder, means)
        ended = time.process_time(), time.perf_counter()
    return (ended[0] - began[0]) / plan.n_runs, (ended[1] - began[1]) / plan.n_runs


# --- beside NDlib and lean Mesa ------------------------------------------------------------------


def run_in_mesa(rule: str, seed: int, *, measured: bool) -> None:
    """Run the society in a lean Mesa model to its end; where it is measured, its variance."""
    text = f"{{name: bench, rounds: 1, network: {NETWORK}}}"
    ties = networks.build(loads(text).network, HUMANS, seed)
    model = lean_mesa(ties, np.random.default_rng(seed).random((HUMANS, 1)))
    for round_index in range(1, ROUNDS + 1):
        if rule == "deffuant_weisbuch":
            model.agents.shuffle_do("meet")
        else:
            model.agents.do("average").do("adopt")
        if measured and round_index % 2 == 0:
            np.var(model.agents.get("value"))


def time_mesa(rule: str, runs: int, *, measured: bool) -> float:
    """Return the processor time of a run in Mesa."""
    began = time.process_time()
    for seed in range(1, runs + 1):
        run_in_mesa(rule, seed, measured=measured)
    return (time.process_time() - began) / runs


def time_ndlib(python: Path, rule: str, runs: int, *, measured: bool) -> float:
    """Return the processor time of a run in NDlib, in its own process, imports left out."""
    how = "measured" if measured else "plain"
    done = subprocess.run(
        [python, HERE / "ndlib_runs.py", rule, how, str(runs)],
        check=True,
        capture_output=True,
        text=True,
        timeout=300,
    )
    return float(median(json.loads(done.stdout.splitlines()[-1])))


def beside_others(repeats: int = 5) -> str:
    """Return the table of runs a second beside NDlib and lean Mesa."""
    python = ndlib_python()
    rows = []
    for rule, title in RULES.items():
        for label, names in MEASURES.items():
            measured = label != AT_THE_END
            text = PEERS.format(
                rule=rule,
                measures=names,
                rounds=ROUNDS,
                humans=HUMANS,
                network=NETWORK,
                confidence=CONFIDENCE,
            )
            plan = plan_of(text, 10, record="summary" if measured else "none")
            turns: dict[str, list[float]] = {"ours": [], "Mesa": [], "NDlib": []}
            run_study(plan)
            for _ in range(repeats):
                turns["ours"].append(run_study(plan)[0])
                turns["Mesa"].append(time_mesa(rule, 5, measured=measured))
                if python is not None:
                    turns["NDlib"].append(time_ndlib(python, rule, 1, measured=measured))
            cells = [title, label]
            ours = of([1 / t for t in turns["ours"]])
            cells.append(f"{ours.median:.1f} ±{100 * ours.spread:.0f}")
            for name in ("Mesa", "NDlib"):
                ratios = [b / a for a, b in zip(turns["ours"], turns[name], strict=False)]
                cells.append(_ratio(of(ratios)) if ratios else "left out")
            rows.append(cells)
    columns = ["rule", "our measures", "runs a second", "times lean Mesa", "times NDlib"]
    return table(columns, rows)


def _ratio(timing: Timing) -> str:
    return f"{timing.median:.3g} ±{100 * timing.spread:.0f}"


# --- by what is recorded -------------------------------------------------------------------------


def by_record(repeats: int = 5) -> tuple[str, float]:
    """Return the table of a run's processor time by what is recorded, and the largest with a summary."""
    rows, largest = [], 0.0
    for n_dimensions in (1, 3, 5):
        text = WITH_ASSISTANT.format(
            rounds=ROUNDS, humans=HUMANS, network=NETWORK, dimensions=", ".join("abcde"[:n_dimensions])
        )
        plans = {record: plan_of(text, 6, record=record) for record in ("none", "summary", "full")}
        setup = build_setup(loads(text))
        turns: dict[str, list[float]] = {name: [] for name in (*plans, "rounds alone", "full, elapsed")}
        for repeat in range(repeats + 1):
            began = time.process_time()
            summarise_run(setup)
            alone = time.process_time() - began
            taken = {record: run_study(plan) for record, plan in plans.items()}
            if repeat:  # the first is not counted
                turns["rounds alone"].append(alone)
                turns["full, elapsed"].append(taken["full"][1])
                for record, (processor_time, _) in taken.items():
                    turns[record].append(processor_time)
        found = {name: of(times) for name, times in turns.items()}
        largest = max(largest, found["summary"].median)
        rows.append(
            [
                str(n_dimensions),
                *(
                    f"{found[name].median:.3f} s ±{100 * found[name].spread:.0f}"
                    for name in ("rounds alone", "none", "summary", "full", "full, elapsed")
                ),
                _ratio(of([b / a for a, b in zip(turns["summary"], turns["full"], strict=True)])),
            ]
        )
    columns = ["dimensions", "rounds alone", "none", "summary", "full", "full, elapsed", "full over summary"]
    return table(columns, rows), largest


# --- growth --------------------------------------------------------------------------------------


def resident(field: str) -> float:
    """Return the memory of this process in MiB, now (``VmRSS``) or at its peak (``VmHWM``)."""
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) / 1024
    return float("nan")


def grow(runs: int) -> dict[str, float]:
    """Return what a study of so many tiny runs of two worlds takes, once warm, and reading it."""
    run_study(plan_of(TINY, 10, worlds=2))
    before, plan = resident("VmRSS"), plan_of(TINY, runs, worlds=2)
    with tempfile.TemporaryDirectory() as folder:
        began = time.process_time()
        study: Study = run_plan(plan, folder, ALONE)
        found = {"a run": (time.process_time() - began) / plan.n_runs, "before": before}
        found["running"] = resident("VmHWM")
        for name in ("effects", "trajectories"):
            began = time.process_time()
            getattr(study, name)
            found[name] = time.process_time() - began
    return found | {"reading": resident("VmHWM")}


def growth() -> tuple[str, float]:
    """Return the table of growth, each size in a process of its own, and the largest time over the least."""
    rows, each = [], []
    for runs in SIZES:
        done = subprocess.run(
            [sys.executable, __file__, "--grow", str(runs)],
            check=True,
            capture_output=True,
            text=True,
            timeout=1800,
        )
        found = json.loads(done.stdout.splitlines()[-1])
        each.append(found["a run"])
        rows.append(
            [
                f"{runs:,}",
                f"{1000 * found['a run']:.2f} ms",
                *(f"{found[name]:.0f} MiB" for name in ("before", "running", "reading")),
                *(f"{found[name]:.2f} s" for name in ("effects", "trajectories")),
            ]
        )
    columns = ["runs", "a run", "before", "peak, running", "peak, read", "effects", "trajectories"]
    return table(columns, rows), max(each[1:]) / min(each[1:])


# --- two workers ---------------------------------------------------------------------------------


def two_workers(repeats: int = 3) -> tuple[str, float]:
    """Return the table of two workers' efficiency, and the least median with their start apart.

    The processes of one study are there for the next one: only the first of each size starts any.
    """
    text = WITH_ASSISTANT.format(rounds=ROUNDS, humans=HUMANS, network=NETWORK, dimensions="a, b, c")
    plan = plan_of(text, 120)
    run_study(plan_of(text, 3))
    with_start = run_study(plan, Means(workers=2))[1]
    ones, ratios = [], []
    for _ in range(repeats):
        one, two = run_study(plan)[1], run_study(plan, Means(workers=2))[1]
        ones.append(one)
        ratios.append(one / (2 * two))
    apart, included = of(ratios), median(ones) / (2 * with_start)
    row = [f"{plan.n_runs:,}", f"{median(ones) * plan.n_runs:.1f} s", _ratio(apart), f"{included:.2f}"]
    return table(["runs", "one worker", "efficiency of two", "their start included"], [row]), apart.median


# --- the section ---------------------------------------------------------------------------------

TEXT = """\
Runs of {humans} humans and {rounds} rounds on a Watts-Strogatz network of degree 10, as a study computes
them: scenario, network and people built, rounds, summary, row. In turns, in processor time, but for what is
said to be elapsed; medians, with half the distance between quartiles in per cent of them (±).

*Peers alone, one dimension.* The same society in a lean Mesa model (one agent a person and nothing else, on
our network) and in NDlib (AlgorithmicBias at gamma 0, and WHK; its own process). Where ours takes all its
measures, theirs take the variance alone, in the same rounds.

{others}

*History and an assistant, in three worlds, all measures in every second round*, by what a study records:
outcomes (*none*), means by round besides (*summary*), a folder a run (*full*: what `coevolve run` leaves).
*Rounds alone*: the same rounds and means of one society that is built already.

{records}

*Growth.* Tiny runs (20 humans, 3 rounds, one measure) of two worlds, each size in a process of its own, once
warm: processor time a run; memory of the process before, at its peak as the study runs, and at its peak once
effects and trajectories were read; the time that the tables of effects and of trajectories take.

{growth}

*Two workers*, of {cores} cores: the time elapsed with one worker over twice that with two.

{workers}

{targets}"""


def judge(what: str, target: float, found: float, *, at_most: bool = True) -> list[str]:
    """Return a row of the table of targets."""
    met = found <= target if at_most else found >= target
    word = "at most" if at_most else "at least"
    return [what, f"{word} {target:g}", f"{found:.3g}", "met" if met else "missed"]


def studies_section() -> str:
    """Return the section on studies of many small runs."""
    workers, efficiency = two_workers()
    others, (records, largest), (grown, ratio) = beside_others(), by_record(), growth()
    targets = [
        judge("processor time of a run with a summary, largest, in seconds", 0.35, largest),
        judge("the same, aimed at", 0.2, largest),
        judge("growth of a run from 100 to 10,000 runs, largest over least", 1.2, ratio),
        judge("efficiency of two workers, their start apart", 0.85, efficiency, at_most=False),
    ]
    return TEXT.format(
        humans=HUMANS,
        rounds=ROUNDS,
        cores=os.cpu_count(),
        others=others,
        records=records,
        growth=grown,
        workers=workers,
        targets=table(["what", "target", "found", "verdict"], targets),
    )


if __name__ == "__main__":
    if sys.argv[1:2] != ["--grow"]:
        raise SystemExit(__doc__)
    print(json.dumps(grow(int(sys.argv[2]))))
