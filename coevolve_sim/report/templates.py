"""Templates of the pages: what is filled in is escaped, and a name that is missing is an error."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

AS_IT_STANDS = ("blockquote", "code", "pre", "q", "script", "select", "style", "svg", "title")
"""Elements whose text is not the report's own sentences, or is in code font already."""

_IDENTIFIER = re.compile(r"\w[\w./-]*_[\w./-]*\w")


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


def mark_identifiers(page: str) -> str:
    """Return a page with identifiers (words with an underscore) in its sentences in code font.

    An identifier that stands alone, as in the cell of a table, is a label and stays as it is; so does what
    others wrote.

    Examples
    --------
    >>> mark_identifiers("<p>Moved by hegselmann_krause, in all.</p><td>as_written</td>")
    '<p>Moved by <code>hegselmann_krause</code>, in all.</p><td>as_written</td>'
    """
    parts, inside = re.split(r"(<!--.*?-->|<[^>]*>)", page, flags=re.DOTALL), ""
    for place, part in enumerate(parts):
        if place % 2:
            named = re.match(r"</?(\w+)", part)
            element = named[1] if named else ""
            if element in AS_IT_STANDS and not inside and part[1] != "/":
                inside = element
            elif inside and part == f"</{inside}>":
                inside = ""
        elif not inside and "_" in part and not _IDENTIFIER.fullmatch(part.strip()):
            parts[place] = _IDENTIFIER.sub(r"<code>\g<0></code>", part)
    return "".join(parts)
