"""What tests of language share."""

from __future__ import annotations

import pytest
from talking import Asked, stand_in

from coevolve_sim.language import channel_setup


@pytest.fixture
def minds(monkeypatch):
    """Open scripted minds, of which a test says how they answer, in place of all others."""

    def use(before=None, **settings):
        asked = Asked()
        monkeypatch.setattr(channel_setup, "open_mind", stand_in(asked, before, **settings))
        return asked

    return use
