"""One society in words, its model in this process, in vLLM and on record: the same values, and how near.

What is written is the likeliest at each token (temperature 0), and confidence covers all values. So values
move by averages alone, and two runs lie no further apart than the furthest two readings of one message,
whatever the weights are. How far readings lie apart is arithmetic: in float32, the same words are read to
about 1e-5, and the bound is a hundred times that. Where two tokens are almost equally likely, another
arithmetic may write another one: such messages are counted, and may be one in ten.

``--log-cli-level=INFO`` shows the differences that are found.
"""

from __future__ import annotations

import json
import logging
import os
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

import coevolve_sim
from coevolve_sim.scenario import loads

_log = logging.getLogger(__name__)
PYTHON = os.environ.get("COEVOLVE_VLLM_PYTHON", "")
MODEL = Path(str(resources.files("coevolve_sim.minds"))) / "embedded" / "model"
TEXT = """
name: same-society
seed: 4
rounds: 3
value_space: moral-foundations
population: {humans: 8, groups: [{name: everyone, spread: 0.25, adoption: 0.5}]}
network: {family: ring, degree: 2}
channel: {kind: language, temperature: 0, bias_map: false}
update: {rule: hegselmann_krause, confidence: {peer: 1, assistant: 1}, rate: {peer: 0.3, assistant: 0.2}}
assistants: [{name: helper}]
"""
SAME_WORDS_READ = 1e-3
"""Furthest apart that two arithmetics may read the same words; values are in [0, 1]."""
OTHER_WORDS = 0.1
"""Largest share of messages that two arithmetics may write in other words."""


pytestmark = [pytest.mark.models, pytest.mark.xdist_group("vllm")]


@dataclass(frozen=True)
class Differences:
    """Between two runs: shares of messages, and largest differences of values in [0, 1]."""

    other_words: float
    perceived_in_same_words: float
    perceived: float
    values: float


def run_with(mind, results):
    """Run the society with a mind; every message and reading must be answered."""
    found = coevolve_sim.run(loads(TEXT, overrides=[f"minds=[{mind}]"]), results=results)
    assert set(found.messages["status"]) == set(found.hearings["status"]) == {"answered"}
    assert found.messages["kind"].value_counts()["peer"] == 3 * 8
    return found


def local(**settings):
    """Return a mind of kind local on the package's model, as a scenario writes it."""
    told = "".join(f", {key}: {value}" for key, value in settings.items())
    return f"{{kind: local, model: {MODEL}, device: cpu, cache: false{told}}}"


def differences(one, other):
    """Return how far two runs lie apart; they must have the same messages, but for their words."""
    said = one.messages.merge(
        other.messages, on=["round", "message", "kind", "speaker", "listener", "dimension"]
    )
    read = one.hearings.merge(other.hearings, on=["round", "message", "listener"])
    assert len(said) == len(one.messages) == len(other.messages)
    assert len(read) == len(one.hearings) == len(other.hearings)
    read = read.merge(said[["round", "message", "text_x", "text_y"]], on=["round", "message"])
    apart = (read["perceived_x"] - read["perceived_y"]).abs()
    values = np.abs(one.trajectory_arrays()[2] - other.trajectory_arrays()[2])
    return Differences(
        float((said["text_x"] != said["text_y"]).mean()),
        float(apart[read["text_x"] == read["text_y"]].max()),
        float(apart.max()),
        float(values.max()),
    )


def agree_but_for_arithmetic(found):
    """Assert what must hold between two arithmetics on one model."""
    assert found.other_words <= OTHER_WORDS
    assert found.perceived_in_same_words <= SAME_WORDS_READ
    assert found.values <= found.perceived + 1e-12


def same_to_the_bit(one, other):
    """Assert that two runs have the same words, readings and values, to the last bit."""
    assert one.messages.equals(other.messages)
    assert one.hearings.equals(other.hearings)
    assert one.means.equals(other.means)
    np.testing.assert_array_equal(one.trajectory_arrays()[2], other.trajectory_arrays()[2])


@pytest.fixture(scope="module")
def in_process(tmp_path_factory):
    """Return the run whose model is computed in this process, in float64."""
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    return run_with(local(), tmp_path_factory.mktemp("local"))


def test_what_is_computed_in_process_and_its_replay_are_the_same_to_the_bit(in_process, tmp_path):
    again = run_with(f"{{kind: replay, path: {in_process.folder}}}", tmp_path)
    same_to_the_bit(again, in_process)
    assert again.minds["kind"].tolist() == ["replay"]
    moved = np.abs(in_process.trajectory_arrays()[2][-1] - in_process.trajectory_arrays()[2][0])
    assert moved.max() > 0.05


def test_the_model_on_board_is_the_same_mind_as_its_folder(in_process, tmp_path):
    same_to_the_bit(run_with("{kind: embedded}", tmp_path), in_process)


def test_another_arithmetic_in_process_gives_the_same_values_but_for_rounding(in_process, tmp_path):
    found = differences(in_process, run_with(local(dtype="float32"), tmp_path))
    _log.info("float64 and float32 in process: %s", found)
    agree_but_for_arithmetic(found)
    assert found.perceived > 0.0, "float32 was not another arithmetic, so that nothing was compared"


@pytest.fixture(scope="module")
def by_vllm(tmp_path_factory):
    """Return the run whose model is served by a vLLM that the run starts and ends."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (
            ("VLLM_CPU_KVCACHE_SPACE", "1"),
            ("VLLM_CPU_OMP_THREADS_BIND", "nobind"),
            ("OMP_NUM_THREADS", "1"),
        ):
            patch.setenv(name, value)
        small = json.dumps(["--max-num-seqs", "64", "--enforce-eager", "--disable-log-stats"])
        where = f"python: {PYTHON}, extra_arguments: {small}"
        mind = f"{{kind: vllm, model: {MODEL}, dtype: float32, cache: false, {where}}}"
        return run_with(mind, tmp_path_factory.mktemp("vllm"))


needs_vllm = [
    pytest.mark.vllm,
    pytest.mark.slow,
    pytest.mark.skipif(not PYTHON, reason="COEVOLVE_VLLM_PYTHON names no Python that has vllm"),
]


class TestThroughVllm:
    pytestmark = needs_vllm

    def test_values_are_those_of_the_model_in_process_but_for_rounding(self, in_process, by_vllm):
        assert by_vllm.minds["kind"].tolist() == ["vllm"]
        found = differences(in_process, by_vllm)
        _log.info("float64 in process and float32 in vLLM: %s", found)
        agree_but_for_arithmetic(found)

    def test_its_replay_is_the_same_to_the_bit(self, by_vllm, tmp_path):
        same_to_the_bit(run_with(f"{{kind: replay, path: {by_vllm.folder}}}", tmp_path), by_vllm)
