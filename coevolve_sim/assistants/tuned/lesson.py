"""The record of one lesson, in which an assistant's weights learnt; societies and challenges share it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from typing import Literal

from coevolve_sim.assistants.preferences import Comparison


@dataclass(frozen=True)
class Lesson:
    """Result of one lesson, in which an assistant's weights learnt.

    The fields are the columns of the table ``lessons`` of a run's record, in their order.

    Attributes
    ----------
    assistant, mind : str
        Names of the assistant, and of the mind whose weights learnt.
    times : int
        Number of this lesson among the assistant's own, from 1.
    status : str
        ``learnt``; ``known`` if an adapter trained before on the same was found; ``nothing to learn`` if
        nobody preferred anything.
    comparisons, usable, consistent : int
        Numbers of comparisons: all, those with both orders answered, and those whose orders agree.
    pairs : int
        Number of pairs trained on; a pair on which several people have the same preference counts once.
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
        """Its row in the record: ``known`` becomes ``learnt``, so that a resumed run has the same bytes.

        Examples
        --------
        >>> lesson = Lesson("helper", "people", 1, "known", 4, 4, 2, 3, 1.0, 0.1, "00ff", "people 1")
        >>> lesson.row[:4]
        ('helper', 'people', 1, 'learnt')
        """
        return astuple(replace(self, status="learnt") if self.status == "known" else self)


def count_comparisons(comparisons: Sequence[Comparison]) -> tuple[int, int, int]:
    """Return the numbers of all, of usable and of consistent comparisons.

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
