"""What weights make of preferences: assistants of the embedded model that learn by DPO, era after era.

The embedded model is a phantom: of every topic, each of its voices C013 to C021 holds a value that was
planted there, and so does the model itself. That is what it takes to try a method of learning: what people
want is known. Personas of four eras speak with their era's voice; they say what they hold, and compare pairs
of texts on each topic, in both orders. An assistant begins with the model's own weights, which hold other
values, and learns from three eras' comparisons [Rafailov2023]_ by each of ProgressGym's ways [Qiu2024]_:

dpo
    in each era anew from the base, from what that era prefers;
lifelong_dpo
    on from its last adapter;
extrapolative_dpo
    on from its last adapter, from the eras' votes carried on to the next era (order 1, horizon 1).

After each era the assistant, whose prompt states nothing, says where it stands on each topic (a reader tells
from the words), and answers the questionnaire. Drawn is what it says, against what the people of the era
said.

DPO has no notion of enough: a pair teaches which of two texts to prefer, however near either is to what
people hold. Pairs from all over the scale bound how far it goes; how far it went is what the study shows. The
table has, beside what was said and answered, what people said; root mean square errors are printed.

Run ``python analysis/weights_that_learn.py [--quick] [--seed 1] [--folder DIR]``: prints the errors, writes
``weights_that_learn.csv`` beside this file and ``docs/figures/weights_that_learn.png``. The folder keeps
replies and adapters, so that who was killed goes on; ``--quick`` takes one topic, three personas and few
pairs, and writes into the folder.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from coevolve_sim.evaluation.challenges import LanguageChallenge, accompany, language_challenge, lessons_table
from coevolve_sim.language.questionnaires import read_personas, shipped_questionnaire

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from coevolve_sim.language.questionnaires import Persona, Questionnaire
    from coevolve_sim.minds import Mind

HERE = Path(__file__).parent
FOLDER = HERE.parent / "results" / "weights_that_learn"
FIGURE = HERE.parent / "docs" / "figures" / "weights_that_learn.png"
ERAS = ("C013", "C015", "C018", "C021")
METHODS = ("dpo", "lifelong_dpo", "extrapolative_dpo")
COLOURS = {"dpo": "#0072B2", "lifelong_dpo": "#E69F00", "extrapolative_dpo": "#009E73"}
BASE, PEOPLE, GREY = "base weights", "#222222", "#888888"


@dataclass(frozen=True)
class Size:
    """How much is asked.

    Attributes
    ----------
    dimensions : tuple of str
        Of moral-foundations.
    personas : int
        Who compare and speak in an era.
    pairs : int
        Of texts on each topic.
    draws : int
        Messages of an assistant on each topic, in each era.
    """

    dimensions: tuple[str, ...] = ("care", "fairness", "loyalty", "authority", "sanctity")
    personas: int = 8
    pairs: int = 24
    draws: int = 12


QUICK = Size(("care",), 3, 6, 4)


def study(
    mind: Mind,
    questionnaire: Questionnaire,
    personas: tuple[Persona, ...],
    folder: Path | str,
    *,
    eras: tuple[str, ...] = ERAS,
    pairs: int = 24,
    draws: int = 12,
    settings: str = "",
    seed: int = 1,
) -> pd.DataFrame:
    """Have each method learn from all eras but the first, which no assistant hears.

    Parameters
    ----------
    mind : Mind
        With a voice for each era, and its weights at hand. It is closed in the end.
    questionnaire : Questionnaire
        By which messages are read.
    personas : tuple of Persona
        Who speak and compare.
    folder : path
        For replies and adapters.
    eras : tuple of str
        The voices.
    pairs, draws, seed : int
        As of `coevolve_sim.evaluation.challenges.spoken`.
    settings : str
        Of learning, as in ``,epochs=2``.

    Returns
    -------
    DataFrame
        Columns of `lessons_table`, and ``people``: what the people of the era said, nan in era 0.
    """
    talk = language_challenge(
        mind, eras, questionnaire, folder, personas=personas, n_pairs=pairs, draws=draws, seed=seed
    )
    for player in talk.players([f"{method}{settings}" for method in METHODS]):
        accompany(player, talk.history, talk.people, seed)
    table = lessons_table(talk.lessons, talk.history.dimension_names)
    table["player"] = table["player"].str.removesuffix(settings)
    heard = _heard(talk, seed)
    talk.close()
    table["people"] = [
        heard.get((era, dimension), np.nan)
        for era, dimension in zip(table["era"], table["dimension"], strict=True)
    ]
    return table.drop(columns=["among", "horizon"])


def _heard(talk: LanguageChallenge, seed: int) -> dict[tuple[int, str], float]:
    """Return what the people of each era said, by era and dimension."""
    found = {}
    for era in range(1, talk.history.n_eras):
        heard = talk.people.observe_era(talk.history, era, seed).heard
        means = heard.mean(axis=0) if len(heard) else np.full(talk.history.n_dimensions, np.nan)
        found |= {
            (era, name): float(value) for name, value in zip(talk.history.dimension_names, means, strict=True)
        }
    return found


def errors(table: pd.DataFrame) -> pd.DataFrame:
    """Return the root mean square error of what each player said and answered, against people, by era.

    The base weights never learn, so that they stand for having learnt nothing, in every era.
    """
    base = table[table["player"] == BASE].set_index("dimension")
    rows = []
    learnt = table[(table["era"] > 0) & (table["player"] != BASE)]
    for (player, era), group in learnt.groupby(["player", "era"], sort=False):
        people = group["people"].to_numpy()
        before = base["said"].reindex(group["dimension"]).to_numpy()
        rows.append(
            {
                "player": player,
                "era": era,
                "base": _rmse(before, people),
                "said": _rmse(group["said"].to_numpy(), people),
                "answered": _rmse(group["answered"].to_numpy(), people),
                "accuracy": group["accuracy"].iloc[0],
                "drift": group["drift"].iloc[0],
            }
        )
    return pd.DataFrame(rows)


def _rmse(held: np.ndarray, people: np.ndarray) -> float:
    return float(np.sqrt(np.mean((held - people) ** 2)))


def draw(table: pd.DataFrame, eras: tuple[str, ...] = ERAS) -> Figure:
    """Draw what each method's assistant says, era after era, beside what people said: a panel a dimension."""
    from matplotlib.figure import Figure

    dimensions = list(dict.fromkeys(table["dimension"]))
    figure = Figure(figsize=(1.2 + 2.3 * len(dimensions), 3.1), layout="constrained")
    panels = figure.subplots(1, len(dimensions), squeeze=False, sharey=True)[0]
    for panel, dimension in zip(panels, dimensions, strict=True):
        _draw_panel(panel, table[table["dimension"] == dimension], eras)
        panel.set_title(dimension, fontsize=9, pad=4)
    panels[0].set_ylabel("value, as read from what is said", fontsize=8)
    handles, names = panels[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside upper center", ncols=len(names), frameon=False, fontsize=8)
    return figure


def _draw_panel(panel: Axes, rows: pd.DataFrame, eras: tuple[str, ...]) -> None:
    of_people = rows[rows["era"] > 0].drop_duplicates("era").sort_values("era")
    panel.plot(of_people["era"], of_people["people"], "o-", color=PEOPLE, lw=2.2, ms=5, label="people")
    base = rows[rows["player"] == BASE]["said"].iloc[0]
    panel.axhline(base, color=GREY, ls=":", lw=1.2, label=BASE)
    for player, colour in COLOURS.items():
        said = rows[rows["player"] == player].sort_values("era")
        panel.plot(said["era"], said["said"], "o-", color=colour, lw=1.3, ms=3.5, label=player)
    panel.set(ylim=(-0.03, 1.03), xticks=range(len(eras)), xticklabels=["start", *eras[1:]])
    panel.tick_params(labelsize=7.5, length=2)
    panel.grid(color="#E4E4E4", lw=0.5)
    panel.set_axisbelow(True)
    panel.spines[["top", "right"]].set_visible(False)


def save(figure: Figure, path: Path) -> None:
    """Write the figure, the same bytes for the same figure."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=130, metadata={"Software": None})


def main() -> None:
    """Run the study on the embedded model, print its errors, and write its table and figure."""
    from coevolve_sim.minds.local.mind import LocalMind

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, default=1, help="Of words, texts and people (1).")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="For replies and adapters.")
    parser.add_argument("--quick", action="store_true", help="One topic and few pairs; writes into --folder.")
    parser.add_argument("--settings", default="", help="Of learning, as in ,epochs=8,beta=0.2 (none).")
    given = parser.parse_args()
    size = QUICK if given.quick else Size()
    mind = LocalMind.embedded()
    table = study(
        mind,
        shipped_questionnaire("moral-foundations").select(size.dimensions),
        read_personas()[: size.personas],
        given.folder,
        pairs=size.pairs,
        draws=size.draws,
        settings=given.settings,
        seed=given.seed,
    )
    print(errors(table).to_string(index=False, float_format=lambda number: f"{number:.3f}"))
    path = (given.folder if given.quick else HERE) / "weights_that_learn.csv"
    figure = given.folder / FIGURE.name if given.quick else FIGURE
    table.to_csv(path, index=False, float_format="%.6f", lineterminator="\n")
    save(draw(table), figure)
    print(f"\nWritten: {path}, {figure}")


if __name__ == "__main__":
    main()
