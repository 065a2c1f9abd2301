"""Reading graph files of other programs, through NetworkX and SciPy, as NetworkX graphs.

**GraphML** (``.graphml``, ``.xml``), **GEXF** (``.gexf``), **GML** (``.gml``), **Pajek** (``.net``), **Matrix
Market** (``.mtx``), **adjacency lists** (``.adjlist``: a human and all it speaks to on a line) and NetworkX's
own **edge lists** (``.edgelist`` with data in braces). What a reader would take for something else, without a
word, is refused before it reads: two sections of ties in Pajek, a matrix that says it is larger than its
file.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.parsers import expat

from coevolve_sim.delimited import decode
from coevolve_sim.errors import NetworkError

_HEADING_OF_GRAPH = re.compile(r"(?:^|\n)\s*graph\s*\[", re.IGNORECASE)
_MULTIGRAPH = re.compile(r"(?:^|\n|\[)\s*multigraph\s+[01]\b")
_SECTION = re.compile(r"^\*(\w+)", re.MULTILINE)
_TIES_OF_PAJEK = ("edges", "arcs", "matrix")
_SYMMETRIES = ("general", "symmetric")
LEAST_ENTRY_BYTES = {"coordinate": 4, "array": 2}
"""Bytes that an entry of a matrix takes in a file at least: two numbers, or one, and what separates them."""

_UNREADABLE = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    StopIteration,
    RuntimeError,
    SyntaxError,
    TypeError,
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
    """Read Matrix Market: row i, column j is the tie from i to j, numbered from 0."""
    import networkx as nx
    from scipy.io import mminfo, mmread

    rows, columns, n_entries, form, kind, symmetry = mminfo(BytesIO(content))
    if rows != columns:
        raise NetworkError(f"{path}: a matrix of {rows} by {columns}; ties take as many rows as columns")
    if kind == "complex" or symmetry not in _SYMMETRIES:
        raise NetworkError(
            f"{path}: a {kind} {symmetry} matrix; ties are real, integer or pattern, and general or symmetric"
        )
    # The heading alone makes the reader allocate; a human without ties takes no byte of the file.
    if n_entries * LEAST_ENTRY_BYTES[form] > len(content) or rows > max(1_000_000, len(content)):
        raise NetworkError(f"{path}: says that it has {rows} rows and {n_entries} entries, and is too small")
    found = mmread(BytesIO(content), spmatrix=False)
    makes = nx.DiGraph if symmetry == "general" and directed else nx.Graph
    graph = nx.from_scipy_sparse_array(_as_sparse(found), create_using=makes)
    if kind == "pattern":
        for *_, data in graph.edges(data=True):
            data.clear()
    return graph


def _as_sparse(matrix: Any) -> Any:
    from scipy.sparse import coo_array

    return coo_array(matrix)


def _read_adjacency(path: Path, content: bytes, *, directed: bool) -> Any:
    import networkx as nx

    lines = [line for line in decode(path, content, NetworkError).splitlines() if line.strip()]
    kept = [line for line in lines if not line.lstrip().startswith(("#", "%"))]
    return nx.parse_adjlist(kept, create_using=nx.DiGraph if directed else nx.Graph)


def _read_edges(path: Path, content: bytes, *, directed: bool) -> Any:
    import networkx as nx

    lines = decode(path, content, NetworkError).splitlines()
    return nx.parse_edgelist(lines, create_using=nx.MultiDiGraph if directed else nx.MultiGraph)


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
