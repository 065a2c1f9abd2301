"""The card of the shipped model says what was measured of it, and whether what was aimed at was reached."""

import json
from importlib import resources
from pathlib import Path

from phantom import card

FOLDER = Path(str(resources.files("coevolve_sim.minds"))) / "embedded"


def test_the_card_is_what_the_calibration_says():
    calibration = json.loads((FOLDER / "calibration.json").read_text(encoding="utf-8"))
    assert (FOLDER / "card.md").read_text(encoding="utf-8") == card.fill_card(calibration)


def test_no_target_is_missed_and_one_that_were_would_be_named():
    calibration = json.loads((FOLDER / "calibration.json").read_text(encoding="utf-8"))
    assert len(calibration["seeds"]) == 3
    assert card.find_missed_targets(calibration) == []
    calibration["summary"]["unseen wordings"]["r"]["mean"] = 0.9
    assert card.find_missed_targets(calibration) == ["unseen wordings: r"]
