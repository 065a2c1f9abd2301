"""Designs of sweeps, what they tell about an outcome, and phase diagrams, against known answers."""

import importlib.util
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coevolve_sim.errors import StudyError
from coevolve_sim.studies.designs import Axis, build_design, parse_axis, parse_design
from coevolve_sim.studies.phase_diagram import build_phase_diagram, trace_contour
from coevolve_sim.studies.sensitivity import estimate_sobol_indices, screen_by_morris

needs_salib = pytest.mark.skipif(
    importlib.util.find_spec("SALib") is None, reason="SALib is not installed (extra [sweep])"
)
PI_BOX = [Axis(name, low=-np.pi, high=np.pi) for name in ("one", "two", "three")]


def of_points(design, outcome):
    return np.array([outcome(*point.values()) for point in design.points])


def ishigami(one, two, three):
    """With a = 7 and b = .1, as in the literature."""
    return np.sin(one) + 7 * np.sin(two) ** 2 + 0.1 * three**4 * np.sin(one)


# --- axes ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a.b=1,2,3", (1, 2, 3)),
        ("a=1e-3,.5", (0.001, 0.5)),
        ("a=true,NO", (True, "NO")),
        ("a=[1, 2],[3]", ([1, 2], [3])),
        ("a={x: 1},{x: 2}", ({"x": 1}, {"x": 2})),
        ("a='1..2',b", ("1..2", "b")),
        ("a=hegselmann_krause", ("hegselmann_krause",)),
        ("a=1,true", (1, True)),
    ],
)
def test_listed_values_are_read_as_in_a_scenario(text, values):
    found = parse_axis(text)
    assert found.values == values
    assert [type(value) for value in found.values] == [type(value) for value in values]


@pytest.mark.parametrize(
    ("text", "axis"),
    [
        ("a=0..1", Axis("a", low=0.0, high=1.0)),
        ("a=.05...5", Axis("a", low=0.05, high=0.5)),
        ("a=-1.5..2", Axis("a", low=-1.5, high=2.0)),
        ("a=1e-3..1e1:log", Axis("a", low=0.001, high=10.0, log=True)),
        ("a = 5 .. 50 : whole", Axis("a", low=5.0, high=50.0, whole=True)),
        ("a=5..50:log:whole", Axis("a", low=5.0, high=50.0, log=True, whole=True)),
    ],
)
def test_a_range_is_read_with_its_marks(text, axis):
    found = parse_axis(text)
    assert (found.key, found.low, found.high, found.log, found.whole) == (
        axis.key,
        axis.low,
        axis.high,
        axis.log,
        axis.whole,
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a", "'a' is no axis; write KEY=V,V,V, or KEY=LO..HI"),
        ("=1", "'=1' is no axis"),
        ("a=", "'a=' is no axis"),
        ("a..b=1", "'a..b' is no key"),
        ("a=1,,2", "not well-formed YAML|a value is empty"),
        ("a=1,[2", "the values cannot be read: not well-formed YAML"),
        ("a=1,1", "a: 1 stands twice"),
        ("a=2..1", "a: a range goes from a number to a larger one; 2..1 given"),
        ("a=1..1", "a range goes from a number to a larger one"),
        ("a=0..1:log", "a: a range on a log scale lies above 0; 0..1 given"),
        ("a=0..1.5:whole", "a: a range of whole numbers has whole ends; 0..1.5 given"),
        ("a=0..1:lin", "there is no mark 'lin'"),
        ("a=x..1", "'x' is no number"),
        ("a=0..", "a range stands alone and has both ends"),
        ("a=0..1,2", "a range stands alone and has both ends"),
        ("a=0..inf", "a range goes from a number to a larger one"),
    ],
)
def test_what_is_no_axis_is_refused_with_what_is_allowed(text, said):
    with pytest.raises(StudyError, match=said.replace("..", r"\.\.")):
        parse_axis(text)


@given(st.floats(0, 1))
def test_a_share_of_a_range_lies_in_it(share):
    for axis in (
        Axis("a", low=1e-3, high=0.7, log=True),
        Axis("a", low=-3.0, high=0.1),
        Axis("a", low=2, high=9, whole=True),
        Axis("a", low=2, high=9, whole=True, log=True),
    ):
        found = axis.at(share)
        assert axis.low <= found <= axis.high
        assert isinstance(found, int) == axis.whole


def test_whole_numbers_and_listed_values_are_each_as_likely():
    shares = (np.arange(8_000) + 0.5) / 8_000
    for axis in (Axis("a", low=1, high=8, whole=True), Axis("a", tuple("abcdefgh"))):
        counts = np.unique([axis.at(share) for share in shares], return_counts=True)[1]
        assert counts.tolist() == [1_000] * 8


def test_a_log_range_is_even_in_the_logarithm():
    axis = Axis("a", low=0.01, high=100.0, log=True)
    assert [axis.at(share) for share in (0, 0.25, 0.5, 1)] == pytest.approx([0.01, 0.1, 1.0, 100.0])


# --- designs ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("grid", ("grid", None)),
        ("sobol:256", ("sobol", 256)),
        ("morris:20", ("morris", 20)),
        ("lhs:7", ("lhs", 7)),
    ],
)
def test_a_design_is_read(text, found):
    assert parse_design(text) == found


@pytest.mark.parametrize(
    "text", ["", "random:5", "sobol", "sobol:", "sobol:2.5", "lhs:-3", "grid:4", "morris:x"]
)
def test_what_is_no_design_is_refused(text):
    with pytest.raises(StudyError, match=r"there is no design|takes a whole number|takes no number"):
        parse_design(text)


def test_a_grid_has_every_combination_the_last_axis_fastest():
    design = build_design([Axis("a", (1, 2)), Axis("b", ("x", [0, 1], None))])
    assert [tuple(point.values()) for point in design.points] == [
        (1, "x"),
        (1, [0, 1]),
        (1, None),
        (2, "x"),
        (2, [0, 1]),
        (2, None),
    ]
    assert design.n == 6


def test_a_latin_hypercube_has_one_point_in_each_row_and_column():
    design = build_design(PI_BOX, "lhs", 40, seed=3)
    cells = np.sort(np.floor(design.shares * 40).astype(int), axis=0)
    assert (cells == np.arange(40)[:, None]).all()


@needs_salib
@pytest.mark.parametrize(("kind", "n", "n_points"), [("sobol", 8, 40), ("morris", 5, 20), ("lhs", 9, 9)])
def test_the_same_seed_gives_the_same_points_in_the_same_order(kind, n, n_points):
    before = np.random.get_state()[1].copy()  # noqa: NPY002 - nothing may draw from it
    one, same, other = (build_design(PI_BOX, kind, n, seed=seed) for seed in (1, 1, 2))
    assert one.points == same.points
    assert one.points != other.points
    assert len(one.points) == n_points
    assert (before == np.random.get_state()[1]).all()  # noqa: NPY002
    assert ((one.shares >= 0) & (one.shares <= 1)).all()


@needs_salib
def test_trajectories_of_morris_change_one_axis_at_a_time():
    shares = build_design(PI_BOX, "morris", 6).shares.reshape(6, 4, 3)
    steps = np.abs(np.diff(shares, axis=1))
    assert (np.count_nonzero(steps > 1e-9, axis=2) == 1).all()
    assert steps.max(axis=2) == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (([],), "at least one axis"),
        (([Axis("a", (1,)), Axis("a", (2,))],), "a: stands on two axes"),
        (([Axis("a", (1,)), Axis("a.b", (2,))],), "a.b: lies within a"),
        (([Axis("a", low=0, high=1)],), "a: a grid needs listed values, as in a=0,1"),
        (([Axis("a", (1,))], "grid", 3), "a grid takes no number"),
        (([Axis("a", (1,))], "random", 3), "there is no design 'random'"),
        (([Axis("a", (1,))], "sobol", 100), "a power of two.*100 given: take 128"),
        (([Axis("a", (1,))], "sobol", 90), "take 64"),
        (([Axis("a", (1,))], "sobol"), "as in sobol:256; none given"),
        (([Axis("a", (1,))], "lhs", 0), "at least 1, as in lhs:100; 0 given"),
        (([Axis("a", (1,))], "sobol", 2**20), "has 3145728 points; a design has at most 1000000"),
        (([Axis("a", tuple(range(1001))), Axis("b", tuple(range(1000)))],), "the grid has 1001000 points"),
    ],
)
def test_what_is_no_design_of_these_axes_is_refused(arguments, said):
    with pytest.raises(StudyError, match=said):
        build_design(*arguments)


def test_without_salib_one_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "SALib", None)
    with pytest.raises(StudyError, match=r"pip install 'coevolve-sim\[sweep\]'"):
        build_design(PI_BOX, "sobol", 8)


# --- sensitivity -----------------------------------------------------------------------------------


@needs_salib
def test_the_indices_of_ishigami_are_those_of_its_formula():
    design = build_design(PI_BOX, "sobol", 4_096)
    found = estimate_sobol_indices(design, of_points(design, ishigami))
    assert found.keys == ("one", "two", "three")
    assert found.first == pytest.approx([0.3139, 0.4424, 0.0], abs=0.01)
    assert found.total == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.01)
    assert (np.abs(found.first - [0.3139, 0.4424, 0.0]) <= found.first_margin).all()
    assert (np.abs(found.total - [0.5576, 0.4424, 0.2437]) <= found.total_margin).all()


@needs_salib
def test_an_axis_without_influence_has_indices_of_nothing():
    design = build_design([*PI_BOX, Axis("null", low=0, high=1)], "sobol", 1_024)
    found = estimate_sobol_indices(design, of_points(design, lambda a, b, c, d: ishigami(a, b, c)))
    assert abs(found.first[3]) <= found.first_margin[3] + 1e-12
    assert found.total[3] == pytest.approx(0, abs=1e-12)


@needs_salib
def test_an_axis_without_influence_is_told_from_others_though_there_is_chance():
    """Noise of a tenth of the variance: half of it is in no axis, and in all total indices."""
    design = build_design([Axis(name, low=0, high=1) for name in "abn"], "sobol", 1_024)
    signal = of_points(design, lambda a, b, n: 2 * a + b)
    noise = np.random.default_rng(1).normal(0, np.sqrt(signal.var() / 9), (signal.size, 4))
    found = estimate_sobol_indices(design, signal[:, None] + noise)
    share = 1 / (1 + 1 / 36)  # of the signal in the variance of means over 4 replications
    assert found.first == pytest.approx([0.8 * share, 0.2 * share, 0], abs=0.04)
    assert abs(found.first[2]) <= found.first_margin[2]
    assert found.total[2] == pytest.approx(1 - share, abs=0.01)


@needs_salib
def test_replications_are_averaged():
    design = build_design(PI_BOX, "sobol", 64)
    outcome = of_points(design, ishigami)
    pair = np.stack([outcome + 1, outcome - 1], axis=1)
    one, both = estimate_sobol_indices(design, outcome), estimate_sobol_indices(design, pair)
    assert one.first == pytest.approx(both.first)
    assert one.total_margin == pytest.approx(both.total_margin)


@needs_salib
def test_effects_of_an_additive_linear_outcome_are_its_slopes():
    axes = [Axis("a", low=0, high=2), Axis("b", low=1, high=11), Axis("null", low=0, high=1)]
    design = build_design(axes, "morris", 10)
    found = screen_by_morris(design, of_points(design, lambda a, b, null: 3 * a - 0.5 * b))
    assert found.mean_effect == pytest.approx([6, -5, 0])
    assert found.mean_absolute_effect == pytest.approx([6, 5, 0])
    assert found.spread == pytest.approx([0, 0, 0], abs=1e-9)
    assert found.margin == pytest.approx([0, 0, 0], abs=1e-9)


@needs_salib
def test_effects_that_interact_have_a_spread():
    design = build_design([Axis(name, low=0, high=1) for name in "ab"], "morris", 200)
    found = screen_by_morris(design, of_points(design, lambda a, b: a * b))
    # the effect of a is b, which stands at 0, 1/3, 2/3 and 1, each as often
    assert found.mean_absolute_effect == pytest.approx([0.5, 0.5], abs=0.06)
    assert found.spread == pytest.approx([np.std([0, 1 / 3, 2 / 3, 1])] * 2, abs=0.04)


@needs_salib
@pytest.mark.parametrize(
    ("kind", "n", "estimate"), [("sobol", 16, estimate_sobol_indices), ("morris", 4, screen_by_morris)]
)
def test_what_indices_cannot_be_estimated_from_is_refused(kind, n, estimate):
    design = build_design(PI_BOX, kind, n)
    outcome = np.stack([of_points(design, ishigami)] * 2, axis=1)
    outcome[[3, 5, 5], [0, 0, 1]] = np.nan
    with pytest.raises(
        StudyError, match=f"3 of {outcome.size} outcomes are missing, the first at point 3; {kind}"
    ):
        estimate(design, outcome)
    with pytest.raises(StudyError, match=r"outcomes must be an array \(\d+,\)"):
        estimate(design, outcome[1:])
    with pytest.raises(StudyError, match="a confidence must lie between 0 and 1; 95 given"):
        estimate(design, np.zeros(len(design.points)), confidence=95)
    grid = build_design([Axis("a", (1, 2))])
    with pytest.raises(StudyError, match=f"must be of a design {kind}:N; they are of grid"):
        estimate(grid, [0.0, 1.0])


@needs_salib
def test_an_outcome_that_never_varies_has_no_sobol_indices_and_no_effects():
    with pytest.raises(StudyError, match=r"the outcome is 0\.3 at all 80 points"):
        estimate_sobol_indices(build_design(PI_BOX, "sobol", 16), np.full(80, 0.3))
    found = screen_by_morris(build_design(PI_BOX, "morris", 4), np.full(16, 0.3))
    assert found.mean_absolute_effect.tolist() == found.spread.tolist() == [0, 0, 0]


# --- phase diagrams --------------------------------------------------------------------------------

ACROSS, UP = Axis("eps", (0.3, 0.1, 0.2, 0.5)), Axis("mu", (0.0, 0.4, 1.0))


def test_the_line_on_a_plane_is_where_its_formula_says():
    design = build_design([ACROSS, UP])
    diagram = build_phase_diagram(design, of_points(design, lambda eps, mu: 1 + 4 * eps - 2 * mu))
    (line,) = trace_contour(diagram, 1.5)
    assert 1 + 4 * line[:, 0] - 2 * line[:, 1] == pytest.approx(1.5)
    assert line[:, 1].min() == pytest.approx(0)  # from (.125, 0) to (.5, .75)
    assert line[:, 1].max() == pytest.approx(0.75)


def test_the_line_of_a_product_is_its_hyperbola():
    steps = tuple(float(step) for step in np.linspace(0.05, 1, 60))
    design = build_design([Axis("eps", steps), Axis("mu", steps)])
    diagram = build_phase_diagram(design, of_points(design, lambda eps, mu: eps * mu))
    (line,) = trace_contour(diagram, 0.2)
    assert line[:, 0] * line[:, 1] == pytest.approx(0.2, abs=3e-4)
    assert np.ptp(line[:, 0]) == pytest.approx(0.8, abs=0.01)  # from mu = 1 to eps = 1


def test_cells_hold_means_and_errors_over_replications():
    design = build_design([ACROSS, UP])
    plane = of_points(design, lambda eps, mu: eps + 10 * mu)
    diagram = build_phase_diagram(design, plane[:, None] + np.array([-1.0, 0, 1]))
    assert diagram.x.tolist() == [0.1, 0.2, 0.3, 0.5]
    assert diagram.means == pytest.approx(diagram.x[None, :] + 10 * diagram.y[:, None])
    assert diagram.standard_errors == pytest.approx(np.full((3, 4), 1 / np.sqrt(3)))
    assert np.isnan(build_phase_diagram(design, plane).standard_errors).all()


def test_runs_that_failed_are_counted_and_cells_without_any_are_masked():
    design = build_design([ACROSS, UP])
    outcomes = np.tile(of_points(design, lambda eps, mu: mu)[:, None], (1, 2))
    outcomes[3 * 2 + 1] = np.nan  # eps .2, mu .4
    outcomes[0, 0] = np.nan  # eps .3, mu 0
    diagram = build_phase_diagram(design, outcomes)
    assert diagram.n_masked == 1
    assert np.isnan(diagram.means[1, 1])
    assert diagram.n_failed.sum() == 3
    assert (diagram.n_failed[1, 1], diagram.n_failed[0, 2]) == (2, 1)
    assert (diagram.n_runs + diagram.n_failed == 2).all()
    left, right = sorted(trace_contour(diagram, 0.7), key=lambda line: line[0, 0])
    assert np.concatenate([left, right])[:, 1] == pytest.approx(0.7)
    # of the squares at the hole, the halves without it are left
    assert (left[:, 0].min(), left[:, 0].max()) == pytest.approx((0.1, 0.15))
    assert (right[:, 0].min(), right[:, 0].max()) == pytest.approx((0.25, 0.5))
    assert trace_contour(diagram, 2.0) == ()


@pytest.mark.parametrize(
    ("axes", "outcomes", "said"),
    [
        ([ACROSS], np.zeros(4), "needs a grid of two axes; a grid of 1 given"),
        (
            [ACROSS, Axis("rule", ("a", "b"))],
            np.zeros(8),
            "rule: an axis of a phase diagram holds numbers; 'a'",
        ),
        ([ACROSS, UP], np.zeros(5), r"an array \(12,\) or \(12, replications\).*shape \(5,\) given"),
        ([ACROSS, UP], np.full(12, np.nan), "all 12 runs failed"),
        ([ACROSS, UP], np.full(12, np.inf), "must be finite, or nan; point 0 is not"),
    ],
)
def test_what_is_no_phase_diagram_is_refused(axes, outcomes, said):
    with pytest.raises(StudyError, match=said):
        build_phase_diagram(build_design(axes), outcomes)


def test_what_has_no_line_is_refused():
    thin = build_phase_diagram(build_design([Axis("a", (1,)), Axis("b", (1, 2))]), [0, 1])
    with pytest.raises(StudyError, match="at least 2 values on each axis; 1 and 2 given"):
        trace_contour(thin, 0.5)
    wide = build_phase_diagram(build_design([ACROSS, UP]), np.arange(12.0))
    with pytest.raises(StudyError, match="a threshold must be finite; nan given"):
        trace_contour(wide, float("nan"))
