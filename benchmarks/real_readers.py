"""What each reader makes of messages that it never saw, on a real model: the table of docs/real_models.md.

    .venv/bin/python benchmarks/real_readers.py [MODEL] [READER ...]

The messages are those of tests/real/messages.csv. Seconds are those of reading them, tokens those of its
prompts; what learning takes is told apart. MODEL is smollm2 if not given, READER letters, contrast, listener
and probe.
"""

from __future__ import annotations

import csv
import sys
import time
from pathlib import Path

import numpy as np

from coevolve_sim.language.agreement import area_under_curve, correlation, interval
from coevolve_sim.language.prompts import Templates
from coevolve_sim.language.questionnaires import shipped_questionnaire
from coevolve_sim.language.readers import ToRead
from coevolve_sim.language.readers.contrast import ContrastReader
from coevolve_sim.language.readers.letters import LetterReader
from coevolve_sim.language.readers.listener import ListenerReader
from coevolve_sim.language.readers.probe import ProbeReader
from coevolve_sim.language.readers.scored import OnTopic
from coevolve_sim.minds.local.mind import LocalMind
from coevolve_sim.minds.recorded import RecordedMind, RememberedReplies
from coevolve_sim.minds.usage import Usage
from coevolve_sim.values import Dimension, ValueSpace

MESSAGES = Path(__file__).parents[1] / "tests" / "real" / "messages.csv"
READERS = {"contrast": ContrastReader, "listener": ListenerReader, "probe": ProbeReader}


def main(model: str, readers: list[str]) -> None:
    """Print a row for each reader."""
    rows = list(csv.DictReader(MESSAGES.read_text(encoding="utf-8").splitlines()))
    held = np.array([float(row["grade"]) for row in rows])
    explicit = np.array([row["kind"] == "explicit" for row in rows])
    within = LocalMind(model)
    print("| reader | texts | r | AUC | seconds | tokens |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name in readers:
        usage = Usage()
        mind = RecordedMind(within, RememberedReplies(), usage)
        began = time.monotonic()
        if name == "letters":
            read = _by_letters(mind, rows)
        else:
            reader = READERS[name]().learn(mind)
            learnt, began = time.monotonic() - began, time.monotonic()
            found = reader.scores(mind, [OnTopic(row["text"], row["topic"]) for row in rows])
            read = np.array([one.number for one in found])
            if name == "probe":
                print(f"probe learnt in {learnt:.0f} s: {reader.card}", file=sys.stderr)
        took = time.monotonic() - began
        for kind, some in (("explicit", explicit), ("implicit", ~explicit), ("all", explicit | ~explicit)):
            known = some & np.isfinite(read)
            r, auc = (
                f"{one(held[known], read[known]):.2f} [{low:.2f}, {high:.2f}]"
                for one in (correlation, area_under_curve)
                for low, high in [interval(one, held[known], read[known])]
            )
            tail = f"{took:.0f} | {usage.tokens_in:,}" if kind == "all" else " | "
            print(f"| {name} | {kind} ({known.sum()}) | {r} | {auc} | {tail} |", flush=True)


def _by_letters(mind: RecordedMind, rows: list[dict[str, str]]) -> np.ndarray:
    """Return what general items for and against the topics read, in both orders."""
    topics = tuple(dict.fromkeys(row["topic"] for row in rows))
    named = tuple(Dimension(f"topic_{n}", topic, topic) for n, topic in enumerate(topics))
    items = shipped_questionnaire(ValueSpace("messages", named))
    reader = LetterReader.of(items, Templates.standard(), topics, 2)
    found = reader.read(mind, [ToRead(row["text"], topics.index(row["topic"]), "") for row in rows])
    return np.array([one.value for one in found])


if __name__ == "__main__":
    given = sys.argv[1:]
    main(given[0] if given else "smollm2", given[1:] or ["letters", *READERS])
