"""A page of results is made of sections, each of which can be written anew by itself."""

from __future__ import annotations


def with_section(page: str, heading: str, text: str, *, before: str) -> str:
    """Return a page whose section of a heading has a text: in its place, else before another heading.

    Raises
    ------
    ValueError
        If the page has neither heading.
    """
    lines = page.split("\n")
    starts = [i for i, line in enumerate(lines) if line.startswith("## ")] + [len(lines)]
    if heading in lines:
        start = lines.index(heading)
        end = starts[starts.index(start) + 1]
    elif before in lines:
        start = end = lines.index(before)
    else:
        raise ValueError(f"the page has neither a section '{heading}' nor '{before}'; write all of it anew")
    return "\n".join([*lines[:start], heading, "", text, "", *lines[end:]])
