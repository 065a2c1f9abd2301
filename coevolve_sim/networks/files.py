"""Reading networks from files: edge lists, and graph files of other programs.

**Edge lists** (``.txt``, ``.csv``, ``.tsv``, ``.edges``, ``.edgelist``): one tie a line,
speaker, listener and, where there is one, a weight; or with a header, whose names say which column is which
(`coevolve_sim.networks.edge_lists`). Fields are separated by commas, semicolons, tabs or blanks
(`coevolve_sim.delimited`). What was taken for what, where that is not plain, is a note. Humans without ties
cannot stand in an edge list.

**Graph files** (`coevolve_sim.networks.graph_formats`): GraphML, GEXF, GML, Pajek, Matrix Market, adjacency
lists. Node ids become the labels, what the file says of nodes their attributes, and the edge attribute
``weight``, or the one named, the weights; an edge without one counts 1. Those that state whether they are
directed are believed. XML with a document type declaration is refused: entities declared in one can make a
parser read other files or fill the memory.

Each may be packed, with ``.gz`` after its suffix. At most 1 GiB of text is read, and as much of a
graph file as its reader states, after unpacking; what a gzip file unpacks to is at most 16 MiB or 100 times
its size. Rows 0..n-1 follow the names, sorted numerically if all are whole numbers, otherwise as text.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from coevolve_sim.errors import NetworkError
from coevolve_sim.input_files import read_input, size_text, unpack_gzip
from coevolve_sim.networks.edge_lists import read_edge_list
from coevolve_sim.networks.graph_formats import READERS, read_graph
from coevolve_sim.networks.graphs import from_networkx

if TYPE_CHECKING:
    from coevolve_sim.networks.edge_columns import Header, Weighted
    from coevolve_sim.networks.ties import Ties

EDGE_LISTS = (".txt", ".csv", ".tsv", ".edges", ".edgelist")
MOST_TEXT_BYTES = 1 << 30


def read_network(
    path: str | Path,
    *,
    directed: bool = False,
    weighted: Weighted = "auto",
    header: Header = "auto",
    encoding: str | None = None,
    weight: str | None = None,
) -> Ties:
    r"""Read a network from a file.

    Parameters
    ----------
    path : str or Path
        Path of the file; its suffix decides the format, as the module describes.
    directed : bool
        Whether a line "u v" of an edge list means only that u speaks to v. GraphML, GEXF, GML and Pajek files
        state this themselves; it is an error to ask for direction from one that is undirected.
    weighted : bool or "auto"
        Whether to read weights; "auto" reads them where there are any. True requires them, False ignores them
        (and any further columns of an edge list).
    header : bool or "auto"
        Whether the first line of an edge list names the columns; "auto" finds it out, or refuses the file.
    encoding : str, optional
        Encoding of an edge list that is neither UTF-8 nor, with its byte order mark, UTF-16: ``"latin-1"``.
    weight : str, optional
        Column of an edge list with a header, or attribute of edges, that holds the weights.

    Returns
    -------
    Ties
        With `labels` and `attributes`; `notes` say what was taken for what, and count self-loops and
        repeated ties. Weights of repeated ties are summed.

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
    if ending not in (*EDGE_LISTS, *READERS):
        endings = dict.fromkeys((*EDGE_LISTS, *READERS))
        raise NetworkError(
            f"{path}: the ending must be one of {', '.join(endings)}, with or without .gz; "
            f"{ending or 'none'} given"
        )
    if weight is not None and weighted is False:
        raise NetworkError(f"{path}: weight names '{weight}', and weighted is false; leave one of them out")
    is_text = ending in EDGE_LISTS
    content = _read_content(path, name, MOST_TEXT_BYTES if is_text else READERS[ending][2])
    if not content.strip():
        raise NetworkError(f"{path}: the file is empty")
    if is_text and not _holds_data_in_braces(path, ending, content):
        return read_edge_list(
            path,
            content,
            directed=directed,
            weighted=weighted,
            header=header,
            encoding=encoding,
            weight=weight,
        )
    if header != "auto" or encoding is not None:
        key = "header" if header != "auto" else "encoding"
        raise NetworkError(f"{path}: {key} is for edge lists, and this is none; leave {key} out")
    graph = read_graph(path, ending, content, directed=directed)
    try:
        return from_networkx(graph, weighted=weighted, weight=weight)
    except NetworkError as error:
        raise NetworkError(f"{path}: {error}") from error


def _holds_data_in_braces(path: Path, ending: str, content: bytes) -> bool:
    """Return whether an edge list is NetworkX's own, with the data of an edge as ``{'weight': 2}``."""
    if ending not in READERS or b"{" not in content:
        return False
    if len(content) > (most := READERS[ending][2]):
        raise NetworkError(
            f"{path}: is {size_text(len(content))} with data in braces, of which at most {size_text(most)} "
            "are read: write ties and weights alone"
        )
    return True


def _read_content(path: Path, name: str, most: int) -> bytes:
    content = read_input(path, NetworkError, most)
    return unpack_gzip(path, content, NetworkError, most) if name.endswith(".gz") else content
