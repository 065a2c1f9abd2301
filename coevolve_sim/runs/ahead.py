"""A large round is written while the next is computed: one at most, and it is done once it is committed.

Where people speak, minds' replies are written as they come, and where somebody watches, a society must not be
ahead of its record: there a round is written before the next begins, and so it is where a round is too small
to be worth a thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager

from coevolve_sim import threads
from coevolve_sim.measures import RoundMeasures
from coevolve_sim.runs.record import RecordWriter
from coevolve_sim.society.model import Society

WriteRound = Callable[[RoundMeasures | None], None]
"""Writes the round that the society has just computed, with its measures if it is measured."""


@contextmanager
def rounds_written(
    society: Society, writer: RecordWriter, done: Callable[[int], None], *, watched: bool = False
) -> Iterator[WriteRound]:
    """Yield what writes each round; at the end of the context all are committed, whatever ended it.

    Parameters
    ----------
    society : Society
    writer : RecordWriter
    done : callable
        Called with every round once it is committed.
    watched : bool
        Whether ``done`` looks at the society, which must not be ahead of the round then.

    Raises
    ------
    RecordError
        If a round cannot be written: at the latest before the next one is, which is not written then.
    """
    if watched or not _is_worth_a_thread(society):

        def write(measured: RoundMeasures | None) -> None:
            writer.write_round(society.state, society.log, measured, society.group_means())
            done(society.round_index)

        yield write
        return
    with ThreadPoolExecutor(1, "coevolve_sim record") as thread:
        ahead = _Ahead(society, writer, done, thread)
        try:
            yield ahead.write
        finally:
            ahead.finish()


def _is_worth_a_thread(society: Society) -> bool:
    in_numbers = society.setup.channel.minds is None
    return in_numbers and threads.count_threads() > 1 and society.state.values.size >= threads.BLOCK


class _Ahead:
    """Writes each round in another thread, once the one before is committed."""

    def __init__(
        self, society: Society, writer: RecordWriter, done: Callable[[int], None], thread: ThreadPoolExecutor
    ) -> None:
        self._society, self._writer, self._done, self._thread = society, writer, done, thread
        self._pending: tuple[int, Future[None]] | None = None

    def write(self, measured: RoundMeasures | None) -> None:
        """Begin to write the round that the society has just computed."""
        self.finish()
        society = self._society
        draft = self._writer.draft_round(society.state, society.log, measured, society.group_means())
        self._pending = draft.round_index, self._thread.submit(self._writer.commit_round, draft)

    def finish(self) -> None:
        """Wait until the round that is being written is committed."""
        if self._pending is None:
            return
        round_index, future = self._pending
        wait([future])  # if this is interrupted, the round is still to be waited for
        self._pending = None
        future.result()
        self._done(round_index)
