"""A study that was altered or damaged is an error, never other data."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing

import pytest

from coevolve_sim.errors import RecordError
from coevolve_sim.studies.comparing import plan_comparison
from coevolve_sim.studies.driver import Means, resume_study, run_plan
from coevolve_sim.studies.store import create_study
from coevolve_sim.studies.study import open_study
from tests.studies.tiny import WITH_AND_WITHOUT, numbers


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    plan = plan_comparison(numbers(), WITH_AND_WITHOUT, replications=3)
    return run_plan(plan, tmp_path_factory.mktemp("whole"), Means(workers=1))


@pytest.fixture
def copy(whole, tmp_path):
    return shutil.copytree(whole.folder, tmp_path / "study")


def alter(folder, statement, values=()):
    with closing(sqlite3.connect(folder / "study.sqlite")) as connection, connection:
        connection.execute(statement, values)


def read_all(folder):
    study = open_study(folder)
    return study.digest(), study.runs, study.effects, study.trajectories


ALTERED = {
    "an_outcome": "UPDATE runs SET outcomes = replace(outcomes, '1', '2') WHERE replication = 1",
    "a_status": "UPDATE runs SET status = 'failed' WHERE replication = 1",
    "a_world": "UPDATE runs SET world = 'with', replication = 9 WHERE replication = 1 AND world = 'without'",
    "a_seed": "UPDATE runs SET seed = 9 WHERE replication = 1",
    "a_folder": "UPDATE runs SET folder = '../elsewhere' WHERE replication = 1",
    "an_error": "UPDATE runs SET error = 'none' WHERE replication = 1",
    "a_trajectory": "UPDATE runs SET trajectory = zeroblob(length(trajectory)) WHERE replication = 1",
    "rounds": "UPDATE runs SET rounds = zeroblob(length(rounds)) WHERE replication = 1",
    "a_hash": "UPDATE runs SET sha256 = replace(sha256, 'a', 'b')",
    "columns": "UPDATE layouts SET columns = replace(columns, 'variance', 'variant')",
    "the_plan": "UPDATE study SET value = replace(value, '\"seed\": 3', '\"seed\": 4') WHERE key = 'plan'",
    "the_plan_in_words": "UPDATE study SET value = replace(value, 'with', 'wiht') WHERE key = 'plan'",
    "no_plan": "DELETE FROM study WHERE key = 'plan'",
    "a_trigger": "CREATE TRIGGER t AFTER INSERT ON runs BEGIN DELETE FROM runs; END",
    "a_view": "CREATE VIEW more AS SELECT * FROM runs",
    "a_table": "CREATE TABLE more(x)",
    "no_table": "DROP TABLE layouts",
    "a_column": "ALTER TABLE runs ADD COLUMN more TEXT",
    "another_format": "PRAGMA user_version = 7",
}


@pytest.mark.parametrize("what", ALTERED)
def test_what_was_altered_is_an_error(what, copy):
    alter(copy, ALTERED[what])
    with pytest.raises(RecordError, match=r"altered|cannot be used"):
        read_all(copy)


def test_a_row_of_no_run_of_the_plan_is_an_error(whole, copy, tmp_path):
    more = plan_comparison(numbers(), WITH_AND_WITHOUT, replications=4)
    other = run_plan(more, tmp_path / "other", Means(workers=1))
    with closing(sqlite3.connect(copy / "study.sqlite")) as connection, connection:
        connection.execute("ATTACH ? AS other", (str(other.folder / "study.sqlite"),))
        connection.execute("INSERT INTO runs SELECT * FROM other.runs WHERE replication = 3")
    with pytest.raises(RecordError, match="altered or damaged"):
        read_all(copy)


def test_a_byte_flipped_anywhere_in_a_row_is_never_other_data(whole, copy):
    """Flip bytes all over the file: what is read is an error, or what was written."""
    file = copy / "study.sqlite"
    data, expected = file.read_bytes(), whole.digest()
    n_errors = 0
    for place in range(100, len(data), len(data) // 60):
        file.write_bytes(data[:place] + bytes([data[place] ^ 0x10]) + data[place + 1 :])
        try:
            digest, runs, _, trajectories = read_all(copy)
        except RecordError:
            n_errors += 1
        else:
            assert digest == expected
            assert runs.equals(whole.runs)
            assert trajectories.equals(whole.trajectories)
    assert n_errors > 20


@pytest.mark.parametrize("text", [b"", b"SQLite", b"no database at all" * 100])
def test_what_is_no_database_is_an_error(text, copy):
    (copy / "study.sqlite").write_bytes(text)
    with pytest.raises(RecordError):
        read_all(copy)


def test_a_folder_without_a_study_says_so(tmp_path):
    with pytest.raises(RecordError, match="holds no study"):
        open_study(tmp_path)


def test_a_link_in_the_folder_is_not_written_through(copy, tmp_path):
    target = tmp_path / "precious"
    target.write_text("mine", "utf-8")
    (copy / "study.json").unlink()
    (copy / "study.json").symlink_to(target)
    with pytest.raises(RecordError, match="link"):
        resume_study(copy)
    with pytest.raises(RecordError, match="link"):
        open_study(copy).export()
    assert target.read_text("utf-8") == "mine"


def test_a_database_that_is_a_link_is_not_written(copy, whole, tmp_path):
    (copy / "study.sqlite").unlink()
    (copy / "study.sqlite").symlink_to(whole.folder / "study.sqlite")
    with pytest.raises(RecordError, match="link"):
        resume_study(copy)


def test_a_row_that_was_deleted_is_computed_again_to_the_same_digest(copy, whole):
    alter(copy, "DELETE FROM runs WHERE replication = 1 AND world = 'with'")
    assert open_study(copy).counts == {"finished": 5, "failed": 0, "left": 1}
    assert resume_study(copy).digest() == whole.digest()


def test_a_study_is_read_where_nothing_can_be_written(copy, whole):
    for place in (copy / "study.sqlite", copy):
        place.chmod(0o555 if place.is_dir() else 0o444)
    try:
        assert read_all(copy)[0] == whole.digest()
    finally:
        copy.chmod(0o755)


def test_two_studies_of_one_second_have_folders_of_their_own(tmp_path, whole):
    folders = {create_study(tmp_path, whole.plan) for _ in range(3)}
    assert len(folders) == 3
    assert not [one for one in tmp_path.iterdir() if one.name.startswith(".")]


def test_a_results_folder_that_cannot_be_written_is_said(tmp_path, whole):
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(RecordError, match="cannot be written"):
        create_study(tmp_path / "file", whole.plan)
