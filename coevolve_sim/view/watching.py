"""Whether a browser still shows a page: what is gone from all browsers need not be played on."""

from __future__ import annotations

from collections.abc import Callable


def find_watching() -> Callable[[], bool]:
    """Return what tells whether the page that is being rendered is connected to a browser.

    It can be called from any thread. Outside the server, as in a notebook, it always tells that it is.
    """
    from solara.server import kernel_context

    if not kernel_context.has_current_context():
        return lambda: True
    pages = kernel_context.get_current_context().page_status
    return lambda: kernel_context.PageStatus.CONNECTED in list(pages.values())
