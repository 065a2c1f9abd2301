"""The server of the live view and a browser, for tests that click."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.browser.chromium import Tab, find_chromium, open_browser

ROOT = Path(__file__).parents[2]
IS_HERE = find_spec("solara") is not None and find_chromium() is not None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker("browser")
            if not IS_HERE:
                item.add_marker(pytest.mark.skip(reason="needs the extra view, and Chromium"))


@contextmanager
def serve_view(*given: str, folder: Path) -> Iterator[str]:
    """Run ``coevolve view`` on a free port, and yield the address that it prints."""
    command = [sys.executable, "-m", "coevolve_sim", "view", *given, "--port", "0", "--no-browser"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+/\?token=\S+", said)
        assert found, f"no address, but: {said}"
        yield found[0]
    finally:
        process.terminate()
        process.communicate(timeout=30)


@pytest.fixture(scope="module")
def tab() -> Iterator[Tab]:
    with open_browser() as opened:
        yield opened
