"""Follow, predict and coevolve as challenges for policies; leaderboards; forecasts of real history."""

from coevolve_sim.evaluation.challenges.challenge_protocol import REFERENCES, Course, accompany, influence
from coevolve_sim.evaluation.challenges.forecasts import ORIGINS, forecast_errors
from coevolve_sim.evaluation.challenges.histories import history_named
from coevolve_sim.evaluation.challenges.language_population import Speakers
from coevolve_sim.evaluation.challenges.language_setup import Spoken, spoken
from coevolve_sim.evaluation.challenges.leaderboard import Leaderboard, leaderboard
from coevolve_sim.evaluation.challenges.learners import Learner, Pupil
from coevolve_sim.evaluation.challenges.populations import Company, People
from coevolve_sim.evaluation.challenges.scoring import Challenge, n_evaluations, scores
from coevolve_sim.evaluation.challenges.tuned_learners import Lesson, WeightLearner, lessons_table

__all__ = [
    "ORIGINS",
    "REFERENCES",
    "Challenge",
    "Company",
    "Course",
    "Leaderboard",
    "Learner",
    "Lesson",
    "People",
    "Pupil",
    "Speakers",
    "Spoken",
    "WeightLearner",
    "accompany",
    "forecast_errors",
    "history_named",
    "influence",
    "leaderboard",
    "lessons_table",
    "n_evaluations",
    "scores",
    "spoken",
]
