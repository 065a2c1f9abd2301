"""Follow, predict and coevolve as challenges for policies; leaderboards; forecasts of real history."""

from coevolve_sim.evaluation.challenges.challenge_protocol import (
    REFERENCES,
    ChallengeCourse,
    accompany,
    influence,
)
from coevolve_sim.evaluation.challenges.forecasts import ORIGINS, forecast_errors
from coevolve_sim.evaluation.challenges.histories import parse_history
from coevolve_sim.evaluation.challenges.language_population import LanguagePopulation
from coevolve_sim.evaluation.challenges.language_setup import LanguageChallenge, language_challenge
from coevolve_sim.evaluation.challenges.leaderboard import Leaderboard, leaderboard
from coevolve_sim.evaluation.challenges.learners import Learner, LearningPlayer
from coevolve_sim.evaluation.challenges.populations import ChallengePopulation, NumericPopulation
from coevolve_sim.evaluation.challenges.scoring import Challenge, n_evaluations, scores
from coevolve_sim.evaluation.challenges.tuned_learners import ChallengeLesson, TunedPlayer, lessons_table

__all__ = [
    "ORIGINS",
    "REFERENCES",
    "Challenge",
    "ChallengeCourse",
    "ChallengeLesson",
    "ChallengePopulation",
    "LanguageChallenge",
    "LanguagePopulation",
    "Leaderboard",
    "Learner",
    "LearningPlayer",
    "NumericPopulation",
    "TunedPlayer",
    "accompany",
    "forecast_errors",
    "influence",
    "language_challenge",
    "leaderboard",
    "lessons_table",
    "n_evaluations",
    "parse_history",
    "scores",
]
