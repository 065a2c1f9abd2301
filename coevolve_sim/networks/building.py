"""From a scenario's network to ties: the families by name."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from coevolve_sim.errors import NetworkError
from coevolve_sim.networks import families, files, lattices, sequences

if TYPE_CHECKING:
    from collections.abc import Callable

    from coevolve_sim.networks.ties import Ties


class NetworkDescription(Protocol):
    """A scenario's network: the name of a family and, under the same names, its parameters.

    A parameter that the scenario leaves out keeps the function's default.
    """

    @property
    def family(self) -> str:
        """Name of a family, a key of `FAMILIES`."""


@dataclass(frozen=True)
class Family:
    """One way of making a network.

    Attributes
    ----------
    name : str
        What a scenario calls it.
    function : callable
        Makes it; its parameters but for ``n``, ``seed`` and ``method`` are the scenario's.
    meaning : str
        One sentence for documents and lists.
    source : str
        Key of `docs/references.bib`, empty where there is nothing to cite.
    """

    name: str
    function: Callable[..., Ties]
    meaning: str
    source: str

    @property
    def parameters(self) -> tuple[str, ...]:
        """What a scenario sets."""
        return tuple(p for p in self._all if p not in {"n", "seed", "method"})

    @property
    def is_drawn(self) -> bool:
        """Whether it depends on the seed."""
        return "seed" in self._all

    @property
    def _all(self) -> tuple[str, ...]:
        return tuple(inspect.signature(self.function).parameters)


FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        Family("complete", lattices.complete, "Everybody hears everybody (full mixing).", ""),
        Family(
            "erdos_renyi",
            families.erdos_renyi,
            "Every two humans are tied with the same probability.",
            "Erdos1959",
        ),
        Family(
            "watts_strogatz",
            families.watts_strogatz,
            "Neighbours on a circle with some ties moved to anybody: a small world.",
            "Watts1998",
        ),
        Family(
            "barabasi_albert",
            families.barabasi_albert,
            "Newcomers tie to those with many ties: few hubs, many with few ties.",
            "Albert1999",
        ),
        Family(
            "power_law_cluster",
            families.power_law_cluster,
            "Hubs as in barabasi_albert, with friends of friends tied as well.",
            "Holme2002",
        ),
        Family(
            "stochastic_block",
            families.stochastic_block,
            "Planted communities with one mean degree within and another between.",
            "Holland1983",
        ),
        Family(
            "random_geometric",
            families.random_geometric,
            "Humans at random places in a square, tied to all within one distance.",
            "Dall2002",
        ),
        Family("ring", lattices.ring, "Humans on a circle, tied to the nearest.", "Watts1998"),
        Family("grid", lattices.grid, "Humans on a rectangle or torus, tied to the four beside them.", ""),
        Family("star", lattices.star, "Human 0 is tied to all, who are tied to nobody else.", ""),
        Family(
            "caveman",
            lattices.caveman,
            "Caves in which all know each other, joined in a circle; some ties moved to anybody.",
            "Watts1999",
        ),
        Family(
            "degree_sequence",
            sequences.degree_sequence,
            "Given or power-law numbers of ties, otherwise random (configuration model).",
            "Newman2001",
        ),
        Family("file", files.read_network, "A network read from an edge list, GraphML or GEXF file.", ""),
    )
}


def build(spec: NetworkDescription, n_humans: int | None, seed: int) -> Ties:
    """Make the network a scenario describes.

    Parameters
    ----------
    spec : NetworkDescription
        Has ``family`` and that family's parameters as attributes.
    n_humans : int or None
        Number of humans; None only for a file, which then decides.
    seed : int
        The run's seed.

    Raises
    ------
    NetworkError
        If the family is unknown, cannot be made, or a file holds another number of humans.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> build(SimpleNamespace(family="ring", degree=2), 5, seed=1).n_ties
    10
    """
    family = FAMILIES.get(spec.family)
    if family is None:
        raise NetworkError(f"no network family {spec.family}; there are {', '.join(sorted(FAMILIES))}")
    arguments = {name: getattr(spec, name) for name in family.parameters if hasattr(spec, name)}
    if spec.family == "file":
        ties = family.function(**arguments)
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
    return family.function(n=n_humans, **arguments)
