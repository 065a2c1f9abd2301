"""Follow, predict and coevolve as challenges for policies; leaderboards; forecasts of real history."""

from coevolve_sim.challenges.company import Company, People
from coevolve_sim.challenges.forecasts import ORIGINS, forecast_errors
from coevolve_sim.challenges.in_words import Spoken, spoken
from coevolve_sim.challenges.leaderboard import Leaderboard, leaderboard
from coevolve_sim.challenges.naming import history_named
from coevolve_sim.challenges.protocol import REFERENCES, Course, accompany, influence
from coevolve_sim.challenges.pupils import Learner, Pupil
from coevolve_sim.challenges.scoring import Challenge, n_evaluations, scores
from coevolve_sim.challenges.speakers import Speakers
from coevolve_sim.challenges.weights import Lesson, WeightLearner, lessons_table

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
