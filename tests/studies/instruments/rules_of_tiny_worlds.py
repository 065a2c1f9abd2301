"""Tiny worlds as custom rules of a scenario: the naming game, and the mean field with committed people.

Values are (m + 1) / 2: 1 for word A, 0 for word B, .5 for both.
"""

import numpy as np

from coevolve_sim.rules import Moved, Rule


class NamingGame(Rule):
    """As many encounters a round as there are people; those of a group are committed to A."""

    def __init__(self, committed: str = "committed"):
        self.committed = committed

    def exchange(self, given):
        n, rng = len(given.values), given.context.stream("naming game")
        keeps = given.context.is_in((self.committed,)).tolist()
        knows = given.values[:, 0].tolist()
        speakers = rng.integers(n, size=n)
        listeners = (speakers + rng.integers(1, n, size=n)) % n
        coins = rng.integers(2, size=n)
        encounters = zip(speakers.tolist(), listeners.tolist(), coins.tolist(), strict=True)
        for speaker, listener, coin in encounters:
            said = coin if knows[speaker] == 0.5 else knows[speaker]
            if knows[listener] == 1 - said:
                if not keeps[listener]:
                    knows[listener] = 0.5
                continue
            for one in (speaker, listener):
                if not keeps[one]:
                    knows[one] = said
        return Moved(np.array(knows, dtype=np.float64)[:, None])


class TanhField(Rule):
    """Everybody but a group, which is committed, goes to tanh(beta M), M the mean of all."""

    def __init__(self, beta: float = 2.0, committed: str = "committed"):
        self.beta, self.committed = beta, committed

    def exchange(self, given):
        field = 2 * given.perceived.perceived.mean(axis=0) - 1
        moved = np.broadcast_to((1 + np.tanh(self.beta * field)) / 2, given.values.shape)
        keeps = given.context.is_in((self.committed,))[:, None]
        return Moved(np.where(keeps, given.values, moved))
