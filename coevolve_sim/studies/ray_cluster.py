"""Compute the tasks of a study on a Ray cluster.

Ray collects no usage statistics and starts no dashboard; a cluster that is started here listens on this
machine alone.
"""

from __future__ import annotations

import importlib
import os
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

from coevolve_sim.errors import StudyError
from coevolve_sim.studies.run_rows import RunRow
from coevolve_sim.studies.workers import TRIES, TaskPart, compute_parts, count_batch, describe_dead_worker

PATIENCE = 30
"""Seconds within which a Ray cluster must answer."""

_QUIET = {"log_to_driver": False, "logging_level": "error"}


def run_on_ray(parts: Sequence[TaskPart], address: str, together: int = 1) -> Iterator[list[RunRow]]:
    """Compute tasks on a Ray cluster, one core each; workers that die are replaced.

    Parameters
    ----------
    parts : sequence of TaskPart
    address : str
        ``HOST:PORT`` of a cluster, or ``auto``: the one running on this machine, else one that is started
        here and ends with the study.
    together : int
        Tasks whose runs go through their rounds together, at most.

    Raises
    ------
    StudyError
        If Ray is not installed, or the cluster does not answer within 30 seconds.
    """
    ray = _connect(address)
    try:
        compute = ray.remote(num_cpus=1, max_retries=TRIES)(compute_parts)
        yield from _collect(ray, compute, parts, together)
    finally:
        ray.shutdown()


def _collect(ray: Any, compute: Any, parts: Sequence[TaskPart], together: int = 1) -> Iterator[list[RunRow]]:
    """Keep as many batches submitted as keep the cluster busy, and yield the rows of tasks as they come.

    The tasks of a batch whose worker died are tried again one by one, so that only one that kills its worker
    is put down as failed.
    """
    running: dict[Any, Sequence[TaskPart]] = {}
    cores = int(ray.cluster_resources().get("CPU", 1))
    most = max(8, 4 * cores)
    n_tasks = 1 if together == 1 else count_batch(len(parts), max(1, cores), together)
    waiting = deque(parts[start : start + n_tasks] for start in range(0, len(parts), n_tasks))
    while waiting or running:
        while waiting and len(running) < most:
            batch = waiting.popleft()
            running[compute.remote(batch, together=together)] = batch
        done, _ = ray.wait(list(running), num_returns=1)
        for reference in done:
            batch = running.pop(reference)
            found = _read_batch(ray, reference)
            if found is None and len(batch) > 1:
                waiting.extend([part] for part in batch)
            else:
                yield from found or [describe_dead_worker(batch[0])]


def _read_batch(ray: Any, reference: Any) -> list[list[RunRow]] | None:
    """Return the rows of a batch's tasks; None if its workers died."""
    try:
        found: list[list[RunRow]] = ray.get(reference)
    except (
        ray.exceptions.WorkerCrashedError,
        ray.exceptions.OutOfMemoryError,
        ray.exceptions.NodeDiedError,
    ):
        return None
    except ray.exceptions.RayError as error:  # the package is missing there, or of another version
        told = str(getattr(error, "cause", None) or error).strip().splitlines() or [repr(error)]
        raise StudyError(
            f"the Ray cluster cannot compute the study: {told[-1][:300]}; finished runs are kept"
        ) from None
    return found


def check_ray(address: str) -> None:
    """Refuse an address at which no cluster can be, and Ray where it is not installed, before a study begins.

    Raises
    ------
    StudyError
        Says what to do.
    """
    _import_ray()
    if address != "auto":
        _knock(address)
        _try_to_connect(address)


def _import_ray() -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        return importlib.import_module("ray")
    except ImportError:
        raise StudyError("Ray is not installed; install it with: pip install 'coevolve-sim[sweep]'") from None


def _connect(address: str) -> Any:
    """Return Ray, connected."""
    ray = _import_ray()
    if address != "auto":
        _initialise(ray, address)
        return ray
    try:
        ray.init(address="auto", **_QUIET)
    except ConnectionError:  # none is running here
        ray.init(address="local", include_dashboard=False, _node_ip_address="127.0.0.1", **_QUIET)
    return ray


def _knock(address: str) -> None:
    """Refuse an address at which nothing listens, before Ray waits for it."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal():
        raise StudyError(f"--ray {address}: write HOST:PORT, as in 10.0.0.1:6379, or auto")
    try:
        socket.create_connection((host, int(port)), timeout=PATIENCE / 3).close()
    except (OSError, OverflowError) as error:
        raise StudyError(
            f"no Ray cluster answers at {address} ({error}); is it running (ray start --head), and is the "
            "port that of its head?"
        ) from None


def _try_to_connect(address: str) -> None:
    """Connect once in another process, which can be stopped: Ray itself waits minutes for what is silent."""
    script = f"import ray; ray.init(address={address!r}, log_to_driver=False, logging_level='error')"
    try:
        tried = subprocess.run(  # noqa: S603 - the address is a string literal of the script
            [sys.executable, "-c", script], capture_output=True, timeout=PATIENCE, check=False, text=True
        )
    except subprocess.TimeoutExpired:
        raise StudyError(
            f"what listens at {address} does not answer as a Ray cluster within {PATIENCE} seconds"
        ) from None
    if tried.returncode:
        told = (tried.stderr.strip().splitlines() or ["it ended without a word"])[-1][:300]
        raise StudyError(f"what listens at {address} does not answer as a Ray cluster: {told}")


def _initialise(ray: Any, address: str) -> None:
    """Connect to a cluster; what listens there may be none."""
    try:
        ray.init(address=address, **_QUIET)
    except Exception as error:  # noqa: BLE001 - RuntimeError, ConnectionError, ValueError and Ray's own
        told = " ".join(str(error).split())[:300]
        raise StudyError(f"what listens at {address} does not answer as a Ray cluster: {told}") from None
