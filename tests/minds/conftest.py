"""What tests of minds share."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory):
    """Give the folder of a tiny random model."""
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from tests.minds.tiny_model import write_model

    return write_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="session")
def tiny_voices(tiny_model, tmp_path_factory):
    """Give the folders of two adapters of the tiny model, by name."""
    pytest.importorskip("peft")
    from tests.minds.tiny_model import write_adapter

    folder = tmp_path_factory.mktemp("voices")
    return {
        name: write_adapter(folder / name, tiny_model, seed) for seed, name in enumerate(("C013", "C.014"))
    }
