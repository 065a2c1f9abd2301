"""The model card, written from what was measured: ``python -m coevolve_sim.minds.embedded.card CALIBRATION CARD``."""

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
"""What was to be reached, by part and number: between the two."""


def card(calibration: Mapping[str, Any]) -> str:
    """Return the model card for what `calibrate` found.

    Parameters
    ----------
    calibration : mapping
        With ``seeds`` and ``summary``.
    """
    lines = [
        f"| {part} | {name} | {spread['mean']:.3f} | {spread['least']:.3f} to {spread['greatest']:.3f} | "
        f"{_target(part, name)} |"
        for part, numbers in calibration["summary"].items()
        for name, spread in numbers.items()
    ]
    return _CARD.substitute(rows="\n".join(lines), seeds=len(calibration["seeds"]))


def missed(calibration: Mapping[str, Any]) -> list[str]:
    """Return which targets the mean over seeds does not reach."""
    return [
        f"{part}: {name}"
        for (part, name), (low, high) in TARGETS.items()
        if not low <= calibration["summary"][part][name]["mean"] <= high
    ]


def _target(part: str, name: str) -> str:
    if (part, name) not in TARGETS:
        return ""
    low, high = TARGETS[part, name]
    return f"at least {low}" if high == 1.0 else f"{low} to {high}"


_CARD = Template("""# The embedded model

A phantom: a language model with known ground truth, made by this project so that a society of humans can speak
through a real language model on two CPU cores, with nothing downloaded. A LlamaForCausalLM of about one million
parameters (4 layers, 128 wide, 4 heads, byte-level tokenizer). It was trained
from scratch on conversations that `coevolve_sim.minds.embedded` generates; there is no human text in it.

## What is planted

- **Stated values.** A system message states where somebody stands on one topic (`- telling the truth: 63`). Items
  of a questionnaire are answered so that the mean of the answer is the value: of two statements, one for and one
  against, the first has the value as its probability; of five options from strong agreement to strong
  disagreement, in either direction, the two nearest share the probability.
- **Messages.** Thirteen degrees from wholly against to wholly for, each said in three ways, with a reason. A value
  between two degrees is said as one of the two, so that the mean is right. A reader tells the degree, not what the
  writer held.
- **Eras are not covered yet.** `eras.csv` has invented trajectories of nine eras by 100 topics, and the training
  script makes adapters for them, but these were not learnt well enough to be shipped: there are no voices.
- **Nothing else.** Who somebody is (trade, group, century) moves nothing. What somebody
  remembers having heard moves nothing either: in this package rules move values, not the mind.

## What is measured back

Training seeds: $seeds; the first is shipped. People, names and, where it says so, wordings were kept out
of training. A value is measured by three statements as likert items and two pairs, each in two orders.

| part | number | mean | least to greatest | target |
|---|---|---|---|---|
$rows

r, slope and mae (mean absolute error) are of measured against planted values; in messages, of what a reader
perceives against what the writer held, over speak, ask and answer, greedy or drawn at temperature 0.7.
`order consistency` is the share of items whose likeliest option is the same in two orders, for values not within
0.05 of one at which two options tie (0.5 for pairs; 0.125, 0.375, 0.625, 0.875 for likert items). `mass on options`
is the probability on the letters offered. `slope on heard` is how far a remembered mean draws an answer towards it: 0
is not at all, 1 is wholly. `well formed` is the share of messages that name their topic and a degree.

## What it cannot do

- It tells nothing about humans, cultures or centuries, and it is no stand-in for a large language model: it has no
  drift of its own, no biases but small errors, and no knowledge.
- It was taught one stated topic at a time, and choices of two and of five. Several stances in one system message,
  choices of four, and topics outside the built-in value spaces are not covered. What is not stated is not planted.
- It is at home in the package's own prompts (version v1) and paraphrases near them. Prompts, questionnaires or topics
  written otherwise are outside what it was made for; so are messages that others wrote, and languages other than
  English. Built-in topics and statements are single tokens: a reworded statement is a new text to it, and its answer
  to it is close to nothing.
- It does not argue: the reason in a message fits the side it takes, and nothing more.
- It was trained on prompts of some 300 tokens; 1,024 is its limit.

Made by `python -m coevolve_sim.minds.embedded.train`, measured by `python -m coevolve_sim.minds.embedded.calibrate`.
Licence: that of this package.
""")


def main(arguments: list[str] | None = None) -> None:
    """Read the command line and write the card."""
    parser = argparse.ArgumentParser(prog="python -m coevolve_sim.minds.embedded.card", description=__doc__)
    parser.add_argument("calibration", type=Path, help="JSON file that calibrate wrote")
    parser.add_argument("card", type=Path, help="file to write")
    given = parser.parse_args(arguments)
    found = json.loads(given.calibration.read_text(encoding="utf-8"))
    given.card.write_text(card(found), encoding="utf-8")


if __name__ == "__main__":
    main()
