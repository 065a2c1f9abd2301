"""Pictures of language: perceived against held values, the mind's own bias, the drift of personas alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from coevolve_sim.measures.gaps import gap
from coevolve_sim.report.canvas import WIDTH, canvas_in_use
from coevolve_sim.report.conversations import format_signed
from coevolve_sim.report.grid import BOTTOM, add_colour_bar, add_legend_above, build_panels, label_axes
from coevolve_sim.report.language_data import KINDS, LanguageData, describe_voice
from coevolve_sim.report.pictures import Picture
from coevolve_sim.report.sampling import sample_humans
from coevolve_sim.report.style import ASSISTANTS, GROUPS, HISTORY, escape_dollars, shorten, wrap_text

MAX_POINTS = 2_000
MAX_VOICES = 4
TITLES = {
    "peer": "among humans",
    "edit": "edits",
    "outlet": "outlets to humans",
    "question": "humans to assistants",
    "answer": "assistants to humans",
}
BIAS_MAP = "RdBu_r"


def draw_perceived_against_held(language_data: LanguageData, kinds: Sequence[str] = KINDS) -> Picture:
    """Draw perceived values against held values, one panel for each kind of message."""
    name, title = "hearing", "What was heard, against what was held"
    by_kind = {
        kind: language_data.hearings[language_data.hearings["kind"] == kind].dropna(subset=["perceived"])
        for kind in kinds
    }
    shown = {kind: table for kind, table in by_kind.items() if len(table)}
    if not shown:
        return Picture(name, title, "Not drawn: nothing that was said could be read by anybody.")
    shown = dict(list(shown.items())[: len(canvas_in_use().given) or None])
    figure, all_axes = build_panels(len(shown), 2.6, title_lines=3)
    for axes, (kind, table) in zip(all_axes, shown.items(), strict=True):
        _draw_hearings(axes, kind, table, language_data.run.scenario.seed)
    label_axes(figure, "what the speaker held (0 to 1)", "what the listener perceived (0 to 1)")
    told = (
        "A point a hearing; all topics together. Dotted: perceived as held. Line: least squares, its slope "
    )
    told += "and the correlation r above it. A slope below 1 means that differences shrink on their way "
    told += "through words."
    if any(len(table) > MAX_POINTS for table in shown.values()):
        told += (
            f" Of each kind at most {MAX_POINTS:,} hearings are drawn, chosen at random; lines are of all."
        )
    return Picture(name, title, told, figure)


def _draw_hearings(axes: Any, kind: str, table: pd.DataFrame, seed: int) -> None:
    rows = sample_humans(len(table), MAX_POINTS, seed, "report hearings")
    held, perceived = table["latent"].to_numpy(), table["perceived"].to_numpy()
    all_of_it = gap(held, perceived)
    axes.plot([0.0, 1.0], [0.0, 1.0], color=HISTORY, linestyle=(0, (1, 1.4)), linewidth=1.0, zorder=2)
    axes.scatter(
        held[rows], perceived[rows], s=9, color=GROUPS[0], alpha=0.35, linewidths=0, rasterized=True, zorder=3
    )
    if np.isfinite(all_of_it.slope):
        ends = np.array([held.min(), held.max()])
        line = perceived.mean() + all_of_it.slope * (ends - held.mean())
        axes.plot(ends, line, color=ASSISTANTS[0], linewidth=2.0, zorder=4)
    axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), xticks=[0.0, 0.5, 1.0], yticks=[0.0, 0.5, 1.0])
    fitted = (("slope", all_of_it.slope), ("r =", all_of_it.correlation))
    told = [
        f"{word} {format_signed(number, 2).lstrip('+')}" for word, number in fitted if np.isfinite(number)
    ]
    fit = ", ".join(told) or "no slope: all held the same"
    axes.set_title(f"{TITLES[kind]}\nn = {len(table):,}\n{fit}")


# --- before the first round ----------------------------------------------------------------------


def _list_voices(language_data: LanguageData, arm: str) -> list[str]:
    of_arm = language_data.run.bias[
        (language_data.run.bias["arm"] == arm) & language_data.run.bias["perceived"].notna()
    ]
    return sorted(set(of_arm["voice"]))[:MAX_VOICES]


def draw_bias_map(language_data: LanguageData) -> Picture:
    """Draw read minus held values by topic and stance, one panel for each voice."""
    name, title = "bias", "The mind's own bias, by topic and stance"
    voices = _list_voices(language_data, "written")
    if not voices:
        return Picture(name, title, f"Not drawn: {_explain_missing_bias(language_data)}.")
    cells = {voice: _select_bias(language_data, voice) for voice in voices}
    most = max(0.05, *(float(np.nanmax(np.abs(table.to_numpy()))) for table in cells.values()))
    figure, all_axes = _build_topic_panels(language_data, len(voices))
    for axes, (voice, table) in zip(all_axes, cells.items(), strict=True):
        mesh = _draw_bias(axes, table, most)
        axes.set_title(escape_dollars(shorten(f"voice: {describe_voice(voice)}", 40 // len(voices) + 14)))
    all_axes[0].set_yticks(
        range(len(language_data.labels)), [wrap_text(label, 30, 1) for label in language_data.labels.values()]
    )
    figure.supxlabel("where the writer stands (0 to 1)", fontsize=9, y=0.1 / figure.get_size_inches()[1])
    add_colour_bar(figure, mesh, "read less held")
    told = "Read less held: red is read higher than the persona stands, blue lower, blank could not be read. "
    told += "Measured before the first round, of personas whom nobody influenced"
    told += (
        "; taken off what is perceived." if _is_subtracted(language_data) else "; nothing of it is taken off."
    )
    return Picture(name, title, told, figure)


def _explain_missing_bias(language_data: LanguageData) -> str:
    if len(language_data.run.bias):
        return "no reading before the first round came to a value"
    return "the mind's own bias was not measured (channel.bias_map)"


def _is_subtracted(language_data: LanguageData) -> bool:
    return bool(getattr(language_data.run.scenario.channel, "subtract_bias", False))


def _select_bias(language_data: LanguageData, voice: str) -> pd.DataFrame:
    bias = language_data.run.bias
    of_voice = bias[(bias["arm"] == "written") & (bias["voice"] == voice)]
    table = of_voice.set_index(["dimension", "stance"])["perceived"].unstack("stance")  # noqa: PD010 - unique
    return table.reindex(list(language_data.labels)).sub(table.columns.to_numpy(dtype=float), axis=1)


def _build_topic_panels(language_data: LanguageData, n: int) -> tuple[Any, list[Any]]:
    """Build a figure whose panels have one row for each topic, with space for names and a colour bar."""
    from matplotlib.figure import Figure

    height = 0.45 + 0.2 * max(len(language_data.labels), 4) + BOTTOM
    figure = Figure(figsize=(WIDTH, height))
    longest = max(min(len(label), 30) for label in language_data.labels.values())
    left = 0.3 + 0.068 * longest
    figure.subplots_adjust(
        left=left / WIDTH, right=1 - 1.0 / WIDTH, bottom=BOTTOM / height, top=1 - 0.32 / height, wspace=0.08
    )
    return figure, list(figure.subplots(1, n, squeeze=False, sharey=True).ravel())


def _draw_bias(axes: Any, table: pd.DataFrame, most: float) -> Any:
    cells = table.to_numpy()
    mesh = axes.imshow(cells, cmap=BIAS_MAP, vmin=-most, vmax=most, aspect="auto", interpolation="nearest")
    axes.grid(visible=False)
    axes.set_xticks(range(table.shape[1]), [f"{stance:g}" for stance in table.columns])
    axes.tick_params(length=0)
    for row, column in np.argwhere(np.isfinite(cells)):
        number = cells[row, column]
        color = "white" if abs(number) > 0.6 * most else "#222222"
        axes.text(column, row, format_signed(number, 2), ha="center", va="center", fontsize=6.5, color=color)
    return mesh


def draw_drift_alone(language_data: LanguageData) -> Picture:
    """Draw how personas drift who read only their own words, one panel for each voice."""
    name, title = "alone", "A persona alone with its own words"
    voices = _list_voices(language_data, "alone")
    if not voices:
        return Picture(name, title, f"Not drawn: {_explain_missing_bias(language_data)}.")
    figure, all_axes = build_panels(len(voices), 2.2)
    handles: dict[str, Any] = {}
    for axes, voice in zip(all_axes, voices, strict=True):
        _draw_alone(axes, language_data.run.bias, voice, handles)
        axes.set_title(escape_dollars(shorten(f"voice: {describe_voice(voice)}", 40)))
    label_axes(figure, "times it read its own words", "where it stands (0 to 1)")
    add_legend_above(figure, list(handles.values()), list(handles))
    told = (
        "Mean over topics of where personas of each stance stand who read nothing but their own words, and "
    )
    told += "stand next where they were read to. Level lines: the mind leaves a stance as it is. Lines that "
    told += (
        "run together do so without anybody's influence; in the society, that much is the mind's own doing."
    )
    return Picture(name, title, told, figure)


def _draw_alone(axes: Any, bias: pd.DataFrame, voice: str, handles: dict[str, Any]) -> None:
    from matplotlib.ticker import MaxNLocator

    alone = bias[(bias["arm"] == "alone") & (bias["voice"] == voice)]
    means = alone.groupby(["stance", "passes"])["perceived"].mean().unstack("passes")  # noqa: PD010 - unique
    for color, (stance, row) in zip(GROUPS, means.iterrows(), strict=False):
        passes = [0, *(int(p) for p in row.index)]
        (handles[f"begins at {stance:g}"],) = axes.plot(
            passes, [stance, *row.to_numpy()], color=color, marker="o", markersize=3.5
        )
    axes.set_ylim(0.0, 1.0)
    axes.set_yticks([0.0, 0.5, 1.0])
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
