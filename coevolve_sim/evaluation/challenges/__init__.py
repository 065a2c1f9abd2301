"""Follow, predict and coevolve as challenges for policies; leaderboards; forecasts of real history."""

from coevolve_sim.evaluation.challenges.challenge_protocol import (
    REFERENCES,
    ChallengeCourse,
    Order,
    accompany,
    influence,
)
from coevolve_sim.evaluation.challenges.forecasts import ORIGINS, Forecasts, forecast_errors, forecast_survey
from coevolve_sim.evaluation.challenges.histories import parse_history
from coevolve_sim.evaluation.challenges.language_population import LanguagePopulation
from coevolve_sim.evaluation.challenges.language_setup import LanguageChallenge, language_challenge
from coevolve_sim.evaluation.challenges.leaderboard import Leaderboard, leaderboard
from coevolve_sim.evaluation.challenges.learners import Learner, LearningPlayer
from coevolve_sim.evaluation.challenges.populations import ChallengePopulation, NumericPopulation
from coevolve_sim.evaluation.challenges.scoring import Challenge, n_evaluations, scores
from coevolve_sim.evaluation.challenges.surveyed import carry_forward, scored_cells
from coevolve_sim.evaluation.challenges.tuned_learners import ChallengeLesson, TunedPlayer, lessons_table
from coevolve_sim.evaluation.challenges.tuning import GRIDS

__all__ = [
    "GRIDS",
    "ORIGINS",
    "REFERENCES",
    "Challenge",
    "ChallengeCourse",
    "ChallengeLesson",
    "ChallengePopulation",
    "Forecasts",
    "LanguageChallenge",
    "LanguagePopulation",
    "Leaderboard",
    "Learner",
    "LearningPlayer",
    "NumericPopulation",
    "Order",
    "TunedPlayer",
    "accompany",
    "carry_forward",
    "forecast_errors",
    "forecast_survey",
    "influence",
    "language_challenge",
    "leaderboard",
    "lessons_table",
    "n_evaluations",
    "parse_history",
    "scored_cells",
    "scores",
]
