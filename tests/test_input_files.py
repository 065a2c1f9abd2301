"""Files of others are read only if they are regular files, and never beyond a limit."""

import gzip
import os
import socket
import tracemalloc
from pathlib import Path

import pytest

from coevolve_sim.errors import CoevolveError, HistoryError, NetworkError, QuestionnaireError, ScenarioError
from coevolve_sim.input_files import MOST_UNPACKED_FREELY, read_input, unpack_gzip
from coevolve_sim.language.questionnaires import read_personas
from coevolve_sim.networks import read_network
from coevolve_sim.scenario import load
from coevolve_sim.values.histories import read_history


def read_scenario(path):
    return load(path)


ENTRANCES = {
    "network.csv": (read_network, NetworkError),
    "network.csv.gz": (read_network, NetworkError),
    "network.graphml": (read_network, NetworkError),
    "history.csv": (read_history, HistoryError),
    "history.parquet": (read_history, HistoryError),
    "people.csv": (read_personas, QuestionnaireError),
    "scenario.yaml": (read_scenario, ScenarioError),
}


@pytest.mark.parametrize("name", ENTRANCES)
def test_what_is_no_regular_file_is_refused_at_once_at_every_entrance(tmp_path, name):
    """A pipe that nobody writes to would never return, a device never end."""
    read, error = ENTRANCES[name]
    os.mkfifo(tmp_path / name)
    with pytest.raises(error, match=f"{name}: is a pipe, not a regular file; give a regular file"):
        read(tmp_path / name)
    (tmp_path / name).unlink()
    (tmp_path / name).symlink_to("/dev/zero")
    with pytest.raises(error, match=f"{name}: is a device, not a regular file"):
        read(tmp_path / name)
    (tmp_path / name).unlink()
    (tmp_path / name).mkdir()
    with pytest.raises(error, match=f"{name}: is a folder, not a regular file"):
        read(tmp_path / name)


@pytest.mark.parametrize("name", ENTRANCES)
def test_a_file_beyond_the_limit_is_refused_before_it_is_read(tmp_path, name):
    read, error = ENTRANCES[name]
    with (tmp_path / name).open("wb") as file:
        file.truncate(3 << 30)
    tracemalloc.start()
    try:
        with pytest.raises(error, match=rf"{name}: is 3 GiB; at most .* are read: give a smaller file"):
            read(tmp_path / name)
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


def test_a_socket_and_a_name_that_is_none_are_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as held:
        held.bind("s")
        with pytest.raises(CoevolveError, match=r"s: (is a socket|cannot be read)"):
            read_input("s", CoevolveError, 10)
    with pytest.raises(CoevolveError, match="cannot be read: embedded null"):
        read_input("a\0b", CoevolveError, 10)
    with pytest.raises(CoevolveError, match="none: there is no such file"):
        read_input("none", CoevolveError, 10)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux has such files")
def test_a_file_that_says_it_is_empty_is_held_to_the_limit_all_the_same():
    with pytest.raises(CoevolveError, match="/proc/self/status: is larger than 10 bytes"):
        read_input("/proc/self/status", CoevolveError, 10)


def test_a_small_gzip_file_cannot_unpack_to_any_size(tmp_path):
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"1,2\n" * 20_000_000, 1))
    tracemalloc.start()
    try:
        with pytest.raises(NetworkError, match=r"unpacks to more than .* 100 times its size; give the text"):
            read_network(tmp_path / "a.csv.gz")
        assert tracemalloc.get_traced_memory()[1] < 6 * MOST_UNPACKED_FREELY
    finally:
        tracemalloc.stop()


def test_gzip_files_of_several_members_are_read_and_broken_ones_refused():
    whole = gzip.compress(b"1,2\n") + gzip.compress(b"2,3\n")
    assert unpack_gzip("a.gz", whole, NetworkError, 100) == b"1,2\n2,3\n"
    assert unpack_gzip("a.gz", whole + bytes(5), NetworkError, 100) == b"1,2\n2,3\n"
    for broken in (whole[:-9], whole + b"more", b"1,2\n", whole[:-6] + bytes(2) + whole[-4:]):
        with pytest.raises(NetworkError, match=r"a\.gz: not a whole gzip file"):
            unpack_gzip("a.gz", broken, NetworkError, 100)
    with pytest.raises(NetworkError, match="unpacks to more than 7 bytes; at most 7 bytes are read"):
        unpack_gzip("a.gz", whole, NetworkError, 7)
