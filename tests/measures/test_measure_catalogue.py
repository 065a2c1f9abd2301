"""The catalogue is complete, agrees with the functions, and every source is in the bibliography."""

import inspect
import math
import re
from pathlib import Path

import numpy as np
import pytest

from coevolve_sim import measures
from coevolve_sim.errors import MeasureError
from coevolve_sim.measures import CATALOGUE, PROGRESS, TAKEN_UNLESS_NAMED, clusters_1d, measure_round
from coevolve_sim.networks.ties import from_edges, full_mixing
from coevolve_sim.rules.game_counts import GameCounts
from tests import ROOT

BIBLIOGRAPHY = (ROOT / "docs" / "references.bib").read_text()
KEYS = set(re.findall(r"^@\w+\{(\w+),", BIBLIOGRAPHY, re.MULTILINE))
SOURCES = sorted(Path(measures.__file__).parent.glob("*.py"))

PLAYED = GameCounts(20.0, 25.0, 13.0, 270.0, 400.0, 12.0, 7.0, 28.0, 8.0, 4.0, 40.0, 30.0)
OUTLETS = np.full((1, 4), 0.7), np.ones((60, 1), bool)
PERMITTED = np.full((2, 4), 0.3), np.full((2, 4), 0.4), np.full((2, 4), 0.6)
COUNTS = {name: np.array([2]) for name in ("attacks", "carried", "answers", "held_back")}
BUILDING_BLOCKS = {
    "clusters_1d",
    "cosine",
    "count_directed_eras",
    "expressed_values",
    "progress_error",
    "share_of_way_by_dimension",
    "share_over_eras",
    "trust_in_groups",
    "without_each_dimension",
}
RUN_MEASURES = {"coevolve", "coevolve_aligned", "follow", "predict", "share_of_way", "distance_across_way"}
TAKERS = {
    "measure_errors",
    "measure_people",
    "measure_progress",
    "measure_round",
    "measure_way",
    "progress_measure",
}


def society(n=60, d=4, seed=1, communities=None, n_groups=3):
    draw = np.random.default_rng(seed)
    values, initial = draw.random((2, n, d))
    ties = from_edges(n, draw.integers(n, size=(150, 2)), communities=communities)
    return values, ties, draw.integers(n_groups, size=n), initial


def taken(values, ties, groups, initial, **options):
    return measure_round(values, ties, groups, initial_values=initial, seed=1, round_index=0, **options)


def test_the_front_door_is_complete_and_sorted():
    assert measures.__all__ == sorted(measures.__all__, key=lambda n: (not n.isupper(), n.islower(), n))
    assert all(hasattr(measures, name) for name in measures.__all__)


def test_every_public_measure_of_a_round_is_in_the_catalogue():
    public = {name for name in measures.__all__ if inspect.isfunction(getattr(measures, name))}
    of_rounds = public - BUILDING_BLOCKS - RUN_MEASURES - TAKERS
    of_groups = {"distinctness_of_groups", "divergence_of_groups", "consensus_of_groups"}
    assert of_rounds == set(TAKEN_UNLESS_NAMED) - of_groups | {*measures.SIZE_FREE}


def test_every_measure_of_a_run_is_described():
    assert {re.sub("_K|_centred|_rmse", "", name) for name in PROGRESS} - {"follow_history"} == RUN_MEASURES


def test_every_entry_tells_a_reader_what_it_is():
    def is_told(measure):
        return (
            measure.meaning.endswith(".")
            and measure.meaning[0].isupper()
            and measure.high_means
            and measure.range.startswith("[")
            and measure.source in KEYS
        )

    assert not [measure for measure in (*CATALOGUE.values(), *PROGRESS.values()) if not is_told(measure)]


def test_every_reference_in_a_docstring_is_in_the_bibliography():
    cited = {(path.name, key) for path in SOURCES for key in re.findall(r"\[(\w+\d{4})\]_", path.read_text())}
    assert not sorted((name, key) for name, key in cited if key not in KEYS)
    assert len(cited) > 10, "the references were found"


def test_modules_stay_small():
    lines = {path.name: len(path.read_text().splitlines()) for path in SOURCES}
    assert not {name: n for name, n in lines.items() if n > 340}


def lacks(name):
    """Return what the documentation of a public name should have and has not."""
    found = getattr(measures, name)
    text = inspect.getdoc(found) or ""
    if not text:
        return ["a docstring"]
    if not inspect.isfunction(found):
        return []
    with_source = name not in TAKERS | {"count_directed_eras", "without_each_dimension"}
    sections = ("Raises", "Examples", *(["References"] if with_source else []))
    cost = [] if not with_source or "Cost: " in text or "at a cost of" in text else ["its cost"]
    return [section for section in sections if f"{section}\n---" not in text] + cost


def test_every_public_name_is_documented():
    names = set(measures.__all__) - {"CATALOGUE", "PROGRESS"}
    assert not {name: found for name in sorted(names) if (found := lacks(name))}


def test_the_round_agrees_with_the_functions():
    values, ties, groups, initial = society()
    found = taken(values, ties, groups, initial, names=[*CATALOGUE])
    for name in set(CATALOGUE) & set(measures.__all__):
        function = getattr(measures, name)
        if name in {"assortativity", "disagreement_of_ties"}:
            expected = function(values, ties)
        elif name.startswith("polarization_disagreement"):
            expected = function(initial, ties)
        elif name == "disagreement_of_communities":
            expected = function(values, groups)
        elif name == "mean_pairwise_distance":
            expected = function(values, 1, 0).mean
        else:
            expected = function(values)
        assert found.overall[name] == pytest.approx(np.mean(expected), abs=1e-12), name
        if np.ndim(expected):
            np.testing.assert_array_equal(found.by_dimension[name], expected)
    for sense in ("distinctness", "group_divergence", "group_consensus"):
        name = f"{sense.removeprefix('group_')}_of_groups"
        np.testing.assert_array_equal(found.by_dimension[name], getattr(measures, sense)(values, groups))


def test_a_round_takes_what_is_named_in_the_order_of_the_catalogue():
    found = taken(
        *society(),
        names=reversed([*CATALOGUE]),
        assistant_values=np.full((2, 4), 0.3),
        outlets=OUTLETS,
        appeals=np.ones((2, 5)),
        games=PLAYED,
        permitted=PERMITTED,
        counts=COUNTS,
    )
    assert list(found.overall) == list(CATALOGUE)
    assert set(found.by_dimension) == {name for name, m in CATALOGUE.items() if m.per_dimension}
    assert all(v.shape == (4,) for v in found.by_dimension.values())


def test_a_round_takes_what_digests_are_pinned_to_if_nothing_is_named():
    assert tuple(taken(*society()).overall) == TAKEN_UNLESS_NAMED
    assert set(CATALOGUE) - set(TAKEN_UNLESS_NAMED) == {
        *measures.SIZE_FREE,
        *measures.OF_APPEALS,
        *measures.OF_ASSISTANTS,
        *measures.OF_MEDIA,
        *measures.OF_GAMES,
        *measures.OF_GUARDS,
    }


def test_names_choose_and_keep_the_order_of_the_catalogue():
    found = taken(*society(), names=["esteban_ray", "variance"])
    assert list(found.overall) == ["variance", "esteban_ray"]
    assert list(taken(*society(), names="spread").overall) == ["spread"]


def test_an_unknown_name_is_refused_with_the_nearest_known():
    with pytest.raises(MeasureError, match="no measure is called 'varience'; did you mean 'variance'"):
        taken(*society(), names=["varience"])


def test_what_needs_groups_is_left_out_where_there_is_one():
    values, ties, _, initial = society()
    for groups in (None, np.zeros(60, dtype=int)):
        found = taken(values, ties, groups, initial).overall
        absent = set(TAKEN_UNLESS_NAMED) - set(found)
        assert absent == {
            "distinctness_of_groups",
            "divergence_of_groups",
            "consensus_of_groups",
            "disagreement_of_communities",
        }


def test_planted_communities_come_before_groups_and_the_note_says_so():
    planted = np.repeat([0, 1], 30).astype(np.int32)
    values, ties, groups, initial = society(communities=planted)
    found = taken(values, ties, groups, initial)
    assert found.overall["disagreement_of_communities"] == measures.disagreement_of_communities(
        values, planted
    )
    assert found.notes["disagreement_of_communities"] == "communities planted by the network"


def test_a_single_planted_community_gives_way_to_the_groups():
    values, ties, groups, initial = society(communities=np.zeros(60, np.int32))
    found = taken(values, ties, groups, initial)
    assert found.overall["disagreement_of_communities"] == measures.disagreement_of_communities(
        values, groups
    )
    assert found.notes["disagreement_of_communities"] == "communities are the population's groups"


def test_an_estimate_is_noted_beside_its_value():
    values = np.random.default_rng(2).random((2_500, 2))
    found = taken(values, full_mixing(2_500), None, values, names=["mean_pairwise_distance"])
    assert re.fullmatch(
        r"estimated from 200000 seeded pairs of 2500 humans, standard error [\d.e-]+",
        found.notes["mean_pairwise_distance"],
    )
    assert taken(*society()).notes.keys() == {"disagreement_of_communities"}


def test_dimensions_where_a_measure_is_undefined_are_left_out_of_its_mean():
    values, ties, groups, initial = society()
    values[:, 1] = 0.3
    found = taken(values, ties, groups, initial)
    of_dimensions = found.by_dimension["assortativity"]
    assert np.isnan(of_dimensions).tolist() == [False, True, False, False]
    assert found.overall["assortativity"] == pytest.approx(np.nanmean(of_dimensions))
    alone = taken(values[:1], full_mixing(1), None, values[:1])
    assert math.isnan(alone.overall["disagreement_of_individuals"])
    assert alone.overall["variance"] == 0.0


def test_gap_and_bins_reach_the_measures():
    values, ties, groups, initial = society()
    found = taken(values, ties, groups, initial, gap=0.1, bins=5)
    np.testing.assert_array_equal(found.by_dimension["coverage"], measures.coverage(values, 5))
    counts = clusters_1d(values, 0.1).max(axis=0) + 1
    np.testing.assert_array_equal(found.by_dimension["community_fracturing"], counts)


def test_a_round_measured_twice_gives_the_same_bits():
    first, again = taken(*society()), taken(*society())
    assert first.overall == again.overall


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (
            {"initial": np.zeros((3, 4))},
            r"initial values must have the shape of values, \(60, 4\); \(3, 4\) given",
        ),
        ({"groups": np.zeros(3, int)}, "groups must be whole numbers, one for each of 60 humans"),
        ({"ties": full_mixing(2)}, "ties must be among 60 humans"),
        ({"gap": 3}, r"gap must lie in \[0, 1\]; 3 given"),
        ({"bins": 0}, "bins must be a whole number"),
    ],
)
def test_arrays_that_do_not_fit_are_refused_with_what_was_given(change, text):
    values, ties, groups, initial = society()
    given = {"values": values, "ties": ties, "groups": groups, "initial": initial} | change
    with pytest.raises(MeasureError, match=text):
        taken(**given)
