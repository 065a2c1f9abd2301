"""Where history stands in each round: era by era from its first, and anew from the first at each restart.

A restart at round r acts at the beginning of that round: history stands at its first era there, and in round
r does what it did in round 1, in round r + k what it did in round k + 1. It sets nobody back: under ``shift``
people get history's changes again from where they are, under ``attract`` they are drawn to where it now is.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from coevolve_sim.scenario import Scenario
from coevolve_sim.scenario.process_specs import RestartHistorySpec


@dataclass(frozen=True)
class HistoryCourse:
    """History's position by round, a pure function of the round.

    Attributes
    ----------
    rounds_per_era : int
        At least 1.
    restarts : tuple of int
        Rounds at whose beginning history stands at its first era again, ascending, each once.
    n_eras : int or None
        Number of eras, at the last of which history stays; None where there is no history.

    Examples
    --------
    >>> course = HistoryCourse(rounds_per_era=2, restarts=(6,), n_eras=4)
    >>> [course.position(r) for r in range(9)]
    [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 0.5, 1.0, 1.5]
    >>> course.eras_reached(9)
    ((0, 0), (2, 1), (4, 2), (7, 1), (9, 2))
    """

    rounds_per_era: int
    restarts: tuple[int, ...] = ()
    n_eras: int | None = None

    def rounds_gone(self, round_index: int) -> int:
        """Return for how many rounds history has gone at the end of a round, since it began last."""
        begun = bisect_right(self.restarts, round_index)
        return round_index if begun == 0 else round_index - self.restarts[begun - 1] + 1

    def position(self, round_index: int) -> float:
        """Return history's position at the end of a round, in eras from 0; it stays at the last era."""
        return self._position_after(self.rounds_gone(round_index))

    def position_before(self, round_index: int) -> float:
        """Return history's position at the beginning of a round (from 1), after a restart in that round."""
        return self._position_after(self.rounds_gone(round_index) - 1)

    def eras_reached(self, last: int) -> tuple[tuple[int, int], ...]:
        """Return the rounds up to a last one at whose end an era is reached, each with the era's number.

        The first is the beginning (0, 0). The first era of a restarted history is reached at the beginning of
        the restart's round, at the end of no round, and so is not among them.
        """
        begins = (0, *(restart - 1 for restart in self.restarts if restart <= last))
        ends = (*(restart - 1 for restart in self.restarts if restart <= last), last)
        reached = [(0, 0)]
        for begin, end in zip(begins, ends, strict=True):
            n_eras = (end - begin) // self.rounds_per_era
            if self.n_eras is not None:
                n_eras = min(n_eras, self.n_eras - 1)
            reached += [(begin + era * self.rounds_per_era, era) for era in range(1, n_eras + 1)]
        return tuple(reached)

    def stays_in_its_eras(self, last: int) -> bool:
        """Return whether no round up to a last one lies after the end of the history."""
        if self.n_eras is None:
            return True
        ends = (*(restart - 1 for restart in self.restarts if restart <= last), last)
        return max(map(self.rounds_gone, ends)) <= (self.n_eras - 1) * self.rounds_per_era

    def _position_after(self, rounds_gone: int) -> float:
        position = rounds_gone / self.rounds_per_era
        return position if self.n_eras is None else min(position, self.n_eras - 1.0)


def course_of(scenario: Scenario, n_eras: int | None = None) -> HistoryCourse:
    """Return the course of a scenario's history.

    Parameters
    ----------
    scenario : Scenario
    n_eras : int, optional
        Number of eras of its history; None if it has none.
    """
    acts = scenario.interventions
    restarts = sorted(act.round for act in acts if isinstance(act, RestartHistorySpec))
    return HistoryCourse(scenario.rounds_per_era, tuple(restarts), n_eras)
