"""A society that is played by a thread of its own, so that a page stays at hand while a round is computed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import CoevolveError
from coevolve_sim.minds.budget import NO_LIMIT, RequestBudget
from coevolve_sim.minds.usage import Usage
from coevolve_sim.plugin_calls import FAILURES
from coevolve_sim.view.changeable_keys import ChangeableKey
from coevolve_sim.view.drawn_network import DrawnNetwork
from coevolve_sim.view.growth import Growth
from coevolve_sim.view.playing import PlayedSociety
from coevolve_sim.view.spoken import Spoken

SECONDS_A_FRAME = 0.1
SECONDS_A_FIGURE = 1.0


@dataclass(frozen=True, eq=False)
class Moment:
    """A society at the end of a round, as a page shows it.

    Attributes
    ----------
    round_index, n_rounds : int
    drawn : DrawnNetwork
    values : float64 array, shape (drawn humans, dimensions)
    growth : Growth
        Its lists grow on; ``rounds`` has as many entries as are whole.
    spoken : tuple of Spoken
        The last messages.
    """

    round_index: int
    n_rounds: int
    drawn: DrawnNetwork
    values: Floats
    growth: Growth
    spoken: tuple[Spoken, ...]

    @property
    def is_finished(self) -> bool:
        """Whether all rounds are finished."""
        return self.round_index >= self.n_rounds


class Player:
    """Plays a society in a thread: what is asked of it is done one after the other.

    Parameters
    ----------
    path : path
        The scenario's file.
    changed : callable
        Called, in that thread, whenever there is something new to show, with whether figures should be drawn
        again: they are once a second while it plays.
    is_watched : callable
        Whether a browser shows it; it pauses before the next round once none does.
    budget : RequestBudget
        What its minds may be asked, at most.

    Attributes
    ----------
    played : PlayedSociety or None
        None until it is made, and if it cannot be.
    moment : Moment or None
        What is to be shown.
    is_playing : bool
    doing : str
        What is being done, if it takes a while; else empty.
    problem : str
        What went wrong last; else empty.
    """

    def __init__(
        self,
        path: Path,
        changed: Callable[[bool], None],
        *,
        is_watched: Callable[[], bool] = lambda: True,
        budget: RequestBudget = NO_LIMIT,
    ) -> None:
        self.path, self._changed, self._is_watched, self._budget = path, changed, is_watched, budget
        self.played: PlayedSociety | None = None
        self.moment: Moment | None = None
        self.is_playing, self.doing, self.problem = False, "Reading the scenario", ""
        self._tasks: list[Callable[[], None]] = [self._make, self._lay_out]
        self._wanted = threading.Condition()
        self._is_closed = False
        self._figures_at = self._due = 0.0

    def start(self) -> None:
        """Begin; the society is made in the thread, as its minds may take long to open."""
        threading.Thread(target=self._work, name="coevolve played society", daemon=True).start()

    # --- what is asked of it ---------------------------------------------------------------------

    def play(self) -> None:
        """Run rounds until all are finished, or `pause`."""
        with self._wanted:
            self.is_playing = True
            self._wanted.notify()

    def pause(self) -> None:
        """Stop playing, after the round that is being computed."""
        self.is_playing = False
        self._ask(_rest)  # so that the page is told

    def step(self) -> None:
        """Run one round."""
        self.is_playing = False
        self._ask(self._step)

    def reset(self, given: Mapping[str, object]) -> None:
        """Begin again with some keys set; what is not among a key's range is refused on the page.

        Parameters
        ----------
        given : mapping of str to object
            Numbers by key.
        """
        self.is_playing = False
        self._ask(lambda: self._reset(given), self._lay_out)

    def close(self) -> None:
        """End the thread, and close the society's minds."""
        with self._wanted:
            self._is_closed, self.is_playing = True, False
            self._wanted.notify()

    def _ask(self, *tasks: Callable[[], None]) -> None:
        with self._wanted:
            self._tasks.extend(tasks)
            self._wanted.notify()

    # --- the thread ------------------------------------------------------------------------------

    def _work(self) -> None:
        while (task := self._next_task()) is not None:
            try:
                task()
            except (CoevolveError, *FAILURES) as error:
                self.is_playing, self.problem = False, _describe(error)
            self.doing = ""
            self._show(figures=not self.is_playing)
            self._wait_for_frame()
        if self.played is not None:
            self.played.close()

    def _wait_for_frame(self) -> None:
        """Wait until the next frame is due, while it plays and nothing else is asked."""
        now = time.monotonic()
        self._due = max(self._due + SECONDS_A_FRAME, now)
        with self._wanted:
            if self.is_playing and not self._tasks and self._due > now:
                self._wanted.wait(self._due - now)

    def _next_task(self) -> Callable[[], None] | None:
        """Return what is to be done next, once there is something; None when it is closed."""
        with self._wanted:
            while not (self._tasks or self.is_playing or self._is_closed):
                self._wanted.wait()
            if self._is_closed:
                return None
            return self._tasks.pop(0) if self._tasks else self._play_on

    def _make(self) -> None:
        self._show(figures=False)
        self.played = PlayedSociety(self.path, self._tell_usage, self._budget)
        self._take_moment()

    def _lay_out(self) -> None:
        if self.played is None or self.played.drawn.is_laid_out:
            return
        self._tell("Placing people")
        self.played.lay_out()
        self._take_moment()

    def _play_on(self) -> None:
        if self._is_watched():
            self._step()
        else:
            self.is_playing = False

    def _step(self) -> None:
        if self.played is None or self.moment is None or self.moment.is_finished:
            self.is_playing = False
            return
        self.problem = ""
        if self.played.speaks:
            self._tell(f"Round {self.moment.round_index + 1}")
        self.played.step()
        self._take_moment()
        if self.played.society.is_finished:
            self.is_playing = False

    def _reset(self, given: Mapping[str, object]) -> None:
        if self.played is None:
            return
        self._tell("Beginning again")
        keys = {key.key: key for key in self.played.keys}
        settings = {name: keys[name].read(number) for name, number in given.items() if name in keys}
        self.played.reset({name: number for name, number in settings.items() if number != keys[name].value})
        self.problem = ""
        self._take_moment()

    def _take_moment(self) -> None:
        played = self.played
        if played is None:
            return
        self.moment = Moment(
            played.society.round_index,
            played.society.setup.n_rounds,
            played.drawn,
            played.society.values[played.drawn.humans].copy(),
            played.growth,
            tuple(played.spoken),
        )

    # --- telling ---------------------------------------------------------------------------------

    def _show(self, *, figures: bool) -> None:
        now = time.monotonic()
        if figures or now - self._figures_at >= SECONDS_A_FIGURE:
            figures, self._figures_at = True, now
        self._changed(figures)

    def _tell(self, doing: str) -> None:
        self.doing = doing
        self._changed(False)

    def _tell_usage(self, usage: Usage) -> None:
        now = time.monotonic()
        if now - self._figures_at >= SECONDS_A_FIGURE:
            self._figures_at = now
            doing = self.doing.partition(":")[0]
            self._tell(f"{doing}: {usage.done:,} of {usage.asked:,} asked of minds")

    @property
    def keys(self) -> tuple[ChangeableKey, ...]:
        """What can be set; nothing before the society is made."""
        return () if self.played is None else self.played.keys


def _rest() -> None:
    """Do nothing."""


def _describe(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
