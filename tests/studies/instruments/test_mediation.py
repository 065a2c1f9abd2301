"""Direct and indirect effects sum to the total, and are those that are known of two people."""

import numpy as np
import pytest

from coevolve_sim.errors import StudyError
from coevolve_sim.studies.instruments.mediation import mediate, split_effect
from coevolve_sim.studies.instruments.tiny_worlds.two_people import run_two_people


def branches(rounds=20, **options):
    without, both = (run_two_people(rounds, consults=c, **options) for c in (False, True))
    alone = run_two_people(rounds, consults=True, said=without, **options)
    peers_only = run_two_people(rounds, consults=False, said=both, **options)
    return without, alone, peers_only, both


@pytest.mark.parametrize(
    ("t", "total", "direct"),
    [
        (3, (0.2230, 0.0500), (0.2190, 0.0)),
        (10, (0.4480, 0.2936), (0.3239, 0.0)),
        (20, (0.6476, 0.5487), (0.3331, 0.0)),
    ],
)
def test_two_people_are_moved_as_published(t, total, direct):
    without, alone, _, both = branches()
    nde, nie, te = split_effect(without, alone, both)
    assert te[t] == pytest.approx(total, abs=5e-5)
    assert nde[t] == pytest.approx(direct, abs=5e-5)
    assert np.array_equal(te, nde + nie)
    np.testing.assert_allclose(te, both - without, atol=1e-15)


def test_the_trap_is_not_the_total():
    without, alone, peers_only, both = branches()
    assert ((alone - without) + (peers_only - without))[10, 0] == pytest.approx(0.4724, abs=5e-5)
    assert (both - without)[10, 0] == pytest.approx(0.4480, abs=5e-5)


def test_without_ties_nothing_is_indirect_and_without_the_assistant_nothing_is_anything():
    """Two nulls."""
    without, alone, _, both = branches(weight=0.0)
    assert not split_effect(without, alone, both)[1].any()
    for effect in split_effect(*(branches(pull=0.0)[i] for i in (0, 1, 3))):
        assert not effect.any()


def test_replications_give_intervals_and_the_sum_holds_in_each():
    rng = np.random.default_rng(1)
    people = rng.random(200)
    direct, indirect, short = 0.2 + 0.05 * rng.normal(size=200), 0.1 + 0.05 * rng.normal(size=200), 0.03
    found = mediate(people, people + direct, people + indirect - short, people + direct + indirect)
    assert found.direct.low < 0.2 < found.direct.high
    assert found.indirect.low < 0.1 < found.indirect.high
    assert found.total.mean == pytest.approx(found.direct.mean + found.indirect.mean, abs=1e-15)
    assert found.interaction.mean == pytest.approx(short)
    assert found.direct.variance_reduction > 10
    assert found.sentence.startswith("People end elsewhere by +0.2974 (")
    assert "would have been seen" not in found.sentence
    none = mediate(people, people + direct, people, people + direct + 0.001 * rng.normal(size=200))
    seen = f"{none.indirect.smallest_effect_seen:.4f} would have been seen"
    assert none.sentence.endswith(f"nothing by way of peers can be told from zero; {seen}.")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (([0.1, 0.2], [0.1], [0.1, 0.2]), "must have one shape"),
        (([0.1, np.nan], [0.1, 0.2], [0.1, 0.2]), r"without must be finite; nan stands at \(1,\)"),
        (([], [], []), "not empty"),
    ],
)
def test_branches_that_do_not_fit_are_refused(given, said):
    with pytest.raises(StudyError, match=said):
        split_effect(*given)
