"""Does a reader of appeals tell the values of a situation from others? Held to DailyDilemmas' own lists.

    python analysis/appeals_in_dilemmas.py FOLDER [--mind NAME] [--situations N] [--seed N]

FOLDER holds `dilemma.csv`, `dilemma_values.csv` and `values.csv` of DailyDilemmas (Chiu2024), in which GPT-4
listed the values on both sides of each situation. Each situation is put to the reader with one value of its
list and with four of other lists, drawn as often as they stand there: a value that is named of everything
gains nothing. What is printed is the probability that its own is the more relevant, half for equals, with its
interval over situations and what chance gives.

Found with the lexicon, to which the 301 values are known by their names, seed 1:

    AUC .518 [.512, .524], chance .5 [.496, .505], of 1,271 situations

and with SmolLM2-135M-Instruct, `--mind smollm2 --situations 60`:

    AUC .525 [.438, .608], chance .5 [.408, .588], of 60 situations

A lexicon finds the few that are named, and nothing of what is meant.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from coevolve_sim.language.appeals import AppealReader, Lexicon, read_candidates
from coevolve_sim.language.appeals.planted import UNRELATED, Separation, separation
from coevolve_sim.language.questionnaires.dilemmas import VALUES, read_dilemmas
from coevolve_sim.streams import stream


def measure(reader: AppealReader, folder: Path, situations: int = 0, seed: int = 1) -> Separation:
    """Return how well a reader tells values that are listed of a situation from values of others."""
    data, candidates = read_dilemmas(folder), read_candidates(folder / VALUES)
    numbers = list(range(len(data.numbers)))
    if situations:
        draw = stream(seed, "situations")
        numbers = sorted(draw.choice(numbers, min(situations, len(numbers)), replace=False).tolist())
    asked = [[*_choose(data.places, number, seed)] for number in numbers]
    texts = [data.situations[data.numbers[number]] for number in numbers]
    wanted = np.zeros((len(texts), len(candidates)), dtype=bool)
    np.put_along_axis(wanted, np.array(asked), values=True, axis=1)
    found = reader.relevance(texts, candidates.all, wanted)
    return separation(np.take_along_axis(found, np.array(asked), axis=1), seed=seed)


def _choose(places, number: int, seed: int) -> Sequence[int]:
    """Return a value of a situation, and others that are not of it, by how often they stand in lists."""
    draw = stream(seed, "values of a situation", number)
    own = np.unique(places.value[places.dilemma == number])
    names, counts = np.unique(places.value[~np.isin(places.value, own)], return_counts=True)
    others = draw.choice(names, UNRELATED, replace=False, p=counts / counts.sum())
    return [int(draw.choice(own)), *others.tolist()]


def describe(found: Separation) -> str:
    """Return the line that is printed.

    Examples
    --------
    >>> describe(Separation(0.61, 0.58, 0.64, 0.47, 0.53, 900))
    'AUC .610 [.580, .640], chance .5 [.470, .530], of 900 situations'
    """
    auc, low, high, null_low, null_high = (
        f"{number:.3f}".removeprefix("0")
        for number in (found.auc, found.low, found.high, found.null_low, found.null_high)
    )
    return (
        f"AUC {auc} [{low}, {high}], chance .5 [{null_low}, {null_high}], of {found.sentences:,} situations"
    )


def main() -> None:
    """Run it from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--mind", default="")
    parser.add_argument("--situations", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if not given.mind:
        print(describe(measure(Lexicon(), given.folder, given.situations, given.seed)))
        return
    from coevolve_sim.cli.mind_names import one_mind
    from coevolve_sim.language.appeals.asked_mind import AskedMind

    with one_mind(given.mind, None) as (mind, voice):
        reader = AskedMind(mind, voice=voice)
        print(describe(measure(reader, given.folder, given.situations, given.seed)))
        print(f"{reader.n_alike} of {reader.n_answered} questions were answered alike in both orders")


if __name__ == "__main__":
    main()
