"""Training of a judge in two stages: supervised on right verdicts, then by DPO on its own failures.

First a model learns verdicts that are known to be right. Then it learns by preference from its own replies to
practice cases: of a failure, the right answer is chosen and the reply rejected [Yu2025]_; of a success, the
reply is chosen and the same words with the other letter rejected. The report counts how many failures the
second stage corrects, among those it learnt from and among cases that it never saw.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from coevolve_sim.assistants.preferences.pairs import PreferencePair
from coevolve_sim.assistants.training.atomic_folder import replace_folder
from coevolve_sim.assistants.training.dpo import DpoSettings
from coevolve_sim.assistants.training.judge_cases import JudgeCase, JudgeCases
from coevolve_sim.assistants.training.loop import Progress
from coevolve_sim.assistants.training.settings import Training
from coevolve_sim.assistants.training.sft import Example, SftSettings
from coevolve_sim.assistants.training.trainer import dpo_update, sft_update
from coevolve_sim.errors import TrainingError
from coevolve_sim.language.parsing import verdict_in
from coevolve_sim.minds.local.mind import LocalMind
from coevolve_sim.minds.protocol import Mind, Reply, Request

STAGES = ("stage1", "stage2")
"""Names of the two adapters' folders, and of the voices that they are."""
REPORT = "judge.json"
NO_VERDICT = "-"
"""Stands for the verdict of a reply that has none."""
StepProgress = Callable[[str, int, int], object]
"""Takes the name of the current step, how much of it is done, and how much there is."""
_SettingsT = TypeVar("_SettingsT", bound=Training)


@dataclass(frozen=True)
class JudgeRecipe:
    """Settings of both stages. The defaults were tuned on the embedded model.

    Attributes
    ----------
    first : SftSettings
        Of the first stage; its rank and alpha are those of both adapters.
    second : DpoSettings
        Of the second.
    max_tokens : int
        Of a reason and its verdict, at least 1; a longer reply is cut and has no verdict.

    Raises
    ------
    TrainingError
        If max_tokens is out of its range, or the stages differ in dtype or device.
    """

    first: SftSettings = field(
        default_factory=lambda: SftSettings(learning_rate=5e-3, batch=8, rank=16, alpha=32.0)
    )
    second: DpoSettings = field(
        default_factory=lambda: DpoSettings(learning_rate=1e-3, batch=16, epochs=2, beta=0.5, anchor=1.0)
    )
    max_tokens: int = 120

    def __post_init__(self) -> None:
        if self.max_tokens < 1:
            raise TrainingError(f"max_tokens is {self.max_tokens}; it must be a whole number, at least 1")
        if (self.first.dtype, self.first.device) != (self.second.dtype, self.second.device):
            raise TrainingError("both stages need the same dtype and device; they train the same model")


@dataclass(frozen=True)
class StageReport:
    """Accuracy of a judge on cases that it never saw.

    Attributes
    ----------
    accuracy : float
        Share of right verdicts, in [0, 1]; a reply without a verdict counts as wrong.
    close, apart : float
        The same among cases marked as close, and among those marked as not close; None if there are none.
    no_verdict : float
        Share of replies without a verdict.
    says_a : float or None
        Share of the verdicts that are A; None without any. Far from the share of cases for which A is right,
        it judges by place, whatever its accuracy.
    verdicts : str
        Letter of each case's verdict, in the order of the cases; ``-`` where there is none.
    """

    accuracy: float
    close: float | None
    apart: float | None
    no_verdict: float
    says_a: float | None = None
    verdicts: str = ""


@dataclass(frozen=True)
class JudgeReport:
    """Results of training a judge.

    Attributes
    ----------
    base, first, second : StageReport
        The base model, and the judge after either stage, on the same held-out cases.
    learnt_from, mended : int
        Failures of the first stage on practice cases, and how many of these the second judges rightly.
    unseen, mended_unseen : int
        Failures of the first stage among held-out cases, and how many of these the second judges rightly.
    spoilt_unseen : int
        Held-out cases that the first stage judges rightly and the second does not.
    seconds : float
        Time taken; ignored by ``==``.
    """

    base: StageReport
    first: StageReport
    second: StageReport
    learnt_from: int
    mended: int
    unseen: int
    mended_unseen: int
    spoilt_unseen: int
    seconds: float = field(default=0.0, compare=False)

    def table(self) -> str:
        """Return the report as a table of text."""
        names = ("right", "close", "apart", "none", "says A")
        lines = ["judge" + " " * 3 + "".join(f"{name:>8}" for name in names)]
        for name, stage in (("base", self.base), ("stage 1", self.first), ("stage 2", self.second)):
            shares = [stage.accuracy, stage.close, stage.apart, stage.no_verdict, stage.says_a]
            written = ["none" if share is None else f"{share:.1%}" for share in shares]
            lines.append(f"{name:8}" + "".join(f"{text:>8}" for text in written))
        lines += [
            f"failures of stage 1 that stage 2 learnt from: {self.mended} of {self.learnt_from} mended",
            f"failures of stage 1 on held-out cases: {self.mended_unseen} of {self.unseen} mended",
            f"held-out cases that stage 1 had right and stage 2 has wrong: {self.spoilt_unseen}",
            f"{self.seconds:.0f} s",
        ]
        return "\n".join(lines)


def train_judge(
    cases: JudgeCases,
    model: str | Path,
    out: str | Path,
    *,
    seed: int = 1,
    recipe: JudgeRecipe | None = None,
    progress: StepProgress | None = None,
) -> JudgeReport:
    """Train a judge in two stages, measure it, and save its adapters.

    Parameters
    ----------
    cases : JudgeCases
        As `split_judge_cases` makes them; each part has at least one.
    model : str or Path
        Folder of the base's weights, or its name on the Hub.
    out : str or Path
        Gets the adapters ``stage1`` and ``stage2``, and ``judge.json``, in one step: a process killed
        meanwhile leaves what was there before. It may hold another such judge, which is replaced, and nothing
        else.
    seed : int
        Of weights and order, at least 0.
    recipe : JudgeRecipe, optional
        Settings of both stages.
    progress : callable, optional
        Called with the name of the current step, how much of it is done, and how much there is.

    Returns
    -------
    JudgeReport
        Reproducible on a CPU and one thread: the same cases, model, seed and recipe give the same report.

    Raises
    ------
    TrainingError
        If a part has no case, an example is too long, training goes astray, the first stage made no failure
        to learn from, or the folder holds something else or cannot be written.
    MindError
        If the model cannot be loaded or has no chat template.

    References
    ----------
    [Yu2025]_
    """
    begun, how, folder = time.monotonic(), recipe or JudgeRecipe(), Path(out)
    show = progress or (lambda _what, _done, _total: None)
    _check_parts(cases)
    _check_folder(folder)
    try:
        with replace_folder(folder) as beside:
            found = _train(cases, Path(model) if Path(model).is_dir() else model, beside, seed, how, show)
            report = replace(found, seconds=time.monotonic() - begun)
            text = json.dumps(asdict(report), indent=2) + "\n"
            (beside / REPORT).write_text(text, encoding="utf-8")
    except OSError as error:
        raise TrainingError(f"the judge cannot be saved in {folder}: {error}") from None
    return report


def _train(
    cases: JudgeCases, model: str | Path, folder: Path, seed: int, how: JudgeRecipe, show: StepProgress
) -> JudgeReport:
    """Train both adapters into a folder, and return the report."""
    first, second = (folder / name for name in STAGES)
    examples = [Example(one.messages, one.answer, one.where) for one in cases.examples]
    told = _report_step(show, "Learning examples")
    sft_update(model, examples, first, settings=_with_seed(how.first, seed), progress=told)

    # The model is open either to be asked or to be trained, never twice: a large one fits a GPU once.
    with _open_judge(model, {STAGES[0]: first}, how) as mind:
        said = ask_judge(mind, cases.practice, STAGES[0], how.max_tokens, _report_step(show, "Practising"))
    judged = list(zip(cases.practice, said, strict=True))
    failed = [(one, reply) for one, reply in judged if not is_right(one, reply)]
    kept = [(one, reply) for one, reply in judged if is_right(one, reply)]
    pairs = [*_pair_failures(failed), *_pair_successes(kept)]
    told = _report_step(show, "Learning from failures")
    dpo_update(model, pairs, second, start=first, settings=_with_seed(how.second, seed), progress=told)

    with _open_judge(model, {STAGES[0]: first, STAGES[1]: second}, how) as mind:
        own, before, after = (
            ask_judge(mind, cases.held_out, voice, how.max_tokens, _report_step(show, f"Judging, {name}"))
            for voice, name in (("", "base"), (STAGES[0], "stage 1"), (STAGES[1], "stage 2"))
        )
        failures = [one for one, _ in failed]
        again = ask_judge(
            mind, failures, STAGES[1], how.max_tokens, _report_step(show, "Judging failures again")
        )
    was, now = (_are_right(cases.held_out, replies) for replies in (before, after))
    return JudgeReport(
        base=_report_stage(cases.held_out, own),
        first=_report_stage(cases.held_out, before),
        second=_report_stage(cases.held_out, after),
        learnt_from=len(failed),
        mended=sum(_are_right(failures, again)),
        unseen=was.count(False),
        mended_unseen=sum(right and not had for had, right in zip(was, now, strict=True)),
        spoilt_unseen=sum(had and not right for had, right in zip(was, now, strict=True)),
    )


def ask_judge(
    mind: Mind,
    cases: Sequence[JudgeCase],
    voice: str = "",
    max_tokens: int = 120,
    progress: Progress | None = None,
) -> list[Reply]:
    """Return a mind's reply to each case, decoded greedily (the likeliest token each time).

    Parameters
    ----------
    mind : Mind
        The judge.
    cases : sequence of JudgeCase
        What to judge.
    voice : str
        Which of the mind's voices.
    max_tokens : int
        Of a reply, at least 1.
    progress : callable, optional
        Called after every reply with the number of replies so far and in all.
    """
    asked = [Request("judge", one.messages, max_tokens=max_tokens, voice=voice) for one in cases]
    found: dict[int, Reply] = {}
    for number, reply in mind.ask(asked):
        found[number] = reply
        if progress is not None:
            progress(len(found), len(asked))
    return [found[number] for number in range(len(asked))]


def is_right(case: JudgeCase, reply: Reply) -> bool:
    """Return whether a reply gives the right verdict."""
    return _verdict(reply) == case.verdict


def _check_parts(cases: JudgeCases) -> None:
    for name, part in vars(cases).items():
        if not part:
            raise TrainingError(f"there is no case in the part '{name}'; each part needs at least 1")


def _check_folder(folder: Path) -> None:
    """Require that a folder holds a judge or nothing, since it is replaced as a whole."""
    if folder.is_dir():
        others = sorted({path.name for path in folder.iterdir()} - {*STAGES, REPORT})
        if others:
            raise TrainingError(
                f"{folder} holds {others[0]}, which is no part of a judge; give a folder of "
                "its own, which is replaced as a whole"
            )
    elif folder.exists():
        raise TrainingError(f"{folder} is a file; give a folder for the judge's adapters")


def _report_step(show: StepProgress, what: str) -> Progress:
    return lambda done, total: show(what, done, total)


def _open_judge(
    model: str | Path, voices: Mapping[str, str | Path], how: JudgeRecipe
) -> contextlib.closing[LocalMind]:
    return contextlib.closing(LocalMind(model, voices=voices, dtype=how.first.dtype, device=how.first.device))


def _verdict(reply: Reply) -> str:
    """Return the letter of a reply's verdict, or why there is none."""
    return verdict_in(reply.text) if reply.status == "answered" else reply.status


def _are_right(cases: Sequence[JudgeCase], replies: Sequence[Reply]) -> list[bool]:
    return [is_right(one, reply) for one, reply in zip(cases, replies, strict=True)]


def _pair_failures(failed: Sequence[tuple[JudgeCase, Reply]]) -> list[PreferencePair]:
    """Build pairs from failures: the right answer is preferred to the reply, if that was not empty."""
    pairs = [
        PreferencePair(one.messages, one.answer, reply.text)
        for one, reply in failed
        if reply.text.strip() and reply.text != one.answer  # right words that were cut before they ended
    ]
    if not pairs:
        raise TrainingError(
            "the first stage made no failure that the second could learn from; give it more cases to "
            "practise on, or fewer examples"
        )
    return pairs


def _pair_successes(kept: Sequence[tuple[JudgeCase, Reply]]) -> list[PreferencePair]:
    """Build pairs from successes: the reply is preferred to the same words with the other letter.

    Trained on failures alone, a model learns to say the other letter, whatever it is asked.
    """
    other = {"A": "B", "B": "A"}
    pairs = []
    for one, reply in kept:
        text = reply.text.rstrip().removesuffix(".")  # what is read may end with a full stop
        pairs.append(PreferencePair(one.messages, text, text[:-1] + other[one.verdict]))
    return pairs


def _report_stage(cases: Sequence[JudgeCase], replies: Sequence[Reply]) -> StageReport:
    right = _are_right(cases, replies)
    by_mark = {
        mark: [is_so for one, is_so in zip(cases, right, strict=True) if one.is_close is mark]
        for mark in (True, False)
    }
    found = [_verdict(reply) for reply in replies]
    letters = [verdict if verdict in {"A", "B"} else NO_VERDICT for verdict in found]
    return StageReport(
        _share(right) or 0.0,
        _share(by_mark[True]),
        _share(by_mark[False]),
        _share([letter == NO_VERDICT for letter in letters]) or 0.0,
        _share([letter == "A" for letter in letters if letter != NO_VERDICT]),
        "".join(letters),
    )


def _share(which: Sequence[bool]) -> float | None:
    return sum(which) / len(which) if which else None


def _with_seed(settings: _SettingsT, seed: int) -> _SettingsT:
    return replace(settings, seed=seed)
