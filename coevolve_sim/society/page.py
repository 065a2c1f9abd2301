"""A society on Mesa's own page, `mesa.visualization.SolaraViz`, for those who know it from other models.

``coevolve view`` needs none of this. Solara, Altair and Mesa's pages are imported when a page is made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any

from coevolve_sim.errors import ViewError
from coevolve_sim.society.agents import Human
from coevolve_sim.society.model import Society
from coevolve_sim.streams import stream_seed

NEEDED = ("solara", "altair")
"""What `mesa.visualization` imports."""

DRAWN = ("variance", "mean_pairwise_distance")
"""Measures drawn over rounds, of those that are taken."""

SLIDERS = (
    ("update", "confidence", "peer"),
    ("update", "confidence", "assistant"),
    ("update", "rate", "peer"),
    ("update", "rate", "assistant"),
    ("update", "noise"),
)
"""Keys that are sliders where the scenario's rule has them; all lie in [0, 1]."""


def make_page(society: Society, dimension: int | str = 0) -> Any:
    """Return Mesa's page of a society: its network coloured by value, measures over rounds, and sliders.

    Its button Step runs one round, and Reset begins again with what the sliders say.

    Parameters
    ----------
    society : Society
        With its agents: one above 2,000 humans is drawn without its network.
    dimension : int or str
        Whose values colour humans: its column or name.

    Returns
    -------
    Solara element
        Shown by a notebook as it is; ``page = make_page(society)`` in a file is shown by ``solara run FILE``.

    Raises
    ------
    ViewError
        If the extra is not installed, or there is no such dimension.
    """
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise ViewError(
            f"Mesa's page needs {' and '.join(missing)}, not installed here; install the extra: "
            "pip install 'coevolve-sim[view]'"
        )
    from mesa import visualization

    column = _find_column(society, dimension)
    again = _model_for_mesa(society)
    components: list[Any] = []
    if society.space is not None:
        components.append(_draw_space(visualization, society, society.space.G, column))
    components += [
        visualization.make_plot_component(name) for name in DRAWN if name in society.measures.overall
    ]
    return visualization.SolaraViz(
        again(), components=components, model_params=_sliders(society), name=society.setup.scenario.name
    )


def _find_column(society: Society, dimension: int | str) -> int:
    names = society.setup.space.names
    if dimension in names:
        return names.index(str(dimension))
    if isinstance(dimension, int) and 0 <= dimension < len(names):
        return dimension
    raise ViewError(
        f"dimension {dimension!r} was given; there are: {', '.join(names)}, or their columns from 0"
    )


def _model_for_mesa(society: Society) -> Callable[[], Society]:
    """Return a class of this society, built from keys alone, as Mesa's page builds a model again."""
    scenario, human = society.setup.scenario, society._human  # noqa: SLF001 - of this room

    class ShownSociety(Society):
        def __init__(self, **kwargs: Any) -> None:  # Mesa looks for both of these words
            super().__init__(scenario, human=human, **kwargs)

    return ShownSociety


def _sliders(society: Society) -> dict[str, Any]:
    scenario = society.setup.scenario
    keys: dict[str, Any] = {}
    for path in SLIDERS:
        if path[-1] == "assistant" and not scenario.assistants:
            continue
        value: Any = scenario
        for name in path:
            value = getattr(value, name, None)
        if isinstance(value, float):
            look = {"type": "SliderFloat", "min": 0.0, "max": 1.0, "step": 0.01}
            keys[".".join(path)] = {**look, "label": " ".join(path[1:]), "value": value}
    return keys


def _draw_space(visualization: Any, society: Society, graph: Any, column: int) -> Any:
    """Return the component of the network, its places computed once and from the seed."""
    import matplotlib as mpl
    import networkx as nx
    from matplotlib.colors import to_hex
    from mesa.visualization.components import AgentPortrayalStyle

    colours = mpl.colormaps["viridis"]
    places: Mapping[Any, Any] = nx.spring_layout(
        graph, seed=stream_seed(society.seed, "report layout"), iterations=40
    )

    def portray(human: Human) -> Any:
        return AgentPortrayalStyle(color=to_hex(colours(float(human.values[column]))), size=40)

    return visualization.make_space_component(portray, layout_alg=lambda _, **__: places, layout_kwargs={})
