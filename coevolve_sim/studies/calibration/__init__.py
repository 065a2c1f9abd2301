"""Calibration: confidence and rate of a rule from data, and how much of what looks like change is error.

`calibrate_network` fits a rule of bounded confidence to what the people of a network hold in two waves or
more, by a profile over confidences; a particle swarm and regressors can check it. `calibrate_panel` needs no
network: from three waves of the same people it tells change from measurement error. `plant_transition` makes
waves in which the answer is known.
"""

from coevolve_sim.studies.calibration.calibrate import CalibrationResult, calibrate_network, search_by_swarm
from coevolve_sim.studies.calibration.ego_networks import plant_transition
from coevolve_sim.studies.calibration.panels import PanelItem, PanelResult, calibrate_panel
from coevolve_sim.studies.calibration.profile import Intervals, Profile, profile_confidence, resample_egos
from coevolve_sim.studies.calibration.regressors import RegressorScore, compare_regressors
from coevolve_sim.studies.calibration.reliability import (
    Reliability,
    estimate_reliability,
    resample_reliability,
)
from coevolve_sim.studies.calibration.swarm import SwarmResult, minimise_by_swarm
from coevolve_sim.studies.calibration.transitions import FullSteps, Transition, choose_egos
from coevolve_sim.studies.calibration.waves import NetworkWaves, read_waves

__all__ = [
    "CalibrationResult",
    "FullSteps",
    "Intervals",
    "NetworkWaves",
    "PanelItem",
    "PanelResult",
    "Profile",
    "RegressorScore",
    "Reliability",
    "SwarmResult",
    "Transition",
    "calibrate_network",
    "calibrate_panel",
    "choose_egos",
    "compare_regressors",
    "estimate_reliability",
    "minimise_by_swarm",
    "plant_transition",
    "profile_confidence",
    "read_waves",
    "resample_egos",
    "resample_reliability",
    "search_by_swarm",
]
