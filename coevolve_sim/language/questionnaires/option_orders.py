"""The orders in which the options of an item are shown, and which option a position's probability belongs to.

An order names, for each position, the option shown there. A choice of two or four is asked in all 2 or 24
orders. A Likert scale is asked in its two directions only: in any other order it would not be a scale, and
two directions suffice, since they show each option in two mirrored positions. A mind that answers by position
alone then scores the middle of any symmetric scale.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

from coevolve_sim.errors import QuestionnaireError
from coevolve_sim.language.questionnaires.item import Item

Order = tuple[int, ...]


def orders(item: Item) -> tuple[Order, ...]:
    """Return the orders in which an item is asked, the item's own order first.

    Examples
    --------
    >>> orders(Item("thrift", "pair", "Which?", ("Save.", "Spend."), ("thrift",), ((1.0,), (0.0,))))
    ((0, 1), (1, 0))
    """
    own = tuple(range(len(item.options)))
    if item.format == "likert":
        return own, own[::-1]
    return tuple(permutations(own))


def undo_order(masses: Sequence[float], order: Order) -> tuple[float, ...]:
    """Return the probability of each option from that of each position: each goes to the option shown there.

    Parameters
    ----------
    masses : sequence of float, shape (options,)
        Probabilities by position.
    order : tuple of int, shape (options,)
        The option at each position.

    Returns
    -------
    tuple of float, shape (options,)
        Probabilities by option, in the item's own order.

    Raises
    ------
    QuestionnaireError
        If the order is not a permutation of as many options.

    Examples
    --------
    >>> undo_order((0.7, 0.2, 0.1), (2, 0, 1))
    (0.2, 0.1, 0.7)
    """
    if sorted(order) != list(range(len(masses))):
        raise QuestionnaireError(f"{len(masses)} masses were shown in no order like {order}")
    slots = [0.0] * len(masses)
    for position, option in enumerate(order):
        slots[option] += masses[position]
    return tuple(slots)


def is_consistent(by_order: Sequence[Sequence[float]]) -> bool:
    """Return whether one option is the most probable in all orders.

    Options within 1e-9 of the highest probability share the first place.

    Parameters
    ----------
    by_order : sequence of sequence of float, shape (orders, options)
        Probability of each option in each order, by option as `undo_order` returns it.

    Examples
    --------
    >>> is_consistent([(0.9, 0.1), (0.6, 0.4)]), is_consistent([(0.9, 0.1), (0.1, 0.9)])
    (True, False)
    """
    firsts = [{i for i, mass in enumerate(masses) if mass >= max(masses) - 1e-9} for masses in by_order]
    return bool(set.intersection(*firsts))
