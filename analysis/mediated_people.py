"""How far an assistant carries people that only edits what they say to each other, by network and by rule.

200 people (34 in the karate club) hold .4 (spread .1; in two communities .2 and .6) and keep a fifth of
themselves in each round, for 60 rounds. Nobody consults the assistant, which stands at .9 and never learns; a
share of each message among people is its own: nothing, a tenth, a half. People average all that they hear
(Friedkin-Johnsen), or only what lies within .25 of what they hold (Hegselmann-Krause).

The *way* is by how much the editor moves people's mean over how far it stood from where they would be without
it: 0 if nobody was moved, 1 if all stand where it stands. 20 pairs, intervals of 95 % (paired t).

`mediated_influence.py` is about another thing: an assistant that some people consult, and how much of its
effect comes by way of friends whom it moved. There people say what they hold; here nobody is advised, and
what people say is changed on its way [Tsirtsis2026]_.

What comes out:

1. An editor of a tenth of their words carries people who average all that they hear 0.2852 [0.2848, 0.2857]
   of the way to where it stands on the network that resists most (karate club), and 0.2857 [0.2857, 0.2858]
   on that which resists least (small world); theory for people who hold the same, 0.2857, knows no network.
2. People who listen only to what is near are carried, by a tenth: 0.2857 [0.2857, 0.2857] (complete); 0.2802
   [0.2766, 0.2838] (ring); 0.2857 [0.2857, 0.2858] (small world); 0.2703 [0.2616, 0.2790] (karate club);
   0.2726 [0.2695, 0.2758] (two communities).
3. By a half they are carried: 0.5119 [0.4935, 0.5303] (complete); 0.2859 [0.2767, 0.2951] (ring); 0.3629
   [0.3552, 0.3705] (small world); 0.2978 [0.2632, 0.3325] (karate club); 0.2142 [0.2060, 0.2225] (two
   communities). People who average all go 0.67 of the way there: what is edited so much lies too far away to
   be listened to.

Run ``python analysis/mediated_people.py [--replications 20] [--workers N]``: prints the sentences, writes
``mediated_people.csv`` and ``mediated_people.png`` beside this file, in some two minutes.
"""

from __future__ import annotations

import argparse
import tempfile
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import pandas as pd

from coevolve_sim import compare
from coevolve_sim.scenario import loads
from coevolve_sim.studies import paired_effect

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HERE = Path(__file__).parent
ROUNDS, START, STANCE, KEPT, CONFIDENCE = 60, 0.4, 0.9, 0.2, 0.25
SHARES = {"tenth": 0.1, "half": 0.5}
"""Worlds with an editor, and the share of each message that is its own."""

NETWORKS: dict[str, dict[str, object]] = {
    "complete": {"family": "complete"},
    "ring": {"family": "ring", "degree": 4},
    "small world": {"family": "watts_strogatz", "degree": 10, "rewiring": 0.1},
    "karate club": {"family": "file"},
    "two communities": {"family": "stochastic_block", "blocks": 2, "degree_within": 9, "degree_between": 1},
}
RULES: dict[str, dict[str, object]] = {
    "average all": {"rule": "friedkin_johnsen"},
    "average the near": {
        "rule": "hegselmann_krause",
        "include_self": False,
        "confidence": {"peer": CONFIDENCE},
        "rate": {"peer": 1.0},
    },
}
SOCIETY = f"""
name: mediated_people
rounds: {ROUNDS}
value_space: {{name: numbers, dimensions: [one]}}
channel: {{kind: numeric, mediator: {{assistant: editor, share: 0.0}}}}
assistants: [{{name: editor, start: {STANCE}, policy: {{kind: frozen}}}}]
"""
COLOURS = {"tenth": "#0072B2", "half": "#E69F00"}


def population_of(network: str, n_humans: int) -> dict[str, object]:
    """Return the people of a network: all alike, or two communities of which one stands lower."""
    one: dict[str, object] = {"spread": 0.1, "stubbornness": KEPT, "adoption": 0.0}
    if network == "karate club":
        return {"groups": [{"name": "all", "centre": START, **one}]}
    if network != "two communities":
        return {"humans": n_humans, "groups": [{"name": "all", "centre": START, **one}]}
    placed = one | {"share": 0.5, "placement": "community"}
    groups = [
        {"name": name, "centre": START + apart, **placed} for name, apart in (("low", -0.2), ("high", 0.2))
    ]
    return {"humans": n_humans, "groups": groups}


def write_karate_club(folder: Path) -> Path:
    """Write the friendships of the karate club into a folder, without weights; return the file."""
    path = folder / "karate_club.txt"
    lines = [f"{one} {other}" for one, other in nx.karate_club_graph().edges]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def find_ways(
    results: Path | str,
    networks: Sequence[str] = tuple(NETWORKS),
    replications: int = 20,
    n_humans: int = 200,
    overrides: Mapping[str, object] | None = None,
    workers: int | None = 1,
) -> pd.DataFrame:
    """Measure how far an editor carries people, on each network, under each rule and at each share.

    Returns
    -------
    DataFrame
        A row each: network, rule, world, share, way with way_low and way_high, moved (people's mean, less
        that without an editor), and expected_way, which is for people who average all and hold the same.
    """
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        club = str(write_karate_club(Path(folder)))
        for network in networks:
            ties = NETWORKS[network] | ({"path": club} if network == "karate club" else {})
            for rule, update in RULES.items():
                people = population_of(network, n_humans)
                keys = {"network": ties, "population": people, "update": update, **(overrides or {})}
                rows += _compare_worlds(network, rule, keys, results, replications, workers)
    return pd.DataFrame(rows)


def _compare_worlds(
    network: str,
    rule: str,
    keys: Mapping[str, object],
    results: Path | str,
    replications: int,
    workers: int | None,
) -> list[dict[str, object]]:
    worlds = {name: {"channel.mediator.share": share} for name, share in SHARES.items()}
    study = compare(
        loads(SOCIETY, overrides=dict(keys)),
        {**worlds, "unedited": {}},
        replications=replications,
        reference="unedited",
        results=results,
        workers=workers,
    )
    without = study.people("unedited")[:, -1, 0]
    rows = []
    for name, share in SHARES.items():
        moved = study.people(name)[:, -1, 0] - without
        way = paired_effect(moved / (STANCE - without), np.zeros(moved.size))
        row: dict[str, object] = {"network": network, "rule": rule, "world": name, "share": share}
        row |= {"way": way.mean, "way_low": way.low, "way_high": way.high, "moved": float(moved.mean())}
        rows.append(row | {"expected_way": expected_way(share)})
    return rows


def expected_way(share: float, kept: float = KEPT) -> float:
    """Return how far an editor carries people who average all and all hold the same, whoever hears whom.

    Examples
    --------
    >>> round(expected_way(0.1), 4)
    0.2857
    """
    pull = (1.0 - kept) * share
    return pull / (kept + pull)


def sentences(table: pd.DataFrame) -> list[str]:
    """Return in three sentences how far editors carry people."""
    tenth = table[(table["world"] == "tenth") & (table["rule"] == "average all")]
    least, most = (tenth.loc[getattr(tenth["way"], name)()] for name in ("idxmin", "idxmax"))
    first = (
        f"An editor of a tenth of their words carries people who average all that they hear {_said(least)} "
        f"of the way to where it stands on the network that resists most ({least['network']}), and "
        f"{_said(most)} on that which resists least ({most['network']}); theory for people who hold the "
        f"same, {expected_way(0.1):.4f}, knows no network."
    )
    near = table[table["rule"] == "average the near"].set_index(["network", "world"])
    second = "People who listen only to what is near are carried, by a tenth: " + "; ".join(
        f"{_said(near.loc[name, 'tenth'])} ({name})" for name in dict.fromkeys(table["network"])
    )
    third = "By a half they are carried: " + "; ".join(
        f"{_said(near.loc[name, 'half'])} ({name})" for name in dict.fromkeys(table["network"])
    )
    third += (
        f". People who average all go {expected_way(0.5):.2f} of the way there: what is edited so much lies "
        "too far away to be listened to."
    )
    return [first, f"{second}.", third]


def _said(row: pd.Series) -> str:
    return f"{row['way']:.4f} [{row['way_low']:.4f}, {row['way_high']:.4f}]"


# --- the figure ----------------------------------------------------------------------------------


def draw(table: pd.DataFrame) -> Figure:
    """Draw the way by network and share, one panel a rule, with theory for people who average all."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.6, 3.2), layout="constrained")
    panels = figure.subplots(1, len(RULES), sharey=True)
    names = list(dict.fromkeys(table["network"]))
    for panel, rule in zip(panels, RULES, strict=True):
        for offset, (world, share) in zip((-0.12, 0.12), SHARES.items(), strict=True):
            rows = table[(table["rule"] == rule) & (table["world"] == world)].set_index("network").loc[names]
            ends = [rows["way"] - rows["way_low"], rows["way_high"] - rows["way"]]
            style = {"fmt": "o", "ms": 5, "capsize": 3, "color": COLOURS[world]}
            panel.errorbar(
                np.arange(len(names)) + offset, rows["way"], ends, label=f"a {world} of each message", **style
            )
            panel.axhline(expected_way(share), lw=0.8, ls=":", color=COLOURS[world])
        panel.set_title(rule, fontsize=9)
        panel.set_xticks(np.arange(len(names)), [name.replace(" ", "\n") for name in names])
        panel.tick_params(labelsize=7)
        panel.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel("way to the editor", fontsize=8)
    panels[0].set_ylim(-0.05, 1.0)
    panels[-1].legend(fontsize=7, frameon=False)
    return figure


def save(figure: Figure, folder: Path) -> None:
    """Write the figure, the same bytes for the same figure."""
    figure.savefig(folder / "mediated_people.png", dpi=160, metadata={"Software": None})


# --- the whole -----------------------------------------------------------------------------------


def main() -> None:
    """Run the study, print it, and write its table and figure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--replications", type=int, default=20, help="Seeds of every society (20).")
    parser.add_argument("--workers", type=int, help="Processes; all cores if not given.")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as results:
        table = find_ways(results, replications=given.replications, workers=given.workers)
    print(table.to_string(index=False, float_format=lambda number: f"{number:.4f}"))
    for number, sentence in enumerate(sentences(table), 1):
        print("\n" + textwrap.fill(f"{number}. {sentence}", 110))
    table.to_csv(HERE / "mediated_people.csv", index=False, float_format="%.6f", lineterminator="\n")
    save(draw(table), HERE)
    print(f"\nWritten: mediated_people.csv, mediated_people.png in {HERE}")


if __name__ == "__main__":
    main()
