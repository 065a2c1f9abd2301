"""A tiny model to be trained."""

from __future__ import annotations

import pytest
from taught import tiny_model_module


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory):
    """Give the folder of a tiny random model."""
    for name in ("torch", "transformers", "peft"):
        pytest.importorskip(name)
    return tiny_model_module().write_model(tmp_path_factory.mktemp("base") / "tiny", hidden=32, layers=1)
