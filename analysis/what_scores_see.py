"""What the scores of coevolve make of courses that are known: `python analysis/what_scores_see.py`.

Prints the Markdown table of docs/challenges.md. No assistant plays here: people are put on courses whose
merit is plain, along a planted line of 20 eras, and scored.
"""

from __future__ import annotations

import numpy as np

from coevolve_sim.evaluation.challenges import parse_history
from coevolve_sim.measures import coevolve, coevolve_aligned, share_over_eras

HISTORY = "planted:linear,eras=20"


def courses(history: np.ndarray) -> dict[str, np.ndarray]:
    """Return people's values by what they do, each of the history's shape."""
    eras = np.arange(len(history))
    start = history[0]
    return {
        "keep up with history": history,
        "jump to its end at once": np.where(eras[:, None] > 0, history[-1], start),
        "stop for good at era 12": history[np.minimum(eras, 12)],
        "lag 3 eras behind for ever": history[np.maximum(eras - 3, 0)],
        "go half of the way": start + 0.5 * (history - start),
        "hold a tenth of history's convictions": 0.5 + 0.1 * (history - 0.5),
        "never move": np.repeat(history[:1], len(history), axis=0),
    }


def table() -> str:
    """Return the Markdown table: a row for each course, a column for each score."""
    history = parse_history(HISTORY).values
    heads = ("people", "coevolve", "coevolve_aligned", "coevolve_aligned_centred", "share", "across", "rmse")
    lines = ["| " + " | ".join(heads) + " |", "|---|" + "---|" * (len(heads) - 1)]
    for what, people in courses(history).items():
        share, across = share_over_eras(people, history)
        error = float(np.sqrt(np.mean((people - history)[1:] ** 2)))
        found = [coevolve(people, history), coevolve_aligned(people, history)]
        found += [coevolve_aligned(people, history, 0.5), share, across, error]
        lines.append(f"| {what} | " + " | ".join(f"{round(number, 3) + 0.0:.3f}" for number in found) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())
