"""What tests of learning share: the tiny model of the tests of minds."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "minds"))


@pytest.fixture(scope="session")
def base(tmp_path_factory):
    """Give the folder of a tiny random model."""
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    pytest.importorskip("peft")
    from tiny_model import write_model

    return write_model(tmp_path_factory.mktemp("bases") / "tiny", hidden=32)
