"""Conversion of networks to and from networkx graphs."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from coevolve_sim.errors import NetworkError
from coevolve_sim.networks.ties import Attribute, Ties, from_edges

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    import networkx as nx
    from numpy.typing import NDArray

MOST_COMPLETE = 2_000
"""Humans up to which full mixing is written out tie by tie (two million of them)."""

MOST_INT_DIGITS = 600
"""Digits up to which names that are numbers are compared as int."""

_NUMBER = re.compile(r"-?[0-9]+", re.ASCII)
_TAKEN = frozenset({"label", "group", "community"})
MOST_ATTRIBUTES, LONGEST_ATTRIBUTE = 100, 1_000
"""Attributes of humans that are kept of a graph, and characters that a text among them has at most."""

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def order_labels(labels: Iterable[str]) -> list[str]:
    """Sort labels into row order: numerically if all are whole numbers, otherwise as text.

    Examples
    --------
    >>> order_labels(["10", "9", "-1"]), order_labels(["b", "10", "9"])
    (['-1', '9', '10'], ['10', '9', 'b'])
    """
    given = list(labels)
    if all(_NUMBER.fullmatch(label) for label in given):
        # int refuses digits beyond a limit, and takes a time that grows with their square; Decimal does not.
        number = Decimal if max(map(len, given), default=0) > MOST_INT_DIGITS else int
        return sorted(given, key=lambda label: (number(label), label))
    return sorted(given)


def from_networkx(graph: nx.Graph[Any], *, weighted: bool | str = "auto", weight: str | None = None) -> Ties:
    """Convert a networkx graph, directed or not, simple or multi, to ties.

    Parameters
    ----------
    graph : networkx.Graph, DiGraph, MultiGraph or MultiDiGraph
        Nodes 0..n-1 become the rows of the same numbers. Any other nodes are sorted, numerically if all are
        whole numbers, otherwise as text, and their names are kept in `labels`. A directed edge
        ``u -> v`` means that u speaks to v.
    weighted : bool or "auto"
        Whether to read the edge attribute ``weight``: "auto" reads it if any edge has it. An edge without it
        counts 1 then, as Gephi, which leaves weights of 1 out, and networkx mean it; a note says how many.
    weight : str, optional
        The edge attribute that holds the weights, if it is not called ``weight``.

    Returns
    -------
    Ties
        With what nodes have of texts, numbers and truth values as `attributes`; notes say what else nodes and
        edges have.

    Raises
    ------
    NetworkError
        If the graph is empty, two nodes have the same name, or a weight is not a number above 0.

    Examples
    --------
    >>> import networkx as nx
    >>> ties = from_networkx(nx.Graph([("ann", "bob"), ("bob", "cem")]))
    >>> ties.labels, ties.degrees.tolist()
    (('ann', 'bob', 'cem'), [1, 2, 1])
    """
    n = graph.number_of_nodes()
    if n == 0:
        raise NetworkError("the graph has no nodes; a network needs at least 1 human")
    rows, labels = _number_nodes(list(graph.nodes))
    ends = [(rows[u], rows[v]) for u, v in graph.edges()]
    edges = np.array(ends, dtype=np.int64).reshape(-1, 2)
    held = weight or "weight"
    weights, notes = _read_weights(graph, held) if weighted else (None, ())
    if (weighted is True or weight) and weights is None and ends:
        instead = f"name another with weight{_that_there_are(graph)}" if weight else "leave weighted out"
        raise NetworkError(f"no edge has the attribute {held}; {instead} or set it to false")
    attributes, more = _read_attributes(graph, rows)
    notes += more + _other_attributes(graph, held if weighted else "")
    ties = from_edges(n, edges, weights, directed=graph.is_directed(), labels=labels, notes=notes)
    return replace(ties, attributes=attributes)


def from_drawn_graph(graph: nx.Graph[int]) -> Ties:
    """Convert a graph as a generator draws it: nodes 0..n-1, and neither nodes nor edges have attributes.

    The ties are those of `from_networkx`, which looks at every node and edge for what these might have.

    Examples
    --------
    >>> import networkx as nx
    >>> from_drawn_graph(nx.path_graph(3)).indices.tolist()
    [1, 0, 2, 1]
    """
    edges = np.array(list(graph.edges()), dtype=np.int64).reshape(-1, 2)
    return from_edges(graph.number_of_nodes(), edges, directed=graph.is_directed())


def _that_there_are(graph: nx.Graph[Any]) -> str:
    there = _attributes_of_edges(graph)
    return f" (there are: {', '.join(there)})" if there else ""


def _attributes_of_edges(graph: nx.Graph[Any]) -> list[str]:
    return sorted({str(name)[:60] for *_, data in graph.edges(data=True) for name in data} - {"id"})


def _other_attributes(graph: nx.Graph[Any], weight: str) -> tuple[str, ...]:
    """Return a note on the attributes of edges that are not read."""
    left = [name for name in _attributes_of_edges(graph) if name != weight]
    told = ", ".join(left[:20]) + ", ..." * (len(left) > 20)
    return (f"not read of edges: {told}",) if left else ()


def _read_attributes(
    graph: nx.Graph[Any], rows: dict[Hashable, int]
) -> tuple[dict[str, tuple[Attribute, ...]], tuple[str, ...]]:
    """Return what nodes have, by name and in the order of rows; and notes on what of it is not kept."""
    columns: dict[str, list[Attribute]] = {}
    left: set[str] = set()
    for node, data in graph.nodes(data=True):
        for name, given in data.items():
            cell = given.item() if isinstance(given, np.generic) else given
            if not isinstance(cell, str | int | float | bool) or len(str(cell)) > LONGEST_ATTRIBUTE:
                left.add(str(name))
            elif str(name) in columns or len(columns) < MOST_ATTRIBUTES:
                columns.setdefault(str(name), [None] * len(rows))[rows[node]] = cell
            else:
                left.add(str(name))
    told = ", ".join(sorted(left)[:20])
    notes = (f"not read of nodes, or not of all: {told}",) if left else ()
    return {name: tuple(column) for name, column in columns.items()}, notes


def _number_nodes(nodes: list[Hashable]) -> tuple[dict[Hashable, int], tuple[str, ...] | None]:
    whole = all(type(node) is int for node in nodes)
    if whole and set(nodes) == set(range(len(nodes))):
        return {node: node for node in nodes if isinstance(node, int)}, None
    names = {node: str(node) for node in nodes}
    labels = order_labels(names.values())
    row_of = {label: row for row, label in enumerate(labels)}
    if len(row_of) < len(nodes):
        twice = next(a for a, b in itertools.pairwise(labels) if a == b)
        raise NetworkError(f"two nodes of the graph are called {twice}; give each a name of its own")
    return {node: row_of[name] for node, name in names.items()}, tuple(labels)


def _read_weights(graph: nx.Graph[Any], name: str) -> tuple[NDArray[np.float64] | None, tuple[str, ...]]:
    """Return the weights of all edges, if any has one, and a note on those that have none."""
    given: list[Any] = [data.get(name) for _, _, data in graph.edges(data=True)]
    n_missing = sum(weight is None for weight in given)
    default = graph.graph.get("edge_default", {}).get(name)  # a GraphML file can state one
    if n_missing == len(given) and default is None:
        return None, ()
    notes: tuple[str, ...] = ()
    if n_missing:
        default = 1.0 if default is None else default
        given = [default if weight is None else weight for weight in given]
        several = n_missing > 1
        notes = (f"{n_missing} edge{'s' * several} without a weight count{'s' * (not several)} {default}",)
    try:
        return np.array([float(weight) for weight in given]), notes
    except (TypeError, ValueError):
        bad = next(k for k, weight in enumerate(given) if not isinstance(weight, int | float))
        edge = list(graph.edges())[bad]
        raise NetworkError(f"edge {edge} has weight {given[bad]!r}, not a number") from None


def to_networkx(
    ties: Ties,
    values: NDArray[np.float64] | None = None,
    dimensions: Sequence[str] | None = None,
    groups: Sequence[str] | NDArray[np.integer] | None = None,
) -> nx.Graph[int]:
    """Convert ties and values to a networkx graph, for Gephi and similar tools.

    Parameters
    ----------
    ties : Ties
        Full mixing only up to 2,000 humans.
    values : float array, shape (humans, dimensions), optional
        Become float node attributes.
    dimensions : sequence of str, optional
        Names of those attributes; without it ``value_0``, ``value_1``, ...
    groups : sequence of str or int array, shape (humans,), optional
        Become the node attribute ``group``.

    Returns
    -------
    networkx.Graph, or DiGraph if the ties are directed or two who hear each other weigh each other otherwise
        Nodes 0..n-1, with ``label`` (the name), ``community`` and attributes where the ties have them; an
        attribute whose name is taken is called ``NAME_in_file``. Edges from speaker to listener, with
        ``weight`` where the ties have it. Characters that XML cannot hold are replaced.

    Raises
    ------
    NetworkError
        If full mixing is too large, shapes disagree, or a dimension is called label, group or community.

    Examples
    --------
    >>> from coevolve_sim.networks import ring
    >>> graph = to_networkx(ring(3, 2), np.array([[0.1], [0.2], [0.3]]), ["fairness"])
    >>> graph.nodes[2]["fairness"], graph.number_of_edges()
    (0.3, 3)
    """
    import networkx as nx

    n = ties.n_humans
    if ties.complete and n > MOST_COMPLETE:
        raise NetworkError(
            f"full mixing of {n} humans would be {n * (n - 1) // 2} ties; a graph is made up to "
            f"{MOST_COMPLETE} humans: export the values without the network"
        )
    graph: nx.Graph[int] = nx.Graph() if ties.is_even else nx.DiGraph()
    graph.add_nodes_from(range(n))
    columns = _node_columns(ties, values, dimensions, groups)
    for name, column in _attributes_beside(ties, columns).items():
        nx.set_node_attributes(
            graph, {node: cell for node, cell in enumerate(column) if cell is not None}, name
        )
    if ties.complete:
        graph.add_edges_from((u, v) for u in range(n) for v in range(u))
        return graph
    own = ties.indices < ties.listeners if ties.is_even else slice(None)
    edges = zip(ties.indices[own].tolist(), ties.listeners[own].tolist(), strict=True)
    if ties.weights is None:
        graph.add_edges_from(edges)
    else:
        weights = ties.weights[own].tolist()
        graph.add_weighted_edges_from((u, v, w) for (u, v), w in zip(edges, weights, strict=True))
    return graph


def _attributes_beside(ties: Ties, columns: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Return columns with those attributes of humans of which they say nothing yet, all fit for XML."""
    found = dict(columns)
    for name, column in ties.attributes.items():
        if name != "label" or ties.names is None:
            free = name if name not in {*columns, *_TAKEN} else f"{name}_in_file"
            found.setdefault(free, list(column))
    return {
        name: [_NOT_XML.sub("\ufffd", cell) if isinstance(cell, str) else cell for cell in column]
        for name, column in found.items()
    }


def _node_columns(
    ties: Ties,
    values: NDArray[np.float64] | None,
    dimensions: Sequence[str] | None,
    groups: Sequence[str] | NDArray[np.integer] | None,
) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {}
    if (names := ties.names or ties.labels) is not None:
        columns["label"] = list(names)
    if ties.communities is not None:
        columns["community"] = ties.communities.tolist()
    if groups is not None:
        if len(groups) != ties.n_humans:
            raise NetworkError(f"groups must name all {ties.n_humans} humans; {len(groups)} given")
        columns["group"] = np.asarray(groups).tolist()
    if values is None:
        return columns
    if values.ndim != 2 or len(values) != ties.n_humans:
        raise NetworkError(
            f"values must be of shape ({ties.n_humans}, dimensions); shape {values.shape} given"
        )
    called = dimensions if dimensions is not None else [f"value_{d}" for d in range(values.shape[1])]
    if len(called) != values.shape[1] or len(set(called)) < len(called) or _TAKEN & set(called):
        raise NetworkError(
            f"dimensions must be {values.shape[1]} different names, none of {', '.join(sorted(_TAKEN))}; "
            f"{list(called)} given"
        )
    return columns | dict(zip(called, values.astype(float).T.tolist(), strict=True))
