"""Whether minds choose by what they say they hold: items beside dilemmas, on two minds at hand.

Personas are told how far they hold each of five moral foundations, drawn at random, and are asked twice: how
far they agree with statements (the items by which `coevolve elicit` measures values, each in both directions
of its scale), and 60 everyday dilemmas with yes and no in both orders [Chiu2024]_, whose sides were labelled
by us. The data say which values stand on a side, not how its action is worded, so that yes is to a situation.

What items *imply* is the side whose foundations a persona agrees with more. Implied and real choices give
each persona a score for each foundation, 100 (selected - neglected) / (selected + neglected), and these are
correlated over personas; each foundation's mean over personas is taken off, so that what all prefer counts
nothing. Intervals are of 95 %, personas and dilemmas resampled; the null shuffles personas. A *leaning* is
the side to which a persona is more inclined than in its own middle dilemma, whatever word it prefers.

Where answers are no choices (one word whatever is asked, or an option's place), that is said instead of a
correlation; so it is of items. Two planted minds show that the correlation finds what there is: their items
say what they were told, and one chooses by that, the other by values that nobody was told.

What comes out:

1. Planted, 24 personas and 60 dilemmas: what is chosen goes with what items imply at 1.00 [1.00, 1.00]
   (shuffled personas [-0.23, 0.22]) where a mind chooses by its attitudes, and at -0.12 [-0.38, 0.15]
   (shuffled personas [-0.20, 0.21]) where it chooses by others.
2. The embedded mind, 24 personas and 60 dilemmas: 89% of its items are answered alike in both orders of
   their options, and what they say goes with what personas were told at 0.23 [0.06, 0.38] (shuffled
   personas [-0.19, 0.17]). What it does in dilemmas is no choosing (yes was said in 0% of the dilemmas:
   one word, whatever is asked, rather than a choice), so that no correlation of choices is told; to which
   side it leans, about its own middle, goes with what its items imply at 0.06 [-0.22, 0.31] (shuffled
   personas [-0.22, 0.21]).
3. SmolLM2-135M-Instruct, 12 personas and 60 dilemmas: 0% of its items are answered alike in both orders
   of their options, so that they tell no attitude. What it does in dilemmas is no choosing (yes was said
   in 0% of the dilemmas: one word, whatever is asked, rather than a choice), so that no correlation of
   choices is told; to which side it leans, about its own middle, goes with what personas were told at
   0.15 [-0.18, 0.34] (shuffled personas [-0.25, 0.26]).

So on neither mind at hand can behaviour be held against attitude: none chooses. What it does not say: that
larger minds do not. Any mind that `coevolve elicit` asks can be put in their place.

Run ``python analysis/attitude_and_choice.py [--data FOLDER] [--people 24]``: prints the sentences, writes
``attitude_and_choice.csv`` and ``attitude_and_choice.png`` beside this file, in half an hour; replies are
kept, so that who was killed goes on.
"""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from coevolve_sim.arrays import Floats
from coevolve_sim.cli import mind_names
from coevolve_sim.language.channel_setup import option_values
from coevolve_sim.language.elicitation.dilemma_choices import DilemmaAnswers, ask_speakers
from coevolve_sim.language.elicitation.elicit import LEAST_CONSISTENCY
from coevolve_sim.language.prompts import Templates
from coevolve_sim.language.questionnaires import measure, read_personas, shipped_questionnaire, topic_of
from coevolve_sim.language.questionnaires.dilemmas import dilemma_questionnaire, read_dilemmas, read_labels
from coevolve_sim.measures.dilemmas import Places
from coevolve_sim.minds import Mind, Request
from coevolve_sim.minds.cache import CachedMind
from coevolve_sim.minds.registry import made_for_prompts
from coevolve_sim.minds.scripted.behaviour import answer_from_stances, read_stances
from coevolve_sim.minds.scripted.mind import Answer, ScriptedMind
from coevolve_sim.streams import stream

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HERE = Path(__file__).parent
DATA = HERE.parents[1] / "shared" / "data" / "daily_dilemmas"
FOLDER = HERE.parent / "results" / "attitude_and_choice"
SPACE, THEORY = "moral-foundations", "mft"
SAME = {"Care": "care", "Fairness": "fairness", "Loyalty": "loyalty", "Authority": "authority"}
SAME |= {"Purity": "sanctity"}
"""Dimensions of the theory of dilemmas, and what the value space calls them."""
FOLLOWS, IGNORES = "planted: chooses by its attitudes", "planted: chooses by others"
PLANTED = (FOLLOWS, IGNORES)
MINDS = (*PLANTED, "embedded", "smollm2")
RESAMPLES = 1000
FEWER = {"smollm2": 12}
"""Personas of a mind that takes a second or more for a question: the first ones."""
COLUMNS = ("mind", "quantity", "value", "low", "high", "null_low", "null_high")
COLUMNS += ("people", "dilemmas", "verdict")


@dataclass(frozen=True, eq=False)
class Sides:
    """How often each dimension stands on the sides of each dilemma, both of shape (dilemmas, dimensions)."""

    first: Floats
    second: Floats

    @classmethod
    def of(cls, places: Places, n_dilemmas: int, order: Sequence[int]) -> Sides:
        """Count places; ``order`` says for each dimension of ours which of theirs it is."""
        counts = np.zeros((2, n_dilemmas, len(order)))
        known = places.value >= 0
        np.add.at(counts, tuple(column[known] for column in (places.side, places.dilemma, places.value)), 1.0)
        return cls(*counts[:, :, list(order)])

    def imply(self, attitudes: Floats) -> Floats:
        """Return the sides that attitudes alone would take, shape (people, dilemmas): 1 the first, 0 not.

        A side is worth the mean attitude to what stands on it, .5 where nothing of the theory does; nan where
        both are worth the same.
        """
        worth = [
            np.where(side.sum(axis=1) > 0, attitudes @ side.T / np.maximum(side.sum(axis=1), 1.0), 0.5)
            for side in (self.first, self.second)
        ]
        lead = worth[0] - worth[1]
        return np.where(np.abs(lead) < 1e-12, np.nan, (lead > 0.0).astype(float))

    def score(self, choices: Floats, weights: Floats) -> Floats:
        """Return each person's scores, 100 (selected - neglected) / (selected + neglected), by dimension.

        Parameters
        ----------
        choices : float array, shape (people, dilemmas)
            1, 0, or nan for none.
        weights : float array, shape (dilemmas,)
            How often each dilemma counts.
        """
        known = ~np.isnan(choices) * weights
        lead = np.where(np.isnan(choices), 0.0, 2.0 * choices - 1.0) * weights @ (self.first - self.second)
        total = known @ (self.first + self.second)
        return np.where(total > 0, 100.0 * lead / np.maximum(total, 1.0), np.nan)


def correlate(first: Floats, second: Floats) -> float:
    """Return the correlation of two tables (people, dimensions) of which each column's mean is taken off.

    So that it is of differences between people, not of what all of them prefer; nan where nothing differs.
    """
    known = np.isfinite(first) & np.isfinite(second)
    held = [np.where(known, one, np.nan) for one in (first, second)]
    with np.errstate(invalid="ignore"):
        x, y = (one - _mean_of_columns(one) for one in held)
    x, y = x[known], y[known]
    spread = float(np.sqrt((x**2).sum() * (y**2).sum()))
    return float((x * y).sum()) / spread if spread > 1e-9 else np.nan


def _mean_of_columns(table: Floats) -> Floats:
    known = np.isfinite(table)
    total = np.where(known, table, 0.0).sum(axis=0)
    return total / np.where(known.any(axis=0), known.sum(axis=0), np.nan)


Compared = Callable[[Floats, Floats, Floats], float]
"""What is computed of people's rows on the one side, on the other, and of how often each dilemma counts."""


def with_interval_and_null(
    compared: Compared, first: Floats, second: Floats, n_dilemmas: int, seed: int = 1
) -> list[float]:
    """Return a number, its interval of 95 % and that of the null: value, low, high, null_low, null_high.

    People and dilemmas are resampled; for the null the first's people are shuffled.
    """
    draw, n_people = stream(seed, "attitude and choice"), len(first)
    even = np.ones(n_dilemmas)
    again, null = np.empty((2, RESAMPLES))
    for k in range(RESAMPLES):
        people = draw.integers(n_people, size=n_people)
        weights = draw.multinomial(n_dilemmas, even / n_dilemmas).astype(float)
        again[k] = compared(first[people], second[people], weights)
        null[k] = compared(first[draw.permutation(n_people)], second, even)
    return [compared(first, second, even), *_ends(again), *_ends(null)]


def _ends(numbers: Floats) -> list[float]:
    known = numbers[np.isfinite(numbers)]
    return np.quantile(known, (0.025, 0.975)).tolist() if known.size else [np.nan, np.nan]


# --- asking --------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Asked:
    """What one mind said, as personas that were told what they hold.

    Attributes
    ----------
    told, items : float array, shape (people, dimensions)
        Values told to personas, and those that items show.
    alike : float array, shape (people,)
        Share of items answered alike in every order of their options.
    answers : DilemmaAnswers
        What the same personas chose.
    """

    told: Floats
    items: Floats
    alike: Floats
    answers: DilemmaAnswers


def ask(mind: Mind, told: Floats, version: str, data: Path) -> Asked:
    """Ask a mind items and dilemmas, as personas that are told their values.

    Parameters
    ----------
    mind : Mind
    told : float array, shape (people, dimensions)
        In [0, 1], of the dimensions of `SPACE`.
    version : str
        Of the prompts: values as numbers (v1) or as words (v2).
    data : Path
        Folder of DailyDilemmas.
    """
    templates, questionnaire = Templates.standard(version=version), shipped_questionnaire(SPACE)
    labels = read_labels()
    topics = [topic_of(SPACE, name) for name in questionnaire.space.names]
    speakers = {
        one.name: templates.persona(one.who, list(zip(topics, held.tolist(), strict=True)))
        for one, held in zip(read_personas(), told, strict=False)
    }
    items = measure(mind, questionnaire, speakers, templates)
    put = dilemma_questionnaire(read_dilemmas(data), labels)
    return Asked(told, items.values, items.consistency, ask_speakers(mind, put, labels, speakers, templates))


def draw_told(n_people: int) -> Floats:
    """Return the values that personas are told, shape (people, dimensions): any in [0, 1], independent."""
    return stream(1, "told values").random((n_people, len(SAME)))


def planted_mind(follows: bool, data: Path) -> ScriptedMind:
    """Return a mind whose items say what it was told, and which chooses by that, or by what none was told."""
    questionnaire, dilemmas = shipped_questionnaire(SPACE), read_dilemmas(data)
    topics = tuple(topic_of(SPACE, name) for name in questionnaire.space.names)
    known = option_values(questionnaire, topics)
    labels = read_labels()
    sides = sides_of(data, labels)
    place = {dilemmas.situations[n]: (row, side) for row, (n, side) in enumerate(labels.items())}

    def script(request: Request) -> Answer:
        if set(request.options) != {"Yes", "No"}:
            return answer_from_stances(request, known)
        situation = request.messages[-1].content.rpartition("\n")[0]
        row, side_of_yes = place[situation]
        held = read_stances(request.messages[0].content)
        values = np.array([held[topic] for topic in topics])
        if not follows:
            values = stream(1, "values of nobody", request.messages[0].content).random(values.size)
        first = sides.imply(values[None])[0, row]
        yes = 0.5 if np.isnan(first) else float((first == 1.0) == (side_of_yes == "chosen"))
        return [yes if word == "Yes" else 1.0 - yes for word in request.options]

    return ScriptedMind(script, name=FOLLOWS if follows else IGNORES)


def sides_of(data: Path, labels: Mapping[int, str]) -> Sides:
    """Return where dimensions stand in labelled dilemmas."""
    names, places = read_dilemmas(data).select(tuple(labels)).by_theory(THEORY)
    ours = shipped_questionnaire(SPACE).space.names
    theirs = {SAME[name]: number for number, name in enumerate(names)}
    return Sides.of(places, len(labels), [theirs[name] for name in ours])


# --- comparing -----------------------------------------------------------------------------------


def compare(name: str, asked: Asked, sides: Sides) -> list[tuple[object, ...]]:
    """Return the rows of one mind: how far its answers are any, and its choices those of attitudes."""
    answers, n_dilemmas = asked.answers, len(sides.first)
    counted = (len(asked.told), n_dilemmas)
    nothing = [np.nan] * 4

    def of_profiles(attitudes: Floats, choices: Floats) -> list[float]:
        implied = sides.imply(attitudes)
        return with_interval_and_null(
            lambda a, b, weights: correlate(sides.score(a, weights), sides.score(b, weights)),
            implied,
            choices,
            n_dilemmas,
        )

    as_told = with_interval_and_null(lambda a, b, _: correlate(a, b), asked.told, asked.items, n_dilemmas)
    rows: list[tuple[str, list[float], str]] = [
        ("items alike", [float(asked.alike.mean()), *nothing], ""),
        ("items as told", as_told, ""),
        ("choices alike", [answers.consistency, *nothing], answers.verdict),
        ("yes", [answers.share_of_yes, *nothing], ""),
        ("of one word", [float(answers.n_of_one_word), *nothing], ""),
        ("choices as items", of_profiles(asked.items, answers.choices), ""),
        ("leanings as items", of_profiles(asked.items, answers.choices_about_middle), ""),
        ("leanings as told", of_profiles(asked.told, answers.choices_about_middle), ""),
    ]
    return [(name, quantity, *numbers, *counted, verdict) for quantity, numbers, verdict in rows]


def table_of(minds: Sequence[str], told: Floats, data: Path, folder: Path) -> pd.DataFrame:
    """Ask minds, and return their rows; columns `COLUMNS`."""
    rows: list[tuple[object, ...]] = []
    for name in minds:
        with closing(_open(name, data, folder)) as mind:
            version = "v1" if name in PLANTED else made_for_prompts(mind_names.parse_mind(name, {}))
            asked = ask(mind, told[: FEWER.get(name, len(told))], version, data)
            rows += compare(name, asked, sides_of(data, asked.answers.labels))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _open(name: str, data: Path, folder: Path) -> Mind:
    if name in PLANTED:
        return planted_mind(name == FOLLOWS, data)
    return CachedMind(mind_names.open_one_mind(name, {}), folder / f"{name}.sqlite")


# --- in words ------------------------------------------------------------------------------------


CALLED = {"embedded": "The embedded mind", "smollm2": "SmolLM2-135M-Instruct"}


def sentences(table: pd.DataFrame) -> list[str]:
    """Return in three sentences what controls show, and what is found of the embedded and the real mind."""
    rows = table.set_index(["mind", "quantity"])
    follows, ignores = (rows.loc[(name, "choices as items")] for name in (FOLLOWS, IGNORES))
    people, dilemmas = int(follows["people"]), int(follows["dilemmas"])
    first = (
        f"Planted, {people} personas and {dilemmas} dilemmas: what is chosen goes with what items imply at "
        f"{_with_null(follows)} where a mind chooses by its attitudes, and at {_with_null(ignores)} where it "
        "chooses by others."
    )
    return [first, *(_of_a_mind(name, rows) for name in ("embedded", "smollm2"))]


def _of_a_mind(name: str, rows: pd.DataFrame) -> str:
    """Say of a mind whether its items are attitudes, whether it chooses, and what else is seen."""
    row = rows.loc[(name, "items alike")]
    counted = f"{int(row['people'])} personas and {int(row['dilemmas'])} dilemmas"
    return f"{CALLED[name]}, {counted}: {_on_items(name, rows)}. {_on_choices(name, rows)}."


def _on_items(name: str, rows: pd.DataFrame) -> str:
    alike, told = (rows.loc[(name, quantity)] for quantity in ("items alike", "items as told"))
    share = f"{alike['value']:.0%} of its items are answered alike in both orders of their options"
    if alike["value"] < LEAST_CONSISTENCY:
        return f"{share}, so that they tell no attitude"
    return f"{share}, and what they say goes with what personas were told at {_with_null(told)}"


def _on_choices(name: str, rows: pd.DataFrame) -> str:
    alike, chosen = (rows.loc[(name, quantity)] for quantity in ("choices alike", "choices as items"))
    has_attitudes = rows.loc[(name, "items alike"), "value"] >= LEAST_CONSISTENCY
    verdict = alike["verdict"]
    if isinstance(verdict, str) and verdict:
        by = "items" if has_attitudes else "told"
        what = "what its items imply" if has_attitudes else "what personas were told"
        lean = _with_null(rows.loc[(name, f"leanings as {by}")])
        return (
            f"What it does in dilemmas is no choosing ({verdict}), so that no correlation of choices is "
            f"told; to which side it leans, about its own middle, goes with {what} at {lean}"
        )
    if not has_attitudes:
        return "It chooses, but there is no attitude to hold that against"
    return f"What it chooses goes with what its items imply at {_with_null(chosen)}"


def _with_null(row: pd.Series) -> str:
    ends = f"{row['value']:.2f} [{row['low']:.2f}, {row['high']:.2f}]"
    return f"{ends} (shuffled personas [{row['null_low']:.2f}, {row['null_high']:.2f}])"


# --- the figure ----------------------------------------------------------------------------------

SHOWN = {
    "choices as items": ("#0072B2", "choices, as items imply"),
    "leanings as items": ("#E69F00", "leanings, as items imply"),
    "leanings as told": ("#009E73", "leanings, as told"),
}


def draw(table: pd.DataFrame) -> Figure:
    """Draw how far answers are any, and correlations with intervals over what shuffled personas give."""
    from matplotlib.figure import Figure

    rows = table.set_index(["mind", "quantity"])
    figure = Figure(figsize=(9.0, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=(1, 1.6))
    for place, name in enumerate(MINDS):
        for shift, quantity in ((-0.2, "items alike"), (0.0, "choices alike"), (0.2, "yes")):
            colour = {"items alike": "#555555", "choices alike": "#999999", "yes": "#CC79A7"}[quantity]
            label = quantity if place == 0 else None
            left.barh(place + shift, rows.loc[(name, quantity), "value"], 0.18, color=colour, label=label)
        _draw_correlations(right, rows, name, place)
    left.set_yticks(range(len(MINDS)), [textwrap.fill(name, 22) for name in MINDS], fontsize=8)
    left.set(xlim=(0.0, 1.0), xlabel="share of answers")
    left.invert_yaxis()
    right.axvline(0.0, color="#555555", lw=0.8)
    right.set(xlim=(-1.05, 1.05), xlabel="correlation over people; grey: shuffled personas, 95 %")
    for panel in (left, right):
        panel.tick_params(labelsize=8)
        panel.legend(frameon=False, fontsize=7, loc="upper center", bbox_to_anchor=(0.5, 1.14), ncols=3)
        panel.spines[["top", "right"]].set_visible(False)
    return figure


def _draw_correlations(panel: Axes, rows: pd.DataFrame, name: str, place: int) -> None:
    has_attitudes = rows.loc[(name, "items alike"), "value"] >= LEAST_CONSISTENCY
    for shift, (quantity, (colour, label)) in zip((-0.22, 0.0, 0.22), SHOWN.items(), strict=True):
        row, at = rows.loc[(name, quantity)], place + shift
        if not np.isfinite(row["value"]) or (quantity.endswith("items") and not has_attitudes):
            continue
        panel.plot([row["null_low"], row["null_high"]], [at, at], color="#CCCCCC", lw=7, zorder=1)
        away = [[row["value"] - row["low"]], [row["high"] - row["value"]]]
        panel.errorbar(
            row["value"], at, xerr=away, fmt="o", ms=4, color=colour, label=label if place == 0 else None
        )


def save(figure: Figure, folder: Path) -> None:
    """Write the figure, the same bytes for the same figure."""
    figure.savefig(folder / "attitude_and_choice.png", dpi=160, metadata={"Software": None})


# --- the whole -----------------------------------------------------------------------------------


def main() -> None:
    """Run the study, print it, and write its table and figure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA, help="Folder of DailyDilemmas.")
    parser.add_argument("--people", type=int, default=24, help="Personas (24).")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="For minds' replies.")
    given = parser.parse_args()
    table = table_of(MINDS, draw_told(given.people), given.data, given.folder).round(6)
    print(table.to_string(index=False))
    for number, sentence in enumerate(sentences(table), 1):
        print("\n" + textwrap.fill(f"{number}. {sentence}", 110))
    table.to_csv(HERE / "attitude_and_choice.csv", index=False, float_format="%.6f", lineterminator="\n")
    save(draw(table), HERE)
    print(f"\nWritten: attitude_and_choice.csv, attitude_and_choice.png in {HERE}")


if __name__ == "__main__":
    main()
