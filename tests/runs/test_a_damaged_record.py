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
from tests.runs.edited_records import edited

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


def test_of_a_thousand_damaged_records_none_gives_other_data_and_none_a_traceback(recorded, copy):
    rng, original, refused = random.Random(20261130), held(recorded), 0  # noqa: S311 - damages, not secrets
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    for number in range(N_DAMAGES):
        done = damage(copy, rng)
        try:
            with lock_folder(copy):
                found = held(copy)
        except RecordError as error:
            refused += 1
            assert re.fullmatch(r"[^\n]{20,700}", str(error)), (number, done)
        else:
            assert found == original, (number, done)
        for path in copy.rglob("*"):
            if path.is_file() and path not in before:
                path.unlink()
        for path, data in before.items():
            path.write_bytes(data)
    assert refused > N_DAMAGES / 2
