"""The part of a scenario that brings respondents: a table of people, and how it is read."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, WithJsonSchema

from coevolve_sim.scenario.spec import Spec, field
from coevolve_sim.values.scales import SCALES

_MOST = 10**12
"""How far from 0 a whole number is that stands for a cell, at most."""
_NUMBER = {"type": "integer", "minimum": -_MOST, "maximum": _MOST}


def spell(cell: object) -> object:
    """Return a whole number as the text that a table has for it, as YAML makes numbers of -99; else the same.

    Examples
    --------
    >>> spell(-99), spell("NA"), spell(True), spell(0.5)
    ('-99', 'NA', True, 0.5)
    """
    is_code = isinstance(cell, int) and not isinstance(cell, bool) and abs(cell) <= _MOST
    return str(cell) if is_code else cell


CellText = Annotated[str, BeforeValidator(spell), WithJsonSchema({"anyOf": [{"type": "string"}, _NUMBER]})]
"""A cell of a table: a text, or a whole number for its digits."""

ScaleText = str | tuple[CellText, ...]
_COLUMN = "The column's name in the first line of the table."
_REVERSED = "Whether the low end of the scale stands for 1."


class ItemSpec(Spec):
    """A question of the survey."""

    column: str = field(..., _COLUMN, min_length=1)
    dimension: str | None = field(
        None, "The dimension it asks about; that of the column's name if not given. Several items average."
    )
    scale: ScaleText | None = field(None, "Its own scale, if it is not that of the table.")
    reversed: bool = field(False, _REVERSED)


class TraitSpec(Spec):
    """A column that holds how people are, each of them."""

    column: str = field(..., _COLUMN, min_length=1)
    scale: ScaleText = field("0-1", f"Of the answers: {SCALES}.")
    reversed: bool = field(False, _REVERSED)


class ConfidenceColumnsSpec(Spec):
    """Columns that hold people's confidence, each one's own."""

    peer: str | TraitSpec | None = field(None, "Towards other humans: a column, or one with its scale.")
    assistant: str | TraitSpec | None = field(None, "Towards assistants: a column, or one with its scale.")


class RespondentsSpec(Spec):
    """People of your own: a table with a row for each."""

    path: str = field(
        ..., "The table, with commas, semicolons or tabs, plain or gzipped. Relative to the scenario file."
    )
    encoding: str | None = field(
        None, "Of a table that is neither UTF-8 nor, with its byte order mark, UTF-16: latin-1."
    )
    match: Literal["auto", "id", "row", "draw"] = field(
        "auto",
        "Who is who in the network: id by the column of ids, row by the order of rows, draw at random (with "
        "replacement, by weight). auto takes ids where the table and the network have them, and refuses to "
        "match named humans by row.",
    )
    id: str = field("id", "The column of ids: those of the network's nodes, or their names.", min_length=1)
    items: tuple[ItemSpec, ...] = field(
        (),
        "The questions; if not given, each dimension is asked in the column of its name.",
        max_length=10_000,
    )
    scale: ScaleText = field("0-1", f"Of answers: {SCALES}.")
    missing: Literal["refuse", "drop", "group_mean"] = field(
        "refuse",
        "What becomes of an empty cell: refuse the table, drop the respondent (and its place in the "
        "network), or take the mean of its group, by weight.",
    )
    missing_cells: tuple[CellText, ...] = field(
        (),
        "What stands for no answer besides an empty cell: NA, -99; one with a point in quotes.",
        max_length=100,
    )
    others: Literal["refuse", "drop", "draw"] = field(
        "refuse",
        "What becomes of humans of the network who are no respondents: refuse them, drop them from the "
        "network, or draw a respondent for each (of its group where that is known, by weight).",
    )
    weight: str | None = field(
        None, "The column of survey weights; they bear on what is drawn and on means of groups."
    )
    group: str | None = field(None, "The column that says to which group somebody belongs.")
    adoption: str | TraitSpec | None = field(
        None, "Instead of the group's: a column, or one with its scale.", "probability a round"
    )
    stubbornness: str | TraitSpec | None = field(
        None, "Instead of the group's: a column, or one with its scale.", "share a round"
    )
    confidence: ConfidenceColumnsSpec = field(
        ConfidenceColumnsSpec(), "Instead of the group's or the rule's.", "value distance"
    )
    sketch: str | None = field(
        None,
        "With a channel of language: who somebody is, in words in which ${COLUMN} stands for its cell, as "
        "in: a ${job} of ${age}.",
        max_length=1000,
    )
