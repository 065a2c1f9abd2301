"""A judge in two stages: ``python -m phantom.judge_recipe --seed 1 --out FOLDER``.

First a model learns verdicts that are known to be right, then, by preference, from its own failures: the
right verdict is chosen, the wrong one it gave rejected [Yu2025]_. Tried on the embedded model, where the
truth of every case is known; how many failures the second stage mends is counted among those it learnt from
and among cases that it never saw.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from coevolve_sim.assistants.preferences.pairs import PreferencePair
from coevolve_sim.assistants.training.dpo import DpoSettings
from coevolve_sim.assistants.training.settings import Training
from coevolve_sim.assistants.training.sft import Example, SftSettings
from coevolve_sim.assistants.training.trainer import dpo_update, sft_update
from coevolve_sim.errors import MindError
from coevolve_sim.language.parsing import verdict_in
from coevolve_sim.minds.embedded import MODEL
from coevolve_sim.minds.local.mind import LocalMind
from coevolve_sim.minds.protocol import Mind, Reply, Request
from phantom.judge_cases import Case, case

VOICES = ("stage1", "stage2")
_MOST_TOKENS = 40
SettingsT = TypeVar("SettingsT", bound=Training)


@dataclass(frozen=True)
class Recipe:
    """How large the stages are.

    Attributes
    ----------
    examples : int
        Right verdicts of the first stage.
    practice : int
        Cases that the first stage's judge then judges. The second stage learns from its failures, and to keep
        what was right: chosen is what was said, rejected the same with the other letter. From failures alone
        a model learns to say the other letter, whatever it is asked.
    held_out : int
        Cases that are only judged.
    first : SftSettings
        Of the first stage.
    second : DpoSettings
        Of the second.
    """

    examples: int = 1400
    practice: int = 1500
    held_out: int = 200
    first: SftSettings = field(
        default_factory=lambda: SftSettings(learning_rate=5e-3, batch=8, rank=16, alpha=32.0)
    )
    second: DpoSettings = field(
        default_factory=lambda: DpoSettings(learning_rate=1e-3, batch=16, epochs=2, beta=0.5, anchor=1.0)
    )


QUICK = Recipe(8, 6, 4, SftSettings(batch=8), DpoSettings(batch=8))
"""For tests: everything runs, nothing is learnt."""


@dataclass(frozen=True)
class Stage:
    """How a judge does on cases that it never saw.

    Attributes
    ----------
    accuracy : float
        Share of verdicts that are right, in [0, 1]; what is no verdict is wrong.
    close, apart : float
        The same where both texts are on one side, and where they are not; None where there are none.
    no_verdict : float
        Share of replies that are no verdict.
    """

    accuracy: float
    close: float | None
    apart: float | None
    no_verdict: float


@dataclass(frozen=True)
class JudgeReport:
    """What came of the recipe.

    Attributes
    ----------
    base, first, second : Stage
        The base model, and the judge after either stage, on the same held-out cases.
    learnt_from, mended : int
        Failures of the first stage that the second learnt from, and how many of these it judges rightly.
    unseen, mended_unseen : int
        Failures of the first stage among held-out cases, and how many of these the second judges rightly.
    spoilt_unseen : int
        Held-out cases that the first stage judges rightly and the second does not.
    seconds : float
        Taken; in no comparison.
    """

    base: Stage
    first: Stage
    second: Stage
    learnt_from: int
    mended: int
    unseen: int
    mended_unseen: int
    spoilt_unseen: int
    seconds: float = field(default=0.0, compare=False)

    def table(self) -> str:
        """Return the report as a table of text."""
        lines = ["judge" + " " * 3 + "".join(f"{name:>8}" for name in ("right", "close", "apart", "none"))]
        for name, stage in (("base", self.base), ("stage 1", self.first), ("stage 2", self.second)):
            shares = [stage.accuracy, stage.close, stage.apart, stage.no_verdict]
            written = ["none" if share is None else f"{share:.1%}" for share in shares]
            lines.append(f"{name:8}" + "".join(f"{text:>8}" for text in written))
        lines += [
            f"failures of stage 1 that stage 2 learnt from: {self.mended} of {self.learnt_from} mended",
            f"failures of stage 1 on held-out cases: {self.mended_unseen} of {self.unseen} mended",
            f"held-out cases that stage 1 had right and stage 2 has wrong: {self.spoilt_unseen}",
            f"{self.seconds:.0f} s",
        ]
        return "\n".join(lines)


def judge_recipe(
    out: str | Path, seed: int = 1, recipe: Recipe | None = None, base: str | Path | None = None
) -> JudgeReport:
    """Train a judge in two stages and measure it.

    Parameters
    ----------
    out : str or Path
        Gets the adapters ``stage1`` and ``stage2``, and ``judge.json``.
    seed : int
        Of cases, weights and order.
    recipe : Recipe, optional
        How large.
    base : str or Path, optional
        Folder of the model; the embedded one unless given.

    Raises
    ------
    MindError
        If the model cannot be had, training goes astray, or the first stage made no failure to learn from.

    References
    ----------
    [Yu2025]_
    """
    begun, plan, folder = time.monotonic(), recipe or Recipe(), Path(out)
    model = Path(base or MODEL)
    held_out, practice = (
        [case(seed, part, number) for number in range(size)]
        for part, size in (("held out", plan.held_out), ("practice", plan.practice))
    )
    shown = [case(seed, "examples", number) for number in range(plan.examples)]
    examples = [Example(one.messages, one.right) for one in shown]
    sft_update(model, examples, folder / VOICES[0], settings=_seeded(plan.first, seed))
    mind = LocalMind(model, voices={VOICES[0]: folder / VOICES[0]}, dtype="float32")
    try:
        said = judged(mind, practice, VOICES[0])
        failed = [(one, reply) for one, reply in zip(practice, said, strict=True) if not is_right(one, reply)]
        dpo_update(
            model,
            [*_pairs(failed), *_kept(practice, said)],
            folder / VOICES[1],
            start=folder / VOICES[0],
            settings=_seeded(plan.second, seed),
        )
        mind.load_voice(VOICES[1], folder / VOICES[1])
        own, first, second = (judged(mind, held_out, voice) for voice in ("", *VOICES))
        again = judged(mind, [one for one, _ in failed], VOICES[1])
    finally:
        mind.close()
    was, now = (_right(held_out, replies) for replies in (first, second))
    result = JudgeReport(
        base=_stage(held_out, own),
        first=_stage(held_out, first),
        second=_stage(held_out, second),
        learnt_from=len(failed),
        mended=sum(_right([one for one, _ in failed], again)),
        unseen=was.count(False),
        mended_unseen=sum(after and not before for before, after in zip(was, now, strict=True)),
        spoilt_unseen=sum(before and not after for before, after in zip(was, now, strict=True)),
        seconds=time.monotonic() - begun,
    )
    (folder / "judge.json").write_text(json.dumps(asdict(result), indent=2) + "\n", encoding="utf-8")
    return result


def judged(mind: Mind, cases: Sequence[Case], voice: str) -> list[Reply]:
    """Return what a voice says to cases, the likeliest token each time."""
    asked = [Request("judge", one.messages, max_tokens=_MOST_TOKENS, voice=voice) for one in cases]
    return [reply for _, reply in sorted(mind.ask(asked), key=lambda pair: pair[0])]


def is_right(one: Case, reply: Reply) -> bool:
    """Return whether a reply is the verdict that is true."""
    return _verdict(reply) == one.truth


def _verdict(reply: Reply) -> str:
    """Return the letter of a reply's verdict, or why there is none."""
    return verdict_in(reply.text) if reply.status == "answered" else reply.status


def _right(cases: Sequence[Case], replies: Sequence[Reply]) -> list[bool]:
    return [is_right(one, reply) for one, reply in zip(cases, replies, strict=True)]


def _pairs(failed: Sequence[tuple[Case, Reply]]) -> list[PreferencePair]:
    """Return what failures teach: the right verdict is preferred to what was said, if anything was."""
    pairs = [
        PreferencePair(one.messages, one.right, reply.text) for one, reply in failed if reply.text.strip()
    ]
    if not pairs:
        raise MindError(
            "the first stage made no failure that the second could learn from; give it more cases to "
            "practise on, or fewer examples"
        )
    return pairs


def _kept(cases: Sequence[Case], replies: Sequence[Reply]) -> list[PreferencePair]:
    """Return what right verdicts teach: they are preferred to the same words with the other letter."""
    other = {"A": "B", "B": "A"}
    return [
        PreferencePair(one.messages, text, text[:-1] + other[one.truth])
        for one, reply in zip(cases, replies, strict=True)
        if is_right(one, reply) and (text := reply.text.rstrip())
    ]


def _stage(cases: Sequence[Case], replies: Sequence[Reply]) -> Stage:
    right = _right(cases, replies)
    close = [is_so for one, is_so in zip(cases, right, strict=True) if one.is_close]
    apart = [is_so for one, is_so in zip(cases, right, strict=True) if not one.is_close]
    none = [_verdict(reply) not in {"A", "B"} for reply in replies]
    return Stage(_share(right) or 0.0, _share(close), _share(apart), _share(none) or 0.0)


def _share(which: Sequence[bool]) -> float | None:
    return sum(which) / len(which) if which else None


def _seeded(settings: SettingsT, seed: int) -> SettingsT:
    return replace(settings, seed=seed)


def main(arguments: list[str] | None = None) -> None:
    """Read the command line, train, and show the table."""
    parser = argparse.ArgumentParser(
        prog="python -m phantom.judge_recipe", description="Train a judge in two stages."
    )
    parser.add_argument("--seed", type=int, default=1, help="of cases, weights and order (default 1)")
    parser.add_argument("--out", type=Path, required=True, help="folder for both adapters and judge.json")
    parser.add_argument("--base", type=Path, help="folder of the model (default: the embedded one)")
    parser.add_argument("--quick", action="store_true", help="a few cases only, to see that it runs")
    given = parser.parse_args(arguments)
    result = judge_recipe(given.out, given.seed, QUICK if given.quick else None, given.base)
    sys.stdout.write(result.table() + "\n")


if __name__ == "__main__":
    main()
