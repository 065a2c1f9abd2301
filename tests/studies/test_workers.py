"""Whoever computes a study, its rows are the same; a task that kills its process costs no other."""

from __future__ import annotations

import socket
import time

import pytest

import coevolve_sim
from coevolve_sim.errors import StudyError
from coevolve_sim.society.objects import Objects
from coevolve_sim.studies import workers
from coevolve_sim.studies.comparing import plan_comparison
from coevolve_sim.studies.driver import Means, run_plan
from coevolve_sim.studies.ray_cluster import _collect, check_ray
from coevolve_sim.studies.sweeping import plan_sweep
from coevolve_sim.threads import count_threads, hold_threads
from tests.studies.tiny import DEADLY, WITH_AND_WITHOUT, numbers, words

N_TASKS = 12


def deadly_sweep(folder, mark="", replications=2, peers=(0.2, 0.4, 0.6)):
    """Return the plan of a sweep: at half of its points an assistant kills its process."""
    (folder / "mine.py").write_text(DEADLY, "utf-8")
    policy = f"{{kind: custom, path: '{folder}/mine.py:Deadly', parameters: {{mark: '{mark}', deadly: 0}}}}"
    axes = {"assistants.0.policy.parameters.deadly": [1, 0], "update.rate.peer": peers}
    return plan_sweep(numbers(f"assistants.0.policy={policy}", "rounds=2"), axes, replications=replications)


def test_two_processes_compute_the_same_study_as_one(tmp_path):
    plan = plan_comparison(numbers(), WITH_AND_WITHOUT, replications=N_TASKS)
    alone, two = (run_plan(plan, tmp_path / str(n), Means(workers=n)) for n in (1, 2))
    assert alone.counts == {"finished": 2 * N_TASKS, "failed": 0, "left": 0}
    assert two.digest() == alone.digest()
    full = plan_comparison(numbers(), WITH_AND_WITHOUT, replications=4, record="full")
    here, there = (run_plan(full, tmp_path / f"full{n}", Means(workers=n)) for n in (1, 2))
    assert here.digest() == there.digest()
    assert len(list((there.folder / "runs").iterdir())) == 8


@pytest.mark.slow
def test_a_task_that_kills_its_process_is_put_down_and_costs_no_other(tmp_path):
    study = run_plan(deadly_sweep(tmp_path, peers=[0.2]), tmp_path, Means(workers=2))
    runs = study.runs
    deadly = runs["assistants.0.policy.parameters.deadly"] == 1
    assert set(runs[deadly]["status"]) == {"failed"}
    assert set(runs[deadly]["stage"]) == {"worker"}
    assert runs[deadly]["error"].str.contains("died 3 times").all()
    assert set(runs[~deadly]["status"]) == {"finished"}
    assert study.counts == {"finished": 2, "failed": 2, "left": 0}


def test_a_task_that_kills_its_process_once_is_computed_by_another(tmp_path):
    plan = deadly_sweep(tmp_path, mark=tmp_path / "mark")
    study = run_plan(plan, tmp_path, Means(workers=2))
    assert study.counts == {"finished": 12, "failed": 0, "left": 0}
    assert study.digest() == run_plan(plan, tmp_path / "again", Means(workers=1)).digest()


def test_python_objects_and_words_are_computed_here_whatever_is_asked(tmp_path):
    objects = Objects(measures={"reach": lambda arrays: float(arrays.values.max())})
    plan = plan_comparison(numbers(), WITH_AND_WITHOUT, replications=3)
    assert run_plan(plan, tmp_path, Means(workers=2), objects).counts["finished"] == 6
    spoken = plan_comparison(words(), WITH_AND_WITHOUT, replications=1)
    assert run_plan(spoken, tmp_path, Means(workers=2)).counts["finished"] == 2


def test_a_worker_takes_one_thread_unless_it_is_given_more():
    plan = plan_comparison(numbers(), WITH_AND_WITHOUT, replications=1)
    (alone,), (given,) = (workers.cut_tasks(plan, plan.tasks, None, n) for n in (None, 2))
    assert (alone.threads, given.threads) == (1, 2)


def test_a_task_computed_for_others_leaves_the_threads_of_this_process_as_they_were(monkeypatch):
    plan, found = plan_comparison(numbers(), WITH_AND_WITHOUT, replications=1), []
    (part,) = workers.cut_tasks(plan, plan.tasks, None)
    monkeypatch.setattr(workers, "run_together", lambda *_: [found.append(count_threads())])
    with hold_threads(3):
        workers.compute_parts([part])
        assert count_threads() == 3
    assert found == [1]


@pytest.mark.parametrize("threads", [0, -1])
def test_fewer_than_one_thread_are_refused(threads, tmp_path):
    plan = plan_comparison(numbers(), WITH_AND_WITHOUT, replications=1)
    with pytest.raises(StudyError, match=f"{threads} threads given; at least 1 is needed"):
        run_plan(plan, tmp_path, Means(threads=threads))


@pytest.mark.parametrize("workers", [0, -1])
def test_fewer_than_one_worker_are_refused(workers, tmp_path):
    plan = plan_comparison(numbers(), WITH_AND_WITHOUT, replications=2)
    with pytest.raises(StudyError, match=f"{workers} workers given; at least 1 is needed"):
        run_plan(plan, tmp_path, Means(workers=workers))
    assert not list(tmp_path.iterdir())


@pytest.fixture
def ray():
    return pytest.importorskip("ray")


def test_a_cluster_that_does_not_answer_is_refused_before_anything_is_written(ray, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    plan = plan_comparison(numbers(), WITH_AND_WITHOUT, replications=2)
    with pytest.raises(StudyError, match=f"no Ray cluster answers at 127.0.0.1:{port}"):
        run_plan(plan, tmp_path / "results", Means(ray=f"127.0.0.1:{port}"))
    assert not (tmp_path / "results").exists()


@pytest.mark.slow
def test_what_listens_but_is_no_cluster_is_refused_in_time(ray, tmp_path):
    plan = plan_comparison(numbers(), WITH_AND_WITHOUT, replications=2)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        began = time.monotonic()
        with pytest.raises(StudyError, match="does not answer as a Ray cluster"):
            run_plan(plan, tmp_path / "results", Means(ray=f"127.0.0.1:{silent.getsockname()[1]}"))
        assert time.monotonic() - began < 40
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize("address", ["nowhere", "host:port", ":6379", "host:"])
def test_an_address_that_is_none_is_refused(address, ray):
    with pytest.raises(StudyError, match="write HOST:PORT"):
        check_ray(address)


def test_words_and_python_objects_are_refused_on_a_cluster(ray, tmp_path):
    plan = plan_comparison(words(), WITH_AND_WITHOUT, replications=2)
    with pytest.raises(StudyError, match="on a Ray cluster runs are numeric"):
        run_plan(plan, tmp_path, Means(ray="auto"))
    objects = Objects(measures={"reach": lambda arrays: 0.0})
    with pytest.raises(StudyError, match="Python objects stay in it"):
        run_plan(plan_comparison(numbers(), WITH_AND_WITHOUT), tmp_path, Means(ray="auto"), objects)


def test_ray_that_is_not_installed_is_said(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(StudyError, match=r"pip install 'coevolve-sim\[sweep\]'"):
        check_ray("auto")


def test_a_worker_of_another_version_is_refused():
    plan = plan_comparison(numbers(), WITH_AND_WITHOUT, replications=1)
    (part,) = workers.cut_tasks(plan, plan.tasks, None)
    assert [row.status for row in workers.compute_parts([part])[0]] == ["finished", "finished"]
    with pytest.raises(StudyError, match=r"and 0\.0\.1 where it was begun; install the same on every node"):
        workers.compute_parts([part._replace(version="0.0.1")])


def test_what_a_cluster_cannot_compute_is_said(ray, tmp_path, monkeypatch):
    missing = ModuleNotFoundError("No module 'coevolve_sim'")
    error = ray.exceptions.RayTaskError("compute_parts", "no module", missing)

    class Cluster:
        exceptions = ray.exceptions

        def cluster_resources(self):
            return {"CPU": 1}

        def wait(self, running, num_returns):
            return running[:1], running[1:]

        def get(self, reference):
            raise error

    class Compute:
        def remote(self, parts, *, together):
            return parts[0].task

    plan = plan_comparison(numbers(), WITH_AND_WITHOUT, replications=1)
    parts = workers.cut_tasks(plan, plan.tasks, None)
    with pytest.raises(StudyError, match="cannot compute the study: No module 'coevolve_sim'; finished runs"):
        list(_collect(Cluster(), Compute(), parts))
    error = ray.exceptions.OutOfMemoryError("too much")
    parts = workers.cut_tasks(plan, plan.tasks, None)
    (rows,) = _collect(Cluster(), Compute(), parts)
    assert [(row.status, row.stage) for row in rows] == [("failed", "worker")] * 2


def test_tasks_of_a_batch_whose_worker_died_are_tried_one_by_one(ray):
    plan = plan_comparison(numbers(), WITH_AND_WITHOUT, replications=9)
    given = []

    class Cluster:
        exceptions = ray.exceptions

        def cluster_resources(self):
            return {"CPU": 1}

        def wait(self, running, num_returns):
            return running[:1], running[1:]

        def get(self, tasks):
            if len(tasks) > 1 or tasks[0].replication == 4:
                raise ray.exceptions.OutOfMemoryError("too much")
            return workers.compute_parts([part for part in parts if part.task in tasks])

    class Compute:
        def remote(self, batch, *, together):
            given.append((len(batch), together))
            return tuple(part.task for part in batch)

    parts = workers.cut_tasks(plan, plan.tasks, None)
    rows = [row for rows in _collect(Cluster(), Compute(), parts, together=9) for row in rows]
    assert sorted(given) == [(1, 9)] * 9 + [(2, 9)] * 4
    assert sorted(row.replication for row in rows) == [r for r in range(9) for _ in range(2)]
    assert {(row.replication, row.stage) for row in rows if row.status == "failed"} == {(4, "worker")}


@pytest.mark.slow
def test_a_node_of_a_cluster_may_be_lost_in_the_middle(ray, tmp_path):
    from ray.cluster_utils import Cluster

    plan = plan_comparison(numbers(), WITH_AND_WITHOUT, replications=60)
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    try:
        lost = cluster.add_node(num_cpus=1)
        cluster.wait_for_nodes()
        killed = []

        def kill_half_way(finished, _all):
            if finished > 20 and not killed:
                killed.append(finished)
                cluster.remove_node(lost, allow_graceful=False)

        study = run_plan(plan, tmp_path, Means(ray=cluster.address, progress=kill_half_way))
    finally:
        cluster.shutdown()
    assert killed
    assert study.counts == {"finished": 120, "failed": 0, "left": 0}
    assert study.digest() == run_plan(plan, tmp_path / "here", Means(workers=1)).digest()


def test_compare_takes_the_number_of_processes(tmp_path):
    study = coevolve_sim.compare(numbers(), WITH_AND_WITHOUT, replications=2, workers=None, results=tmp_path)
    assert study.status == "finished"
