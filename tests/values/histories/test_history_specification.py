"""What a scenario says about its history becomes that history, in the order of its value space."""

import re
from types import SimpleNamespace

import pytest

import coevolve_sim.values.histories as front_door
from coevolve_sim.errors import HistoryError
from coevolve_sim.values import get
from coevolve_sim.values.histories import SHAPES, build, gss_moral, planted


def gss(**changes):
    asked = {"interval_years": 1, "minimum_surveys": 20, "first_year": None, "last_year": None}
    return SimpleNamespace(kind="gss-moral", **{**asked, **changes})


def plant(**changes):
    asked = {"shape": "linear", "eras": 5, "start": None, "end": None}
    asked |= {"turning_point": 0.5, "period": 8.0, "steepness": 10.0, "step_sd": 0.05}
    return SimpleNamespace(kind="planted", **{**asked, **changes})


def test_none_is_no_history():
    assert build(SimpleNamespace(kind="none"), ["a"], 1) is None


def test_gss_moral_fills_its_own_value_space():
    history = build(gss(), get("gss-moral").names, 1)
    assert history.values.tolist() == gss_moral().values.tolist()
    assert history.notes == gss_moral().notes


def test_gss_moral_is_cut_to_the_dimensions_and_years_asked_for():
    history = build(gss(interval_years=2, first_year=1990, last_year=2000), ["grass", "cappun"], 1)
    assert history.dimension_names == ("grass", "cappun")
    assert history.era_names == ("1990", "1992", "1994", "1996", "1998", "2000")


@pytest.mark.parametrize("shape", SHAPES)
def test_planted_passes_on_what_was_asked(shape):
    history = build(plant(shape=shape, start=0.4, step_sd=0.01, period=4.0), ["a", "b"], 9)
    direct = planted(shape, ["a", "b"], 5, 9, start=0.4, step_sd=0.01, period=4.0)
    assert history.values.tolist() == direct.values.tolist()


def test_a_file_is_put_in_the_order_of_the_value_space(tmp_path):
    path = tmp_path / "town.csv"
    path.write_text("era,a,b\n1,0.1,0.2\n2,0.3,0.4\n")
    history = build(
        SimpleNamespace(kind="file", path=path, spread=None, scale="0-1", encoding=None), ["b", "a"], 1
    )
    assert history.values.tolist() == [[0.2, 0.1], [0.4, 0.3]]


@pytest.mark.parametrize(
    ("spec", "names", "said"),
    [
        (gss(), ["grass", "racmar"], "history 'gss-moral': no dimension is called 'racmar'"),
        (SimpleNamespace(kind="plantd"), ["a"], "'plantd'; did you mean 'planted'?"),
    ],
)
def test_a_history_that_lacks_what_is_asked_is_refused(spec, names, said):
    with pytest.raises(HistoryError, match=re.escape(said)):
        build(spec, names, 1)


def test_the_front_door_is_complete_and_sorted():
    names = front_door.__all__
    assert set(names) == {
        "KINDS", "SHAPES", "History", "build", "gss_moral", "planted", "read_history", "survey_figures",
    }  # fmt: skip
    assert all(hasattr(front_door, name) for name in names)
