"""Loops run by several threads give the bytes that one thread gives."""

import json
import os
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from coevolve_sim import threads
from coevolve_sim.errors import CoevolveError
from coevolve_sim.rules import RULES, Susceptibility, passes, update_synchronously
from coevolve_sim.rules.exchange import move_by_speaker_in_place
from tests import ROOT
from tests.digests_by_threads import RULES as RULES_RUN

WHOLE = 1_000_000_000
"""A block that holds any society here: all in one part, as before there were threads."""
SMALL = 256


@pytest.fixture(autouse=True)
def threads_as_before():
    """Leave the number of threads as it was."""
    before = threads._crew.wanted
    yield
    threads.set_threads(before)


def digests_of(n_threads, block):
    """Run the societies in a process of their own."""
    command = [sys.executable, "-m", "tests.digests_by_threads", str(n_threads), str(block)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def on_one_thread_in_one_part():
    return digests_of(1, WHOLE)


def test_every_rule_is_run():
    assert RULES_RUN.keys() == set(RULES.own)


@pytest.mark.slow
@pytest.mark.parametrize("n_threads", [1, 2, 4, 16])
def test_societies_have_the_same_digests_on_any_number_of_threads(n_threads, on_one_thread_in_one_part):
    found = digests_of(n_threads, SMALL)
    assert found["digests"] == on_one_thread_in_one_part["digests"]
    assert on_one_thread_in_one_part["in parts"] == []
    loops = {name.rpartition(".")[2] for name in found["in parts"]}
    assert loops >= {
        *("average_joint", "average_one_dimension", "average_per_dimension", "average_in_full_mixing"),
        *("pool_over_ties", "means_by_side", "cut", "edit", "shift", "shift_in_turn", "hear_one_each"),
        *("find_nearest", "hear_several", "look", "sort", "_covariance", "_distances", "_count_people"),
        *("_laplacian_product", "_squared_differences"),
    }
    assert ("tell_and_move" in loops) == (n_threads > 1)


def test_blocks_end_where_the_work_in_a_row_says_and_not_the_number_of_threads():
    ends = {}
    for n_threads in (1, 3):
        threads.set_threads(n_threads)
        ends[n_threads] = threads.run_in_blocks(lambda first, last: (first, last), 1000, threads.BLOCK / 300)
    assert ends[1] == ends[3] == [(0, 256), (256, 512), (512, 768), (768, 1000)]


def test_blocks_begin_where_rows_are_fetched_ahead():
    for numbers_a_row in (0.5, 11, 209.0, 1e6):
        assert threads.rows_of_block(numbers_a_row) % threads.ALIGNED == 0


def test_parts_are_worked_on_by_several_threads_and_finished_in_their_order():
    threads.set_threads(4)
    at, seen, finished = threading.Barrier(4, timeout=60), set(), []

    def work(first, last):
        if first < 4:
            at.wait()  # passes only if four threads are here at once
        seen.add(threading.get_ident())
        time.sleep(0.002 * (7 - first % 8))  # later parts are ready first
        return first

    threads.run_in_parts(work, 40, 1, then=lambda first, _last, found: finished.append((first, found)))
    assert len(seen) == 4
    assert finished == [(n, n) for n in range(40)]


def test_what_goes_wrong_in_a_part_stops_the_loop_and_is_raised():
    threads.set_threads(3)
    begun = []

    def work(first, _last):
        begun.append(first)
        if first == 5:
            raise ZeroDivisionError("in part 5")
        time.sleep(0.01)

    with pytest.raises(ZeroDivisionError, match="in part 5"):
        threads.run_in_parts(work, 1000, 1)
    assert len(begun) < 100
    assert threads.run_in_parts(lambda first, last: last - first, 5, 2) == [2, 2, 1]


def test_a_second_loop_meanwhile_runs_in_its_own_thread():
    threads.set_threads(2)

    def inner(first, _last):
        return threading.get_ident()

    def outer(first, _last):
        return threading.get_ident(), set(threads.run_in_parts(inner, 20, 1))

    assert all(inside == {own} for own, inside in threads.run_in_parts(outer, 20, 1))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:This process.*multi-threaded:DeprecationWarning")
def test_a_forked_process_has_threads_of_its_own():
    threads.set_threads(2)
    assert threads.run_in_parts(lambda first, last: last, 4, 1) == [1, 2, 3, 4]
    child = os.fork()
    if child == 0:
        found = threads.run_in_parts(lambda first, last: last, 4, 1)
        os._exit(0 if found == [1, 2, 3, 4] and threads.count_threads() == 2 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_value_that_is_not_finite_is_found_in_whichever_block(monkeypatch):
    from coevolve_sim import networks
    from coevolve_sim.errors import RuleError
    from coevolve_sim.scenario import loads

    monkeypatch.setattr(threads, "BLOCK", SMALL)
    threads.set_threads(2)
    text = "{name: n, rounds: 1, network: {family: watts_strogatz, degree: 4}}"
    ties, listening = networks.build(loads(text).network, 500, 1), Susceptibility.of(500)
    for human in (0, 255, 499):
        values = np.full((500, 2), 0.5)
        values[human, 1] = np.inf
        with pytest.raises(RuleError, match=f"human {human}"):
            update_synchronously(values, ties, listening)


@pytest.mark.parametrize("n_threads", [1, 2, 4])
def test_what_assistants_are_told_is_summed_in_the_order_of_humans(n_threads, monkeypatch):
    monkeypatch.setattr(threads, "BLOCK", SMALL)
    threads.set_threads(n_threads)
    rng = np.random.default_rng(1)
    x, speakers = rng.random((1000, 3)), rng.integers(2, size=700)
    humans, told, wanted = np.sort(rng.choice(1000, 700, replace=False)), np.zeros((2, 3)), np.zeros((2, 3))
    for human, speaker in zip(humans, speakers, strict=True):
        wanted[speaker] += x[human]
    said, near = np.array([[0.2, 0.5, 0.7], [0.9, 0.1, 0.4]]), Susceptibility.of(1000)
    move_by_speaker_in_place(x, humans, said, near, x.copy(), speakers=speakers, told=told)
    assert told.tobytes() == wanted.tobytes()
    passes.cut(0, 1000, x)


# --- how many ------------------------------------------------------------------------------------


def test_as_many_as_there_are_cores_unless_somebody_says_otherwise(monkeypatch):
    monkeypatch.delenv(threads.VARIABLE, raising=False)
    threads.set_threads(None)
    assert threads.count_threads() == threads.count_cores()
    monkeypatch.setenv(threads.VARIABLE, "3")
    threads.set_threads(None)
    assert threads.count_threads() == 3
    with threads.hold_threads(5):
        assert threads.count_threads() == 5
    assert threads.count_threads() == 3
    with threads.hold_threads(None):
        assert threads.count_threads() == 3


@pytest.mark.parametrize("text", ["0", "-1", "two", "1.5", "²"])
def test_an_environment_that_asks_for_no_number_is_one_error_before_anything_is_written(
    text, monkeypatch, tmp_path
):
    import coevolve_sim

    monkeypatch.setenv(threads.VARIABLE, text)
    threads.set_threads(None)
    with pytest.raises(CoevolveError, match=f"COEVOLVE_THREADS is '{text}'; a whole number"):
        coevolve_sim.run("quickstart_numeric", results=tmp_path)
    assert not [*tmp_path.iterdir()]


def test_fewer_than_one_is_refused():
    with pytest.raises(CoevolveError, match="0 threads given; at least 1 is needed"):
        threads.set_threads(0)
