"""Networks as other libraries hold them in Python: NetworkX and igraph graphs, pandas tables of ties."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from coevolve_sim.errors import NetworkError
from coevolve_sim.networks.building import check_ties
from coevolve_sim.networks.edge_columns import columns_by_name
from coevolve_sim.networks.graphs import from_networkx, order_labels
from coevolve_sim.networks.ties import Ties, from_edges

if TYPE_CHECKING:
    import pandas as pd

_WANTED = "a networkx or igraph graph, a pandas table of ties, or coevolve_sim.networks.Ties"


def read_graph_object(given: object) -> Ties:
    """Return the ties of a graph from Python.

    Parameters
    ----------
    given : networkx.Graph, igraph.Graph, pandas.DataFrame or Ties
        Of graphs, nodes, their attributes and the edge attribute ``weight`` are taken as `from_networkx`
        takes them. A table has a row a tie and columns as an edge list's header names them (``source``,
        ``target``, ``weight``); its ties are undirected, and ``networkx.from_pandas_edgelist`` makes
        directed ones.

    Raises
    ------
    NetworkError
        If it is none of these, or no network.

    Examples
    --------
    >>> import pandas as pd
    >>> ties = read_graph_object(pd.DataFrame({"source": ["ann", "bob"], "target": ["bob", "cem"]}))
    >>> ties.names, ties.n_ties
    (('ann', 'bob', 'cem'), 4)
    """
    held: Any = given
    if isinstance(given, Ties):
        return check_ties(given)
    if hasattr(given, "vcount") and hasattr(given, "to_networkx"):  # igraph's
        return from_networkx(held.to_networkx())
    if hasattr(given, "number_of_nodes"):
        return from_networkx(held)
    if hasattr(given, "itertuples") and hasattr(given, "columns"):
        return _read_table(held)
    raise NetworkError(f"a {type(given).__name__} is no network; {_WANTED} is wanted")


def _read_table(table: pd.DataFrame) -> Ties:
    names = [str(name) for name in table.columns]
    columns = columns_by_name("the table of ties", names, "auto")
    speakers, listeners = (
        [str(cell) for cell in table.iloc[:, place].tolist()] for place in (columns.speaker, columns.listener)
    )
    if not speakers:
        raise NetworkError("the table holds no ties")
    if table.iloc[:, [columns.speaker, columns.listener]].isna().any(axis=None):
        raise NetworkError(
            f"the table of ties has an empty cell in '{names[columns.speaker]}' or "
            f"'{names[columns.listener]}'"
        )
    labels = order_labels({*speakers, *listeners})
    row_of = {label: row for row, label in enumerate(labels)}
    edges = np.array([[row_of[u], row_of[v]] for u, v in zip(speakers, listeners, strict=True)])
    weights = None
    if columns.weight is not None:
        try:
            weights = table.iloc[:, columns.weight].to_numpy(dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise NetworkError(f"column '{names[columns.weight]}' holds no weights: {error}") from None
    return from_edges(len(labels), edges, weights, labels=tuple(labels), notes=columns.notes)


def digest_ties(ties: Ties) -> str:
    """Return the SHA-256 of a network: its ties, weights, names and attributes.

    Examples
    --------
    >>> from coevolve_sim.networks import ring
    >>> digest_ties(ring(5, 2)) == digest_ties(ring(5, 2)), digest_ties(ring(5, 2)) == digest_ties(ring(6, 2))
    (True, False)
    """
    text = json.dumps(
        [ties.n_humans, ties.directed, ties.complete, ties.labels, sorted(ties.attributes.items())],
        default=str,
    )
    digest = hashlib.sha256(text.encode())
    for array in (ties.indptr, ties.indices, ties.weights, ties.communities):
        block = b"" if array is None else np.ascontiguousarray(array).tobytes()
        digest.update(len(block).to_bytes(8, "big") + block)
    return digest.hexdigest()
