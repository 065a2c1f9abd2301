"""Sections of the results that stand by themselves: each with its method, circumstances and verdict."""

from __future__ import annotations

import os
import platform
from importlib import metadata

import local_scoring
import record
import server_client
from measuring import processor, table

LIBRARIES = ("torch", "transformers", "httpx")
SCORING_TARGET = 5.0
"""How many times as fast as one pass an option scoring is to be, at the least."""

SCORING = """\
Items of a questionnaire in every order of their options, each put to humans of a persona, on the
package's model. *Ours*: `LocalMind.ask`, which computes once what prompts share, and many prompts at a
time. *Naive*: the same weights in the same arithmetic, one pass over the whole prompt for each option, on
some of the prompts, scaled to all. Both must give the same log-probabilities, within 1e-4. In turns in
one process, in processor time.

{table}

Target: at least {target:g} times as fast; the least ratio is {least:.1f}: {verdict}."""

CLIENT = """\
Messages asked for, {in_flight} in flight, each of a prompt of its own, until all have come; in turns, in
elapsed time. *A bare client* is asyncio and httpx and nothing else: no retries, no adaptive concurrency,
no accounts, no hand-over to another thread. *Ours* is `ServerMind`; opening it is left out. The server
that answers at once is a socket with one answer, in a process of its own, so that clients are all there
is to measure; `coevolve serve` computes the package's model on the same cores. Ratios are of each turn,
with half the distance between their quartiles in per cent of them (±). One httpx client looks through all
its connections for each request, hence its speed. Medians of {repeats} turns, after one that is not counted.

{table}"""


RECORD = """\
Everybody's values and the state to resume from are written every round, five dimensions. *Chain*: the time
of `write_round` over that of the same without digests of rounds and of the checkpoint. *Digest*: the
digest of the written run, for which all of it is read and verified, over the digest of its canonical lines,
which was the digest before format 4; and over the rounds themselves. Processor time.

{table}"""


def local_scoring_section() -> str:
    """Return the section on scoring options."""
    began = circumstances()
    found = local_scoring.scoring()
    least = min(comparison.ratio for comparison in found)
    text = SCORING.format(
        table=table(local_scoring.COLUMNS, [comparison.row() for comparison in found]),
        target=SCORING_TARGET,
        least=least,
        verdict="met" if least >= SCORING_TARGET else "missed",
    )
    return f"{text}\n\n{began}"


def server_client_section(requests: int = 1024, repeats: int = 3) -> str:
    """Return the section on our client beside a bare one."""
    began = circumstances()
    rows = [
        [server, f"{count:,}", *client.cells()]
        for server, (count, clients) in server_client.both_servers(requests, repeats).items()
        for client in clients
    ]
    text = CLIENT.format(
        in_flight=server_client.IN_FLIGHT, repeats=repeats, table=table(server_client.COLUMNS, rows)
    )
    return f"{text}\n\n{began}"


def record_section() -> str:
    """Return the section on what it costs that a record verifies itself."""
    began = circumstances()
    return f"{RECORD.format(table=record.measured_table())}\n\n{began}"


def circumstances() -> str:
    """Return on what this section is measured, and what else the machine does."""
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in LIBRARIES)
    cores, busy = os.cpu_count() or 1, os.getloadavg()[0]
    beside = (
        f"shared with other work (load average {busy:.1f} as this began)"
        if busy > 0.5
        else "with nothing else to do"
    )
    return (
        f"Measured by itself: Python {platform.python_version()} on {platform.machine()} ({processor()}), "
        f"{versions}; a machine of {cores} cores, {beside}."
    )


SECTIONS = {
    "record": ("## A record that verifies itself, beside one that does not", record_section),
    "local_scoring": ("## Options scored, beside one pass an option", local_scoring_section),
    "server_client": ("## Our client of servers, beside a bare one", server_client_section),
}
"""The sections that can be measured and written by themselves: heading, and what measures it."""
