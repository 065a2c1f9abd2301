"""The study of weights that learn, on a scripted mind and without training."""

import importlib.util
import sys

import numpy as np
import pytest

from tests import ROOT
from tests.evaluation.challenges.eras_in_words import ASKED, PLANTED, VOICES, WHO, Town, learns

FILE = ROOT / "analysis" / "weights_that_learn.py"


@pytest.fixture(scope="module")
def analysis():
    spec = importlib.util.spec_from_file_location("analysis_weights_that_learn", FILE)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.long
def test_each_method_learns_from_three_eras_and_stands_beside_people_and_the_base(
    analysis, tmp_path, monkeypatch
):
    seen = learns(monkeypatch)
    (tmp_path / "base").mkdir()
    mind = Town(tmp_path / "base")
    table = analysis.study(
        mind, ASKED, WHO, tmp_path / "out", eras=VOICES, pairs=4, draws=2, settings=",epochs=2"
    )
    assert len(seen) == 3 * len(analysis.METHODS)
    assert set(table["player"]) == {*analysis.METHODS, "base weights"}
    people = table[(table["player"] == "dpo") & (table["dimension"] == "rest")]["people"].to_numpy()
    assert np.isnan(people[0])
    np.testing.assert_allclose(people[1:], PLANTED[1:, 1], atol=0.11)
    found = analysis.errors(table)
    assert found["player"].tolist() == [method for method in analysis.METHODS for _ in range(3)]
    first = found.iloc[0]
    heard = table[(table["player"] == "dpo") & (table["era"] == 1)]["people"].to_numpy()
    assert first["base"] == pytest.approx(np.sqrt(np.mean((heard - 0.5) ** 2)))
    assert first["said"] == pytest.approx(np.sqrt(np.mean((heard - 0.3) ** 2)))
    analysis.save(analysis.draw(table, VOICES), tmp_path / "figure.png")
    assert (tmp_path / "figure.png").stat().st_size > 10_000
