"""Pictures from Python: what is drawn is what is on record, on whatever it is drawn; the rest is refused."""

import os
import subprocess
import sys

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

import coevolve_sim
from coevolve_sim.errors import CoevolveError, PlotError
from coevolve_sim.report.canvas import SIZES
from coevolve_sim.scenario import loads
from tests import ROOT
from tests.report.report_talking import a_talk

TEXT = """
name: tiny
seed: 5
rounds: 8
rounds_per_era: 2
value_space: {name: three, dimensions: [care, order, candour]}
history: {kind: planted, shape: linear, eras: 5}
network: {family: watts_strogatz, degree: 4, rewiring: 0.2}
population: {humans: 40, groups: [{name: first, share: 0.5, adoption: 0.6}, {name: second, share: 0.5}]}
assistants: [{name: one}]
interventions: [{round: 4, action: withdraw, assistant: one}]
"""
WORLDS = {"with": {}, "without": {"population.groups.0.adoption": 0.0}}
AXES = {"population.groups.0.adoption": [0.1, 0.9], "update.rate.assistant": [0.1, 0.3, 0.6]}


@pytest.fixture(autouse=True)
def _no_figure_stays():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return tmp_path_factory.mktemp("results")


@pytest.fixture(scope="module")
def run(results):
    return coevolve_sim.run(loads(TEXT), results=results)


@pytest.fixture(scope="module")
def bare(results):
    keys = {"record": {"humans": 0}, "network": {"family": "complete"}, "measures.names": ["variance"]}
    return coevolve_sim.run(loads(TEXT, overrides=keys), results=results)


@pytest.fixture(scope="module")
def study(results):
    return coevolve_sim.compare(loads(TEXT), WORLDS, replications=3, results=results)


@pytest.fixture(scope="module")
def swept(results):
    return coevolve_sim.sweep(loads(TEXT), AXES, replications=2, results=results)


@pytest.fixture(scope="module")
def talk(results):
    with pytest.MonkeyPatch.context() as patch:
        return a_talk(patch, results)


def lines_of(axes):
    return {line.get_color(): line.get_xydata() for line in axes.get_lines()}


def texts_of(figure):
    return [text.get_text() for text in figure.findobj(plt.Text)]


# --- what is drawn -------------------------------------------------------------------------------


def test_values_drawn_are_the_means_on_record(run):
    axes = run.plot.values("order")
    means = run.means[run.means["kind"] == "people"]
    drawn = [line.get_xydata() for line in axes.get_lines()]
    wanted = means[["round", "order"]].to_numpy()
    assert any(len(one) == len(wanted) and np.allclose(one, wanted) for one in drawn)
    assert axes.get_title() == "Order"
    assert "Dotted vertical lines mark interventions" in run.plot.caption


def test_measures_drawn_are_those_on_record(run):
    axes = run.plot.measures("variance")
    (drawn,) = [line.get_xydata() for line in axes.get_lines() if len(line.get_xydata()) == 9]
    np.testing.assert_allclose(drawn, run.measures["variance"].reset_index().to_numpy())


def test_the_distribution_is_of_the_values_on_record(run):
    axes = run.plot.distribution("care")
    (mesh,) = axes.collections
    shares = np.array(mesh.get_array()).reshape(20, 9)
    at_round_8 = run.trajectories.query("round == 8")["care"].to_numpy()
    np.testing.assert_allclose(shares[:, 8], np.histogram(at_round_8, bins=20, range=(0, 1))[0] / 40)


def test_the_network_is_coloured_by_values_of_the_round(run):
    axes = run.plot.network(3, dimension="candour")
    dots = axes.collections[-1]
    values = run.trajectories.query("round == 3")["candour"].to_numpy()
    np.testing.assert_allclose(dots.get_array(), values)
    assert axes.get_title() == "round 3"
    assert [one.get_title()[:7] for one in run.plot.network()] == ["round 0", "round 4", "round 8"]


def test_an_effect_is_the_paired_difference_by_round(study):
    axes = study.plot.effect("people.care")
    (line,) = [line for line in axes.get_lines() if line.get_color() == "#0072B2"]
    care = study.dimensions.index("care")
    difference = (study.people("with") - study.people("without"))[:, :, care].mean(axis=0)
    np.testing.assert_allclose(line.get_ydata(), difference, atol=1e-12)


def test_a_forest_has_the_standardised_effect_of_each_outcome(study):
    names = ["people.care", "total_variance"]
    axes = study.plot.forest(names)
    dots = [line.get_xdata()[0] for line in axes.get_lines() if line.get_marker() == "o"]
    effects = [study.effect(name, "with", "without").effect for name in names]
    wanted = [one.mean / (one.standard_error * np.sqrt(one.n)) for one in effects]
    np.testing.assert_allclose(dots, wanted)


def test_a_phase_diagram_has_the_mean_of_every_cell(swept):
    axes = swept.plot.phase("total_variance")
    (mesh,) = axes.collections
    cells = np.array(mesh.get_array()).reshape(3, 2)
    keys = list(AXES)
    for column, adoption in enumerate(AXES[keys[0]]):
        for row, rate in enumerate(AXES[keys[1]]):
            here = swept.runs[(swept.runs[keys[0]] == adoption) & (swept.runs[keys[1]] == rate)]
            assert cells[row, column] == pytest.approx(here["total_variance"].mean())


def test_a_conversation_has_the_words_and_values_on_record(talk):
    axes = talk.plot.conversation()
    heard = talk.hearings.merge(talk.messages, on=["round", "message"], suffixes=("", "_of_message"))
    own = heard[(heard["kind"] != "question") & heard["perceived"].notna()]
    there = [text for text in texts_of(axes.figure) if text]
    assert any(" ".join(text.split())[:20] in " ".join(own["heard_text"]) for text in there)
    held = {round(float(line.get_xdata()[0]), 9) for line in axes.get_lines() if line.get_marker() == "o"}
    assert held <= {round(value, 9) for value in talk.messages["latent"].dropna()}
    assert "said and heard in round" in talk.plot.caption


def test_a_conversation_of_one_human_is_of_that_human(talk):
    listener = int(talk.hearings.dropna(subset=["perceived"])["listener"].iloc[-1])
    talk.plot.conversation(listener, 1)
    assert f"human {listener}" in talk.plot.caption
    assert "round 1" in talk.plot.caption


def test_the_exchange_error_has_a_dot_a_hearing(talk):
    axes = talk.plot.exchange_error("peer")
    peers = talk.messages[talk.messages["kind"] == "peer"]["message"]
    (dots,) = [one for one in axes.collections if len(one.get_offsets())]
    heard = talk.hearings.merge(talk.messages, on=["round", "message"])
    heard = heard[(heard["kind"] == "peer") & heard["perceived"].notna()]
    assert len(dots.get_offsets()) == len(heard)
    assert len(peers)
    np.testing.assert_allclose(sorted(dots.get_offsets()[:, 1]), sorted(heard["perceived"]))


# --- on what it is drawn -------------------------------------------------------------------------

RUN_PLOTS = ("values", "measures", "distribution", "network")
STUDY_PLOTS = ("effect", "forest")
TALK_PLOTS = ("conversation", "exchange_error")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", [*RUN_PLOTS, *STUDY_PLOTS, *TALK_PLOTS, "phase"])
@pytest.mark.parametrize("suffix", ["pdf", "svg"])
def test_every_picture_is_of_the_size_asked_for_and_inside_it(
    name, size, suffix, run, study, swept, talk, tmp_path
):
    of = dict.fromkeys(RUN_PLOTS, run) | dict.fromkeys(STUDY_PLOTS, study) | dict.fromkeys(TALK_PLOTS, talk)
    axes = getattr((of | {"phase": swept})[name].plot, name)(size=size)
    panels = np.atleast_1d(np.array(axes, dtype=object))
    assert all(isinstance(one, Axes) for one in panels)
    figure = panels[0].figure
    width, height = figure.get_size_inches()
    assert width == SIZES[size][0]
    figure.savefig(tmp_path / f"picture.{suffix}")
    drawn = figure.get_tightbbox()
    assert drawn.x0 > -0.03
    assert drawn.y0 > -0.03
    assert drawn.x1 < width + 0.03
    assert drawn.y1 < height + 0.03


def test_titles_of_neighbouring_panels_do_not_touch(run):
    for size in SIZES:
        panels = run.plot.measures(size=size)
        panels[0].figure.canvas.draw()
        boxes = [one.title.get_window_extent() for one in panels]
        assert not any(one.overlaps(other) for i, one in enumerate(boxes) for other in boxes[:i])


def test_pictures_are_drawn_into_axes_of_the_caller(run, study):
    figure, (left, right) = plt.subplots(1, 2)
    assert run.plot.values("care", ax=left) is left
    assert study.plot.effect(ax=right) is right
    assert left.get_lines()
    assert right.get_lines()
    assert len(plt.get_fignums()) == 1
    assert len(figure.axes) == 2
    assert left.get_xlabel() == "round"
    assert left.get_legend() is not None


def test_several_axes_take_several_panels(run):
    _, given = plt.subplots(2, 1)
    taken = run.plot.values(["care", "order"], ax=given)
    assert list(taken) == list(given)
    assert [one.get_title() for one in given] == ["Care", "Order"]


def test_without_names_as_many_panels_are_drawn_as_there_are_axes(run):
    _, given = plt.subplots()
    run.plot.values(ax=given)
    run.plot.network(ax=given)
    assert given.collections


def test_the_settings_of_matplotlib_stay_as_they_were(run):
    before = dict(plt.rcParams)
    run.plot.values()
    assert dict(plt.rcParams) == before


def test_a_notebook_stays_interactive_after_a_picture(run):
    """The backend is chosen with the first picture; were that within our style, no later one is seen."""
    script = f"import coevolve_sim, matplotlib\ncoevolve_sim.open_run({str(run.folder)!r}).plot.values()\n"
    done = subprocess.run(
        [sys.executable, "-c", script + "print(matplotlib.is_interactive())"],
        env=os.environ | {"MPLBACKEND": "module://tests.report.interactive_backend"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "True"


def test_a_report_is_drawn_as_before_after_a_picture(run):
    run.plot.values(size="column")
    report = run.report()
    data = (report.parent / "figures" / "values.svg").read_bytes()
    run.plot.measures(size="column")
    run.report()
    assert (report.parent / "figures" / "values.svg").read_bytes() == data


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("draw", "says"),
    [
        (lambda p: p.distribution(), "record.humans is 0"),
        (lambda p: p.network(), "with full mixing everybody hears everybody"),
        (lambda p: p.measures("spread"), "measures.names: [spread] records it"),
        (lambda p: p.measures("sprade"), "no measure is called 'sprade'"),
        (lambda p: p.conversation(), "channel.kind: language records messages"),
        (lambda p: p.exchange_error(), "channel.kind: language records messages"),
        (
            lambda p: p.values("cear"),
            "no dimension is called 'cear'; did you mean 'care'? There are: care, order",
        ),
        (lambda p: p.values(size="poster"), "no size is called 'poster'"),
        (lambda p: p.values(ax=3), "ax is 3; matplotlib Axes are wanted"),
    ],
)
def test_what_a_run_cannot_show_is_refused_with_the_key_that_records_it(bare, draw, says):
    with pytest.raises(PlotError) as refused:
        draw(bare.plot)
    assert says in str(refused.value)
    assert not plt.get_fignums()


def test_a_round_whose_values_are_not_on_record_is_refused(results):
    keys = {"record": {"humans": 5, "every": 4}}
    made = coevolve_sim.run(loads(TEXT, overrides=keys), results=results)
    with pytest.raises(PlotError, match=r"only at rounds 0, 4, 8; record.humans: all and record.every: 1"):
        made.plot.network(3)
    with pytest.raises(PlotError, match="round 9 is not on record; there are rounds 0 to 8"):
        made.plot.network(9)
    assert made.plot.network(4).get_title()


def test_axes_that_do_not_fit_are_refused(run):
    _, given = plt.subplots(1, 2)
    with pytest.raises(PlotError, match="ax has 2 axes, and the picture 3 panels"):
        run.plot.values(["care", "order", "candour"], ax=given)


@pytest.mark.parametrize(
    ("draw", "says"),
    [
        (lambda p: p.phase(), "the study is no grid over two keys with numbers; coevolve_sim.sweep"),
        (lambda p: p.effect("varience"), "no outcome is called 'varience'; did you mean 'variance'?"),
        (lambda p: p.forest(["no_such"]), "no outcome is called 'no_such'"),
    ],
)
def test_what_a_study_cannot_show_is_refused(study, draw, says):
    with pytest.raises(PlotError) as refused:
        draw(study.plot)
    assert says in str(refused.value)


def test_without_a_reference_there_is_no_forest_and_no_difference(swept):
    with pytest.raises(PlotError, match="without a reference world there are no effects"):
        swept.plot.forest()
    with pytest.raises(PlotError, match="a difference is that of a world from the reference world"):
        swept.plot.phase(difference=True)


def test_an_error_of_a_picture_is_one_of_the_package():
    assert issubclass(PlotError, CoevolveError)
