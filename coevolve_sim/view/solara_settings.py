"""Solara as the live view wants it: silent about its users, and with nothing from elsewhere."""

from __future__ import annotations

import warnings

FORGOTTEN_AFTER = "3m"
"""How long what a page shows is kept once its browser is gone; one that comes back before goes on with it."""


def settle_solara() -> None:
    """Set what Solara takes from its settings; before its server is imported.

    Its server would report its use, put its own banner on pages, and fetch what it lacks from a content
    delivery network.
    """
    import solara.settings
    from solara.server import settings

    settings.telemetry.mixpanel_enable = False
    settings.kernel.cull_timeout = FORGOTTEN_AFTER
    settings.main.mode = "production"
    settings.theme.variant = settings.ThemeVariant.light  # with `auto` its page has no element to mount in
    settings.theme.title = "coevolve-sim"
    settings.theme.loader = "plain"
    settings.theme.show_banner = False
    settings.assets.fontawesome_enabled = False
    solara.settings.assets.proxy = True  # from solara-assets; the gate refuses what is not there
    warnings.filterwarnings(
        "ignore", message="Cookies with samesite=none"
    )  # it falls back to lax, as it should
