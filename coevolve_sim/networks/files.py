"""Reading networks from files: edge lists, GraphML, GEXF.

**Edge lists** (``.txt``, ``.csv``, ``.tsv``, ``.edges``, each also with ``.gz``): one tie a line,
speaker, listener and, where there is one, a weight. The first line that is not a comment decides what
separates fields: a comma if it holds one, else a tab, else blanks; names with commas, tabs or blanks may
stand in double quotes between commas or tabs. Lines that begin with ``#`` or ``%`` and empty lines are
ignored. The first line is a header if it says ``source,target`` (``from,to``; ``speaker,listener``; ...)
or if it holds two words that are no numbers and all others hold whole numbers. Humans without ties cannot
stand in an edge list.

**GraphML** (``.graphml``, ``.xml``) and **GEXF** (``.gexf``) files state whether they are directed; node ids
become the labels, the edge attribute ``weight`` the weights. Files with a document type declaration are
refused: entities declared in one can make a parser read other files or fill the memory.

Rows 0..n-1 follow the names, sorted numerically if all are whole numbers, otherwise as text.
"""

from __future__ import annotations

import csv
import gzip
import math
import zlib
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from xml.parsers import expat

import numpy as np

from coevolve_sim.errors import NetworkError
from coevolve_sim.networks.graphs import from_networkx, order_labels
from coevolve_sim.networks.ties import Ties, from_edges

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Weighted = bool | Literal["auto"]
EDGE_LISTS = (".txt", ".csv", ".tsv", ".edges")
GRAPHS = (".graphml", ".xml", ".gexf")
_HEADERS = frozenset(
    {
        ("source", "target"),
        ("from", "to"),
        ("speaker", "listener"),
        ("ego", "alter"),
        ("node1", "node2"),
        ("node_1", "node_2"),
        ("id1", "id2"),
        ("id_1", "id_2"),
        ("u", "v"),
    }
)


def read_network(path: str | Path, *, directed: bool = False, weighted: Weighted = "auto") -> Ties:
    r"""Read a network from a file.

    Parameters
    ----------
    path : str or Path
        Path of the file; its suffix decides the format, as the module describes.
    directed : bool
        Whether a line "u v" of an edge list means only that u speaks to v. GraphML and GEXF files state this
        themselves; it is an error to ask for direction from one that is undirected.
    weighted : bool or "auto"
        Whether to read weights; "auto" reads them where there are any. True requires them, False ignores them
        (and any further columns of an edge list).

    Returns
    -------
    Ties
        With `labels`, and counts of self-loops and repeated ties in `notes`; weights of repeated ties are
        summed.

    Raises
    ------
    NetworkError
        If the file is missing, empty, not of the format of its suffix, or malformed (``path:line: ...``).

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "friends.csv"
    ...     _ = file.write_text("source,target,weight\nann,bob,2\nbob,cem,0.5\n")
    ...     ties = read_network(file)
    >>> ties.labels, ties.weights.tolist()
    (('ann', 'bob', 'cem'), [2.0, 2.0, 0.5, 0.5])
    """
    path = Path(path)
    name = path.name.lower()
    ending = Path(name.removesuffix(".gz")).suffix
    if ending not in EDGE_LISTS + GRAPHS:
        raise NetworkError(
            f"{path}: the ending must be one of {', '.join(EDGE_LISTS + GRAPHS)}, with or without .gz; "
            f"{Path(name).suffix or 'none'} given"
        )
    content = _read_content(path, zipped=name.endswith(".gz"))
    if not content.strip():
        raise NetworkError(f"{path}: the file is empty")
    if ending in GRAPHS:
        return _read_graph(path, content, gexf=ending == ".gexf", directed=directed, weighted=weighted)
    return _read_edges(path, content, directed=directed, weighted=weighted)


def _read_content(path: Path, *, zipped: bool) -> bytes:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise NetworkError(f"{path}: there is no such file") from None
    except OSError as error:
        raise NetworkError(f"{path}: cannot be read: {error.strerror}") from error
    if not zipped:
        return content
    try:
        return gzip.decompress(content)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise NetworkError(
            f"{path}: not a whole gzip file ({error}): take .gz off its name if it is plain text"
        ) from error


Line = tuple[int, list[str]]


def _read_lines(path: Path, content: bytes) -> Iterator[Line]:
    """Yield the number and the fields of each line that is not a comment."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        at = content.count(b"\n", 0, error.start) + 1
        raise NetworkError(f"{path}:{at}: not UTF-8 text: save the file as UTF-8") from error
    fields_of: Callable[[str], list[str]] | None = None
    for number, raw in enumerate(text.split("\n"), start=1):
        line = raw.strip(" \r")
        if not line.strip() or line.startswith(("#", "%")):
            continue
        if fields_of is None:
            fields_of = _choose_separator(line)
        try:
            yield number, [field.strip() for field in fields_of(line)]
        except csv.Error as error:
            raise NetworkError(f"{path}:{number}: {error}") from error


def _choose_separator(line: str) -> Callable[[str], list[str]]:
    if "," in line or "\t" in line:
        separator = "," if "," in line else "\t"
        return lambda row: next(csv.reader([row], delimiter=separator, strict=True))
    return str.split


def _read_edges(path: Path, content: bytes, *, directed: bool, weighted: Weighted) -> Ties:
    lines = list(_read_lines(path, content))
    if lines and _is_header(lines):
        lines = lines[1:]
    if not lines:
        raise NetworkError(f"{path}: the file holds no ties")
    width = len(lines[0][1])
    _check_width(path, lines[0], weighted)
    for line in lines:
        _check_fields(path, line, width)
    labels = order_labels(dict.fromkeys(field for _, fields in lines for field in fields[:2]))
    row_of = {label: row for row, label in enumerate(labels)}
    edges = np.array([(row_of[fields[0]], row_of[fields[1]]) for _, fields in lines], dtype=np.int64)
    weights = np.array([_read_weight(path, line) for line in lines]) if weighted and width == 3 else None
    return from_edges(len(labels), edges, weights, directed=directed, labels=tuple(labels))


def _is_header(lines: list[Line]) -> bool:
    first = lines[0][1][:2]
    if tuple(field.casefold() for field in first) in _HEADERS:
        return True
    return (
        len(lines) > 1
        and len(first) == 2
        and not any(map(_is_whole, first))
        and all(_is_whole(field) for _, fields in lines[1:] for field in fields[:2])
    )


def _is_whole(field: str) -> bool:
    return field.removeprefix("-").isdecimal()


def _check_width(path: Path, line: Line, weighted: Weighted) -> None:
    number, fields = line
    width = len(fields)
    if width < 2 or (weighted is not False and width > 3) or (weighted is True and width < 3):
        with_weight = "3 fields (speaker, listener, weight)"
        wanted = with_weight if weighted is True else "2 fields" if weighted is False else "2 or 3 fields"
        raise NetworkError(
            f"{path}:{number}: {width} field{'s' * (width != 1)}, where a tie takes {wanted}"
            + (": set weighted to false to pass over further ones" if width > 3 else "")
        )


def _check_fields(path: Path, line: Line, width: int) -> None:
    number, fields = line
    if len(fields) != width:
        raise NetworkError(
            f"{path}:{number}: {len(fields)} field{'s' * (len(fields) != 1)}, where the first tie has {width}"
        )
    if not (fields[0] and fields[1]):
        raise NetworkError(f"{path}:{number}: a tie needs two names; {fields[:2]} given")


def _read_weight(path: Path, line: Line) -> float:
    number, fields = line
    try:
        weight = float(fields[2])
    except ValueError:
        weight = math.nan
    if not 0 < weight < math.inf:
        raise NetworkError(f"{path}:{number}: a weight must be a number above 0; {fields[2]} given")
    return weight


def _read_graph(path: Path, content: bytes, *, gexf: bool, directed: bool, weighted: Weighted) -> Ties:
    import networkx as nx

    _check_xml(path, content)
    kind = "GEXF" if gexf else "GraphML"
    read: Any = nx.read_gexf if gexf else nx.read_graphml
    try:
        graph = read(BytesIO(content), node_type=str)
    except (nx.NetworkXError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise NetworkError(f"{path}: not a {kind} file that can be read: {error}") from error
    if directed and not graph.is_directed():
        raise NetworkError(f"{path}: the file says its ties are undirected; set directed to false")
    try:
        return from_networkx(graph, weighted=weighted)
    except NetworkError as error:
        raise NetworkError(f"{path}: {error}") from error


def _check_xml(path: Path, content: bytes) -> None:
    """Refuse XML that is not well-formed, and any document type declaration before it takes effect."""

    def refuse(*_: object) -> None:
        raise NetworkError(
            f"{path}:{parser.CurrentLineNumber}: has a document type declaration (DOCTYPE), which is "
            "refused for safety: take it out"
        )

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise NetworkError(f"{path}:{error.lineno}: not well-formed XML: {error}") from error
