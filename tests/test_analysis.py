"""The studies in analysis/: their computing functions, at reduced size, keep to what they state."""

import importlib.util
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from coevolve_sim.assistants.preferences import Comparison
from coevolve_sim.language.appeals import Lexicon
from coevolve_sim.language.openings import opening_of
from coevolve_sim.measures.dilemmas import Places, score_choices
from coevolve_sim.studies.calibration import calibrate_panel
from tests import ROOT

FOLDER = ROOT / "analysis"


def study_of(name):
    """Import a study by its file; studies are no package."""
    spec = importlib.util.spec_from_file_location(f"analysis_{name}", FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def gss_follow():
    return study_of("gss_follow")


@pytest.fixture(scope="module")
def studied(gss_follow, tmp_path_factory):
    small = {"population.humans": 200, "measures.names": ["variance"]}
    return gss_follow.study(2, tmp_path_factory.mktemp("results"), small)


def test_people_follow_the_survey_within_the_stated_bounds(gss_follow, studied):
    arms, history, _ = studied
    assert [arm.name for arm in arms] == list(gss_follow.BOUNDS)
    for arm in arms:
        error = gss_follow.errors(arm.people, history)
        rmse, largest = gss_follow.BOUNDS[arm.name]
        assert gss_follow.root_mean_square(error) < rmse
        assert np.nanmax(np.abs(error)) < largest


def test_with_history_alone_the_error_is_clipping(gss_follow, studied):
    arms, history, _ = studied
    alone = arms[0]
    error = gss_follow.errors(alone.people - (alone.people[0] - history.at(0)), history)
    untouched = alone.reached_end == 0
    assert untouched.any()
    assert np.nanmax(np.abs(error[:, untouched])) < 1e-12
    assert np.nanmax(np.abs(error[:, alone.reached_end > 0.1])) > 0.01
    assert arms[1].clipped_share < 0.5 * alone.clipped_share


def test_only_years_in_which_an_issue_was_asked_are_held_against_people(gss_follow, studied):
    arms, history, table = studied
    error = gss_follow.errors(arms[0].people, history)
    assert np.array_equal(~np.isnan(error), history.observed)
    assert table["surveys"].sum() == history.observed.sum() == 1196


def test_the_table_has_every_issue_the_worst_first(studied):
    _, history, table = studied
    assert set(table["issue"]) == set(history.dimension_names)
    assert table["rmse_history_alone"].is_monotonic_decreasing
    assert (table["largest_with_exchange"].abs() >= table["rmse_with_exchange"]).all()


def test_the_account_says_how_much_is_start_and_how_much_clipping(gss_follow, studied):
    arms, history, _ = studied
    said = gss_follow.account(arms[0], history)
    assert said.startswith("history alone: RMSE 0.0")
    assert "would have moved" in said.replace("\n", " ")


def test_the_figure_is_written(gss_follow, studied, tmp_path):
    arms, history, table = studied
    figure = gss_follow.draw(arms, history, table.head(10))
    assert sum(len(part.axes) for part in figure.subfigs) == 10 + 2
    gss_follow.save(figure, tmp_path)
    assert (tmp_path / "gss_follow.png").stat().st_size > 50_000
    assert (tmp_path / "gss_follow.svg").read_text(encoding="utf-8").startswith("<?xml")


def test_the_committed_table_is_the_one_that_the_study_makes(gss_follow, tmp_path):
    committed = pd.read_csv(FOLDER / "gss_follow.csv")
    _, _, table = gss_follow.study(1, tmp_path, {"measures.names": ["variance"]})
    assert committed.columns.tolist() == table.columns.tolist()
    compared = [name for name in table if not name.startswith("year")]  # an error may stay at its largest
    made, kept = (one.sort_values("issue", ignore_index=True)[compared] for one in (table, committed))
    pd.testing.assert_frame_equal(made, kept, check_dtype=False, rtol=0.0, atol=2e-6)


# --- people_change_slowly ------------------------------------------------------------------------

PANELS = ROOT.parent / "shared" / "data" / "gss_panels.csv.gz"
needs_panels = pytest.mark.skipif(not PANELS.is_file(), reason="the GSS panels are not at hand")


@pytest.fixture(scope="module")
def people_change_slowly():
    return study_of("people_change_slowly")


@pytest.fixture(scope="module")
def panels():
    return calibrate_panel(PANELS)


@needs_panels
@pytest.mark.long
def test_the_sentences_of_the_study_are_those_it_states(people_change_slowly, panels):
    """Of its docstring, word by word and number by number."""
    stated = " ".join(people_change_slowly.__doc__.split())
    for number, sentence in enumerate(people_change_slowly.sentences(panels), 1):
        assert f"{number}. {sentence}" in stated


@needs_panels
@pytest.mark.long
def test_the_committed_table_of_items_is_the_one_that_the_study_makes(people_change_slowly, panels):
    committed = pd.read_csv(FOLDER / "people_change_slowly.csv")
    table = people_change_slowly.item_table(panels)
    assert len(committed) == 102
    pd.testing.assert_frame_equal(table, committed, check_dtype=False, rtol=0.0, atol=2e-6)


def test_a_higher_rate_brings_people_in_further_and_none_brings_them_in_not_at_all(
    people_change_slowly, tmp_path
):
    rates = people_change_slowly.run_rates((0.0, 0.1, 0.5), 1, tmp_path, humans=150)
    none, tenth, half = rates["slope"]
    assert abs(none) < 0.015  # noise and clipped moves of history
    assert half < tenth < none
    assert rates["correlation"].is_monotonic_decreasing


def test_change_is_told_from_values_of_two_times(people_change_slowly):
    before = np.random.default_rng(1).random((500, 2))
    slopes, correlations = people_change_slowly.change_of(before, before + 0.1 * (0.5 - before))
    assert slopes == pytest.approx([-0.1, -0.1])
    assert correlations == pytest.approx([1, 1])


@needs_panels
@pytest.mark.long
def test_the_rates_that_fit_are_named_and_the_figure_is_drawn(people_change_slowly, panels, tmp_path):
    rates = pd.DataFrame({"rate": [0.01, 0.1, 0.5], "slope": [-0.01, -0.05, -0.2], "correlation": 1.0})
    said = people_change_slowly.account(panels, rates).replace("\n", " ")
    assert said.endswith("Of the rates that were run, 0.1 does the same at two rounds a year.")
    figure = people_change_slowly.draw(panels, people_change_slowly.item_table(panels), rates)
    people_change_slowly.save(figure, tmp_path)
    assert (tmp_path / "people_change_slowly.png").stat().st_size > 30_000


# --- studies of the loop: a table, sentences and a figure each -------------------------------------

OF_THE_LOOP = (
    "lock_in_phase_diagram",
    "withdrawal",
    "polarization_with_and_without_ai",
    "who_is_followed",
    "mediated_influence",
    "mediated_people",
    "pleasing_with_facts",
    "attitude_and_choice",
    "adversaries_and_guards",
)
LOOP = {name: study_of(name) for name in OF_THE_LOOP}


@pytest.mark.parametrize("name", OF_THE_LOOP)
def test_a_study_states_the_sentences_that_its_committed_table_gives(name):
    """Of its docstring, word by word and number by number."""
    table = pd.read_csv(FOLDER / f"{name}.csv", dtype={"refused": str}, keep_default_na=True)
    if "refused" in table:
        table["refused"] = table["refused"].fillna("")
    stated = " ".join(LOOP[name].__doc__.split())
    for number, sentence in enumerate(LOOP[name].sentences(table), 1):
        assert f"{number}. {sentence}" in stated
    assert (FOLDER / f"{name}.png").stat().st_size > 20_000


def test_people_lose_more_of_the_way_the_more_consult_and_the_slower_it_learns(tmp_path):
    found = LOOP["lock_in_phase_diagram"].find_way_lost(
        (0.1, 0.9), (0.02, 0.5), tmp_path, 3, {"population.humans": 60}
    )
    effect = found.set_index(["adoption", "rate"])["effect"]
    assert effect[0.9, 0.02] < effect[0.1, 0.02] < effect[0.1, 0.5] < 0
    assert effect[0.9, 0.02] < effect[0.9, 0.5] < effect[0.1, 0.5]
    assert (found["high"] < 0).all()


def test_a_kick_lasts_as_much_longer_as_theory_says_and_not_at_all_where_nobody_consults(tmp_path):
    """Planted: INSTRUMENTS' formula for people of one mind. Null: adoption 0."""
    module = LOOP["lock_in_phase_diagram"]
    still = {"population.humans": 30, "population.groups.0.spread": 0.01, "update.noise": 0.0}
    found = module.find_slow_downs((0.0, 1.0), (0.1, 0.5), tmp_path, 2, still).set_index(["adoption", "rate"])
    assert not found["refused"].any()
    assert found["slow_down"].loc[0.0].tolist() == pytest.approx([1.0, 1.0], abs=1e-6)
    a, h, r = 0.2, 0.05, 0.1
    roots = np.roots([1.0, -(2 - a - h - r), (1 - a - h) * (1 - r) - a * r])
    assert found["theory"].loc[1.0, r] == pytest.approx(h / (1 - roots.max()))
    assert found["slow_down"].loc[1.0].tolist() == pytest.approx(found["theory"].loc[1.0].tolist(), rel=0.04)


def test_the_phase_diagram_is_drawn_with_the_line_of_half_the_way(tmp_path):
    module = LOOP["lock_in_phase_diagram"]
    table = pd.read_csv(FOLDER / "lock_in_phase_diagram.csv")
    figure = module.draw(table)
    assert figure.axes[0].lines, "the contour"
    module.save(figure, tmp_path)
    assert (tmp_path / "lock_in_phase_diagram.png").stat().st_size > 20_000


def test_half_the_gap_is_gone_when_history_says_and_none_where_nothing_pulls(tmp_path):
    module = LOOP["withdrawal"]
    societies = {society.name: society for society in module.SOCIETIES}
    one_mind = {"population.humans": 40, "population.groups.0.spread": 0.02, "update.noise": 0.0}
    tenth, shift = (
        module.find_recoveries(societies[name], tmp_path, (40,), 3, one_mind)[40]
        for name in ("history pulls by .1", "history shifts")
    )
    assert societies["history pulls by .1"].half_life == pytest.approx(6.5788, abs=5e-5)
    assert tenth.half_life == pytest.approx(6.5788, abs=0.02)
    assert tenth.share[10] == pytest.approx(0.65132, abs=0.002)
    assert np.abs(shift.share).max() < 0.01
    assert shift.half_life == np.inf


def test_recoveries_are_tabled_and_drawn(tmp_path):
    module = LOOP["withdrawal"]
    society = module.SOCIETIES[-1]
    found = {society.name: module.find_recoveries(society, tmp_path, (40,), 3)}
    table = module.recovery_table(found)
    assert table["leave"].tolist() == [40]
    assert table["recovered_high"].item() < 0.1
    module.save(module.draw(found), tmp_path)
    assert (tmp_path / "withdrawal.png").is_file()


def test_one_assistant_for_all_joins_two_camps_and_one_each_does_not(tmp_path):
    module = LOOP["polarization_with_and_without_ai"]
    found = module.find_effects(tmp_path, ("two blocks",), (0.2,), 3, {"population.humans": 200})
    rows = found.set_index(["world", "outcome"])
    assert rows.loc[("one for all", "density_modes"), ["level", "without"]].tolist() == [1, 2]
    assert rows.loc[("one each", "density_modes"), "level"] == 2
    assert rows.loc[("one for all", "total_variance"), "high"] < -0.05
    assert not rows.loc["mirror", "effect"].any()
    assert len(module.draw(found).axes) == 2


def test_an_assistant_each_makes_camps_of_single_people(tmp_path):
    module = LOOP["polarization_with_and_without_ai"]
    found = module.find_effects(tmp_path, ("small world",), (0.1,), 2)
    rows = found.set_index(["world", "outcome"])["level"]
    assert (rows["one each", "density_modes"], rows["one for all", "density_modes"]) == (2, 1)


def test_false_certainty_is_as_the_chain_has_it_whatever_the_market(tmp_path):
    module = LOOP["pleasing_with_facts"]
    table = module.share_table(module.run_worlds(3, {"population.humans": 1500}))
    error = np.sqrt(table["expected"] * (1 - table["expected"]) / 4500)
    assert ((table["measured"] - table["expected"]).abs() < 4 * error).all()
    rows = table.set_index(["market", "number"])
    assert rows.loc[(module.LOYAL, 0.25), "change_low"] > 0
    module.save(module.draw(table), tmp_path)
    assert (tmp_path / "pleasing_with_facts.png").is_file()


def test_each_policy_follows_whom_it_should(tmp_path):
    """By SEEDS: the mean at .32, the least gain at .5, Nash at .342."""
    module = LOOP["who_is_followed"]
    expected = module.expected_stances()
    assert expected == pytest.approx(
        {"mean": 0.32, "median": 0.213, "contract_max_min": 0.5, "contract_nash": 0.342}, abs=5e-4
    )
    small = {"population.humans": 200, "rounds": 2}
    alone, loop = (module.find_stances(tmp_path, rate, 4, small) for rate in (0.0, module.RATE))
    table = module.stance_table(alone, loop).set_index("policy")
    known = table[table["expected"].notna()]
    assert known["assistant"].tolist() == pytest.approx(known["expected"].tolist(), abs=0.006)
    assert table.loc["mean", ["majority", "minority"]].tolist() == pytest.approx([0.12, 0.48], abs=0.006)
    assert table.loc["moral graph", "majority"] < table.loc["moral graph", "minority"]
    assert np.ptp(table["people"]) > 0.02
    assert np.ptp(alone["median"][:, :, 1], axis=1) == pytest.approx(0.0, abs=1e-12)
    module.save(module.draw(alone, loop), tmp_path)
    assert (tmp_path / "who_is_followed.png").is_file()


def test_the_effect_splits_as_theory_has_it_and_none_comes_by_way_of_friends_without_friends(tmp_path):
    module = LOOP["mediated_influence"]
    small = {"population.humans": 60}
    found = module.find_effects(tmp_path, (1.0,), 3, small)
    row = found.iloc[0]
    assert row["direct"] + row["friends"] == pytest.approx(row["total"], abs=1e-12)
    # Fixed points: everybody at x = .95 x + .05 * .4, then .7 x + .3 heard, then .9 x + .1 * .9.
    moved = np.linalg.solve([[1 - 0.9 * 0.7 * 0.95]], [0.9 * (0.7 * 0.02 + 0.3 * 0.4) + 0.09])[0]
    all_moved = (0.9 * (0.7 * 0.02 + 0.3 * 0.02) + 0.09) / (1 - 0.9 * 0.95)
    assert row["expected_direct"] == pytest.approx(moved - 0.4, abs=1e-4)
    assert row["expected_total"] == pytest.approx(all_moved - 0.4, abs=1e-4)
    assert row["direct"] == pytest.approx(row["expected_direct"], abs=1e-3)
    assert row["total"] == pytest.approx(row["expected_total"], abs=2e-3)
    alone = module.find_effects(tmp_path, (0.5,), 3, {**small, "update.rate.peer": 0.0}).iloc[0]
    assert alone["friends"] == pytest.approx(0.0, abs=1e-12)
    assert len(module.draw(found).axes) == 2


@pytest.fixture(scope="module")
def voices():
    return study_of("voices_of_centuries")


def test_voices_of_a_century_that_are_alike_are_the_nearest_of_all_ways_to_pair_them(voices):
    rng = np.random.default_rng(0)
    centres = rng.uniform(size=(4, 6))
    held = {f"C{n}{half}": centre for n, centre in enumerate(centres) for half in "ab"}
    found = voices.distances_of(held)
    assert (found.n_pairings, found.within) == (105, 0.0)
    assert found.p == pytest.approx(1 / 105)
    apart = [np.sqrt(((a - b) ** 2).mean()) for i, a in enumerate(centres) for b in centres[:i]]
    assert found.between == pytest.approx(np.mean(apart))
    swapped = held | {"C0b": held["C1b"], "C1b": held["C0b"]}  # the wrong ones belong together
    assert voices.distances_of(swapped).p > 1 / 105


def test_the_sentence_on_voices_follows_from_the_table_beside_it(voices):
    table = pd.read_csv(FOLDER / "voices_of_centuries.csv")
    read = table[table["quantity"] == "value"].pivot_table(index="voice", columns="of", values="value")
    found = voices.distances_of({name: row.to_numpy() for name, row in read.iterrows()})
    told = table.set_index("quantity")["value"]
    assert found.within == pytest.approx(told["distance within centuries"], abs=1e-4)
    assert found.between == pytest.approx(told["distance between centuries"], abs=1e-4)
    assert found.p == pytest.approx(told["p"], abs=0.002)
    leads = table[table["quantity"] == "lead of the own century"]
    page = (ROOT / "docs" / "voices_of_centuries.md").read_text(encoding="utf-8")
    assert (int((leads["value"] > 0).sum()), len(leads)) == (7, 12)
    for number in (found.within, found.between):
        assert f"{number:.3f}".removeprefix("0") in page
    assert f"(p = {found.p:.2f})".replace("0.", ".") in page


def test_voices_without_centuries_are_found_as_often_as_chance_and_planted_ones_more(voices):
    rng = np.random.default_rng(1)
    held = {f"C{n}{half}": rng.normal(0.5, 0.05, 6) for n in range(4) for half in "ab"}
    (none, error), (planted, _) = voices.power(held, 0.0, 300), voices.power(held, 0.3, 100)
    assert none == pytest.approx(0.05, abs=4 * max(error, np.sqrt(0.05 * 0.95 / 300)))
    assert planted > 0.95
    assert error == pytest.approx(np.sqrt(none * (1 - none) / 300))


def test_edited_words_carry_people_as_far_as_theory_says_and_none_where_nothing_is_edited(tmp_path):
    module = LOOP["mediated_people"]
    alike = {"population.groups.0.spread": 0.0, "population.groups.0.centre": 0.4}
    found = module.find_ways(tmp_path, ("ring",), 2, 30, alike).set_index(["rule", "world"])
    # Everybody at x' = .8 (.9 x + .1 * .9) + .2 * .4 in the end, and with .5 in the place of .1.
    for world, end in (("tenth", 0.152 / 0.28), ("half", 0.44 / 0.6)):
        way = (end - 0.4) / 0.5
        assert found.loc[("average all", world), "way"] == pytest.approx(way, abs=1e-9)
        assert module.expected_way(module.SHARES[world]) == pytest.approx(way, abs=1e-12)
    assert module.expected_way(0.0) == 0.0
    assert len(module.draw(found.reset_index()).axes) == 2


# --- attitude_and_choice --------------------------------------------------------------------------

DILEMMAS = ROOT.parent / "shared" / "data" / "daily_dilemmas"


@pytest.fixture(scope="module")
def attitude():
    return LOOP["attitude_and_choice"]


def test_scores_of_each_person_are_those_of_the_measure_and_attitudes_imply_the_side_worth_more(attitude):
    rng = np.random.default_rng(0)
    places = Places(*(rng.integers(n, size=400) for n in (40, 2, 3)))
    sides = attitude.Sides.of(places, 40, [2, 0, 1])
    chosen = rng.integers(2, size=(3, 40)).astype(float)
    chosen[0, ::5] = np.nan
    for person, scores in zip(chosen, sides.score(chosen, np.ones(40)), strict=True):
        assert scores == pytest.approx(score_choices(places, person, 3).score[[2, 0, 1]])
    one = attitude.Sides(np.array([[2.0, 1.0], [0.0, 0.0]]), np.array([[0.0, 1.0], [1.0, 0.0]]))
    # (2 * .9 + .3) / 3 = .7 against .3; nothing, so .5, against .9; and the other way round.
    assert one.imply(np.array([[0.9, 0.3], [0.1, 0.8]])).tolist() == [[1, 0], [0, 1]]
    assert np.isnan(one.imply(np.array([[0.5, 0.5]]))).all()


def test_only_differences_between_people_correlate(attitude):
    common = np.array([[0.0, 50.0, 90.0]])
    assert np.isnan(attitude.correlate(common + np.zeros((4, 1)), common + np.zeros((4, 1))))
    apart = np.arange(12.0).reshape(4, 3)
    assert attitude.correlate(common + apart, apart - common) == pytest.approx(1.0)
    assert attitude.correlate(apart, -apart) == pytest.approx(-1.0)


@pytest.mark.skipif(
    not DILEMMAS.is_dir(), reason="the shared data folder does not lie beside this repository"
)
def test_planted_choices_go_with_attitudes_near_1_and_those_by_other_values_near_0(attitude, monkeypatch):
    monkeypatch.setattr(attitude, "RESAMPLES", 200)
    table = attitude.table_of(attitude.PLANTED, attitude.draw_told(24), DILEMMAS, FOLDER)
    rows = table.set_index(["mind", "quantity"])
    follows, ignores = (rows.loc[(name, "choices as items")] for name in attitude.PLANTED)
    assert follows["value"] > 0.99
    assert follows["low"] > 0.9 > follows["null_high"]
    assert ignores["low"] < 0.0 < ignores["high"]
    assert ignores["null_low"] < ignores["value"] < ignores["null_high"]
    for name in attitude.PLANTED:
        assert rows.loc[(name, "items as told"), "value"] > 0.99
        assert rows.loc[(name, "choices alike"), "verdict"] == ""


def test_of_a_mind_that_does_not_choose_no_correlation_of_choices_is_told(attitude):
    table = pd.read_csv(FOLDER / "attitude_and_choice.csv")
    one_word = "one word, whatever is asked, rather than a choice"
    rows = table.set_index(["mind", "quantity"])
    told = dict(zip(("embedded", "smollm2"), attitude.sentences(table)[1:], strict=True))
    for name, sentence in told.items():
        assert one_word in rows.loc[(name, "choices alike"), "verdict"]
        assert "no correlation of choices is told" in sentence
    chooses = table.assign(verdict=None)
    assert "What it chooses goes with what its items imply at" in attitude.sentences(chooses)[1]


def test_guards_leave_of_harm_what_theory_says_and_less_the_fewer_tries_there_are(tmp_path):
    module = LOOP["adversaries_and_guards"]
    often = {"adversaries.share": 0.5, "population.humans": 600, "rounds": 60}
    table = module.find_harm(3, (1, 75), often)
    rows = table.set_index(["guards", "budget"])
    for (guards, budget), row in rows.iterrows():
        theory = module.expected_harm(guards, budget, 0.5)
        assert row["harm"] == pytest.approx(theory, abs=0.012)  # who is an adversary is drawn
        assert row["carried"] == pytest.approx(row["expected_carried"], abs=0.01)
    assert rows["left"].loc["both"].tolist() == pytest.approx([0.1, 0.8], abs=0.04)
    assert rows["held_back"].loc["both", 1] == pytest.approx(1 - 0.987 * 0.942, abs=0.01)
    assert not rows["held_back"].loc["none"].any()
    assert len(module.draw(table).axes) == 2


# --- learning_on_a_real_mind ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def learning():
    return study_of("learning_on_a_real_mind")


def compared(*logits):
    """Return comparisons by the log odds that the first text is preferred, as A and as B."""
    ends = ("answered", "answered")
    return [Comparison("Ada", "thrift", "Save.", "Spend.", both, ends) for both in logits]


def test_pairs_have_a_text_for_and_one_against_none_twice_and_orders_and_stances_half_and_half(learning):
    texts = learning.real_messages()
    pairs = learning.make_pairs(texts, 48, 1)
    assert len(pairs) == 96
    held = {one.text: one.value for one in texts}
    for pair in pairs:
        more, less = (pair.first, pair.second) if pair.first_is_for else (pair.second, pair.first)
        assert held[more] > 0.5 > held[less]
    assert len({text for pair in pairs for text in (pair.first, pair.second)}) == 192
    for kind in ("explicit", "implicit"):
        some = [pair for pair in pairs if pair.kind == kind]
        assert sum(pair.first_is_for for pair in some) == sum(pair.stance > 0.5 for pair in some) == 24
    assert learning.make_pairs(texts, 48, 1) == pairs != learning.make_pairs(texts, 48, 2)


def test_one_who_goes_by_place_is_told_from_one_who_is_right(learning):
    """By place: log odds +2 as A, -2 as B, and a tenth more for the first text; it is right in half."""
    right = [1, -1] * 10
    by_place = learning.rows_of("m", "p", "w", compared(*[(2.1, -1.9)] * 20), right)
    found = {row.quantity: (round(row.value, 9), row.n) for row in by_place}
    assert found["right once"] == found["right by both"] == (0.5, 20)
    assert (found["first place"], found["orders agree"]) == ((1.0, 20), (0.0, 20))
    assert (found["lean to A"], found["spread of log odds"]) == ((2.0, 20), (0.0, 20))
    fair = learning.rows_of("m", "p", "w", compared(*[(3.0 * one, 3.0 * one) for one in right]), right)
    found = {row.quantity: row for row in fair}
    assert (found["right once"].value, found["orders agree"].value) == (1.0, 1.0)
    assert (found["first place"].value, found["first place"].null) == (0.5, 0.5)
    assert (found["right once"].low, found["right once"].high) == pytest.approx((0.8389, 1.0), abs=1e-4)


def test_a_judge_s_letters_are_read_in_both_orders_and_none_is_no_verdict(learning):
    pairs = [learning.Pair("thrift", "explicit", "Save.", "Spend.", True, "Ada", 0.95)] * 4
    found = learning.verdicts_as_comparisons("ABAABA-B", pairs)
    assert [one.is_consistent for one in found] == [True, False, True, False]
    assert [one.preferred for one in found] == [1, 0, -1, 0]
    assert [one.is_usable for one in found] == [True, True, True, False]


def test_which_text_is_closer_to_a_reader_in_a_society_is_known_by_what_it_was_begun_with(learning):
    topic = "loyalty to the group"
    texts = [f"{opening_of(value, topic, 3)} it is so." for value in (0.25, 1.0)]
    one = Comparison("human 1", topic, *texts, (1.0, 1.0), ("answered", "answered"))
    values = np.array([[0.5, 0.9], [0.5, 0.3]])
    assert learning.closer_in_society(one, values, ["care", "loyalty"]) == 1
    assert learning.closer_in_society(one, values[::-1], ["care", "loyalty"]) == -1
    unknown = Comparison("human 1", topic, "It is so.", texts[1], (1.0, 1.0), ("answered", "answered"))
    assert learning.closer_in_society(unknown, values, ["care", "loyalty"]) == 0


def test_rows_of_the_same_model_and_part_are_replaced_and_others_kept(learning):
    row = learning.Row("smollm2", "judge", "base", "right once", 0.5, n=8)
    other = replace(row, model="embedded")
    again = replace(row, value=0.75)
    table = learning.merged(learning.table_of([row, other]), learning.table_of([again]))
    assert sorted(zip(table["model"], table["value"], strict=True)) == [("embedded", 0.5), ("smollm2", 0.75)]


def test_the_page_on_real_models_states_the_shares_of_the_table(learning, tmp_path):
    table = pd.read_csv(FOLDER / "learning_on_a_real_mind.csv")
    page = (ROOT / "docs" / "real_models.md").read_text(encoding="utf-8")
    stated = table[table["quantity"].isin(["right once", "right by both", "first place", "orders agree"])]
    for row in stated[stated["what"].str.contains("numbers|own answer")].itertuples():
        numbers = [f"{number:.2f}".removeprefix("0") for number in (row.value, row.low, row.high)]
        assert f"{numbers[0]} [{numbers[1]}, {numbers[2]}]" in page
    learning.save(learning.draw(table), tmp_path / "figure.png")
    assert (tmp_path / "figure.png").stat().st_size > 20_000


# --- appeals_in_dilemmas -------------------------------------------------------------------------

DILEMMAS = ROOT.parent / "shared" / "data" / "daily_dilemmas"


def write_dilemmas(folder, *, naming):
    """Write 40 situations, each with two of ten values, which it names or not."""
    names = ["peace", "thrift", "honesty", "courage", "faith", "order", "beauty", "health", "mercy", "pride"]
    draw = np.random.default_rng(3)
    chosen = [draw.choice(names, 2, replace=False) for _ in range(40)]
    situations = [f"{' and '.join(two) if naming else 'Nothing'} at stake. Will you?" for two in chosen]
    pd.DataFrame({"idx": range(40), "dilemma_situation": situations}).to_csv(
        folder / "dilemma.csv", index=False
    )
    rows = [
        (k, name, side)
        for k, two in enumerate(chosen)
        for name, side in zip(two, ("chosen", "neglected"), strict=True)
    ]
    pd.DataFrame(rows, columns=["idx", "value", "side"]).to_csv(folder / "dilemma_values.csv", index=False)
    theories = dict.fromkeys(("WVS", "MFT", "Virtue", "Emotion", "Maslow"), "")
    pd.DataFrame({"value": names, **theories}).to_csv(folder / "values.csv", index=False)
    return folder


@pytest.mark.parametrize(("naming", "auc"), [(True, 1.0), (False, 0.5)])
def test_a_lexicon_tells_values_of_a_situation_where_they_are_named_and_not_where_they_are_not(
    tmp_path, naming, auc
):
    study = study_of("appeals_in_dilemmas")
    found = study.measure(Lexicon(), write_dilemmas(tmp_path, naming=naming))
    assert found.auc == auc
    assert found.sentences == 40
    assert study.measure(Lexicon(), tmp_path, situations=15).sentences == 15


@pytest.mark.skipif(not DILEMMAS.is_dir(), reason="DailyDilemmas is not at hand")
def test_what_the_lexicon_finds_in_daily_dilemmas_is_what_the_page_states():
    study = study_of("appeals_in_dilemmas")
    assert study.describe(study.measure(Lexicon(), DILEMMAS)) in " ".join(study.__doc__.split())


# --- cells_and_everybody -------------------------------------------------------------------------


def test_cells_of_a_mind_that_always_says_the_same_are_everybody_in_every_outcome():
    ours = study_of("cells_and_everybody")
    table = pd.DataFrame(ours.compare_ways(1, 20, 2, "scripted"))
    assert table["way"].tolist() == list(ours.WAYS)
    assert (table[list(ours.OUTCOMES)] == 0.0).all(axis=None)
    assert (table["effect_in_full"].abs() > 0.01).all()
    by_way = table.set_index("way")["messages"]
    assert by_way["1 draw, kept"] <= by_way["4 draws, redrawn"] <= by_way[ours.EVERYBODY] == 2 * 20


def test_what_the_study_of_cells_states_is_what_its_committed_table_gives():
    ours = study_of("cells_and_everybody")
    table, stated = pd.read_csv(FOLDER / "cells_and_everybody.csv"), " ".join(ours.__doc__.split())
    for number, sentence in enumerate(ours.sentences(table), 1):
        assert f"{number}. {sentence}" in stated
    assert (FOLDER / "cells_and_everybody.png").stat().st_size > 20_000
    assert len(ours.draw(table).axes) == len(ours.OUTCOMES)
