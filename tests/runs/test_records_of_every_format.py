"""A record of every format since version 0.1.0 is read, verified by its own digest, exported and migrated."""

import json
import re
import shutil
import sqlite3
from contextlib import closing

import pytest
from typer.testing import CliRunner

import coevolve_sim
from coevolve_sim.cli.main import app
from coevolve_sim.errors import RecordError
from coevolve_sim.runs.migrations import migrate
from coevolve_sim.runs.schema import FIRST_FORMAT, VERSION
from tests.runs.edited_records import edited
from tests.runs.keep_format import FORMATS

pytestmark = pytest.mark.sdist

DIGESTS = {
    3: "lines-sha256-v1:73c074fea2c473064b5a7d99bf0b754e0a94c67b5d515c0fcadcefc0febd9a6c",
    4: "rounds-sha256-v2:b9a3accf5ff96f3fbab68d150947926a8ed03aa457f5a96bad552ae6dd43b877",
    5: "rounds-sha256-v2:665fdf3a61d21e98851010ac20209efa0adc00b83e19f8d8870e06c9d00caff5",
    6: "rounds-sha256-v2:665fdf3a61d21e98851010ac20209efa0adc00b83e19f8d8870e06c9d00caff5",
    7: "rounds-sha256-v2:665fdf3a61d21e98851010ac20209efa0adc00b83e19f8d8870e06c9d00caff5",
}
"""What the version that wrote each record said of it."""


def unpacked(version, folder):
    shutil.unpack_archive(FORMATS / f"format-{version}.zip", folder)
    return folder


@pytest.fixture(params=DIGESTS)
def kept(request, tmp_path):
    """Return the folder of a finished run of each format."""
    return unpacked(request.param, tmp_path / f"format-{request.param}")


@pytest.fixture
def old(tmp_path):
    """Return the folder of a finished run of the first format."""
    return unpacked(FIRST_FORMAT, tmp_path / "old")


def format_of(folder):
    with closing(sqlite3.connect(folder / "run.sqlite")) as connection:
        return connection.execute("PRAGMA user_version").fetchone()[0]


def content(folder):
    """Return all rows of content that both formats have."""
    lines = [json.loads(line) for line in coevolve_sim.open_run(folder).canonical_lines()]
    return [line for line in lines if line[:2] != ["manifest", "format"] and line[0] != "asked"]


def test_there_is_a_record_of_every_format():
    assert sorted(DIGESTS) == list(range(FIRST_FORMAT, VERSION + 1))
    assert {path.name for path in FORMATS.iterdir()} == {f"format-{version}.zip" for version in DIGESTS}


def test_it_is_shown_and_exported_with_the_digest_of_its_own_format(kept):
    version = int(kept.name.removeprefix("format-"))
    before = (kept / "run.sqlite").read_bytes()
    assert format_of(kept) == version
    shown = CliRunner().invoke(app, ["show", str(kept)])
    assert shown.exit_code == 0, shown.output
    assert DIGESTS[version] in shown.output.replace("\n", "")
    run = coevolve_sim.open_run(kept)
    assert (len(run.messages), len(run.hearings)) == (36, 48)
    assert {"measures.csv", "messages.csv"} <= {path.name for path in run.export(("csv",))}
    assert (kept / "run.sqlite").read_bytes() == before, "reading writes nothing"


def test_it_is_migrated_with_all_that_it_held_and_keeps_its_earlier_digest(kept):
    version, held = int(kept.name.removeprefix("format-")), content(kept)
    run = migrate(kept)
    assert format_of(kept) == VERSION
    assert content(kept) == held
    run.verify()
    assert run.digest().startswith("rounds-sha256-v2:")
    written = json.loads((kept / "manifest.json").read_text())
    assert written["sha256"] == run.digest()
    assert run.manifest.get("earlier_digest", DIGESTS[version]) == DIGESTS[version]
    assert ("earlier_digest" in written) == (version < VERSION)
    assert migrate(kept).digest() == run.digest(), "once is enough"


@pytest.mark.parametrize("how", ["migrate", "show", "export", "resume"])
def test_an_old_record_that_was_altered_is_refused_by_its_own_digest_before_anything_is_done(old, how):
    with edited(old) as connection:
        connection.execute("UPDATE measures SET value = value + 1e-9 WHERE round_index = 2")
    before = (old / "run.sqlite").read_bytes()
    refused = CliRunner().invoke(app, [how, str(old)])
    assert refused.exit_code == 5, refused.output
    assert re.search(r"manifest.json was altered or damaged, or run.sqlite was: its 'sha256'", refused.stderr)
    assert (old / "run.sqlite").read_bytes() == before


def test_a_migrated_record_whose_manifest_file_is_still_the_earlier_one_is_read_and_mended(old):
    earlier = (old / "manifest.json").read_bytes()
    digest = migrate(old).digest()
    (old / "manifest.json").write_bytes(earlier)
    assert coevolve_sim.open_run(old).digest() == digest
    coevolve_sim.resume(old)
    assert json.loads((old / "manifest.json").read_text())["sha256"] == digest


def test_a_migration_that_is_cut_short_leaves_the_record_as_it_was(old, monkeypatch):
    def fail(_connection):
        raise KeyboardInterrupt

    monkeypatch.setattr("coevolve_sim.runs.migrations.seal", fail)
    with pytest.raises(KeyboardInterrupt):
        migrate(old)
    assert format_of(old) == FIRST_FORMAT
    assert coevolve_sim.open_run(old).digest() == DIGESTS[FIRST_FORMAT]


@pytest.mark.parametrize(
    ("version", "said"),
    [
        (
            1,
            r"has format 1, which was in use before version 0\.1\.0; .* reads formats 3 to \d+: run",
        ),
        (
            2,
            r"has format 2, which was in use before version 0\.1\.0; .* reads formats 3 to \d+: run",
        ),
        (99, r"has format 99; .* reads formats 3 to \d+: read it with the version that wrote it"),
    ],
)
def test_a_format_that_is_not_read_is_refused_by_name(old, version, said):
    with edited(old) as connection:
        connection.execute(f"PRAGMA user_version = {version}")
    with pytest.raises(RecordError, match=said):
        coevolve_sim.open_run(old)
