"""Mesa's own page of a society, where what it needs is not installed."""

import pytest

import coevolve_sim
from coevolve_sim.errors import ViewError
from coevolve_sim.scenario import loads
from coevolve_sim.society import page


def test_without_the_extra_the_command_that_installs_it_is_named(monkeypatch):
    monkeypatch.setattr(page, "find_spec", lambda _: None)
    society = coevolve_sim.Society(loads("{name: tiny, rounds: 3, population: {humans: 20}}"))
    with pytest.raises(ViewError) as told:
        coevolve_sim.make_page(society)
    assert str(told.value) == (
        "Mesa's page needs solara and altair, not installed here; install the extra: "
        "pip install 'coevolve-sim[view]'"
    )
