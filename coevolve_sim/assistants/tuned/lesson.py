"""What came of it when an assistant's weights learnt: the one record of it, for societies and challenges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from typing import Literal

from coevolve_sim.assistants.preferences import Comparison


@dataclass(frozen=True)
class Lesson:
    """What came of one time that an assistant's weights learnt.

    The fields are the columns of the table ``lessons`` of a run's record, in their order.

    Attributes
    ----------
    assistant, mind : str
        Their names: whose weights, and of which mind.
    times : int
        Which of the assistant's lessons this is, from 1.
    status : str
        ``learnt``; ``known`` where the adapter lay there, trained before on the same; ``nothing to learn``
        where nobody preferred anything.
    comparisons, usable, consistent : int
        How many comparisons were made, and of them, those with both orders answered, and agreeing.
    pairs : int
        How many pairs of texts were trained on; a pair that several people preferred alike is one.
    accuracy, drift : float or None
        Share of the pairs whose chosen text gained on the other, in [0, 1], and how far the model moved, nats
        a token; None where nothing was learnt.
    adapter : str
        Fingerprint of the adapter that the assistant speaks with afterwards; empty where that is the base.
    identity : str
        The identity of its mind afterwards.
    """

    assistant: str
    mind: str
    times: int
    status: Literal["learnt", "known", "nothing to learn"]
    comparisons: int
    usable: int
    consistent: int
    pairs: int
    accuracy: float | None
    drift: float | None
    adapter: str
    identity: str

    @property
    def row(self) -> tuple[object, ...]:
        """Its cells on record: what was known counts as learnt, so that a resumed run has the same bytes.

        Examples
        --------
        >>> lesson = Lesson("helper", "people", 1, "known", 4, 4, 2, 3, 1.0, 0.1, "00ff", "people 1")
        >>> lesson.row[:4]
        ('helper', 'people', 1, 'learnt')
        """
        return astuple(replace(self, status="learnt") if self.status == "known" else self)


def count_comparisons(comparisons: Sequence[Comparison]) -> tuple[int, int, int]:
    """Return how many comparisons there are, how many are usable, and how many consistent.

    Examples
    --------
    >>> answered = ("answered", "answered")
    >>> count_comparisons([Comparison("Ada", "thrift", "Save.", "Spend.", (2.0, 1.0), answered)])
    (1, 1, 1)
    """
    usable, consistent = (
        sum(getattr(one, quality) for one in comparisons) for quality in ("is_usable", "is_consistent")
    )
    return len(comparisons), usable, consistent
