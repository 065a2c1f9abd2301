"""The page of a scenario that plays: controls, network, what grows, and what is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import reacton.ipyvuetify as v
import solara

from coevolve_sim.report.numbers import format_list
from coevolve_sim.view.app import read_budget
from coevolve_sim.view.canvas import NetworkCanvas, ValueScale
from coevolve_sim.view.controls import Choice, Controls, describe_keys
from coevolve_sim.view.conversation import Conversation
from coevolve_sim.view.frame import Problem
from coevolve_sim.view.growth_figures import GrowthFigures
from coevolve_sim.view.player import Moment, Player
from coevolve_sim.view.spoken import name_human
from coevolve_sim.view.watching import find_watching

MOST_NAMED = 12
"""Humans named among those whom one hears."""


@solara.component
def SocietyPage(scenario: Path) -> None:
    """A scenario that plays."""
    _, set_frame = solara.use_state(0)
    slow, set_slow = solara.use_state(0)
    dimension, choose_dimension = solara.use_state(0)
    selected, select = solara.use_state(None)

    def show(figures: bool) -> None:
        if figures:
            set_slow(lambda n: n + 1)
        set_frame(lambda n: n + 1)

    watched = solara.use_memo(find_watching, [])
    player = solara.use_memo(
        lambda: Player(scenario, show, is_watched=watched, budget=read_budget()), [scenario]
    )
    solara.use_effect(lambda: _begin(player), [player])
    moment, played = player.moment, player.played
    _Heading(
        scenario,
        "" if played is None else played.scenario.name,
        "" if played is None else played.scenario.description,
    )
    if player.problem:
        Problem(player.problem)
    with v.Html(tag="div", class_="coevolve-columns"):
        with v.Html(tag="section", class_="coevolve-main", attributes={"aria-label": "Network"}):
            if moment is not None and played is not None:
                Choice(
                    label="Coloured by",
                    options=list(played.labels),
                    chosen=dimension,
                    event_choose=choose_dimension,
                )
                _Network(player, moment, dimension, selected, select)
                if selected is not None:
                    _Human(player, moment, dimension, selected)
        with v.Html(tag="div", class_="coevolve-side"):
            _Playing(player, moment, player.is_playing, player.doing)
    if moment is not None and played is not None:
        GrowthFigures(
            moment.growth, dimension, played.labels[dimension], played.assistant_names, moment.n_rounds, slow
        )
        if played.speaks:
            human = None if selected is None else int(moment.drawn.humans[selected])
            name = "" if human is None else name_human(played.society.setup, human)
            Conversation(moment.spoken, human, name, is_by_cells=played.is_by_cells)


def _begin(player: Player) -> Callable[[], None]:
    player.start()
    return player.close


@solara.component
def _Heading(scenario: Path, name: str, description: str) -> None:
    with v.Html(tag="header"):
        v.Html(tag="p", class_="kicker", children=["A society that plays"])
        v.Html(tag="h1", children=[name or scenario.stem])
        if description:
            v.Html(tag="p", children=[description])


@solara.component
def _Playing(player: Player, moment: Moment | None, is_playing: bool, doing: str) -> None:
    played = player.played
    entries = solara.use_memo(lambda: describe_keys(player.keys), [len(player.keys)])
    Controls(
        entries=entries,
        settings={} if played is None else dict(played.settings),
        round=0 if moment is None else moment.round_index,
        rounds=0 if moment is None else moment.n_rounds,
        playing=is_playing,
        ready=moment is not None,
        finished=moment is not None and moment.is_finished,
        doing=doing,
        event_play=lambda _: player.play(),
        event_pause=lambda _: player.pause(),
        event_one_round=lambda _: player.step(),
        event_reset=player.reset,
    )


@solara.component
def _Network(
    player: Player,
    moment: Moment,
    dimension: int,
    selected: int | None,
    select: Callable[[int | None], None],
) -> None:
    played, drawn = player.played, moment.drawn
    names = solara.use_memo(lambda: [] if played is None else played.names(), [id(drawn.humans)])
    NetworkCanvas(
        points=drawn.points,
        ties=drawn.pairs,
        colours=np.clip(moment.values[:, dimension], 0.0, 1.0),
        names=names,
        selected=selected,
        on_select=select,
    )
    ValueScale()
    v.Html(tag="p", class_="small", children=[f"{drawn.told} A click, or the arrow keys, choose a human."])


@solara.component
def _Human(player: Player, moment: Moment, dimension: int, selected: int) -> None:
    """Who was chosen: value now, and whom they hear."""
    if player.played is None or selected >= len(moment.drawn.humans):
        return
    setup, human = player.played.society.setup, int(moment.drawn.humans[selected])
    heard = player.played.heard_by(human)
    begin, now = setup.initial_values[human, dimension], moment.values[selected, dimension]
    hears = "Hears everybody." if not heard and setup.ties.complete else "Hears nobody."
    if heard:
        hears = f"Hears {len(heard):,}: {format_list([name_human(setup, one) for one in heard], MOST_NAMED)}."
    with v.Html(tag="section", class_="coevolve-human", attributes={"aria-label": "The chosen human"}):
        v.Html(tag="h2", children=[name_human(setup, human)])
        v.Html(
            tag="p",
            children=[f"{setup.space.labels[dimension]}: {now:.3f} now, {begin:.3f} at the beginning."],
        )
        v.Html(tag="p", class_="small", children=[hears])
