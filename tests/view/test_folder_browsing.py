"""A folder of runs: listed, found by words, and compared."""

import numpy as np
import pytest

import coevolve_sim
from coevolve_sim.errors import RecordError
from coevolve_sim.view.folder_browsing import BrowsedFolder, ComparedRuns, align_line
from coevolve_sim.view.paging import cut_page
from tests.studies.tiny import WITH_AND_WITHOUT, numbers, write


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Three runs, one of them damaged, and a study."""
    folder = tmp_path_factory.mktemp("results")
    file = write(tmp_path_factory.mktemp("scenarios"))
    coevolve_sim.run(file, results=folder)
    coevolve_sim.run(
        file, results=folder, overrides={"update.confidence.peer": 0.5, "measures.every": 2}, seed=9
    )
    coevolve_sim.run(file, results=folder, overrides={"name": "broken"})
    damaged = next(folder.glob("broken*")) / "run.sqlite"
    damaged.write_bytes(b"no database")
    coevolve_sim.compare(numbers("rounds=1"), WITH_AND_WITHOUT, replications=2, results=folder)
    return folder


def test_runs_are_listed_with_what_was_set_the_latest_first(results):
    found = BrowsedFolder(results)
    broken, later, first = found.runs
    assert (later.scenario, later.seed, later.rounds, later.humans) == ("tiny", "9", "4 of 4", "24")
    assert "update.confidence.peer=0.5" in later.changed
    assert first.changed == "as written"
    assert first.minds == "none, in numbers"
    assert found.describe() == f"3 runs and 1 study in {results}, the latest first."
    assert not broken.is_readable
    assert broken.status.startswith("unreadable: ")


def test_runs_are_found_by_words(results):
    found = BrowsedFolder(results)
    assert [run.seed for run in found.find_runs("TINY confidence", 0).rows] == ["9"]
    assert found.find_runs("unreadable", 0).found == 1
    assert found.find_runs("nothing of the kind", 0).found == 0


def test_studies_are_listed_too(results):
    (study,) = BrowsedFolder(results).studies
    assert study.cells[1:] == ("compare", "4 of 4", "worlds with and without")


def test_runs_are_compared_in_what_was_set_and_in_measures(results):
    _, later, first = BrowsedFolder(results).runs
    compared = ComparedRuns([first.folder, later.folder])
    assert compared.names == ["tiny, seed 3", "tiny, seed 9"]
    assert {key: values for key, *values in compared.list_differences()} == {
        "seed": ["3", "9"],
        "update.confidence.peer": [compared.list_differences()[1][1], "0.5"],
        "measures.every": ["1", "2"],
    }
    ends = {name: cells for name, *cells in compared.list_ends()}
    for cell, run in zip(ends["variance"], compared.runs, strict=True):
        assert float(cell) == pytest.approx(run.run.measures["variance"].iloc[-1], abs=5e-5)


def test_lines_of_runs_that_were_measured_at_other_rounds_stand_on_one_axis(results):
    _, later, first = BrowsedFolder(results).runs
    compared = ComparedRuns([first.folder, later.folder])
    rounds, (here, there) = compared.read_lines("variance")
    assert rounds.tolist() == [0, 1, 2, 3, 4]
    np.testing.assert_array_equal(here.values, compared.runs[0].run.measures["variance"])
    own = compared.runs[1].run.measures["variance"]
    np.testing.assert_array_equal(there.values[[0, 2, 4]], own)
    assert there.values[1] == pytest.approx((own[0] + own[2]) / 2)


def test_a_gap_in_a_line_stays_one():
    found = align_line(np.arange(5), np.array([0, 2, 4]), np.array([0.0, np.nan, 1.0]))
    assert np.isnan(found[1:4]).all()
    assert found[[0, 4]].tolist() == [0.0, 1.0]


def test_a_measure_that_one_run_has_not_taken_names_the_key(tmp_path):
    file = write(tmp_path)
    one = coevolve_sim.run(file, results=tmp_path / "r", overrides={"measures.names": ["variance"]})
    other = coevolve_sim.run(file, results=tmp_path / "r", seed=4)
    compared = ComparedRuns([one.folder, other.folder])
    assert compared.measures[0] == "variance"
    assert compared.explain_missing("variance") == ""
    told = compared.explain_missing("spread")
    assert told == "Not in tiny, seed 3: spread is not on record; measures.names: [spread] records it."
    assert len(compared.read_lines("spread")[1]) == 1


def test_runs_of_one_name_and_seed_are_told_apart_by_folder(results, tmp_path):
    file = write(tmp_path)
    folders = [coevolve_sim.run(file, results=tmp_path / "r").folder for _ in range(2)]
    assert ComparedRuns(folders).names == [folder.name for folder in folders]


def test_one_run_alone_or_too_many_are_not_compared(results):
    first = BrowsedFolder(results).runs[-1].folder
    for folders in ([first], [first] * 9):
        with pytest.raises(RecordError, match=f"{len(folders)} runs given; 2 to 8 are compared at once"):
            ComparedRuns(folders)


def test_an_empty_folder_says_how_to_make_a_run(tmp_path):
    told = BrowsedFolder(tmp_path).describe()
    assert told.startswith(
        f"{tmp_path} holds no run and no study. coevolve run SCENARIO --results {tmp_path}"
    )


def test_a_folder_that_is_not_there_or_a_file_is_refused(tmp_path):
    with pytest.raises(RecordError, match="no such folder"):
        BrowsedFolder(tmp_path / "absent")
    (tmp_path / "file").touch()
    with pytest.raises(RecordError, match="is a file"):
        BrowsedFolder(tmp_path / "file")


def test_pages_hold_each_row_once():
    rows = list(range(37))
    pages = [cut_page(rows, number) for number in range(4)]
    assert [row for page in pages for row in page.rows] == rows
    assert {page.count for page in pages} == {4}
