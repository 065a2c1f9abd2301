"""The model card, filled in with the measured numbers.

``python -m phantom.card CALIBRATION CARD`` fills ``card_template.md``.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any

TARGETS: dict[tuple[str, str], tuple[float, float]] = {
    ("unseen people", "r"): (0.98, 1.0),
    ("unseen wordings", "r"): (0.95, 1.0),
    ("unseen people", "order consistency"): (0.95, 1.0),
    ("greedy messages", "r"): (0.9, 1.0),
    ("greedy messages", "slope"): (0.8, 1.2),
    ("drawn messages", "r"): (0.9, 1.0),
    ("drawn messages", "slope"): (0.8, 1.2),
}
"""Targets by part and number: the least and greatest mean allowed."""


def fill_card(calibration: Mapping[str, Any]) -> str:
    """Return the model card for the results of `calibrate`.

    Parameters
    ----------
    calibration : mapping
        With ``seeds`` and ``summary``.
    """
    lines = [
        f"| {part} | {name} | {spread['mean']:.3f} | {spread['least']:.3f} to {spread['greatest']:.3f} | "
        f"{_format_target(part, name)} |"
        for part, numbers in calibration["summary"].items()
        for name, spread in numbers.items()
    ]
    words = (Path(__file__).parent / "card_template.md").read_text(encoding="utf-8")
    return Template(words).substitute(rows="\n".join(lines), seeds=len(calibration["seeds"]))


def find_missed_targets(calibration: Mapping[str, Any]) -> list[str]:
    """Return the names of targets that the mean over seeds misses."""
    return [
        f"{part}: {name}"
        for (part, name), (low, high) in TARGETS.items()
        if not low <= calibration["summary"][part][name]["mean"] <= high
    ]


def _format_target(part: str, name: str) -> str:
    if (part, name) not in TARGETS:
        return ""
    low, high = TARGETS[part, name]
    return f"at least {low}" if high == 1.0 else f"{low} to {high}"


def main(arguments: list[str] | None = None) -> None:
    """Run the command: write the card."""
    parser = argparse.ArgumentParser(prog="python -m phantom.card", description=__doc__)
    parser.add_argument("calibration", type=Path, help="JSON file that calibrate wrote")
    parser.add_argument("card", type=Path, help="file to write")
    given = parser.parse_args(arguments)
    found = json.loads(given.calibration.read_text(encoding="utf-8"))
    given.card.write_text(fill_card(found), encoding="utf-8")


if __name__ == "__main__":
    main()
