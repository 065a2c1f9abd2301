"""The server of the live view, and its command: what is refused before anything is shown."""

import re
import socket
import subprocess
import sys
from types import SimpleNamespace

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from coevolve_sim.cli.main import app
from coevolve_sim.errors import ViewError
from coevolve_sim.view import server
from coevolve_sim.view.shown import find_shown


def test_a_port_is_taken_on_this_machine_alone():
    with server.take_port(0) as taken:
        host, port = taken.getsockname()
        assert host == "127.0.0.1"
        assert port > 0


def test_a_port_in_use_is_one_clear_error():
    with socket.socket() as other:
        other.bind((server.HOST, 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(ViewError) as told:
            server.take_port(port)
    assert str(told.value) == (
        f"port {port} of 127.0.0.1 cannot be used (Address already in use); end the program that has it, "
        "name another with --port N, or take any free one with --port 0"
    )


def test_without_the_extra_the_command_that_installs_it_is_named(monkeypatch):
    monkeypatch.setattr(
        server, "find_spec", lambda name: None if name in ("solara", "websockets") else object()
    )
    result = CliRunner().invoke(app, ["view", "quickstart_numeric", "--no-browser"])
    assert result.exit_code == 3
    assert result.stderr.endswith(
        "ViewError: the live view needs solara, websockets, which is not installed; install the extra: "
        "pip install 'coevolve-sim[view]'\n"
    )


def test_what_is_none_of_the_kinds_is_refused_before_the_extra_is_looked_for(tmp_path, monkeypatch):
    monkeypatch.setattr(server, "find_spec", lambda _: None)
    result = CliRunner().invoke(app, ["view", str(tmp_path)])
    assert result.exit_code == 3
    assert result.stderr.startswith(
        f"ViewError: {tmp_path}: a folder that holds no run and no study; give a "
    )


def test_without_a_path_the_folder_of_runs_is_shown_and_if_there_is_none_it_says_what_can_be(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    shown = []
    monkeypatch.setattr(server, "serve", lambda what, *_, **__: shown.append(what))
    result = CliRunner().invoke(app, ["view"])
    assert result.exit_code == 3
    assert result.stderr == (
        "ViewError: results: there is no folder of runs; `coevolve view quickstart_numeric` plays a society, "
        "and `coevolve run` makes a run\n"
    )
    (tmp_path / "results" / "one").mkdir(parents=True)
    (tmp_path / "results" / "one" / "run.sqlite").touch()
    assert CliRunner().invoke(app, ["view"]).exit_code == 0
    assert CliRunner().invoke(app, ["view", "last"]).exit_code == 0
    assert [one.kind for one in shown] == ["folder", "run"]


def test_the_modules_of_the_view_that_need_no_solara_load_none():
    statement = (
        "import coevolve_sim, sys\n"
        "from coevolve_sim.view import changeable_keys, drawn_network, figures, gate, growth, packing, "
        "player, playing, server, shown, spoken\n"
        "print(*{'solara', 'reacton', 'uvicorn', 'ipywidgets'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", statement], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_a_shipped_scenario_is_shown_by_its_name():
    assert find_shown("quickstart").path.name == "quickstart.yaml"


def test_the_limit_on_requests_reaches_the_server(monkeypatch):
    given = []
    monkeypatch.setattr(server, "serve", lambda *_, budget, **__: given.append(budget.requests))
    assert CliRunner().invoke(app, ["view", "quickstart", "--max-requests", "40"]).exit_code == 0
    assert CliRunner().invoke(app, ["view", "quickstart"]).exit_code == 0
    assert given == [40, None]


def test_a_lost_browser_is_forgotten_in_minutes_and_known_to_be_lost(monkeypatch):
    pytest.importorskip("solara")
    from solara.server import kernel_context, settings

    from coevolve_sim.view.solara_settings import settle_solara
    from coevolve_sim.view.watching import find_watching

    monkeypatch.setattr(settings.kernel, "cull_timeout", "24h")
    settle_solara()
    assert settings.kernel.cull_timeout == "3m"
    assert find_watching()()
    pages = {"one": kernel_context.PageStatus.CONNECTED}
    monkeypatch.setattr(kernel_context, "has_current_context", lambda: True)
    monkeypatch.setattr(kernel_context, "get_current_context", lambda: SimpleNamespace(page_status=pages))
    is_watched = find_watching()
    assert is_watched()
    pages["one"] = kernel_context.PageStatus.DISCONNECTED
    assert not is_watched()


def test_help_shows_every_word_in_brackets(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    shown = CliRunner().invoke(app, ["view", "--help"], env={"NO_COLOR": "1", "TERM": "dumb"}).output
    assert "pip install 'coevolve-sim[view]'." in re.sub(r"[\s│]+", " ", shown)


def test_no_help_has_brackets_that_are_taken_for_markup():
    taken = re.compile(r"(?<!\\)\[/?[a-z#@][^\]]*\]")

    def find(command):
        texts = [command.help, *(getattr(option, "help", None) for option in command.params)]
        found = [text for text in texts if text and taken.search(text)]
        return found + [text for one in getattr(command, "commands", {}).values() for text in find(one)]

    assert find(get_command(app)) == []
