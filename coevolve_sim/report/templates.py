"""Templates of the pages: what is filled in is escaped, and a name that is missing is an error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def render_template(name: str, content: Mapping[str, Any], package: str = __package__) -> str:
    """Return a page, or a part of one, of a template of this room, or of another package's, filled in."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader(package, "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return str(environment.get_template(name).render(content))
