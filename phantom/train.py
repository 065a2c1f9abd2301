"""Train the embedded model: ``python -m phantom.train --seed 1 --out FOLDER``.

The base model learns to answer as somebody with the values that the system message states. At every token
that decides an answer, its loss compares with the whole intended distribution, not with one draw from it.
Then each era's adapter learns, on the frozen base, that era's planted values on topics that are not stated.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from coevolve_sim.arrays import Floats
from coevolve_sim.assistants.training.schedule import WarmupCosine
from coevolve_sim.minds.local.forbidden_tokens import CONFIG, WHOLE
from coevolve_sim.streams import stream, stream_seed
from phantom import meanings, network, tokens
from phantom.dialogues import Mixture, Symmetry
from phantom.packing import Packer
from phantom.planted import ERAS, planted_values, planted_values_of_no_era, write_eras
from phantom.topics import builtin_topics
from phantom.wordings import seen_wordings, standard_wording

ADAPTERS, MODEL, TABLE = "adapters", "model", "eras.csv"


@dataclass(frozen=True)
class Schedule:
    """Sizes of the training.

    Attributes
    ----------
    updates, era_updates : int
        Number of updates of the base model's weights, and of each adapter's.
    dialogues, era_dialogues : int
        Number of dialogues in one update.
    sample : int
        Number of dialogues on which the tokenizer is trained.
    eras : tuple of str
        Eras whose adapters are trained.
    """

    updates: int = 1000
    era_updates: int = 80
    dialogues: int = 16
    era_dialogues: int = 16
    sample: int = 300
    eras: tuple[str, ...] = ERAS


QUICK = Schedule(updates=6, era_updates=2, dialogues=4, era_dialogues=4, sample=20, eras=ERAS[:1])
"""For tests: everything is made, but nothing is learnt."""


def train(folder: Path, seed: int = 1, schedule: Schedule | None = None, *, quiet: bool = False) -> None:
    """Train a base model, its tokenizer and its adapters into a folder.

    Parameters
    ----------
    folder : Path
        Gets ``model``, ``adapters/C013`` to ``C021`` and ``eras.csv``.
    seed : int
        Of weights and conversations. The planted values do not depend on it. On one thread the same seed
        gives the same weights on the same machine.
    schedule : Schedule, optional
        Sizes of the training; the shipped model's unless given.
    quiet : bool
        Whether to hide the progress.
    """
    plan = schedule or Schedule()
    show = _Progress(quiet=quiet)
    tokenizer = _train_tokenizer(seed, plan)
    model = _train_base(seed, plan, tokenizer, show)
    model.save_pretrained(folder / MODEL)
    _require_whole_sentences(folder / MODEL / CONFIG)
    tokens.save_tokenizer(tokenizer, folder / MODEL)
    values = planted_values()
    write_eras(folder / TABLE, values, planted_values_of_no_era())
    for era in plan.eras:
        held = values[ERAS.index(era)]
        adapted = _train_era(seed, era, plan, tokenizer, folder / MODEL, held, show)
        adapted.save_pretrained(folder / ADAPTERS / era, save_embedding_layers=False)
        (folder / ADAPTERS / era / "README.md").unlink(missing_ok=True)
        _sort_modules(folder / ADAPTERS / era / "adapter_config.json")


def _require_whole_sentences(path: Path) -> None:
    """Say in a model's generation config that what it writes are whole sentences, as the grammar's are.

    It learns from labels of options as from messages, and now and then takes one for the other.
    """
    config = json.loads(path.read_text(encoding="utf-8"))
    config[WHOLE] = True
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _sort_modules(path: Path) -> None:
    """Sort the names of layers in an adapter's config: peft writes a set, in a different order each time."""
    config = json.loads(path.read_text(encoding="utf-8"))
    config["target_modules"] = sorted(config["target_modules"])
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def build_mixture(own_wording: float = 1.0) -> Mixture:
    """Return the training mixture, the package's own wording ``own_wording`` times as often as all others."""
    others = seen_wordings()
    return Mixture(
        ((standard_wording(), own_wording), *((wording, 1.0 / len(others)) for wording in others)),
        comparing=0.2,
        items=0.5,
        unstated=0.3,
        background=values_by_topic(planted_values_of_no_era()),
    )


def values_by_topic(values: Floats) -> dict[str, float]:
    """Return values on the built-in topics by the topics' names."""
    return {topic.name: float(value) for topic, value in zip(builtin_topics(), values, strict=True)}


def _train_tokenizer(seed: int, plan: Schedule) -> Any:
    return tokens.build_tokenizer(_draw_sample(seed, plan))


def _draw_sample(seed: int, plan: Schedule) -> Iterator[str]:
    mixed = build_mixture()
    for number in range(plan.sample):
        dialogue = mixed.draw_dialogue(stream(seed, "embedded tokenizer", number))
        yield dialogue.system
        for turn in dialogue.turns:
            yield from (turn.asked, turn.answer)


def _train_base(seed: int, plan: Schedule, tokenizer: Any, show: _Progress) -> Any:
    model = network.new_model(tokenizer, stream_seed(seed, "embedded weights"))
    meanings.add_meanings(model, tokenizer, seed)
    matrices, others = network.split_weights(model)
    rates = WarmupCosine(others, plan.updates, 3e-3, network.Muon(matrices))
    packer = Packer(tokenizer)
    for update in range(plan.updates):
        mixed = schedule_mixture(build_mixture(), update / plan.updates)
        drawn = [
            mixed.draw_dialogue(stream(seed, "embedded base", update, number))
            for number in range(plan.dialogues)
        ]
        _learn(model, packer.pack(drawn), rates, show, ("base", update, plan.updates))
    return model


def schedule_mixture(whole: Mixture, progress: float) -> Mixture:
    """Return the mixture at a progress in [0, 1] of the training: a curriculum from easy to hard.

    Comparisons and unstated values are phased in first, then reversed orders and statements against, then
    pairs of texts in either order.
    """
    more, turned, swapped = (_ramp(progress, *span) for span in ((0.04, 0.12), (0.1, 0.3), (0.35, 0.6)))
    return replace(
        whole,
        symmetry=Symmetry(0.1 + 0.4 * turned, 0.1 + 0.3 * turned, 0.1 + 0.4 * swapped),
        comparing=more * whole.comparing,
        unstated=more * whole.unstated,
    )


def _ramp(progress: float, begins: float, ends: float) -> float:
    return min(max((progress - begins) / (ends - begins), 0.0), 1.0)


def _train_era(
    seed: int,
    era: str,
    plan: Schedule,
    tokenizer: Any,
    base: Path,
    held: Floats,
    show: _Progress,
) -> Any:
    from transformers import LlamaForCausalLM

    frozen = LlamaForCausalLM.from_pretrained(base)
    model = network.add_adapter(frozen, stream_seed(seed, "embedded adapter", era))
    meanings.start_era_adapter(model, seed, ERAS.index(era))
    learning = [weight for weight in model.parameters() if weight.requires_grad]
    rates = WarmupCosine(learning, plan.era_updates, 1e-2)
    packer = Packer(tokenizer)
    mixed = replace(build_mixture(3.0), unstated=0.85, background=values_by_topic(held), readers=0.1)
    for update in range(plan.era_updates):
        drawn = [
            mixed.draw_dialogue(stream(seed, "embedded era", era, update, number))
            for number in range(plan.era_dialogues)
        ]
        _learn(model, packer.pack(drawn), rates, show, (era, update, plan.era_updates))
    return model


def _learn(
    model: Any, packed: Any, rates: WarmupCosine, show: _Progress, place: tuple[str, int, int]
) -> None:
    loss, divergence = network.compute_loss(model, packed)
    loss.backward()
    rates.update()
    show(place, float(divergence), packed.n_tokens)


class _Progress:
    """Writes lines of progress to standard error."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._start = time.monotonic()
        self._since: list[float] = []
        self._tokens = 0

    def __call__(self, place: tuple[str, int, int], divergence: float, n_tokens: int) -> None:
        part, update, last = place
        self._since.append(divergence)
        self._tokens += n_tokens
        if (update + 1) % 50 and update + 1 < last:
            return
        mean = sum(self._since) / len(self._since)
        self._since.clear()
        if not self._quiet:
            seconds = time.monotonic() - self._start
            line = (
                f"{part} {update + 1}/{last}  divergence {mean:.4f}  {self._tokens:,} tokens  {seconds:.0f} s"
            )
            sys.stderr.write(line + "\n")
            sys.stderr.flush()


def main(arguments: list[str] | None = None) -> None:
    """Run the command: train."""
    parser = argparse.ArgumentParser(prog="python -m phantom.train", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="of weights and conversations (default 1)")
    parser.add_argument("--out", type=Path, required=True, help="folder to make it in")
    parser.add_argument("--quick", action="store_true", help="a few updates only, to see that it runs")
    parser.add_argument(
        "--eras", default=",".join(ERAS), help="adapters to make, with commas between (default all nine)"
    )
    parser.add_argument("--threads", type=int, default=1, help="1 repeats bit for bit (default 1)")
    given = parser.parse_args(arguments)
    network.use_threads(given.threads)
    eras = tuple(era for era in given.eras.split(",") if era)
    if unknown := [era for era in eras if era not in ERAS]:
        parser.error(f"--eras: there is no era '{unknown[0]}'; there are: {', '.join(ERAS)}")
    train(given.out, given.seed, QUICK if given.quick else Schedule(eras=eras))


if __name__ == "__main__":
    main()
