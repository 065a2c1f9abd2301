"""The gaps between held, expressed and perceived values in a run's messages.

A message is written in its speaker's voice and read in each listener's, so that errors of expression are
reported by the voice that wrote and errors of reading by the voice that read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from coevolve_sim.language.conversation import BY_ASSISTANTS
from coevolve_sim.measures.gaps import gap

if TYPE_CHECKING:
    import pandas as pd

    from coevolve_sim.runs.reader import RecordReader

MEASURES = (
    "messages",
    "answered",
    "expressed",
    "expression_mean",
    "expression_rms",
    "hearings",
    "heard",
    "read",
    "reading_mean",
    "reading_rms",
    "correlation",
    "slope",
)
"""Columns of a table of gaps, after those that it is by."""


def messages_with_voices(run: RecordReader) -> pd.DataFrame:
    """Return a run's messages, with a column ``voice`` for the voice that wrote each."""
    messages = run.messages
    kinds, numbers = messages["kind"].to_numpy(), messages["speaker"].to_numpy()
    voices = _voices(run, numbers, np.isin(kinds, BY_ASSISTANTS), kinds == "outlet")
    return messages.assign(voice=voices)


def hearings_beside_messages(run: RecordReader) -> pd.DataFrame:
    """Return a run's hearings joined with their messages: one row for each hearing, in their order.

    Columns round, message, listener, status and perceived are the hearing's; kind, speaker, dimension, text,
    heard_text, latent and expressed the message's; voice is the listener's.
    """
    columns = [
        "round",
        "message",
        "kind",
        "speaker",
        "dimension",
        "text",
        "heard_text",
        "latent",
        "expressed",
    ]
    said = run.messages[columns]
    table = run.hearings.merge(said, on=["round", "message"], how="left", validate="many_to_one")
    by_assistant = table["kind"].to_numpy() == "question"
    nobody = np.zeros(len(table), dtype=bool)  # no outlet listens
    return table.assign(voice=_voices(run, table["listener"].to_numpy(), by_assistant, nobody))


def _voices(
    run: RecordReader, numbers: np.ndarray, is_assistant: np.ndarray, is_outlet: np.ndarray
) -> np.ndarray:
    """Return the voice of each human, assistant or outlet, by number; empty for a mind's own voice."""
    scenario, numbers = run.scenario, numbers.astype(np.int64)  # a column without a row has no type
    of_groups = np.array([group.voice for group in scenario.population.groups], dtype=object)
    of_assistants = np.array([*(assistant.voice for assistant in scenario.assistants), ""], dtype=object)
    # Peers of another world may have been edited there by an assistant that this one has not.
    which = np.where(is_assistant, np.minimum(numbers, len(scenario.assistants)), 0)
    humans = of_groups[run.group_of[np.where(is_assistant | is_outlet, 0, numbers)]]
    of_outlets = np.array([*(outlet.voice for outlet in scenario.media), ""], dtype=object)
    outlets = of_outlets[np.where(is_outlet, numbers, -1)]
    return np.where(is_outlet, outlets, np.where(is_assistant, of_assistants[which], humans))


def gaps_by(said: pd.DataFrame, hearings: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Return the gaps between held, expressed and perceived values, one row for each group of messages.

    Parameters
    ----------
    said, hearings : DataFrame
        Results of `messages_with_voices` and `hearings_beside_messages`.
    by : sequence of str
        Columns that form the groups, from dimension, kind and voice; empty for one row over everything.

    Returns
    -------
    DataFrame
        The columns of ``by``, which it is sorted by, then `MEASURES`: number of messages, of answered ones,
        and of those that the speaker's own voice could read; mean and root mean square of expressed minus
        latent; number of hearings, of those with a perceived value, and of those with an expressed value as
        well; mean and root mean square of perceived minus expressed; correlation and slope of perceived on
        latent. nan where there are too few rows. Edits are no messages of a speaker's own; listeners'
        hearings of them count.
    """
    import pandas as pd

    by, said = list(by), said[said["kind"] != "edit"]
    keys = sorted({*_distinct_keys(said, by), *_distinct_keys(hearings, by)})
    rows = [
        (*key, *_measure_gaps(_select_rows(said, by, key), _select_rows(hearings, by, key))) for key in keys
    ]
    return pd.DataFrame(rows, columns=[*by, *MEASURES])


def _distinct_keys(table: pd.DataFrame, by: list[str]) -> Iterable[tuple[str, ...]]:
    return table[by].drop_duplicates().itertuples(index=False, name=None) if by else [()]


def _select_rows(table: pd.DataFrame, by: list[str], key: tuple[str, ...]) -> pd.DataFrame:
    chosen = np.ones(len(table), dtype=bool)
    for column, value in zip(by, key, strict=True):
        chosen &= table[column].to_numpy() == value
    return table[chosen]


def _measure_gaps(said: pd.DataFrame, hearings: pd.DataFrame) -> tuple[float, ...]:
    expression = gap(said["latent"], said["expressed"])
    reading = gap(hearings["expressed"], hearings["perceived"])
    through = gap(hearings["latent"], hearings["perceived"])
    return (
        len(said),
        int((said["status"] == "answered").sum()),
        expression.n,
        expression.mean_error,
        expression.rms_error,
        len(hearings),
        through.n,
        reading.n,
        reading.mean_error,
        reading.rms_error,
        through.correlation,
        through.slope,
    )
