"""A society on Mesa's own page."""

import pytest

import coevolve_sim
from coevolve_sim.errors import ViewError

SCENARIO = {
    "name": "town",
    "rounds": 5,
    "value_space": {"name": "town", "dimensions": ["thrift", "care"]},
    "population": {"humans": 20},
    "network": {"family": "ring", "degree": 2},
}


@pytest.fixture
def society(tmp_path):
    path = tmp_path / "town.yaml"
    path.write_text(str(SCENARIO))
    return coevolve_sim.Society(path)


@pytest.mark.filterwarnings("ignore")  # Mesa's and Solara's own
def test_it_has_sliders_and_pictures_and_its_button_runs_a_round(society):
    import ipyvuetify
    import ipywidgets
    import solara

    page = coevolve_sim.make_page(society, "care")

    @solara.component
    def App():  # noqa: N802 - a component
        solara.AppLayout(navigation=False, children=[page])

    _, shown = solara.render(App(), handle_error=False)
    try:
        labels = {one.label for one in shown.find(ipyvuetify.Slider).widgets}
        assert {"confidence peer", "rate peer", "noise"} <= labels
        assert "confidence assistant" not in labels
        before = [bytes(one.value) for one in shown.find(ipywidgets.Image).widgets]
        next(one for one in shown.find(ipyvuetify.Btn).widgets if one.children == ["Step"]).click()
        after = [bytes(one.value) for one in shown.find(ipywidgets.Image).widgets]
        assert len(before) == len(after) == 3
        assert all(one != other for one, other in zip(before, after, strict=True))
    finally:
        shown.close()


def test_a_dimension_that_is_not_there_is_refused(society):
    with pytest.raises(ViewError) as told:
        coevolve_sim.make_page(society, "courage")
    assert (
        str(told.value) == "dimension 'courage' was given; there are: thrift, care, or their columns from 0"
    )
