"""Errors of `is_refusal` on labelled texts: ``python -m tests.language.refusals.errors [--texts]``.

``tuning.tsv`` was used to make the rules; ``held_out.tsv`` was written before them and not looked at since.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from scipy.stats import binomtest

from coevolve_sim.language.refusals import is_refusal

SETS = ("tuning", "held_out")


def labelled(name):
    """Return (is a refusal, language, text) of each text of a set."""
    with (Path(__file__).parent / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [(label == "refusal", language, text) for label, language, text in rows]


def errors(name):
    """Return the texts that are taken for what they are not: opinions, refusals."""
    texts = labelled(name)
    taken_for_refusals = [text for refuses, _, text in texts if not refuses and is_refusal(text)]
    missed = [text for refuses, _, text in texts if refuses and not is_refusal(text)]
    return taken_for_refusals, missed


def rate(wrong, n):
    """Return a share of errors in words, with its Wilson 95 % interval."""
    low, high = binomtest(wrong, n).proportion_ci(method="wilson")
    return f"{wrong} of {n} ({wrong / n:.1%}, {low:.1%} to {high:.1%})"


def describe(name):
    """Return the errors on a set in a sentence: false positives, then false negatives."""
    n_refusals = sum(refuses for refuses, *_ in labelled(name))
    taken, missed = errors(name)
    return (
        f"opinions taken for refusals {rate(len(taken), len(labelled(name)) - n_refusals)}; "
        f"refusals missed {rate(len(missed), n_refusals)}"
    )


def main():
    """Print the errors on both sets, and with --texts the texts of the first."""
    for name in SETS:
        print(f"{name}: {describe(name)}")  # noqa: T201 - it is a command
    if "--texts" in sys.argv:
        for what, texts in zip(("taken", "missed"), errors("tuning"), strict=True):
            print(*(f"{what}: {text}" for text in texts), sep="\n")  # noqa: T201


if __name__ == "__main__":
    main()
