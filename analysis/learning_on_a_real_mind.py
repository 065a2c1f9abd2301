"""What learning from preferences comes to on a model that nobody here made, beside the phantom.

All that weights learn from is somebody's word on which of two texts is preferred. On the embedded model, a
phantom, that works by design; here the same is asked of SmolLM2-135M-Instruct, part by part:

comparisons
    A person whose stance is stated compares a text for and a text against, in both orders.
self_reference
    The same people answer first, say how far each text is from that, and choose by it [Bao2024]_.
judge
    A judge is asked which text is more for the topic; before training, after learning right verdicts, and
    after learning from its own failures [Yu2025]_.
society
    A small copy of scenarios/weights_that_learn.yaml: what its assistant learns, and where it comes to stand.

SmolLM2 compares messages that it never saw (tests/real/messages.csv: one text of each pair for, one against;
no text is in two pairs), and its judge learns from the package's statements on other topics. The phantom
knows no texts but its own: it writes them, as personas of these stances. One pair is asked of one person, the
texts' order and the person's stance are drawn, half and half.

Shares are of pairs, with Wilson's interval of 95 %. *once* is what is said in the drawn order alone, and
*first place* how often that is the text shown first: .5 where places do not count, 1 where nothing else does.
*both* is the mean of both orders, by which weights learn; there, a tie is no preference, and not right.

Run ``python analysis/learning_on_a_real_mind.py [--model embedded] [--part judge] [--seed 1]``: prints the
rows and writes them into ``learning_on_a_real_mind.csv`` beside this file, in place of those that it has of
the same model and parts; ``--draw`` draws the figure of all that it has, and asks nobody. ``--folder`` keeps
replies, the judge and the run, so that who was killed goes on; ``--quick`` asks little, and writes into it.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

import coevolve_sim
from coevolve_sim.assistants.preferences import Comparison, ToCompare, annotate, compare, read_comparisons
from coevolve_sim.assistants.training import (
    DpoSettings,
    JudgeCase,
    JudgeCases,
    JudgeRecipe,
    SftSettings,
    train_judge,
)
from coevolve_sim.language.fitness.verdict import wilson
from coevolve_sim.language.openings import openings
from coevolve_sim.language.parsing import parse_message
from coevolve_sim.language.prompts import Templates
from coevolve_sim.language.questionnaires import read_personas, topic_of
from coevolve_sim.language.readers.known_stances import statements
from coevolve_sim.minds import Message, Mind, Request
from coevolve_sim.minds.cache import CachedMind
from coevolve_sim.minds.recorded import ask_all
from coevolve_sim.streams import stream, stream_seed
from coevolve_sim.values import get

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HERE = Path(__file__).parent
MESSAGES = HERE.parent / "tests" / "real" / "messages.csv"
TABLE, FIGURE = HERE / "learning_on_a_real_mind.csv", HERE / "learning_on_a_real_mind.png"
FOLDER = HERE.parent / "results" / "learning_on_a_real_mind"
PARTS = ("comparisons", "self_reference", "judge", "society")
RUBRIC = "the text that is more for it"
AGAINST, FOR = 0.05, 0.95
COLOURS = {"right once": "#56B4E9", "right by both": "#0072B2", "first place": "#D55E00"}
STAGES = {"base": "base", "first": "stage 1", "second": "stage 2"}


@dataclass(frozen=True)
class Text:
    """A text whose writer's stance is known."""

    topic: str
    value: float
    text: str
    kind: str = "explicit"


@dataclass(frozen=True)
class Pair:
    """A text for and a text against, the person who is asked, and which text is right by each.

    Attributes
    ----------
    topic, kind : str
    first, second : str
        In the drawn order.
    first_is_for : bool
        Whether the first is the one for the topic.
    who : str
        The person.
    stance : float
        Where the person stands: `AGAINST` or `FOR`.
    """

    topic: str
    kind: str
    first: str
    second: str
    first_is_for: bool
    who: str
    stance: float

    @property
    def closer(self) -> int:
        """1 if the first text is closer to where the person stands, -1 if the second."""
        return 1 if self.first_is_for == (self.stance > 0.5) else -1

    @property
    def more_for(self) -> int:
        """1 if the first text is more for the topic, -1 if the second."""
        return 1 if self.first_is_for else -1

    def to_compare(self, templates: Templates) -> ToCompare:
        """Return what the person is asked."""
        persona = templates.persona(self.who, [(self.topic, self.stance)])
        return ToCompare(self.who, self.topic, self.first, self.second, persona, stance=self.stance)


@dataclass(frozen=True)
class Size:
    """How much is asked of a mind, and how it learns.

    Attributes
    ----------
    pairs : int
        Pairs of texts of each kind, at most.
    examples, practice : int
        Cases of the judge's two stages.
    recipe : JudgeRecipe
        How the judge learns.
    society : dict
        Keys of the society that differ from weights_that_learn.
    """

    pairs: int
    examples: int
    practice: int
    recipe: JudgeRecipe
    society: dict[str, object]


SMALL_SOCIETY: dict[str, object] = {
    "rounds": 4,
    "population.humans": 8,
    "network.degree": 2,
    "assistants.0.policy.pairs": 4,
    "assistants.0.policy.people": 4,
    "assistants.0.policy.epochs": 6,
}
SIZES = {
    "smollm2": Size(
        48,
        96,
        48,
        JudgeRecipe(
            SftSettings(learning_rate=1e-3, batch=8, rank=16, alpha=32.0),
            DpoSettings(learning_rate=2e-4, batch=8, beta=0.5, anchor=1.0),
            max_tokens=40,
        ),
        {
            **SMALL_SOCIETY,
            "minds": [{"name": "people", "kind": "local", "model": "smollm2"}],
            "channel.reader.kind": "probe",
            "channel.opening": "stance",
            "channel.unfit": "allow",
            "channel.max_tokens": 48,
            "assistants.0.policy.learning_rate": 1e-3,
        },
    ),
    "embedded": Size(
        48,
        400,
        400,
        JudgeRecipe(max_tokens=40),
        {
            **SMALL_SOCIETY,
            "rounds": 6,
            "assistants.0.policy.pairs": 8,
            "assistants.0.policy.people": 8,
            "assistants.0.policy.epochs": 8,
        },
    ),
}


@dataclass(frozen=True)
class Row:
    """One number of the table, with its interval, and what it is where nothing is known (nan: none)."""

    model: str
    part: str
    what: str
    quantity: str
    value: float
    low: float = math.nan
    high: float = math.nan
    n: int = 0
    null: float = math.nan


# --- texts and pairs -----------------------------------------------------------------------------


def real_messages() -> list[Text]:
    """Return the messages that readers were tried on, by one who had not seen what these learn from."""
    rows = csv.DictReader(MESSAGES.read_text(encoding="utf-8").splitlines())
    return [Text(row["topic"], float(row["grade"]), row["text"], row["kind"]) for row in rows]


def known_statements() -> list[Text]:
    """Return the package's statements on other topics, implicit and explicit ones."""
    return [
        Text(one.topic, one.stance, one.text, "explicit" if one.is_explicit else "implicit")
        for held_out in (False, True)
        for one in statements(held_out)
    ]


def own_texts(mind: Mind, topics: Sequence[str], seed: int, draws: int = 4) -> list[Text]:
    """Have a mind write texts on topics, as personas whose stance is stated."""
    words, people = Templates.standard(), read_personas()
    cells = [
        (topic, value, draw) for topic in topics for value in (0.0, 0.25, 0.75, 1.0) for draw in range(draws)
    ]
    requests = [
        Request(
            "text",
            (
                Message("system", words.persona(people[n % len(people)].who, [(topic, value)])),
                Message("user", words.speak(topic)),
            ),
            max_tokens=60,
            temperature=0.7,
            seed=stream_seed(seed, "texts to compare", topic, str(value), draw) % 2**31,
        )
        for n, (topic, value, draw) in enumerate(cells)
    ]
    said = [parse_message(reply) for reply in ask_all(mind, requests)]
    found = [
        Text(topic, value, one.heard)
        for (topic, value, _), one in zip(cells, said, strict=True)
        if one.is_heard
    ]
    return list(dict.fromkeys(found))


def make_pairs(texts: Sequence[Text], at_most: int, seed: int) -> list[Pair]:
    """Return pairs of a text for and one against the same topic, of the same kind; no text is in two.

    Parameters
    ----------
    texts : sequence of Text
        Those at .5 are left out.
    at_most : int
        Pairs of each kind; fewer where there are no more.
    seed : int
        Of who meets whom, and of orders and stances, which are half and half.
    """
    people, found = read_personas(), []
    for kind in dict.fromkeys(one.kind for one in texts):
        draw = stream(seed, "pairs of texts", kind)
        met = []
        for topic in dict.fromkeys(one.topic for one in texts):
            some = [one for one in texts if (one.topic, one.kind) == (topic, kind)]
            sides = [
                [one.text for one in some if (one.value > 0.5) == is_for and one.value != 0.5]
                for is_for in (True, False)
            ]
            met += [
                (topic, a, b)
                for a, b in zip(*(draw.permutation(side).tolist() for side in sides), strict=False)
            ]
        met = [met[number] for number in draw.permutation(len(met))[:at_most]]
        is_first, holds_for = (draw.permutation(len(met)) % 2 == 0 for _ in range(2))
        for number, (topic, one_for, one_against) in enumerate(met):
            first, second = (one_for, one_against) if is_first[number] else (one_against, one_for)
            stance = FOR if holds_for[number] else AGAINST
            who = people[number % len(people)].who
            found.append(Pair(topic, kind, first, second, bool(is_first[number]), who, stance))
    return found


# --- what is measured of comparisons --------------------------------------------------------------


def share_of(count: int, n: int) -> tuple[float, float, float]:
    """Return a share with Wilson's interval of 95 %; nan of nothing."""
    return (count / n if n else math.nan, *wilson(count, n))


def rows_of(model: str, part: str, what: str, found: Sequence[Comparison], right: Sequence[int]) -> list[Row]:
    """Return the rows of comparisons: accuracy once and by both orders, first place, agreement.

    Parameters
    ----------
    model, part, what : str
        As in `Row`.
    found : sequence of Comparison
        The first text as A is the drawn order.
    right : sequence of int
        1 where the first text is right, -1 where the second is.
    """
    told = list(zip(found, right, strict=True))
    once = [(one.logit_as_shown[0], truth) for one, truth in told if one.status[0] == "answered"]
    both = [(one, truth) for one, truth in told if one.is_usable]
    counts = (
        ("answered", len(once), len(told), math.nan),
        ("right once", sum(np.sign(logit) == truth for logit, truth in once), len(once), 0.5),
        ("right by both", sum(one.preferred == truth for one, truth in both), len(both), 0.5),
        ("first place", sum(logit > 0 for logit, _ in once), len(once), 0.5),
        ("orders agree", sum(one.is_consistent for one, _ in both), len(both), math.nan),
    )
    rows = [
        Row(model, part, what, name, *share_of(int(count), n), n=n, null=null)
        for name, count, n, null in counts
    ]
    leans = np.array([one.lean_to_a for one, _ in both])
    if len(leans) > 1:
        spread = float(np.std([one.logit for one, _ in both], ddof=1))
        rows.append(Row(model, part, what, "spread of log odds", spread, n=len(leans)))
        half = 1.96 * leans.std(ddof=1) / math.sqrt(len(leans))
        mean = float(leans.mean())
        rows.append(Row(model, part, what, "lean to A", mean, mean - half, mean + half, len(leans), 0.0))
    return rows


def by_kind(
    model: str, part: str, what: str, pairs: Sequence[Pair], found: Sequence[Comparison], truth: str
) -> list[Row]:
    """Return the rows of comparisons of pairs, apart by the kind of their texts."""
    rows = []
    for kind in dict.fromkeys(pair.kind for pair in pairs):
        some = [(one, pair) for one, pair in zip(found, pairs, strict=True) if pair.kind == kind]
        right = [getattr(pair, truth) for _, pair in some]
        rows += rows_of(model, part, f"{what}, {kind}", [one for one, _ in some], right)
    return rows


# --- the parts ------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Study:
    """One model's part in the study.

    Attributes
    ----------
    model : str
        ``smollm2`` or ``embedded``.
    mind : Mind
        The model, with its replies kept.
    folder : Path
        For the judge and the run.
    size : Size
    seed : int
    """

    model: str
    mind: Mind
    folder: Path
    size: Size
    seed: int

    @property
    def pairs(self) -> list[Pair]:
        """The pairs that people and judges see, none of whose texts anybody learns from."""
        is_own = self.model == "embedded"
        texts = own_texts(self.mind, _message_topics(), self.seed) if is_own else real_messages()
        return make_pairs(texts, self.size.pairs, self.seed)

    @property
    def explicit(self) -> list[Pair]:
        """Those of the pairs whose texts say where the writer stands."""
        return [pair for pair in self.pairs if pair.kind == "explicit"]

    def comparisons(self) -> Iterator[Row]:
        """Let people compare, their stance stated in numbers, and in words."""
        pairs = self.pairs
        for prompts in ("v1", "v2"):
            words = Templates.standard(version=prompts)
            found = compare(self.mind, [pair.to_compare(words) for pair in pairs], words)
            what = {"v1": "stance in numbers", "v2": "stance in words"}[prompts]
            yield from by_kind(self.model, "comparisons", what, pairs, found, "closer")

    def self_reference(self) -> Iterator[Row]:
        """Let people answer first; SmolLM2's answers are begun for it, which does not say what it is told."""
        pairs, words = self.explicit, Templates.standard()
        opening = "none" if self.model == "embedded" else "stance"
        asked = [pair.to_compare(words) for pair in pairs]
        found = annotate(self.mind, asked, words, seed=self.seed, samples=1, max_tokens=48, opening=opening)
        told = [one.comparison for one in found]
        what = "own answer" if opening == "none" else "own answer begun"
        yield from by_kind(self.model, "self_reference", what, pairs, told, "closer")

    def judge(self) -> Iterator[Row]:
        """Train a judge in two stages, and hold its verdicts on other topics against the truth."""
        pairs, folder = self.explicit, self.folder / "judge"
        if not (folder / "judge.json").is_file():
            is_own = self.model == "embedded"
            where = self.mind.mind.folder if is_own else self.model  # type: ignore[attr-defined]
            parts = self._judge_cases(pairs)
            train_judge(parts, where, folder, seed=self.seed, recipe=self.size.recipe, progress=_tell)
        told = json.loads((folder / "judge.json").read_text(encoding="utf-8"))
        for stage, name in STAGES.items():
            found = verdicts_as_comparisons(told[stage]["verdicts"], pairs)
            yield from rows_of(self.model, "judge", name, found, [pair.more_for for pair in pairs])
        n = told["learnt_from"]
        yield Row(self.model, "judge", "stage 2", "failures mended", *share_of(told["mended"], n), n=n)

    def _judge_cases(self, held_out: Sequence[Pair]) -> JudgeCases:
        """Return cases on other topics to learn from, and those held out, each in both orders."""
        topics = [topic for topic in _other_topics() if topic not in _message_topics()]
        is_own, n_examples = self.model == "embedded", self.size.examples
        texts = own_texts(self.mind, topics, self.seed, 8) if is_own else known_statements()
        most = n_examples + self.size.practice
        learnt = make_pairs(texts, most, self.seed + 1)
        chosen = stream(self.seed, "cases of a judge").permutation(len(learnt))[:most]
        cases = tuple(case_of(learnt[number]) for number in chosen)
        shown = tuple(case_of(one) for pair in held_out for one in (pair, swapped(pair)))
        return JudgeCases(cases[:n_examples], cases[n_examples:], shown)

    def society(self) -> Iterator[Row]:
        """Run the society, and tell what its assistant learnt and where it came to stand."""
        results = self.folder / "society"
        begun = sorted(results.iterdir()) if results.is_dir() else []
        overrides = {**self.size.society, "seed": self.seed}
        run = (
            coevolve_sim.resume(begun[0])
            if begun
            else coevolve_sim.run("weights_that_learn", overrides=overrides, results=results)
        )
        yield from society_rows(self.model, run)


def case_of(pair: Pair) -> JudgeCase:
    """Return the judge's case of a pair, with what a judge that is right says."""
    sides = ("for", "against") if pair.first_is_for else ("against", "for")
    verdict = "A" if pair.first_is_for else "B"
    reason = f"A is {sides[0]} it, B is {sides[1]} it."
    return JudgeCase(RUBRIC, pair.topic, pair.first, pair.second, verdict, reason)  # type: ignore[arg-type]


def swapped(pair: Pair) -> Pair:
    """Return a pair in the other order."""
    return replace(pair, first=pair.second, second=pair.first, first_is_for=not pair.first_is_for)


def verdicts_as_comparisons(verdicts: str, pairs: Sequence[Pair]) -> list[Comparison]:
    """Return a judge's letters on pairs, each shown in its order and then in the other, as comparisons."""
    logits = {"A": 1.0, "B": -1.0, "-": math.nan}
    found = []
    for pair, as_a, as_b in zip(pairs, verdicts[::2], verdicts[1::2], strict=True):
        by_order = (logits[as_a], -logits[as_b])
        ends = tuple("invalid" if math.isnan(logit) else "answered" for logit in by_order)
        found.append(Comparison("judge", pair.topic, pair.first, pair.second, by_order, ends))  # type: ignore[arg-type]
    return found


def society_rows(model: str, run: coevolve_sim.Run) -> Iterator[Row]:
    """Return the rows of a run of weights_that_learn: its lessons, and the assistant's distance to people."""
    rounds, _, values = run.trajectory_arrays()
    at = {int(number): values[place] for place, number in enumerate(rounds)}
    yield distance_row(model, run, 0, "before round 1")
    for lesson in run.lessons.itertuples():
        what = f"lesson {lesson.times}"
        era = run.folder / "adapters" / str(lesson.assistant) / f"era-{lesson.times:02d}"
        compared = read_comparisons(era / "comparisons.csv")
        known = [(one, closer_in_society(one, at[lesson.round], run.dimensions)) for one in compared]
        some = [(one, right) for one, right in known if right]
        if some:
            yield from rows_of(model, "society", what, [one for one, _ in some], [right for _, right in some])
        else:
            yield from _reliability(model, what, compared)
        if lesson.status != "nothing to learn":
            told = json.loads((era / "learnt.json").read_text(encoding="utf-8"))["update"]
            n = told["n_pairs"]
            for name in ("likelier_before", "likelier_after", "accuracy_after"):
                null = 0.5 if name == "accuracy_after" else math.nan
                found = wilson_of(told[name], n)
                yield Row(model, "society", what, name.replace("_", " "), *found, n=n, null=null)
            yield Row(model, "society", what, "drift", told["drift"], n=n, null=0.0)
        yield distance_row(model, run, lesson.round, f"after {what}")


def _reliability(model: str, what: str, compared: Sequence[Comparison]) -> list[Row]:
    """Return the rows of comparisons of which it is not known which text is closer to a person."""
    wanted = {"answered", "first place", "orders agree", "lean to A"}
    rows = rows_of(model, "society", what, compared, [1] * len(compared))
    return [row for row in rows if row.quantity in wanted]


def wilson_of(share: float, n: int) -> tuple[float, float, float]:
    """Return a weighted share with Wilson's interval, as if it were of ``n`` that count alike."""
    return (share, *wilson(round(share * n), n))


def distance_row(model: str, run: coevolve_sim.Run, round_index: int, what: str) -> Row:
    """Return the assistant's distance to people's mean: root mean square over dimensions."""
    means = run.means[run.means["round"] == round_index].set_index("kind")[list(run.dimensions)]
    apart = means.loc["assistant"].to_numpy(float) - means.loc["people"].to_numpy(float)
    return Row(model, "society", what, "distance", float(np.sqrt(np.mean(apart**2))), n=1)


def closer_in_society(one: Comparison, values: np.ndarray, dimensions: Sequence[str]) -> int:
    """Return which text was begun with a stance closer to its reader's: 1, -1; 0 in a tie, or where none was.

    Parameters
    ----------
    one : Comparison
        By ``human N``.
    values : float array, shape (humans, dimensions)
        Of all humans in that round.
    dimensions : sequence of str
        Of moral-foundations.
    """
    topics = [topic_of("moral-foundations", name) for name in dimensions]
    held = values[int(one.who.removeprefix("human ")), topics.index(one.topic)]
    grades = [grade_begun(text, one.topic) for text in (one.first, one.second)]
    if None in grades:
        return 0
    first, second = (abs(held - grade) for grade in grades if grade is not None)
    return int(np.sign(round(second - first, 9)))


def grade_begun(text: str, topic: str) -> float | None:
    """Return the stance that a text was begun with for the mind; None if it was not."""
    for grade, texts in openings().items():
        if any(text.startswith(begun.replace("{topic}", topic)) for begun in texts):
            return grade
    return None


# --- table, figure, command -------------------------------------------------------------------------


def table_of(rows: Sequence[Row]) -> pd.DataFrame:
    """Return rows as a data frame."""
    return pd.DataFrame([astuple(row) for row in rows], columns=[field.name for field in fields(Row)])


def merged(kept: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """Return the rows kept, those of the same model and parts replaced by what was found."""
    again = set(zip(found["model"], found["part"], strict=True))
    stays = [(model, part) not in again for model, part in zip(kept["model"], kept["part"], strict=True)]
    both = pd.concat([kept[stays], found]) if any(stays) else found
    order = {name: number for number, name in enumerate(PARTS)}
    return (
        both.assign(at=both["part"].map(order)).sort_values(["model", "at"], kind="stable").drop(columns="at")
    )


def draw(table: pd.DataFrame) -> Figure:
    """Draw accuracy and first place of every part, with intervals; a row for each, a panel for each model."""
    from matplotlib.figure import Figure

    shown = table[table["quantity"].isin(COLOURS)]
    models = [name for name in ("smollm2", "embedded") if name in set(shown["model"])]
    figure = Figure(figsize=(1.5 + 4.6 * len(models), 5.2), layout="constrained")
    panels = figure.subplots(1, len(models), squeeze=False)[0]
    for panel, model in zip(panels, models, strict=True):
        rows = shown[shown["model"] == model]
        names = list(dict.fromkeys(rows["part"].str.replace("_", " ") + ": " + rows["what"]))
        for number, (quantity, colour) in enumerate(COLOURS.items()):
            some = rows[rows["quantity"] == quantity]
            at = [
                names.index(f"{part.replace('_', ' ')}: {what}") + 0.22 * (number - 1)
                for part, what in zip(some["part"], some["what"], strict=True)
            ]
            ends = [some["value"] - some["low"], some["high"] - some["value"]]
            panel.errorbar(some["value"], at, xerr=ends, fmt="o", ms=4, lw=1.2, color=colour, label=quantity)
        panel.axvline(0.5, color="#888888", ls=":", lw=1)
        panel.set(xlim=(-0.03, 1.03), yticks=range(len(names)), title=model)
        panel.set_yticklabels(names, fontsize=7.5)
        panel.invert_yaxis()
        panel.spines[["top", "right"]].set_visible(False)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False, fontsize=8)
    return figure


def save(figure: Figure, path: Path) -> None:
    """Write the figure, the same bytes for the same figure."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=130, metadata={"Software": None})


def _write(rows: Sequence[Row], path: Path) -> pd.DataFrame:
    """Write rows into a table, in place of those of the same model and parts."""
    found = table_of(rows)
    table = merged(pd.read_csv(path), found) if path.is_file() else found
    table.to_csv(path, index=False, float_format="%.4f", lineterminator="\n")
    return table


def study(model: str, folder: Path, size: Size, seed: int, parts: Sequence[str], path: Path) -> None:
    """Run parts of the study on a model; write each into the table as soon as it is done."""
    from coevolve_sim.minds.local.mind import LocalMind

    within = LocalMind.embedded() if model == "embedded" else LocalMind(model)
    mind = CachedMind(within, folder / "replies.sqlite")
    try:
        one = Study(model, mind, folder, size, seed)
        for step in [getattr(one, name) for name in parts]:
            rows = list(step())
            shown = table_of(rows).drop(columns="model")
            print(shown.to_string(index=False, float_format="%.3f"), flush=True)
            _write(rows, path)
    finally:
        mind.close()


def main() -> None:
    """Run the study, print its rows, and write its table or figure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", choices=SIZES, default="smollm2", help="Which model (smollm2).")
    parser.add_argument("--part", choices=PARTS, action="append", help="Only this part; may be given again.")
    parser.add_argument("--seed", type=int, default=1, help="Of pairs, words and training (1).")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="For replies, judge and run.")
    parser.add_argument("--quick", action="store_true", help="Few pairs and cases; writes into --folder.")
    parser.add_argument("--draw", action="store_true", help="Draw the figure of the table, and ask nobody.")
    given = parser.parse_args()
    if given.draw:
        save(draw(pd.read_csv(TABLE)), FIGURE)
        return
    size = SIZES[given.model]
    path = TABLE
    if given.quick:
        size, path = replace(size, pairs=6, examples=8, practice=8), given.folder / TABLE.name
    study(given.model, given.folder / given.model, size, given.seed, given.part or PARTS, path)
    print(f"Written: {path}")


def _message_topics() -> list[str]:
    return list(dict.fromkeys(one.topic for one in real_messages()))


def _other_topics() -> list[str]:
    """Return what dimensions of two value spaces are called in prompts."""
    return [topic_of(space, name) for space in ("schwartz-19", "gss-moral") for name in get(space).names]


def _tell(what: str, done: int, total: int) -> None:
    if done in {1, total} or done % 10 == 0:
        print(f"{what}: {done} of {total}", flush=True)


if __name__ == "__main__":
    main()
