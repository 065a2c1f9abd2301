"""A society that is played: round by round, from the beginning again, with keys set otherwise.

Nothing here knows a page. What is played is what ``coevolve run`` runs: the same seed gives the same values.
It is not recorded.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.language.fitness import require_fit
from coevolve_sim.minds.budget import NO_LIMIT, RequestBudget
from coevolve_sim.minds.usage import Usage
from coevolve_sim.runs.cells import asks_cells
from coevolve_sim.runs.runner import load_setup, open_minds
from coevolve_sim.scenario import Scenario
from coevolve_sim.society.model import Society
from coevolve_sim.society.setup import Setup
from coevolve_sim.view.changeable_keys import ChangeableKey, find_keys
from coevolve_sim.view.drawn_network import draw_network, lay_out
from coevolve_sim.view.growth import Growth
from coevolve_sim.view.spoken import Spoken, list_spoken, name_human

MOST_SPOKEN = 300
"""Messages kept, the latest."""

NOTHING_SET: Mapping[str, float] = MappingProxyType({})


class PlayedSociety:
    """A society that is played.

    Parameters
    ----------
    path : path
        The scenario's file.
    asking : callable, optional
        Called after every reply of a mind with what was asked so far.
    budget : RequestBudget
        What minds may be asked from each beginning on, at most.

    Attributes
    ----------
    keys : tuple of ChangeableKey
        What can be set, with what the scenario says.
    settings : mapping of str to float
        What is set, by key.
    society : Society
    growth : Growth
        What has come of it, round by round.
    spoken : deque of Spoken
        The last messages, where people talk in words.
    drawn : DrawnNetwork
        The humans and ties in the picture.

    Raises
    ------
    CoevolveError
        As running the scenario does: it cannot be read, describes something impossible, or its minds cannot
        be opened or are not fit.
    """

    def __init__(
        self, path: Path, asking: Callable[[Usage], None] | None = None, budget: RequestBudget = NO_LIMIT
    ) -> None:
        self.path = path
        self._asking, self._budget = asking, budget
        self._minds = ExitStack()
        self.keys: tuple[ChangeableKey, ...] = ()
        self.settings: Mapping[str, float] = NOTHING_SET
        self.reset()

    def reset(self, settings: Mapping[str, float] = NOTHING_SET) -> None:
        """Begin again, with some keys set otherwise than the scenario does.

        If that is impossible, all stays as it was.

        Raises
        ------
        CoevolveError
            As making it does.
        """
        _, setup = load_setup(self.path, overrides=dict(settings))
        opened = ExitStack()
        try:
            society = self._begin(setup, opened)
        except BaseException:
            opened.close()
            raise
        self._minds.close()
        self._minds, self.settings = opened, dict(settings)
        self.society, self.growth = society, Growth()
        self.spoken: deque[Spoken] = deque(maxlen=MOST_SPOKEN)
        self.keys = self.keys or find_keys(setup.scenario)
        self.drawn = draw_network(society.state.ties, society.seed)
        self.growth.add(society)

    def _begin(self, setup: Setup, opened: ExitStack) -> Society:
        """Return the society before its first round, as a run has it."""
        opened.enter_context(open_minds(setup, self._asking, self._budget))
        society = Society(setup, with_objects=False)
        require_fit(setup.channel.measure_fitness(), setup.scenario.channel)
        setup.channel.prepare()
        society.prepare()
        return society

    def step(self) -> None:
        """Run one round; nothing if all are finished.

        Raises
        ------
        CoevolveError
            If the round fails, as in a run.
        """
        if self.society.is_finished:
            return
        ties = self.society.state.ties
        self.society.step()
        self.growth.add(self.society)
        self.spoken.extend(list_spoken(self.society.setup, self.society.log, self.society.round_index))
        if self.society.state.ties is not ties:  # rewired by an intervention
            self.drawn = draw_network(self.society.state.ties, self.society.seed)

    def lay_out(self) -> None:
        """Place tied humans near each other; takes seconds, so it is asked for once the page is there."""
        drawn = self.drawn
        placed = lay_out(drawn, self.society.seed)
        if self.drawn is drawn:
            self.drawn = placed

    def close(self) -> None:
        """Close its minds."""
        self._minds.close()

    # --- what a page shows -----------------------------------------------------------------------

    @property
    def scenario(self) -> Scenario:
        """The scenario, with what is set."""
        return self.society.setup.scenario

    @property
    def labels(self) -> tuple[str, ...]:
        """The dimensions, in words."""
        return self.society.setup.space.labels

    @property
    def assistant_names(self) -> tuple[str, ...]:
        """The assistants, by name."""
        return self.society.setup.assistant_names

    @property
    def speaks(self) -> bool:
        """Whether people talk in words."""
        return self.society.state.conversation is not None

    @property
    def is_by_cells(self) -> bool:
        """Whether cells of humans are asked, so that a message is that of all who say it."""
        return asks_cells(self.scenario)

    def colours(self, dimension: int) -> Floats:
        """Return the value of each drawn human in a dimension, in [0, 1]."""
        values: Floats = np.clip(self.society.values[self.drawn.humans, dimension], 0.0, 1.0)
        return values

    def names(self) -> list[str]:
        """Return what each drawn human is called."""
        return [name_human(self.society.setup, int(human)) for human in self.drawn.humans]

    def heard_by(self, human: int) -> list[int]:
        """Return whom a human hears; empty where everybody hears everybody."""
        ties = self.society.state.ties
        if ties.complete:
            return []
        return [int(one) for one in ties.indices[ties.indptr[human] : ties.indptr[human + 1]]]
