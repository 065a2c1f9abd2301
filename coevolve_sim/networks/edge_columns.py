"""Which columns of an edge list hold speakers, listeners and weights, by the names in its header."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from coevolve_sim.errors import NetworkError

Weighted = bool | Literal["auto"]
Header = bool | Literal["auto"]

_PAIRS = {
    ("source", "target"),
    ("src", "dst"),
    ("src", "dest"),
    ("source", "destination"),
    ("source", "dest"),
    ("from", "to"),
    ("speaker", "listener"),
    ("sender", "receiver"),
    ("sender", "recipient"),
    ("ego", "alter"),
    ("tail", "head"),
    ("followee", "follower"),
    ("followed", "follower"),
    ("friend", "user"),
    ("start", "end"),
}
"""Speaker and listener as headers call them: a follower listens, and so does a user to the friends it has."""

_LIKELY_PAIRS = {("u", "v"), ("i", "j"), ("node1", "node2"), ("id1", "id2")}
"""Names of columns that humans can have as well."""

_WEIGHTS = {"weight", "weights", "w", "edgeweight", "tieweight", "strength"}
_TIMES = {"time", "timestamp", "date", "datetime", "unixtime", "ts", "year", "month", "day", "timeset"}
_REMARKS = {"type", "label", "id", "edgeid", "kind", "index", "key", "sign", "relation", "layer", "created"}
_NO_ENDS = _WEIGHTS | _TIMES | _REMARKS | {"", "unnamed0"}
_AFFIXES = re.compile(r"(node|user|vertex|person)?(id|name|label|idx|index|no)?")


@dataclass(frozen=True)
class EdgeColumns:
    """Where an edge list holds what.

    Attributes
    ----------
    speaker, listener : int
        Columns of the two ends of a tie, from 0.
    weight : int or None
        Column of its weight; None where there is none or it is not read.
    notes : tuple of str
        What was taken for what, where a header names its columns otherwise than as source, target, weight.
    """

    speaker: int
    listener: int
    weight: int | None = None
    notes: tuple[str, ...] = ()


def is_known_header(cells: Sequence[str]) -> bool:
    """Return whether a first line is a header for its names alone: two of them name the ends of a tie.

    Examples
    --------
    >>> is_known_header(["src", "dst"]), is_known_header(["", "from_id", "to_id"])
    (True, True)
    >>> is_known_header(["ann", "bob"]), is_known_header(["u", "v"])
    (False, False)
    """
    return _ends_of([_plain(cell) for cell in cells]) is not None


def is_likely_header(cells: Sequence[str]) -> bool:
    """Return whether a first line is a header unless a human has one of its names.

    Examples
    --------
    >>> is_likely_header(["u", "v"]), is_likely_header(["node_1", "node_2"]), is_likely_header(["ann", "bob"])
    (True, True, False)
    """
    return tuple(_plain(cell) for cell in cells[:2]) in _LIKELY_PAIRS


def columns_by_name(
    where: str, cells: Sequence[str], weighted: Weighted, weight: str | None = None
) -> EdgeColumns:
    """Return the columns that a header names.

    Parameters
    ----------
    where : str
        File and line, for errors.
    cells : sequence of str
        The header; a first cell without a name is an index and not read.
    weighted : bool or "auto"
        As for `read_network`.
    weight : str, optional
        The column that holds the weights.

    Raises
    ------
    NetworkError
        If the ends of a tie or its weight cannot be told by name.

    Examples
    --------
    >>> columns_by_name("a.csv:1", ["", "Follower", "Followee"], "auto").speaker
    2
    >>> columns_by_name("a.csv:1", ["source", "target", "weight"], "auto")
    EdgeColumns(speaker=0, listener=1, weight=2, notes=())
    """
    plain = [_plain(cell) for cell in cells]
    ends = _ends_of(plain) or _ends_left(plain, cells, weight)
    if ends is None:
        raise NetworkError(
            f"{where}: the columns are {_listed(cells)}, which do not tell the two ends of a tie; "
            "call them source and target"
        )
    others = [place for place in range(len(cells)) if place not in ends]
    if weight is not None:
        held: int | None = _named_weight(where, cells, others, weight)
    else:
        held = _weight_of(where, cells, plain, others, weighted) if weighted else None
    notes = []
    if ends != (0, 1) or not (_ends_of(plain) or is_likely_header(cells)):
        notes.append(
            f"the ends of a tie are columns '{cells[ends[0]]}' (who speaks, if directed) and "
            f"'{cells[ends[1]]}'"
        )
    if held is not None and plain[held] != "weight" and weight is None:
        notes.append(f"column '{cells[held]}' is the weight of a tie")
    left = [place for place in others if place != held]
    if left:
        told = ", ".join(
            f"'{cells[place]}'" if cells[place] else f"{place + 1} (no name)" for place in left[:20]
        )
        told += ", ..." * (len(left) > 20)
        notes.append(f"not read: column{'s' * (len(left) > 1)} {told}")
    return EdgeColumns(*ends, held, tuple(notes))


def _named_weight(where: str, cells: Sequence[str], others: Sequence[int], weight: str) -> int:
    """Return the column that is said to hold the weights."""
    found = [place for place in others if cells[place] == weight]
    if len(found) != 1:
        raise NetworkError(
            f"{where}: weight names '{weight}', which is {'no' if not found else 'more than one'} column "
            f"beside the two ends of a tie; there are {_listed(cells[place] for place in others) or 'none'}"
        )
    return found[0]


def _plain(cell: str) -> str:
    return re.sub(r"[^0-9a-z]", "", cell.casefold())


def _ends_of(plain: Sequence[str]) -> tuple[int, int] | None:
    """Return the columns of speaker and listener, if just two columns have names that go together."""
    for go_together in (_are_exact_pair, _are_named_pair):
        found = [
            (a, b)
            for a, one in enumerate(plain)
            for b, other in enumerate(plain)
            if a != b and go_together(one, other)
        ]
        if len(found) == 1:
            return found[0]
    return None


def _are_exact_pair(one: str, other: str) -> bool:
    return (one, other) in _PAIRS


def _are_named_pair(one: str, other: str) -> bool:
    """Return whether two names are those of a speaker and a listener, be it as fromnode or target_id."""
    return any(
        one.startswith(speaker)
        and other.startswith(listener)
        and _AFFIXES.fullmatch(one[len(speaker) :]) is not None
        and _AFFIXES.fullmatch(other[len(listener) :]) is not None
        for speaker, listener in _PAIRS
    )


def _ends_left(plain: Sequence[str], cells: Sequence[str], weight: str | None) -> tuple[int, int] | None:
    """Return the two columns that are left when weights, times and the like are taken out."""
    left = [place for place, name in enumerate(plain) if name not in _NO_ENDS and cells[place] != weight]
    return (left[0], left[1]) if len(left) == 2 else None


def _weight_of(
    where: str, cells: Sequence[str], plain: Sequence[str], others: Iterable[int], weighted: Weighted
) -> int | None:
    named = [place for place in others if plain[place] in _WEIGHTS]
    unknown = [place for place in others if plain[place] not in _NO_ENDS]
    if len(named) == 1:
        return named[0]
    if weighted is True and not named and len(unknown) == 1:
        return unknown[0]
    if not (named or weighted is True or len(unknown) == 1):
        return None
    if not named and len(unknown) == 1:
        raise NetworkError(
            f"{where}: column '{cells[unknown[0]]}' may be the weight of a tie, or something else; "
            "set weighted to true or to false"
        )
    raise NetworkError(
        f"{where}: {'several' if named else 'none'} of the columns {_listed(cells)} may be the weight of a "
        "tie; call one 'weight', or set weighted to false"
    )


def _listed(cells: Iterable[str]) -> str:
    given = list(cells)
    return ", ".join(f"'{cell[:60]}'" for cell in given[:20]) + ", ..." * (len(given) > 20)
