"""A study browsed: outcomes in worlds, effects, pictures and runs, as the study itself has them."""

import re

import numpy as np
import pytest

import coevolve_sim
from coevolve_sim.errors import PlotError, RecordError
from coevolve_sim.report.study_data import StudyData
from coevolve_sim.report.study_tables import build_world_rows
from coevolve_sim.view.interval_figure import Interval, draw_intervals
from coevolve_sim.view.run_browsing import BrowsedRun
from coevolve_sim.view.study_browsing import BrowsedStudy
from tests.studies.tiny import DEADLY, WITH_AND_WITHOUT, numbers


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """Two worlds, three seeds, the folder of each run kept."""
    study = coevolve_sim.compare(
        numbers(),
        WITH_AND_WITHOUT,
        replications=3,
        record="full",
        reference="without",
        results=tmp_path_factory.mktemp("studies"),
    )
    return BrowsedStudy(study.folder)


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    """Two worlds over a grid of two keys."""
    study = coevolve_sim.sweep(
        numbers("rounds=2"),
        {"update.confidence.peer": [0.1, 0.3], "update.rate.peer": [0.1, 0.2, 0.4]},
        worlds=WITH_AND_WITHOUT,
        reference="without",
        replications=2,
        results=tmp_path_factory.mktemp("studies"),
    )
    return BrowsedStudy(study.folder)


def test_the_outcome_of_the_answer_comes_first_and_is_called_as_on_the_report(compared):
    assert next(iter(compared.outcomes)) == compared.study.outcome
    assert compared.outcomes["total_variance"] == "Variety (total variance)"
    assert set(compared.outcomes) == set(compared.study.outcomes)
    assert compared.status == "finished"
    assert compared.describe_status()[0] == "6 of 6 runs finished."


def test_a_level_is_the_mean_of_the_runs_with_its_interval(compared):
    chosen = compared.about("variance")
    levels = {level.world: level for level in chosen.list_levels(0)}
    assert list(levels) == ["with", "without"]
    scores = compared.study.scores("variance", "with")
    assert levels["with"].interval.mean == pytest.approx(scores.mean(), abs=1e-15)
    half = 4.302652729911275 * scores.std(ddof=1) / np.sqrt(3)  # t of 2 degrees at .975
    assert levels["with"].interval.high - levels["with"].interval.mean == pytest.approx(half, rel=1e-9)
    assert levels["with"].runs == "3 of 3"


def test_effects_are_those_of_the_study(compared):
    row = compared.study.effect("spread", "with")
    (interval,) = compared.about("spread").list_effect_intervals(0)
    assert (interval.mean, interval.low) == (row.world_mean - row.reference_mean, row.effect.low)
    (cells,) = compared.about("spread").list_effects(0)
    assert (cells.world, cells.pairs) == ("with", "3")


def test_an_unknown_outcome_is_refused_by_name(compared):
    with pytest.raises(PlotError, match="did you mean 'variance'"):
        compared.about("varianse")


def test_every_run_of_a_point_is_listed_and_its_folder_opens(compared):
    page = compared.about("variance").list_runs(0, 0)
    assert [(run.world, run.seed) for run in page.rows] == [
        (world, seed) for world in ("with", "without") for seed in (3, 4, 5)
    ]
    assert BrowsedRun(page.rows[4].folder).data.seed == 4
    assert float(page.rows[0].outcome) == pytest.approx(
        compared.study.scores("variance", "with")[0], rel=0.01
    )


@pytest.mark.long
def test_pictures_are_the_reports_and_the_phase_diagram_is_one_where_two_keys_are_swept(compared, swept):
    names = [picture.name for picture in swept.about("variance").draw_pictures()]
    assert names == ["design", "design-difference", "difference", "effects"]
    pictures = compared.about("variance").draw_pictures()
    assert [picture.name for picture in pictures] == ["difference", "effects"]
    assert all(tile.source.startswith("data:image/") for one in pictures for tile in one.sheet.tiles)


def test_points_are_told_by_what_they_set(swept):
    assert len(swept.points) == 6
    assert swept.points[1] == "update.confidence.peer 0.1, update.rate.peer 0.2"
    chosen = swept.about("variance")
    assert chosen.list_levels(5)[0].interval.mean == swept.study.scores("variance", "with", 5).mean()
    assert chosen.list_runs(5, 0).found == 4
    assert not any(run.folder for run in chosen.list_runs(5, 0).rows)


def test_without_a_reference_it_is_said_that_there_are_no_effects(tmp_path):
    study = coevolve_sim.sweep(
        numbers("rounds=1"), {"update.rate.peer": [0.1, 0.2]}, replications=2, results=tmp_path
    )
    chosen = BrowsedStudy(study.folder).about("variance")
    assert chosen.list_effects(0) == []
    assert chosen.explain_no_effects(0).startswith("Without a reference world there are no effects")


def test_a_study_in_progress_says_how_far_it_has_come(tmp_path):
    def stop(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        coevolve_sim.compare(
            numbers(), WITH_AND_WITHOUT, replications=3, workers=1, results=tmp_path, progress=stop
        )
    (folder,) = [one for one in tmp_path.iterdir() if (one / "study.sqlite").is_file()]
    found = BrowsedStudy(folder)
    assert found.status == "unfinished"
    told = " ".join(found.describe_status())
    assert "of 6 runs finished" in told
    assert f"coevolve resume {folder.name}" in told


def test_a_failed_run_is_listed_with_its_stage(tmp_path):
    (tmp_path / "mine.py").write_text(DEADLY, "utf-8")
    policy = f"{{kind: custom, path: '{tmp_path}/mine.py:Failing', parameters: {{fails: 0}}}}"
    study = coevolve_sim.sweep(
        numbers(f"assistants.0.policy={policy}", "rounds=2"),
        {"assistants.0.policy.parameters.fails": [0, 1]},
        replications=2,
        results=tmp_path / "results",
    )
    found = BrowsedStudy(study.folder)
    assert found.status == "failed"
    assert found.describe_status()[0] == "2 of 4 runs finished, 2 failed."
    failed = found.about("variance").list_runs(1, 0).rows
    assert len(failed) == 2
    for run in failed:
        assert run.status.startswith("failed (rounds): ")
        assert "no idea what to learn" in run.status
        assert run.outcome == "–"


def test_a_folder_without_a_study_is_refused(tmp_path):
    with pytest.raises(RecordError, match="holds no study"):
        BrowsedStudy(tmp_path)


# --- the figure ----------------------------------------------------------------------------------


def test_an_interval_stands_where_its_numbers_are():
    drawn = draw_intervals(
        [Interval("a", 0.0, -1.0, 1.0, "#000"), Interval("b", 1.0, np.nan, np.nan, "#000")], "x"
    )
    low, high, dot = (float(part) for part in _find_places(drawn))
    assert dot == pytest.approx((low + high) / 2, abs=0.1)
    assert drawn.count('class="interval"') == 1


def _find_places(drawn):
    low, high = re.search(r'class="interval" stroke="#000" d="M([\d.]+) [\d.]+H([\d.]+)"', drawn).groups()
    return low, high, re.search(r'cx="([\d.]+)"', drawn)[1]


def test_an_effect_that_is_not_told_from_zero_is_hollow_and_zero_is_on_the_scale():
    drawn = draw_intervals([Interval("a", 5.0, 4.0, 6.0, "#000", is_open=True)], "x", with_zero=True)
    assert 'class="open"' in drawn
    assert 'class="zero"' in drawn
    assert ">0<" in drawn


def test_a_world_without_a_number_has_a_dash():
    drawn = draw_intervals([Interval("<b>", np.nan, np.nan, np.nan, "#000")], "x")
    assert "&lt;b&gt;" in drawn
    assert "–" in drawn


def test_pictures_of_the_first_point_say_so_whichever_point_is_chosen(swept, compared):
    titles = [one.title for one in swept.about("variance").draw_pictures()]
    of_first = [title for title in titles if title.endswith(", at the first point of the design")]
    assert of_first == titles[-2:]
    assert not any("first point" in one.title for one in compared.about("variance").draw_pictures())


def test_runs_of_the_reports_table_are_counted_at_the_point_of_its_interval(swept, compared):
    assert [row.finished for row in build_world_rows(StudyData(swept.study))] == [
        "2 of 2 at this point; 12 of 12 in all"
    ] * 2
    assert [row.finished for row in build_world_rows(StudyData(compared.study))] == ["3 of 3"] * 2
