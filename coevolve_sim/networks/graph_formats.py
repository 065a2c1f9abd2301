"""Reading graph files of other programs, mostly by NetworkX's readers, as NetworkX graphs.

**GraphML** (``.graphml``, ``.xml``), **GEXF** (``.gexf``), **GML** (``.gml``), **Pajek** (``.net``), **Matrix
Market** (``.mtx``), **adjacency lists** (``.adjlist``: a human and all it speaks to on a line) and NetworkX's
own **edge lists** (``.edgelist`` with data in braces). What a reader would take for something else, without a
word, is refused before it reads: two sections of ties in Pajek, a vertex without a name of its own.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.parsers import expat

from coevolve_sim.delimited import decode, parse_number
from coevolve_sim.errors import NetworkError

_HEADING_OF_GRAPH = re.compile(r"(?:^|\n)\s*graph\s*\[", re.IGNORECASE)
_MULTIGRAPH = re.compile(r"(?:^|\n|\[)\s*multigraph\s+[01]\b")
_SECTION = re.compile(r"^\*(\w+)", re.MULTILINE)
_TIES_OF_PAJEK = ("edges", "arcs", "matrix")
_COUNT = re.compile(r"[0-9]{1,10}", re.ASCII)
MOST_ROWS = 1_000_000
"""Rows of a matrix, at most; a human without ties takes no byte of a file."""

_UNREADABLE = (
    ArithmeticError,
    AttributeError,
    LookupError,
    NameError,
    RecursionError,
    StopIteration,
    RuntimeError,
    SyntaxError,
    TypeError,
    UserWarning,
    ValueError,
)
LONGEST_REASON = 200


def read_graph(path: Path, ending: str, content: bytes, *, directed: bool) -> Any:
    """Return what a graph file holds, as a NetworkX graph.

    Parameters
    ----------
    path : Path
        The file, for errors.
    ending : str
        Its suffix, a key of `READERS`.
    content : bytes
        What it holds, unpacked.
    directed : bool
        Whether ties lead one way, where the file does not say it itself.

    Raises
    ------
    NetworkError
        If it is not of its format, or says itself that its ties are undirected where `directed` is asked for.

    Examples
    --------
    >>> read_graph(Path("a.adjlist"), ".adjlist", b"ann bob cem", directed=True).number_of_edges()
    2
    """
    import networkx as nx

    name, read, _ = READERS[ending]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)  # by which readers tell what they made up
            graph = read(path, content, directed=directed)
    except (nx.NetworkXException, *_UNREADABLE) as error:
        why = " ".join(str(error).split())[:LONGEST_REASON] or type(error).__name__
        raise NetworkError(f"{path}: not a {name} file that can be read: {why}") from error
    if directed and not graph.is_directed():
        raise NetworkError(f"{path}: the file says its ties are undirected; set directed to false")
    return graph


def _read_graphml(path: Path, content: bytes, *, directed: bool) -> Any:  # noqa: ARG001 - the file says it
    import networkx as nx

    _check_xml(path, content)
    return nx.read_graphml(BytesIO(content), node_type=str)


def _read_gexf(path: Path, content: bytes, *, directed: bool) -> Any:  # noqa: ARG001 - the file says it
    import networkx as nx

    _check_xml(path, content)
    return nx.read_gexf(BytesIO(content), node_type=str)


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
    except (LookupError, ValueError) as error:  # of an encoding that Python does not have, or not for XML
        raise NetworkError(
            f"{path}:1: the encoding that it states cannot be read: {error}; save it as UTF-8"
        ) from error


def _read_gml(path: Path, content: bytes, *, directed: bool) -> Any:  # noqa: ARG001 - the file says it
    """Read GML; ties that stand more than once are kept, whether or not it says that it has such."""
    import networkx as nx

    text = decode(path, content, NetworkError)
    heading = _HEADING_OF_GRAPH.search(text)
    if heading and not _MULTIGRAPH.search(text[: heading.end() + 1000]):
        text = f"{text[: heading.end()]} multigraph 1 {text[heading.end() :]}"
    return nx.parse_gml(text.splitlines(), label="id")


def _read_pajek(path: Path, content: bytes, *, directed: bool) -> Any:  # noqa: ARG001 - the file says it
    import networkx as nx

    text = decode(path, content, NetworkError)
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("%")]
    sections = [name.lower() for name in _SECTION.findall("\n".join(lines))]
    ties = [name for name in sections if name not in {"network", "vertices"}]
    if unknown := [name for name in ties if name not in _TIES_OF_PAJEK]:
        raise NetworkError(
            f"{path}: section *{unknown[0]} is not read; there may be *vertices and one of "
            f"{', '.join(f'*{name}' for name in _TIES_OF_PAJEK)}"
        )
    if len(ties) > 1:
        raise NetworkError(
            f"{path}: has sections *{' and *'.join(ties)}; ties are all directed (*arcs) or none is "
            "(*edges): write every edge as two arcs"
        )
    graph = nx.parse_pajek(lines)
    stated = next((line.split()[1] for line in lines if line.lower().startswith("*vertices")), "")
    if stated != str(graph.number_of_nodes()):
        raise NetworkError(
            f"{path}: *vertices says {stated or 'nothing'}, and {graph.number_of_nodes()} names of vertices "
            "are there: each vertex has a line with a number and a name of its own, and ties name no other"
        )
    return graph


def _read_matrix(path: Path, content: bytes, *, directed: bool) -> Any:
    """Read Matrix Market: row i, column j is the tie from i to j.

    Not by SciPy, whose compiled reader ends the process on some malformed files.
    """
    import networkx as nx

    lines = decode(path, content, NetworkError).splitlines()
    has_weights, symmetric = _read_heading(path, lines[0])
    rows = ((at, line.split()) for at, line in enumerate(lines, 1) if line.strip() and line[0] != "%")
    at, size = next(rows, (len(lines), []))
    n_humans, n_ties = _read_size(path, at, size)
    ties: dict[tuple[int, int], float] = {}
    for at, cells in rows:
        tie, weight = _read_entry(path, at, cells, n_humans, has_weights=has_weights)
        if not directed and not symmetric and ties.get(tie[::-1], weight) != weight:
            raise NetworkError(f"{path}:{at}: another weight than the other way round; set directed to true")
        if tie in ties:
            raise NetworkError(f"{path}:{at}: row {tie[0]}, column {tie[1]} stands twice; each stands once")
        ties[tie] = weight
    if len(ties) != n_ties:
        raise NetworkError(f"{path}: says that it has {n_ties} entries, and has {len(ties)}")
    graph: Any = nx.DiGraph() if directed and not symmetric else nx.Graph()
    graph.add_nodes_from(range(1, n_humans + 1))
    if has_weights:
        graph.add_weighted_edges_from((*tie, weight) for tie, weight in ties.items())
    else:
        graph.add_edges_from(ties)
    return graph


def _read_heading(path: Path, line: str) -> tuple[bool, bool]:
    """Return whether a matrix has weights, and whether it is symmetric."""
    given = line.lower().split()
    if given[:3] != ["%%matrixmarket", "matrix", "coordinate"] or len(given) != 5:
        raise NetworkError(
            f"{path}:1: the heading of a matrix of ties is %%MatrixMarket matrix coordinate KIND SYMMETRY; "
            f"'{line[:60]}' given"
        )
    kind, symmetry = given[3:]
    if kind not in {"real", "integer", "pattern"} or symmetry not in {"general", "symmetric"}:
        raise NetworkError(
            f"{path}:1: a {kind[:20]} {symmetry[:20]} matrix; ties are real, integer or pattern, and general "
            "or symmetric"
        )
    return kind != "pattern", symmetry == "symmetric"


def _read_size(path: Path, at: int, cells: list[str]) -> tuple[int, int]:
    """Return how many humans and entries a matrix has."""
    if len(cells) != 3 or not all(_COUNT.fullmatch(cell) for cell in cells) or cells[0] != cells[1]:
        raise NetworkError(
            f"{path}:{at}: rows, columns and entries are given, as many rows as columns; "
            f"'{' '.join(cells)[:60]}' given"
        )
    if (n_humans := int(cells[0])) > MOST_ROWS:
        raise NetworkError(f"{path}:{at}: {n_humans} rows; at most {MOST_ROWS} are read")
    return n_humans, int(cells[2])


def _read_entry(
    path: Path, at: int, cells: list[str], n_humans: int, *, has_weights: bool
) -> tuple[tuple[int, int], float]:
    wanted = 3 if has_weights else 2
    weight = parse_number(cells[2]) if has_weights and len(cells) == 3 else 1.0
    ends = [int(cell) for cell in cells[:2] if _COUNT.fullmatch(cell)]
    if len(cells) != wanted or weight is None or len(ends) != 2 or not all(1 <= e <= n_humans for e in ends):
        raise NetworkError(
            f"{path}:{at}: an entry is a row and a column in 1..{n_humans}"
            f"{' and a number' if has_weights else ''}; '{' '.join(cells)[:60]}' given"
        )
    return (ends[0], ends[1]), weight


def _read_adjacency(path: Path, content: bytes, *, directed: bool) -> Any:
    import networkx as nx

    lines = decode(path, content, NetworkError).splitlines()
    kept = [
        (at, line) for at, line in enumerate(lines, 1) if line.strip() and line.lstrip()[0] not in ("#", "%")
    ]
    _refuse_multiline(path, [(at, line.partition("#")[0].split()) for at, line in kept])
    return nx.parse_adjlist([line for _, line in kept], create_using=nx.DiGraph if directed else nx.Graph)


def _refuse_multiline(path: Path, rows: list[tuple[int, list[str]]]) -> None:
    """Refuse the multiline form: a name with a number of ties, and a line for each of so many."""
    remedy = "write it with write_adjlist, or as GraphML where ties have data"
    for at, cells in rows:
        if any("{" in cell for cell in cells):
            raise NetworkError(
                f"{path}:{at}: holds data in braces, which an adjacency list has not; {remedy}"
            )
    if _is_multiline(rows):
        raise NetworkError(
            f"{path}:{rows[0][0]}: a name and a number of ties, and a line for each, as "
            f"write_multiline_adjlist writes; {remedy}"
        )


def _is_multiline(rows: list[tuple[int, list[str]]]) -> bool:
    """Return whether each head, a name and a count, has so many lines of a name below it, each a head too."""
    heads, listed, left = set(), set(), 0
    for _, cells in rows:
        if left:
            if len(cells) != 1:
                return False
            listed.add(cells[0])
            left -= 1
        elif len(cells) == 2 and _COUNT.fullmatch(cells[1]):
            heads.add(cells[0])
            left = int(cells[1])
        else:
            return False
    return not left and bool(listed) and listed <= heads


def _read_edges(path: Path, content: bytes, *, directed: bool) -> Any:
    """Read two names and data in braces a line; by tabs where each line has them: names may hold blanks."""
    import networkx as nx

    lines = [line.partition("#")[0] for line in decode(path, content, NetworkError).splitlines()]
    by_tabs = all(line.partition("{")[0].count("\t") > 1 for line in lines if line.strip())
    delimiter = "\t" if by_tabs else None
    for at, line in enumerate(lines, 1):
        _check_ends(path, at, line.split(delimiter))
    graph = nx.MultiDiGraph if directed else nx.MultiGraph
    return nx.parse_edgelist(lines, delimiter=delimiter, create_using=graph)


def _check_ends(path: Path, at: int, cells: list[str]) -> None:
    """Refuse a line on which something else than two names stands before the data in braces."""
    has_other = len(cells) > 2 and not cells[2].lstrip().startswith("{")
    if has_other or any("{" in cell for cell in cells[:2]):
        raise NetworkError(
            f"{path}:{at}: a line is two names and data in braces, with blanks between them, and "
            f"'{' '.join(cells)[:60]}' given; where names hold blanks, write it with delimiter='\\t', or as "
            "GraphML"
        )


Read = Callable[..., Any]

_MIB = 1 << 20

READERS: dict[str, tuple[str, Read, int]] = {
    ".graphml": ("GraphML", _read_graphml, 256 * _MIB),
    ".xml": ("GraphML", _read_graphml, 256 * _MIB),
    ".gexf": ("GEXF", _read_gexf, 256 * _MIB),
    ".gml": ("GML", _read_gml, 64 * _MIB),
    ".net": ("Pajek", _read_pajek, 64 * _MIB),
    ".mtx": ("Matrix Market", _read_matrix, 32 * _MIB),
    ".adjlist": ("adjacency", _read_adjacency, 16 * _MIB),
    ".edgelist": ("NetworkX edge list", _read_edges, 16 * _MIB),
}
"""Every format of graphs, by the suffix of its files: what it is called, what reads it, and how many bytes of
it are read at most, unpacked: the fewer a tie takes, the more of them there can be."""
