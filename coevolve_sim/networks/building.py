"""Building a scenario's network: the registry of network families, and checks of custom networks."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, cast

import numpy as np

from coevolve_sim.errors import NetworkError
from coevolve_sim.networks import families, files, graphs, lattices, sequences
from coevolve_sim.networks.ties import Ties, from_edges
from coevolve_sim.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_ROW, _COLUMN = np.dtype(np.int64), np.dtype(np.int32)


class NetworkDescription(Protocol):
    """A scenario's network: the name of a family, and the family's parameters as attributes.

    A parameter that the scenario leaves out keeps the function's default.
    """

    @property
    def family(self) -> str:
        """Name of a family, a key of `FAMILIES`."""


@dataclass(frozen=True)
class Family:
    """A network family: a function that makes networks, with its description.

    Attributes
    ----------
    name : str
        Its name in a scenario.
    function : callable
        Makes the network; its parameters, except ``n``, ``seed`` and ``method``, are set by the scenario.
    meaning : str
        One sentence for documents and lists.
    source : str
        Key of the reference in `docs/references.bib`; empty where there is none.
    """

    name: str
    function: Callable[..., Ties]
    meaning: str
    source: str

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters that a scenario sets."""
        return tuple(p for p in self._all if p not in {"n", "seed", "method"})

    @property
    def is_drawn(self) -> bool:
        """Whether the network is random, so that it depends on the seed."""
        return "seed" in self._all

    @property
    def _all(self) -> tuple[str, ...]:
        return tuple(inspect.signature(self.function).parameters)


COMPLETE = Family("complete", lattices.complete, "Everybody hears everybody (full mixing).", "")
ERDOS_RENYI = Family(
    "erdos_renyi",
    families.erdos_renyi,
    "Every two humans are tied with the same probability.",
    "Erdos1959",
)
WATTS_STROGATZ = Family(
    "watts_strogatz",
    families.watts_strogatz,
    "Neighbours on a circle with some ties moved to anybody: a small world.",
    "Watts1998",
)
BARABASI_ALBERT = Family(
    "barabasi_albert",
    families.barabasi_albert,
    "Newcomers tie to those with many ties: few hubs, many with few ties.",
    "Albert1999",
)
POWER_LAW_CLUSTER = Family(
    "power_law_cluster",
    families.power_law_cluster,
    "Hubs as in barabasi_albert, with friends of friends tied as well.",
    "Holme2002",
)
STOCHASTIC_BLOCK = Family(
    "stochastic_block",
    families.stochastic_block,
    "Planted communities with one mean degree within and another between.",
    "Holland1983",
)
RANDOM_GEOMETRIC = Family(
    "random_geometric",
    families.random_geometric,
    "Humans at random places in a square, tied to all within one distance.",
    "Dall2002",
)
RING = Family("ring", lattices.ring, "Humans on a circle, tied to the nearest.", "Watts1998")
GRID = Family("grid", lattices.grid, "Humans on a rectangle or torus, tied to the four beside them.", "")
STAR = Family("star", lattices.star, "Human 0 is tied to all, who are tied to nobody else.", "")
CAVEMAN = Family(
    "caveman",
    lattices.caveman,
    "Caves in which all know each other, joined in a circle; some ties moved to anybody.",
    "Watts1999",
)
DEGREE_SEQUENCE = Family(
    "degree_sequence",
    sequences.degree_sequence,
    "Given or power-law numbers of ties, otherwise random (configuration model).",
    "Newman2001",
)
FILE = Family(
    "file",
    files.read_network,
    "A network read from an edge list, GraphML, GEXF, GML, Pajek or Matrix Market file.",
    "",
)

FAMILIES = Registry(
    "network family",
    "coevolve_sim.networks",
    NetworkError,
    {
        "complete": "coevolve_sim.networks.building:COMPLETE",
        "erdos_renyi": "coevolve_sim.networks.building:ERDOS_RENYI",
        "watts_strogatz": "coevolve_sim.networks.building:WATTS_STROGATZ",
        "barabasi_albert": "coevolve_sim.networks.building:BARABASI_ALBERT",
        "power_law_cluster": "coevolve_sim.networks.building:POWER_LAW_CLUSTER",
        "stochastic_block": "coevolve_sim.networks.building:STOCHASTIC_BLOCK",
        "random_geometric": "coevolve_sim.networks.building:RANDOM_GEOMETRIC",
        "ring": "coevolve_sim.networks.building:RING",
        "grid": "coevolve_sim.networks.building:GRID",
        "star": "coevolve_sim.networks.building:STAR",
        "caveman": "coevolve_sim.networks.building:CAVEMAN",
        "degree_sequence": "coevolve_sim.networks.building:DEGREE_SEQUENCE",
        "file": "coevolve_sim.networks.building:FILE",
    },
    Family,
)
"""Families by the name that a scenario gives them.

Those of the package are `Family` objects. Those of plug-ins, and of a user's own file, are functions
``(n, seed, **parameters)`` that return anything `as_ties` accepts.
"""


def build(spec: NetworkDescription, n_humans: int | None, seed: int) -> Ties:
    """Build the network that a scenario describes.

    Parameters
    ----------
    spec : NetworkDescription
        An object with ``family`` and that family's parameters as attributes.
    n_humans : int or None
        Number of humans; None only for a file, which then determines it.
    seed : int
        The run's seed.

    Raises
    ------
    NetworkError
        If the family is unknown, the network is impossible, or a file has another number of humans.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> build(SimpleNamespace(family="ring", degree=2), 5, seed=1).n_ties
    10
    """
    if spec.family not in FAMILIES:
        raise NetworkError(f"no network family {spec.family}; there are {', '.join(sorted(FAMILIES))}")
    family: Family = FAMILIES[spec.family]
    arguments = {name: getattr(spec, name) for name in family.parameters if hasattr(spec, name)}
    if spec.family == "file":
        ties: Ties = family.function(**arguments)
        if n_humans not in {None, ties.n_humans}:
            raise NetworkError(
                f"{arguments['path']} holds {ties.n_humans} humans and the scenario asks for {n_humans}: "
                f"ask for {ties.n_humans}, or leave the number out"
            )
        return ties
    if n_humans is None:
        raise NetworkError(f"{spec.family}: the number of humans is missing; only family file brings its own")
    if family.is_drawn:
        arguments["seed"] = seed
    made: Ties = family.function(n=n_humans, **arguments)
    return made


def as_ties(made: object, n_humans: int) -> Ties:
    """Convert what a custom network function returned to ties, and check it.

    Parameters
    ----------
    made : Ties, networkx graph, or int array of shape (edges, 2)
        The network; an array has one pair of humans a row, numbered from 0, who hear each other.
    n_humans : int
        Number of humans that the network must have.

    Raises
    ------
    NetworkError
        If it is none of these, or has another number of humans.

    Examples
    --------
    >>> as_ties([(0, 1), (1, 2)], 4).degrees.tolist()
    [1, 2, 1, 0]
    """
    if isinstance(made, Ties):
        ties = check_ties(made)
    elif hasattr(made, "number_of_nodes"):
        ties = graphs.from_networkx(cast("Any", made))
    else:
        ties = from_edges(n_humans, _pairs(made))
    if ties.n_humans != n_humans:
        raise NetworkError(f"a network of {ties.n_humans} humans was made; {n_humans} are wanted")
    return ties


def _pairs(made: object) -> NDArray[np.int64]:
    wanted = "Ties, a networkx graph, or pairs of humans (edges, 2)"
    if not isinstance(made, Iterable) or isinstance(made, str | bytes | Mapping):
        raise NetworkError(f"what was made is of type {type(made).__name__}; {wanted} are wanted")
    try:
        pairs = np.asarray(made if isinstance(made, np.ndarray) else list(made))
    except ValueError:
        raise NetworkError(f"pairs of different lengths were made; {wanted} are wanted") from None
    return pairs


def check_ties(made: Ties) -> Ties:
    """Return ties that a user made, whose rows are as compiled loops read them without checks.

    Raises
    ------
    NetworkError
        If a row is not ascending, ties a human to itself, or is heard one way only without `directed`.
    """
    if made.complete:
        return made
    indptr, indices = np.asarray(made.indptr), np.asarray(made.indices)
    whole = indptr.shape == (made.n_humans + 1,) and indptr[0] == 0 and indptr[-1] == len(indices)
    wrong = not whole or bool((np.diff(indptr) < 0).any()) or (indptr.dtype, indices.dtype) != (_ROW, _COLUMN)
    if not wrong:
        pairs = np.stack([indices.astype(np.int64), made.listeners.astype(np.int64)], axis=1)
        rows = [from_edges(made.n_humans, pairs, made.weights, directed=True)]
        if not made.directed:
            rows.append(from_edges(made.n_humans, pairs[:, ::-1], made.weights, directed=True))
        wrong = not all(
            np.array_equal(again.indptr, indptr) and np.array_equal(again.indices, indices) for again in rows
        )
    if wrong:
        raise NetworkError(
            "Ties were made whose rows are not ascending, tie a human to itself, or are heard one way only "
            "without directed; make them with coevolve_sim.networks.from_edges"
        )
    return made
