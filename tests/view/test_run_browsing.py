"""A run browsed round by round: what is on record is shown as it is, and what is not names the key."""

import numpy as np
import pytest

import coevolve_sim
from coevolve_sim.errors import RecordError
from coevolve_sim.scenario import loads
from coevolve_sim.view.human_browsing import (
    describe_human,
    describe_speakers,
    explain_move,
    find_humans,
    list_speakers,
    read_course,
)
from coevolve_sim.view.record_gaps import list_gaps
from coevolve_sim.view.run_browsing import BrowsedRun

SCENARIO = """
name: town
seed: 3
rounds: 6
value_space: {name: v, dimensions: [thrift, mercy]}
history: {kind: planted, eras: 7, start: 0.2, end: 0.8, effect: shift}
population:
  humans: 24
  groups: [{name: young, share: 0.5, centre: 0.3, adoption: 0.5}, {name: old, share: 0.5, centre: 0.6}]
network: {family: ring, degree: 4}
update: {rule: hegselmann_krause, confidence: {peer: 0.3}}
assistants: [{name: helper}]
media: [{name: daily, values: 0.9, followers: [young]}]
measures: {names: [variance]}
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run of which everything is kept."""
    return run_town(tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="module")
def sparse(tmp_path_factory):
    """A run of which few rounds and few humans are kept."""
    return run_town(tmp_path_factory.mktemp("runs"), "record={every: 2, humans: 5}", "measures.every=3")


def run_town(results, *changed):
    return BrowsedRun(coevolve_sim.run(loads(SCENARIO, overrides=changed), results=results).folder)


def test_values_at_a_round_are_those_on_record(whole):
    table = whole.run.trajectories
    for r in range(7):
        shown = whole.values_at(r)
        own = table[table["round"] == r][["thrift", "mercy"]].to_numpy()
        assert shown.round_index == r
        np.testing.assert_array_equal(shown.values, own)
        assert whole.describe_values(r) == ""


def test_at_a_round_that_is_not_on_record_those_before_it_are_shown_and_the_key_is_named(sparse):
    shown = sparse.values_at(5)
    assert shown.round_index == 4
    assert int(np.isfinite(shown.values[:, 0]).sum()) == 5
    told = sparse.describe_values(5)
    assert "shown are those of round 4. record.every: 1" in told
    assert "19 humans of 24" in told
    assert "record.humans: all" in told


def test_at_start_middle_and_end_everybody_is_on_record(sparse):
    for r in (0, 3, 6):
        assert sparse.values_at(r).round_index == r
        assert np.isfinite(sparse.values_at(r).values).all()


def test_the_same_humans_are_drawn_in_the_same_places_at_every_round(whole):
    ties, told = whole.read_ties(2)
    assert whole.laid_out_network.humans.tolist() == list(range(24))
    assert {frozenset(pair) for pair in ties.tolist()} == {
        frozenset((i, (i + step) % 24)) for i in range(24) for step in (1, 2)
    }
    assert "24 humans" in told
    points = whole.laid_out_network.points
    assert ((points >= 0) & (points <= 1)).all()


def test_of_a_large_society_a_sample_is_drawn_and_the_page_says_which_share(tmp_path):
    found = run_town(tmp_path, "population.humans=2500", "rounds=1", "history={kind: none}")
    assert found.chosen_network.humans.size == 1000
    ties, told = found.read_ties(1)
    assert ties.max() < 1000
    assert "1,000 of 2,500 humans (40 %)" in told


def test_with_full_mixing_no_ties_are_drawn_and_it_is_said(tmp_path):
    found = run_town(tmp_path, "network={family: complete}", "rounds=1", "history={kind: none}")
    ties, told = found.read_ties(1)
    assert not len(ties)
    assert "Everybody hears everybody" in told
    assert describe_speakers(found, 3, 1) == "Hears everybody: 23 other humans."


# --- one human -----------------------------------------------------------------------------------


def test_a_human_is_described_by_number_and_group(whole):
    assert describe_human(whole, 4)[0] == ("Number", "4")
    assert ("Group", "young") in describe_human(whole, int(np.flatnonzero(whole.run.group_of == 0)[0]))


def test_a_course_is_the_rows_of_that_human(whole):
    table = whole.run.trajectories
    course = read_course(whole, 7)
    np.testing.assert_array_equal(course.values, table[table["human"] == 7][["thrift", "mercy"]].to_numpy())
    assert course.rounds.tolist() == list(range(7))
    assert course.note == ""


def test_a_human_who_is_not_recorded_is_known_at_start_middle_and_end(sparse):
    recorded = sparse.run.recorded_humans
    other = next(human for human in range(24) if human not in recorded)
    course = read_course(sparse, other)
    assert course.rounds.tolist() == [0, 3, 6]
    assert "record.humans: all" in course.note
    own = read_course(sparse, int(recorded[0]))
    assert own.rounds.tolist() == [0, 2, 4, 6]
    assert "record.every: 1" in own.note
    with pytest.raises(
        RecordError, match=f"the values of human {other} are not on record; record.humans: all"
    ):
        sparse.run.recorded_course(other)


def test_whom_a_human_hears_stands_with_their_values(whole):
    page = list_speakers(whole, 5, 2, 1, 0)
    assert [name.split(" (")[0] for name, _, _ in page.rows] == ["human 3", "human 4", "human 6", "human 7"]
    assert page.rows[0][2] == f"{whole.values_at(2).values[3, 1]:.3f}"
    assert describe_speakers(whole, 5, 2) == "Hears 4 humans."


@pytest.mark.parametrize(
    ("words", "count", "first"), [("", 24, 0), ("2", 6, 2), ("YOUNG", 12, None), ("17 old young", 0, None)]
)
def test_humans_are_found_by_number_name_or_group(whole, words, count, first):
    page = find_humans(whole, words, 0)
    assert page.found == count
    assert first is None or page.rows[0] == first


def test_a_name_finds_its_human(tmp_path):
    (tmp_path / "town.csv").write_text("source,target\nAda,Ben\nBen,Cleo\nCleo,Ada\n")
    scenario = tmp_path / "town.yaml"
    scenario.write_text(
        "name: named\nrounds: 1\nvalue_space: {name: v, dimensions: [a]}\n"
        "network: {family: file, path: town.csv}\n"
    )
    found = BrowsedRun(coevolve_sim.run(scenario, results=tmp_path / "results").folder)
    (human,) = find_humans(found, "cleo", 0).rows
    assert found.name_human(human) == "Cleo"
    assert ("Name", "Cleo") in describe_human(found, human)


# --- what moved it -------------------------------------------------------------------------------


def test_in_numbers_a_move_is_laid_beside_what_stood_where(whole):
    r, human, d = 4, int(np.flatnonzero(whole.run.group_of == 0)[3]), 1
    before, after = (whole.values_at(at).values[:, d] for at in (r - 1, r))
    move = explain_move(whole, human, r, d)
    assert move.told.startswith(f"In round 4: {before[human]:.3f} before, {after[human]:.3f} after")
    history, peers, outlet, helper = move.influences
    course = whole.data.means.history[:, d]
    assert (history.source, history.pull) == ("history", f"{course[r] - course[r - 1]:+.3f}")
    heard = [(human + step) % 24 for step in (-2, -1, 1, 2)]
    assert (peers.count, peers.stood) == ("4", f"{before[heard].mean():.3f}")
    assert (outlet.source, outlet.stood) == ("outlet daily", "0.900")
    stood = whole.data.means.assistants["helper"][r - 1, d]
    assert (helper.source, helper.stood) == ("assistant helper", f"{stood:.3f}")
    count = int(whole.run.consultations.loc[r, "helper"])
    assert helper.note.startswith(f"{count} humans consulted it; whether this one did is not kept in numbers")


def test_who_follows_no_outlet_is_moved_by_none(whole):
    old = int(np.flatnonzero(whole.run.group_of == 1)[0])
    assert not [one for one in explain_move(whole, old, 2, 0).influences if "outlet" in one.source]


def test_a_move_over_rounds_that_are_not_on_record_says_which_these_are(sparse):
    human = int(sparse.run.recorded_humans[0])
    told = explain_move(sparse, human, 2, 0).told
    assert told.startswith("From round 0 to round 2: ")
    assert told.endswith("Rounds between are not on record; record.every: 1 records each.")
    assert "is not on record" in explain_move(sparse, human, 1, 0).told
    assert "record.every: 1" in explain_move(sparse, human, 1, 0).told


def test_nobody_has_moved_at_the_beginning(whole):
    move = explain_move(whole, 0, 0, 0)
    assert move.influences == ()
    assert "the beginning" in move.told


# --- what is not on record -----------------------------------------------------------------------


def test_what_is_not_on_record_names_the_key_that_records_it(sparse):
    keys = [gap.key for gap in list_gaps(sparse)]
    assert keys == [
        "record.every: 1",
        "record.humans: all",
        "measures.every: 1",
        "measures.names: [spread, ...]",
        "channel.kind: language",
        "channel.kind: language",
    ]


def test_keys_that_are_named_do_record_what_is_missing(tmp_path):
    """The measure that is named first is on record once its key is set."""
    more = run_town(tmp_path, "measures.names=[variance, spread]")
    assert "spread" in more.measures
    assert "spread" not in next(gap.missing for gap in list_gaps(more) if "Measures" in gap.missing)


def test_an_interrupted_run_is_browsed_as_far_as_it_came(tmp_path):
    def stop(done, _asked):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        coevolve_sim.run(loads(SCENARIO), results=tmp_path, progress=stop)
    (folder,) = tmp_path.iterdir()
    found = BrowsedRun(folder)
    assert (found.status, found.last) == ("interrupted", 2)
    assert found.describe_status()[0].startswith("Interrupted: 2 of 6 rounds finished and kept.")
    assert list_gaps(found)[0].key == f"coevolve resume {folder.name}"
    assert found.values_at(2).round_index == 2


def test_a_folder_without_a_run_is_refused(tmp_path):
    with pytest.raises(RecordError, match="run"):
        BrowsedRun(tmp_path)
