"""A language model in process keeps the protocol."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("peft")

from conformance import MindConformance

from coevolve_sim.minds.local import LocalMind


@pytest.fixture(scope="module")
def mind(tiny_model, tiny_voices):
    return LocalMind(tiny_model, voices=tiny_voices)


@pytest.fixture
def another(tiny_model, tiny_voices):
    return LocalMind(tiny_model, voices=tiny_voices)


class TestLocalMindConforms(MindConformance):
    """The fixtures above are what it is tried on."""
