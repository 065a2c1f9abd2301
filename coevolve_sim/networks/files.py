"""Reading networks from files: edge lists, GraphML, GEXF.

**Edge lists** (``.txt``, ``.csv``, ``.tsv``, ``.edges``, each also with ``.gz``): one tie a line,
speaker, listener and, where there is one, a weight; or with a header, whose names say which column is which
(`coevolve_sim.networks.edge_lists`). Fields are separated by commas, semicolons, tabs or blanks
(`coevolve_sim.delimited`). What was taken for what, where that is not plain, is a note. Humans without ties
cannot stand in an edge list.

**GraphML** (``.graphml``, ``.xml``) and **GEXF** (``.gexf``) files state whether they are directed; node ids
become the labels, the edge attribute ``weight`` the weights; an edge without one counts 1. Files with a
document type declaration are refused: entities declared in one can make a parser read other files or fill the
memory.

At most 1 GiB of text is read, and 256 MiB of GraphML or GEXF, after unpacking; what a gzip file unpacks to is
at most 16 MiB or 100 times its size. Rows 0..n-1 follow the names, sorted numerically if all are whole
numbers, otherwise as text.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from coevolve_sim.errors import NetworkError
from coevolve_sim.input_files import read_input, unpack_gzip
from coevolve_sim.networks.edge_lists import read_edge_list
from coevolve_sim.networks.graphs import from_networkx

if TYPE_CHECKING:
    from coevolve_sim.networks.edge_columns import Header, Weighted
    from coevolve_sim.networks.ties import Ties

EDGE_LISTS = (".txt", ".csv", ".tsv", ".edges")
GRAPHS = (".graphml", ".xml", ".gexf")
MOST_TEXT_BYTES = 1 << 30
MOST_GRAPH_BYTES = 1 << 28


def read_network(
    path: str | Path,
    *,
    directed: bool = False,
    weighted: Weighted = "auto",
    header: Header = "auto",
    encoding: str | None = None,
) -> Ties:
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
    header : bool or "auto"
        Whether the first line of an edge list names the columns; "auto" finds it out, or refuses the file.
    encoding : str, optional
        Encoding of an edge list that is neither UTF-8 nor, with its byte order mark, UTF-16: ``"latin-1"``.

    Returns
    -------
    Ties
        With `labels`; `notes` say what was taken for what, and count self-loops and repeated ties. Weights of
        repeated ties are summed.

    Raises
    ------
    NetworkError
        If the file is missing, empty, too large, not of the format of its suffix, or malformed
        (``path:line: ...``), or if it could be read in two ways.

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
            f"{ending or 'none'} given"
        )
    is_graph = ending in GRAPHS
    content = _read_content(path, name, MOST_GRAPH_BYTES if is_graph else MOST_TEXT_BYTES)
    if not content.strip():
        raise NetworkError(f"{path}: the file is empty")
    if not is_graph:
        return read_edge_list(
            path, content, directed=directed, weighted=weighted, header=header, encoding=encoding
        )
    if header != "auto" or encoding is not None:
        key = "header" if header != "auto" else "encoding"
        raise NetworkError(f"{path}: {key} is for edge lists, and this is none; leave {key} out")
    return _read_graph(path, content, gexf=ending == ".gexf", directed=directed, weighted=weighted)


def _read_content(path: Path, name: str, most: int) -> bytes:
    content = read_input(path, NetworkError, most)
    return unpack_gzip(path, content, NetworkError, most) if name.endswith(".gz") else content


def _read_graph(path: Path, content: bytes, *, gexf: bool, directed: bool, weighted: Weighted) -> Ties:
    import networkx as nx

    _check_xml(path, content)
    kind = "GEXF" if gexf else "GraphML"
    read: Any = nx.read_gexf if gexf else nx.read_graphml
    unreadable = (
        nx.NetworkXException,
        ArithmeticError,
        AttributeError,
        LookupError,
        SyntaxError,
        TypeError,
        ValueError,
    )
    try:
        graph = read(BytesIO(content), node_type=str)
    except unreadable as error:
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
    except (LookupError, ValueError) as error:  # of an encoding that Python does not have, or not for XML
        raise NetworkError(
            f"{path}:1: the encoding that it states cannot be read: {error}; save it as UTF-8"
        ) from error
