"""Templates of the pages: what is filled in is escaped, and a name that is missing is an error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def render_template(name: str, content: Mapping[str, Any]) -> str:
    """Return a page of this package's template, filled in."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("coevolve_sim.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return str(environment.get_template(name).render(content))
