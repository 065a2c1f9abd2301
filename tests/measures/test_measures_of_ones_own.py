"""A measure that is a function in a file of the user's is taken and recorded, or refused in a sentence."""

import numpy as np
import pytest

import coevolve_sim
from coevolve_sim.errors import MeasureError, ScenarioError
from coevolve_sim.measures import CATALOGUE, measure_round
from coevolve_sim.measures.measure import build_custom_measure
from coevolve_sim.networks.ties import full_mixing
from coevolve_sim.scenario import content_of, dump, load, loads

MEASURE = '''
import numpy as np


def above(arrays, bound: float = 0.5):
    """The share of people above a bound, dimension by dimension."""
    return (arrays.values > bound).mean(axis=0)


def moved(arrays):
    arrays.values[:] -= arrays.initial_values
    return float(np.abs(arrays.values).mean())


def late(arrays):
    return None if arrays.round_index < 2 else arrays.clusters[:, 0].mean()


def text(arrays):
    return "much"


def long(arrays):
    return np.zeros(7)


def failing(arrays):
    raise OSError("no such weather")


def nothing():
    return 0.0
'''
TEXT = """\
name: own
rounds: 3
value_space: {name: v, dimensions: [a, b]}
population: {humans: 12}
network: {family: ring, degree: 2}
measures:
  names: [variance]
  custom:
    - {name: above_half, path: "mine.py:above", parameters: {bound: 0.5}}
    - {name: moved, path: "mine.py:moved"}
    - {name: late, path: "mine.py:late"}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "mine.py").write_text(MEASURE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(folder, text):
    path = folder / "s.yaml"
    path.write_text(text)
    return path


def test_a_measure_in_a_file_is_taken_recorded_reported_and_changes_nothing(folder):
    run = coevolve_sim.run(written(folder, TEXT), results=folder / "results")
    plain = coevolve_sim.run(written(folder, TEXT[: TEXT.index("  custom")]), results=folder / "plain")
    assert list(run.measures.columns) == ["variance", "above_half", "late", "moved"]
    np.testing.assert_array_equal(run.measures["variance"], plain.measures["variance"])
    assert np.isnan(run.measures["late"][1])
    assert run.measures["late"][3] > 0
    society = coevolve_sim.Society(load(folder / "s.yaml"))
    assert run.measures["above_half"][0] == (society.values > 0.5).mean()
    assert {f"measures.custom.{index}.path" for index in range(3)} <= set(run.manifest["inputs"].split('"'))
    assert "above_half" in run.report().read_text(encoding="utf-8")


def test_a_scenario_with_a_measure_of_ones_own_is_written_and_read_back(folder):
    scenario = load(written(folder, TEXT))
    assert loads(dump(scenario)) == scenario
    assert "custom" not in content_of(loads("{name: tiny, rounds: 3}"))["measures"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("bound: 0.5", "bound: high", "9:69: parameter 'bound' of mine.py:above: the text \"high\" given"),
        ("mine.py:above", "mine.py:abuv", "9:32: 'mine.py:abuv': there is no 'abuv'; there are: above"),
        ("mine.py:above", "gone.py:above", "9:32: neither a file"),
        ("above_half", "spread", "9:14: there is a measure 'spread' already; give it another name"),
        ("above_half", "moved", "10:14: there is a measure 'moved' already"),
        ("above_half", "predict_2", "there is a measure 'predict_2' already"),
        (
            "mine.py:moved",
            "mine.py:text",
            "10:7: measure 'moved' returned a value of type str; a number, or one for each",
        ),
        (
            "mine.py:moved",
            "mine.py:long",
            "returned a value of type ndarray of shape (7,); a number, or one for each",
        ),
        ("mine.py:moved", "mine.py:failing", "measure 'moved' failed: OSError: no such weather"),
        (
            "mine.py:moved",
            "mine.py:nothing",
            "'mine.py:nothing' is no measure: it takes (); a function of (arrays, **parameters) is wanted",
        ),
        ("variance", "varians", "7:11: unknown measure 'varians'; did you mean 'variance'?"),
    ],
)
def test_a_measure_that_cannot_be_is_refused_at_its_key(folder, old, new, said):
    with pytest.raises(ScenarioError) as caught:
        coevolve_sim.run(written(folder, TEXT.replace(old, new)), results=folder / "results")
    assert said in str(caught.value)
    assert "s.yaml:" in str(caught.value)
    assert not (folder / "results").exists()


def test_a_file_that_raises_when_it_is_run_is_named(folder):
    (folder / "mine.py").write_text("raise OSError('no such weather')\n")
    with pytest.raises(ScenarioError, match=r"s.yaml:9:32: mine.py cannot be run: OSError: no such weather"):
        coevolve_sim.run(written(folder, TEXT))


def test_a_measure_of_ones_own_is_taken_after_the_others():
    values = np.array([[0.0], [1.0]])
    asked = {"initial_values": values, "seed": 1, "round_index": 0}
    top = build_custom_measure("top", lambda arrays, of: arrays.values.max() - of, {"of": 0.5})
    taken = measure_round(values, full_mixing(2), None, names=["variance"], own=[top], **asked)
    assert taken.overall == {"variance": 0.25, "top": 0.5}
    with CATALOGUE.replaced("low", lambda arrays: arrays.values.min(axis=0)):
        assert measure_round(values, full_mixing(2), None, names=["low"], **asked).by_dimension == {
            "low": [0.0]
        }
        assert "low" not in measure_round(values, full_mixing(2), None, **asked).overall
    wrong = build_custom_measure("top", lambda arrays: 1j, {})
    with pytest.raises(MeasureError, match="'top' returned a value of type complex; a number"):
        measure_round(values, full_mixing(2), None, own=[wrong], **asked)
