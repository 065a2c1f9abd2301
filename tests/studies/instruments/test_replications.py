"""What instruments take of replications, and that what they cite is in the bibliography."""

import re
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from coevolve_sim.errors import StudyError
from coevolve_sim.studies import instruments
from coevolve_sim.studies.instruments.replications import checked_replications, mean_and_ends
from tests import ROOT

MODULES = sorted(Path(instruments.__file__).parent.rglob("*.py"))


def test_a_mean_has_its_t_interval_and_one_replication_has_none():
    scores = np.random.default_rng(1).normal(size=7)
    interval = stats.ttest_1samp(scores, 0).confidence_interval(0.9)
    assert mean_and_ends(scores, 0.9) == pytest.approx((scores.mean(), interval.low, interval.high))
    assert mean_and_ends([0.3]) == (0.3, 0.3, 0.3)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([1.0], r"gap must be an array \(replications, rounds\); shape \(1,\) given"),
        (np.zeros((0, 3)), r"shape \(0, 3\) given"),
        ([[1.0, 2.0]], "gap needs at least 3 rounds; 2 given"),
        ([[1.0, 2.0, np.inf]], r"gap must be finite; inf stands at \(replications, rounds\) = \(0, 2\)"),
    ],
)
def test_arrays_of_other_shapes_are_refused(given, message):
    with pytest.raises(StudyError, match=message):
        checked_replications(given, "gap", ("replications", "rounds"), least=3)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_what_is_cited_is_in_the_bibliography(path):
    bibliography = (ROOT / "docs" / "references.bib").read_text(encoding="utf-8")
    known = re.findall(r"^@\w+\{(\w+),", bibliography, re.MULTILINE)
    cited = re.findall(r"\[([A-Z]\w+\d{4})\]_", path.read_text(encoding="utf-8"))
    assert set(cited) <= set(known)
    assert len(known) == len(set(known))
