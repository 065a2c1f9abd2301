"""What keeps a voice able to converse: the base's own answers to everyday requests, learnt beside the texts.

The requests are ours and name no value, so that what is kept is how to answer, not what to hold.
"""

from __future__ import annotations

import csv
from contextlib import closing
from importlib import resources
from pathlib import Path

from coevolve_sim.assistants.training.adapters import Trainable
from coevolve_sim.assistants.training.answers import AnswerRow, build_row
from coevolve_sim.assistants.training.sft import Example
from coevolve_sim.errors import TrainingError
from coevolve_sim.language.parsing import parse_message
from coevolve_sim.minds import Message, Request
from coevolve_sim.minds.local.mind import LocalMind
from coevolve_sim.minds.recorded import ask_all

MAX_TOKENS = 96


def own_answers(base: str | Path, *, dtype: str, device: str) -> tuple[Example, ...]:
    """Return a model's own answers to everyday requests, decoded greedily, cut at their last whole sentence.

    Raises
    ------
    MindError
        If the model cannot be loaded or has no chat template.
    TrainingError
        If it answers none of them in whole sentences.
    """
    asked = [
        Request("speak", (Message("user", request),), max_tokens=MAX_TOKENS)
        for request in everyday_requests()
    ]
    with closing(LocalMind(base, dtype=dtype, device=device)) as mind:
        told = [parse_message(reply) for reply in ask_all(mind, asked)]
    found = tuple(
        Example(request.messages, text.heard)
        for request, text in zip(asked, told, strict=True)
        if text.is_heard
    )
    if not found:
        raise TrainingError(
            f"{base} answered none of {len(asked)} everyday requests in whole sentences, so that there is "
            "nothing to keep of how it converses; take a model that is tuned to converse, or --rehearsal 0"
        )
    return found


def everyday_requests() -> tuple[str, ...]:
    """Return the requests."""
    file = resources.files("coevolve_sim.assistants.training.dated_voices") / "everyday_requests.csv"
    return tuple(row["request"] for row in csv.DictReader(file.read_text(encoding="utf-8").splitlines()))


def rehearsal_rows(trainable: Trainable, examples: tuple[Example, ...], n_tokens: int) -> list[AnswerRow]:
    """Return examples as rows, again and again from the first, until they have so many tokens."""
    rows = [
        build_row(trainable, one.messages, one.answer, f"answer {n + 1}") for n, one in enumerate(examples)
    ]
    found: list[AnswerRow] = []
    taken = 0
    while rows and taken < n_tokens:
        found.append(rows[len(found) % len(rows)])
        taken += found[-1].n_tokens
    return found
