"""A measure of the same numbers is the same number, however they lie in memory."""

import numpy as np

from coevolve_sim.measures import measure_errors, measure_people, measure_way
from coevolve_sim.streams import stream


def test_progress_does_not_depend_on_the_layout_of_arrays():
    for case in range(20):
        ours, theirs = stream(3, "layout", case).random((2, 9, 3))
        for measure in (measure_errors, measure_people, measure_way):
            assert measure(np.asfortranarray(ours), np.asfortranarray(theirs)) == measure(ours, theirs)
