"""Follow, predict and coevolve as challenges for policies; leaderboards; forecasts of real history."""

from coevolve_sim.challenges.forecasts import ORIGINS, forecast_errors
from coevolve_sim.challenges.leaderboard import Leaderboard, leaderboard
from coevolve_sim.challenges.naming import history_named
from coevolve_sim.challenges.protocol import REFERENCES, Course, People, accompany, influence
from coevolve_sim.challenges.scoring import Challenge, n_evaluations, scores

__all__ = [
    "ORIGINS",
    "REFERENCES",
    "Challenge",
    "Course",
    "Leaderboard",
    "People",
    "accompany",
    "forecast_errors",
    "history_named",
    "influence",
    "leaderboard",
    "n_evaluations",
    "scores",
]
