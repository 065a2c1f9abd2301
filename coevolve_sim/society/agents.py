"""Humans and assistants as Mesa agents: windows on their rows of the society's arrays.

An agent holds no values of its own. What is set through it is set in the arrays.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any
from weakref import WeakKeyDictionary

import mesa
import numpy as np
from mesa.discrete_space import FixedAgent

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import PopulationError
from coevolve_sim.scenario.society_specs import GroupSpec

_TRAITS = frozenset({*GroupSpec.model_fields, "group", "hears"})
"""What tells how a human is, which the scenario says."""
_OWN_COLUMNS = frozenset({"adoption", "stubbornness", "confidence"})
"""Traits of which a table of people can have a column."""


class _AgentNumbers:
    """Mesa's numbers of agents, by model, without keeping models alive.

    Mesa 3.3 counts in a dictionary of all models there ever were, held by the class `mesa.Agent`: a process
    that runs ten thousand societies would hold the arrays of all of them.
    """

    def __init__(self) -> None:
        self._counts: WeakKeyDictionary[mesa.Model, itertools.count[int]] = WeakKeyDictionary()

    def __getitem__(self, model: mesa.Model) -> itertools.count[int]:
        return self._counts.setdefault(model, itertools.count(1))


_NUMBERS = _AgentNumbers()


class Human(FixedAgent):  # type: ignore[misc]
    """A human: a Mesa agent that views one row of the society's arrays.

    Its `values` can be set. Its traits (what a group of a scenario can have) cannot, and it cannot be
    removed: both would change the agent and nobody in the society. A subclass has attributes of its own as
    any class; one that is called like a trait is declared in the class.

    A subclass with a method ``step`` takes part in rounds: ``Society(scenario, human=Mine)`` calls it for one
    human after the other, by number, once in a round, after everything else that moves people (history,
    peers, outlets, assistants, anchors) and before assistants learn. What it sets is measured and collected
    as any value is; ``self.model.round_index`` is still that of the round before. Draws that are to be the
    same in every run come from `coevolve_sim.stream`.

    Examples
    --------
    >>> from coevolve_sim import Society, stream
    >>> class Restless(Human):
    ...     def step(self):
    ...         society = self.model
    ...         rng = stream(society.seed, "restless", society.round_index, self.human_id)
    ...         if rng.random() < 0.1:
    ...             self.values = rng.random(self.values.size)
    >>> society = Society("quickstart_numeric", human=Restless, population={"humans": 50})
    >>> society.step()
    >>> {type(human) for human in society.humans} == {Restless}
    True
    """

    kind = "human"
    _ids = _NUMBERS

    def __init__(self, society: mesa.Model, human_id: int) -> None:
        super().__init__(society)
        self.human_id = self.number = human_id

    def __setattr__(self, name: str, given: Any) -> None:
        """Set an attribute; refuse a trait that the class does not declare itself."""
        if name in _TRAITS and getattr(type(self), name, None) is getattr(Human, name, None):
            raise PopulationError(_refuse_trait(name, self.human_id))
        super().__setattr__(name, given)

    def remove(self) -> None:
        """Refuse to go: who is in a society stays in it.

        Raises
        ------
        PopulationError
            Always; says what to do instead.
        """
        raise PopulationError(
            f"human {self.human_id} cannot be removed: agents are views of the society's arrays, in which it "
            "would go on; leave it out of the scenario's population and network, or give a human that should "
            "stay as it is stubbornness 1"
        )

    @property
    def values(self) -> Floats:
        """Values, shape (dimensions,): a read-only view, to be set as a whole.

        ``human.values = [0.1, 0.9]`` sets its row, from where it goes on. Measures that were taken stay as
        they are until the next are taken.

        Raises
        ------
        PopulationError
            If what is set has another shape than (dimensions,), or is not in [0, 1].
        """
        row = self.model.values[self.human_id]
        row.flags.writeable = False
        return row  # type: ignore[no-any-return]

    @values.setter
    def values(self, given: Iterable[float]) -> None:
        row = _read_row(given, self.model.setup.space.names, f"human {self.human_id}")
        self.model.values_to_set()[self.human_id] = row

    @property
    def name(self) -> str:
        """What it is called in the file it came from; its number where it has no name."""
        names = self.model.setup.ties.names
        return str(self.human_id) if names is None else names[self.human_id]

    @property
    def group(self) -> str:
        """Name of its group."""
        setup = self.model.setup
        return setup.group_names[setup.group_of[self.human_id]]  # type: ignore[no-any-return]

    @property
    def confidence(self) -> float:
        """Its confidence towards peers: the distance beyond which it does not listen to one."""
        return float(self.model.state.peer.confidence[self.human_id])

    @property
    def adoption(self) -> float:
        """Probability of consulting an assistant in a round."""
        return float(self.model.state.adoption[self.human_id])

    @property
    def hears(self) -> tuple[int, ...]:
        """Ids of the humans that it hears; in full mixing all others."""
        ties = self.model.state.ties
        if ties.complete:
            return tuple(j for j in range(ties.n_humans) if j != self.human_id)
        start, stop = ties.indptr[self.human_id : self.human_id + 2]
        return tuple(int(j) for j in ties.indices[start:stop])


class Assistant(mesa.Agent):  # type: ignore[misc]
    """An assistant: a Mesa agent that views one row of the society's arrays."""

    kind = "assistant"
    _ids = _NUMBERS

    def __init__(self, society: mesa.Model, assistant_id: int) -> None:
        super().__init__(society)
        self.assistant_id = self.number = assistant_id

    def remove(self) -> None:
        """Refuse to go; an intervention takes an assistant away.

        Raises
        ------
        PopulationError
            Always; says what to do instead.
        """
        raise PopulationError(
            f"assistant '{self.name}' cannot be removed: agents view the society's arrays, in "
            f"which it goes on; add an intervention {{round: N, action: withdraw, assistant: {self.name}}}"
        )

    @property
    def name(self) -> str:
        """Its name."""
        return self.model.setup.assistant_names[self.assistant_id]  # type: ignore[no-any-return]

    @property
    def values(self) -> Floats:
        """Values, shape (dimensions,): a read-only view, to be set as a whole; its policy goes on from there.

        Raises
        ------
        PopulationError
            If what is set has another shape than (dimensions,), or is not in [0, 1], or if its weights learn:
            then its values are what is read from its words.
        """
        row = self.model.state.assistant_values[self.assistant_id]
        row.flags.writeable = False
        return row  # type: ignore[no-any-return]

    @values.setter
    def values(self, given: Iterable[float]) -> None:
        state, whose = self.model.state, f"assistant '{self.name}'"
        row = _read_row(given, self.model.setup.space.names, whose)
        if state.policies[self.assistant_id].trains_weights:
            raise PopulationError(f"values of {whose} are what is read from its words, as its weights learn")
        state.assistant_values = state.assistant_values.copy()
        state.assistant_values[self.assistant_id] = row

    @property
    def is_present(self) -> bool:
        """Whether it can be consulted."""
        return bool(self.model.state.present[self.assistant_id])

    @property
    def policy(self) -> str:
        """The kind of its policy."""
        return str(self.model.state.policies[self.assistant_id].kind)


def _refuse_trait(name: str, human_id: int) -> str:
    """Return why a trait cannot be set through a human, and where it is set."""
    where = "network" if name == "hears" else f"population.groups{'' if name == 'group' else f'.{name}'}"
    column = f", or person by person a column of population.file ({name})" if name in _OWN_COLUMNS else ""
    return (
        f"{name} of human {human_id} cannot be set here, where it would change nothing: the scenario says "
        f"it; set {where}{column}, and build the society with that (an attribute of your own class that is "
        "called so is declared in the class)"
    )


def _read_row(given: Iterable[float], names: tuple[str, ...], whose: str) -> Floats:
    """Return values that are set from outside as a row, checked."""
    row = np.array(given, dtype=float)
    if row.shape != (len(names),):
        raise PopulationError(
            f"values of {whose}: an array of shape {row.shape} given; one number a dimension is wanted, "
            f"shape ({len(names)},): {', '.join(names)}"
        )
    outside = np.flatnonzero(~((row >= 0.0) & (row <= 1.0)))
    if outside.size:
        first = int(outside[0])
        raise PopulationError(
            f"values of {whose}: {row[first]:g} given in dimension '{names[first]}'; values lie in [0, 1]"
        )
    return row
