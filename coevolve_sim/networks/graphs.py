"""Conversion of networks to and from networkx graphs."""

from __future__ import annotations

import itertools
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from coevolve_sim.errors import NetworkError
from coevolve_sim.networks.ties import Ties, from_edges

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


def from_networkx(graph: nx.Graph[Any], *, weighted: bool | str = "auto") -> Ties:
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
    weights, notes = _read_weights(graph) if weighted else (None, ())
    if weighted is True and weights is None and ends:
        raise NetworkError("no edge has the attribute weight; leave weighted out or set it to false")
    return from_edges(n, edges, weights, directed=graph.is_directed(), labels=labels, notes=notes)


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


def _read_weights(graph: nx.Graph[Any]) -> tuple[NDArray[np.float64] | None, tuple[str, ...]]:
    """Return the weights of all edges, if any has one, and a note on those that have none."""
    given: list[Any] = [data.get("weight") for _, _, data in graph.edges(data=True)]
    n_missing = sum(weight is None for weight in given)
    default = graph.graph.get("edge_default", {}).get("weight")  # a GraphML file can state one
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
        Nodes 0..n-1, with ``label`` and ``community`` where the ties have them; edges from speaker to
        listener, with ``weight`` where the ties have it.

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
    for name, column in _node_columns(ties, values, dimensions, groups).items():
        nx.set_node_attributes(graph, dict(enumerate(column)), name)
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


def _node_columns(
    ties: Ties,
    values: NDArray[np.float64] | None,
    dimensions: Sequence[str] | None,
    groups: Sequence[str] | NDArray[np.integer] | None,
) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {}
    if ties.labels is not None:
        columns["label"] = list(ties.labels)
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
    names = dimensions if dimensions is not None else [f"value_{d}" for d in range(values.shape[1])]
    if len(names) != values.shape[1] or len(set(names)) < len(names) or _TAKEN & set(names):
        raise NetworkError(
            f"dimensions must be {values.shape[1]} different names, none of {', '.join(sorted(_TAKEN))}; "
            f"{list(names)} given"
        )
    return columns | dict(zip(names, values.astype(float).T.tolist(), strict=True))
