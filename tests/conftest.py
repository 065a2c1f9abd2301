"""What every test stands on."""

import os
import signal

os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("MPLBACKEND", "Agg")

import pytest
from hypothesis import settings

settings.register_profile("default", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("default")

# A shell that starts this in the background lets its children ignore Ctrl-C; tests that interrupt must not.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_terminal_summary(terminalreporter):
    """Say which golden runs were compared by values, because their digests are pinned elsewhere only."""
    passed = terminalreporter.stats.get("passed", [])
    told = [text for report in passed for key, text in report.user_properties if key == "golden" and text]
    if told:
        terminalreporter.section("golden runs compared by values, not by digests")
        terminalreporter.write_line("\n".join(sorted(told)))


@pytest.fixture
def minds(monkeypatch):
    """Open scripted minds, of which a test says how they answer, in place of all others."""
    from coevolve_sim.language import channel_setup
    from tests.language.channel.talking import Asked, stand_in

    def use(before=None, **settings):
        asked = Asked()
        monkeypatch.setattr(channel_setup, "open_mind", stand_in(asked, before, **settings))
        return asked

    return use
