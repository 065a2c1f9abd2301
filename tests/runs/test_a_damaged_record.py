"""A damaged or edited record is refused by one sentence, or gives exactly what it held: nothing else."""

import json
import random
import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

import coevolve_sim
from coevolve_sim.cli.main import app
from coevolve_sim.errors import RecordError
from coevolve_sim.runs.locks import lock_folder
from coevolve_sim.runs.schema import ROUND_TABLES, WHOLE_TABLES
from coevolve_sim.runs.verification import EVERYTHING
from coevolve_sim.scenario import loads
from tests.language.channel.talking import TEXT
from tests.runs.edited_records import edited, rewritten

N_DAMAGES = 1000
TABLES = {
    **WHOLE_TABLES,
    **ROUND_TABLES,
    "replies": "key",
    "checkpoint": "id",
    "checkpoint_arrays": "name",
    "chain": "round_index, part",
}
QUERIES = [f"SELECT * FROM {table} ORDER BY {order}" for table, order in TABLES.items()]  # noqa: S608


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """Return a finished run of a few people who talk, with its exports."""
    scenario = loads(TEXT, overrides=["minds=[{kind: scripted}]", "rounds=2"])
    run = coevolve_sim.run(scenario, results=tmp_path_factory.mktemp("results"))
    run.export(("graphml",))
    return run.folder


@pytest.fixture
def copy(recorded, tmp_path):
    return Path(shutil.copytree(recorded, tmp_path / "run"))


def held(folder):
    """Return all that a run's readers give: every row of every table, and its digest."""
    run = coevolve_sim.open_run(folder)
    with run.open_database(*EVERYTHING) as connection:
        rows = [connection.execute(query).fetchall() for query in QUERIES]
    return run.status, run.digest(), run.manifest, run.sessions, rows


# --- what is damaged ------------------------------------------------------------------------------


def flip_bits(data, rng):
    for _ in range(rng.choice((1, 1, 1, 8))):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def truncate(data, rng):
    del data[rng.randrange(len(data)) :]


def swap_pages(data, rng):
    size = 4096 if len(data) > 8192 else max(1, len(data) // 8)
    one, other = (size * rng.randrange(max(1, len(data) // size)) for _ in range(2))
    data[one : one + size], data[other : other + size] = data[other : other + size], data[one : one + size]


def zero_a_block(data, rng):
    start, length = rng.randrange(len(data)), rng.choice((1, 16, 512, 4096))
    data[start : start + length] = bytes(len(data[start : start + length]))


def put_rubbish(data, rng):
    start = rng.randrange(len(data))
    data[start : start + 64] = rng.randbytes(rng.randrange(1, 64))


DAMAGES = (flip_bits, flip_bits, truncate, swap_pages, zero_a_block, put_rubbish)


def edit_a_row(folder, rng):
    """Alter, remove or add a row of some table, as anybody with SQLite can."""
    with edited(folder) as connection:
        table = rng.choice([t for t in TABLES if connection.execute(f"SELECT 1 FROM {t}").fetchone()])  # noqa: S608
        rows = connection.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608
        names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        place, at = rng.randrange(len(names)), rng.randrange(len(rows))
        where = " AND ".join(f"{name} IS ?" for name in names)
        if rng.random() < 0.2:
            connection.execute(f"DELETE FROM {table} WHERE {where}", rows[at])  # noqa: S608
            return
        cell = rows[at][place]
        other = {bytes: lambda: cell[:-1] + bytes([cell[-1] ^ 1]) if cell else b"1", str: lambda: f"{cell}?"}
        new = other.get(type(cell), lambda: (cell or 0) + 1)()
        connection.execute(
            f"UPDATE OR IGNORE {table} SET {names[place]} = ? WHERE {where}",  # noqa: S608
            (new, *rows[at]),
        )


def damage(folder, rng):
    """Damage one file of a run's folder; return what was done."""
    if rng.random() < 0.25:
        edit_a_row(folder, rng)
        return "a row was edited"
    networks = [f"networks/{path.name}" for path in sorted(folder.glob("networks/*"))]
    others = ["manifest.json", "run.lock", "scenario.yaml", *networks]
    name = "run.sqlite" if rng.random() < 0.75 else rng.choice(others)
    how, path = rng.choice(DAMAGES), folder / name
    data = bytearray(path.read_bytes() or b"\0")
    how(data, rng)
    path.write_bytes(data)
    return f"{name}: {how.__name__}"


def found_in(folder):
    """Return what a run's folder holds, or the words with which it is refused."""
    try:
        with lock_folder(folder):
            return held(folder)
    except RecordError as error:
        return str(error)


@pytest.mark.long
def test_of_a_thousand_damaged_records_none_gives_other_data_and_none_a_traceback(recorded, copy):
    rng, original, refused = random.Random(20261130), held(recorded), 0  # noqa: S311 - damages, not secrets
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    for number in range(N_DAMAGES):
        done = damage(copy, rng)
        found = found_in(copy)
        if isinstance(found, str):
            refused += 1
            assert re.fullmatch(r"[^\n]{20,700}", found), (number, done)
        else:
            assert found == original, (number, done)
        for path in copy.rglob("*"):
            if path.is_file() and path not in before:
                path.unlink()
        for path, data in before.items():
            path.write_bytes(data)
    assert refused > N_DAMAGES / 2


# --- what is said -------------------------------------------------------------------------------


def refused(folder, *arguments):
    """Return what a command says as it refuses a run's folder."""
    done = CliRunner().invoke(app, [*arguments, str(folder)])
    assert done.exit_code == 5, done.output
    return done.stderr


@pytest.mark.parametrize("command", ["show", "export", "report", "resume", "migrate"])
def test_an_edited_measure_is_named_with_its_round_and_no_hash_is_written_over(copy, command):
    with edited(copy) as connection:
        connection.execute("UPDATE measures SET value = value + 0.001 WHERE round_index = 1")
    manifest = (copy / "manifest.json").read_bytes()
    assert "table 'measures' in round 1 is not what was recorded; take" in refused(copy, command)
    assert (copy / "manifest.json").read_bytes() == manifest


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (
            "UPDATE replies SET text = 'B' WHERE key = (SELECT max(key) FROM replies)",
            "table 'replies', a reply asked",
        ),
        (
            "DELETE FROM replies WHERE key = (SELECT min(key) FROM replies)",
            "table 'replies', from which a reply is",
        ),
        ("DELETE FROM hearings WHERE round_index = 2", "table 'hearings' in round 2"),
        ("INSERT INTO notes VALUES (1, 'intervention', 'nothing')", "table 'notes' in round 1"),
        ("UPDATE summary SET value = 1.0", "table 'summary'"),
        ("UPDATE sessions SET began = '2020-01-01'", "table 'sessions'"),
        ("UPDATE manifest SET value = '8' WHERE key = 'seed'", "table 'manifest'"),
        ("UPDATE checkpoint SET people = anchors", "table 'checkpoint'"),
        ("DELETE FROM chain WHERE round_index = 1", "the link of round 2"),
        ("DELETE FROM chain", "table 'manifest'"),
    ],
)
def test_what_was_edited_is_named(copy, edit, said):
    with edited(copy) as connection:
        connection.execute(edit)
    with pytest.raises(RecordError, match=re.escape(said)):
        coevolve_sim.open_run(copy).verify()


@pytest.mark.parametrize("table", ["attempts", "reading_masses"])
def test_how_minds_were_asked_and_read_cannot_be_deleted_with_its_digests(copy, table):
    """What is no content has links too; and manifest.json has their digest."""
    with edited(copy) as connection:
        connection.execute(f"DELETE FROM {table}")  # noqa: S608
        connection.execute("DELETE FROM chain WHERE part = ?", (table,))
    with pytest.raises(RecordError, match="the books of round 1, how minds were asked and read, is not what"):
        coevolve_sim.open_run(copy).verify()


@pytest.mark.parametrize(
    "edit",
    [
        "DELETE FROM attempts",
        "UPDATE attempts SET status = 'answered', retries = 0, seconds = 1.0",
        "DELETE FROM reading_masses",
        "UPDATE reading_masses SET option_mass = 0.5",
        "INSERT INTO attempts VALUES (NULL, '', -1, 'people', 'opening', '', '', '', 9, 0, 0, NULL, 0, 0)",
        "INSERT INTO servings VALUES (1, 'people', 'http://another.example/v1', '', '')",
    ],
)
def test_forged_with_their_chain_they_differ_from_the_manifest_file_and_the_digest_is_the_same(copy, edit):
    manifest, digest = (copy / "manifest.json").read_bytes(), coevolve_sim.open_run(copy).digest()
    with rewritten(copy) as connection:
        connection.execute(edit)
    assert coevolve_sim.open_run(copy).digest() == digest
    (copy / "manifest.json").write_bytes(manifest)
    assert "its 'books' is not that of the record; take an unaltered copy" in refused(copy, "show")


def test_a_finished_run_has_no_attempts_of_rounds_beyond_its_last(copy):
    with edited(copy) as connection:
        connection.execute(
            "INSERT INTO attempts VALUES (NULL, '', 9, 'one', 'read', 'refused', '', '', 1, 0, 0, NULL, 0, 0)"
        )
    with pytest.raises(RecordError, match="table 'attempts' in round 9"):
        coevolve_sim.open_run(copy).verify()


def test_rounds_of_one_run_put_into_another_break_the_links(copy):
    with edited(copy) as connection:
        connection.execute("UPDATE chain SET digest = zeroblob(32) WHERE round_index = 0 AND part = 'link'")
    with pytest.raises(RecordError, match="the link of round 0 is not what was recorded"):
        _ = coevolve_sim.open_run(copy).rounds


def test_a_record_rewritten_with_its_chain_has_another_digest_than_its_manifest_file_says(copy):
    manifest = (copy / "manifest.json").read_bytes()
    with rewritten(copy) as connection:
        connection.execute("UPDATE measures SET value = value + 0.001 WHERE round_index = 1")
    (copy / "manifest.json").write_bytes(manifest)
    for command in ("show", "resume"):
        assert "its 'sha256' is not that of the record; take an unaltered copy" in refused(copy, command)
    assert (copy / "manifest.json").read_bytes() == manifest


@pytest.mark.parametrize("key", ["seed", "sha256", "versions", "status"])
def test_an_edited_manifest_file_is_refused_by_its_key(copy, key):
    path = copy / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {key: "another"}))
    assert f"manifest.json was altered or damaged, or run.sqlite was: its '{key}' is not" in refused(
        copy, "show"
    )


@pytest.mark.parametrize(
    ("planted", "kind"),
    [
        ("CREATE TRIGGER note AFTER INSERT ON sessions BEGIN DELETE FROM rounds; END", "trigger 'note'"),
        ("CREATE VIEW more AS SELECT * FROM rounds", "view 'more'"),
        ("CREATE TABLE more (a)", "table 'more'"),
        ("CREATE INDEX quicker ON rounds (status)", "index 'quicker'"),
        ("DROP INDEX asked_by_round", "index 'asked_by_round' is missing"),
        ("ALTER TABLE rounds ADD COLUMN more", "table 'rounds'"),
    ],
)
def test_a_planted_or_missing_piece_of_schema_is_refused_before_it_can_run(copy, planted, kind):
    with edited(copy) as connection:
        connection.execute(planted)
    for command in ("show", "resume"):
        assert f"its {kind}" in refused(copy, command)


def test_a_view_in_the_place_of_a_table_is_not_read(copy):
    with edited(copy) as connection:
        connection.execute("DROP TABLE measures")
        connection.execute("CREATE VIEW measures AS SELECT 0 AS round_index, 'x' AS measure, '', 1.0")
    assert "its view 'measures' is not one of coevolve-sim's" in refused(copy, "show")


def test_an_altered_run_is_not_replayed(copy):
    with edited(copy) as connection:
        connection.execute("UPDATE replies SET text = text || '.'")
    scenario = loads(TEXT, overrides=[f"minds=[{{kind: replay, path: '{copy}', name: people}}]", "rounds=2"])
    with pytest.raises(RecordError, match="table 'replies', a reply asked for in round"):
        coevolve_sim.run(scenario, results=copy.parent / "again")


def test_a_reply_altered_before_its_round_was_finished_is_not_taken(tmp_path):
    def stop(done, asked):
        raise KeyboardInterrupt

    scenario = loads(TEXT, overrides=["minds=[{kind: scripted}]", "rounds=2"])
    with pytest.raises(KeyboardInterrupt):
        coevolve_sim.run(scenario, results=tmp_path, progress=stop)
    (folder,) = tmp_path.iterdir()
    with edited(folder) as connection:  # as if the kill had come before the last round was written
        for table in (*(t for t in ROUND_TABLES if t != "asked"), "chain"):
            connection.execute(f"DELETE FROM {table} WHERE round_index > 0")  # noqa: S608
        connection.execute("UPDATE replies SET text = text || '.' WHERE key = (SELECT max(key) FROM replies)")
    with pytest.raises(RecordError, match="a reply asked for in round"):
        coevolve_sim.resume(folder)


def test_a_table_is_verified_when_it_is_read_and_others_are_left_for_later(copy):
    with edited(copy) as connection:
        connection.execute("UPDATE hearings SET perceived = 0.5")
    run = coevolve_sim.open_run(copy)
    assert len(run.measures) == 3
    with pytest.raises(RecordError, match="table 'hearings'"):
        _ = run.hearings
