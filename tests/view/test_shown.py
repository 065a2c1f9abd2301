"""What a path or name given to the live view is."""

import pytest

from coevolve_sim.errors import ScenarioError, ViewError
from coevolve_sim.view.shown import (
    FOLDER,
    RUN,
    SCENARIO,
    STUDY,
    Shown,
    build_address,
    find_shown,
    read_address,
)


def test_each_kind_is_known_by_what_it_holds(tmp_path):
    run, study = tmp_path / "runs" / "one", tmp_path / "runs" / "two"
    for folder, file in ((run, "run.sqlite"), (study, "study.sqlite")):
        folder.mkdir(parents=True)
        (folder / file).touch()
    scenario = tmp_path / "mine.yaml"
    scenario.touch()
    assert find_shown(run) == Shown(RUN, run)
    assert find_shown(study) == Shown(STUDY, study)
    assert find_shown(tmp_path / "runs") == Shown(FOLDER, tmp_path / "runs")
    assert find_shown(scenario) == Shown(SCENARIO, scenario)
    assert find_shown("lock_in").kind == SCENARIO


WANTED = (
    "give a scenario file, the name of a shipped one, or the folder of a run, of a study, or of several of "
    "these"
)


def test_what_is_none_of_them_is_refused_with_what_is_wanted(tmp_path):
    (tmp_path / "notes.txt").touch()
    with pytest.raises(ViewError) as told:
        find_shown(tmp_path)
    assert str(told.value) == f"{tmp_path}: a folder that holds no run and no study; {WANTED}"
    with pytest.raises(ViewError) as told:
        find_shown(tmp_path / "notes.txt")
    assert (
        str(told.value)
        == f"{tmp_path / 'notes.txt'}: a file that is no scenario, which ends in .yaml; {WANTED}"
    )
    with pytest.raises(ViewError) as told:
        find_shown(tmp_path / "gone.yaml")
    assert str(told.value) == f"{tmp_path / 'gone.yaml'}: there is no such file or folder; {WANTED}"
    with pytest.raises(
        ScenarioError, match="no shipped scenario is called 'lock_inn'; did you mean 'lock_in'"
    ):
        find_shown("lock_inn")


@pytest.mark.parametrize("path", ["results/a run", "/a/b&open=c", "100 %", "names/é?#"])
def test_an_address_leads_back_to_its_path(path):
    assert read_address(build_address(path).partition("?")[2]) == path
    assert read_address("token=x") is None
