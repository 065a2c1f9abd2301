"""Who the humans of a run are: a table of people, and names beside the numbers of those who talk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from coevolve_sim.networks.ties import NAMING, as_name
from coevolve_sim.runs.reader import RecordReader

if TYPE_CHECKING:
    import pandas as pd


def read_people(run: RecordReader) -> pd.DataFrame:
    """Return who the humans are: columns human (the number), name (if they have one), group, and attributes.

    An attribute called as one of the others has ``_in_file`` after its name.
    """
    import pandas as pd

    columns: dict[str, Any] = {"human": np.arange(run.n_humans)}
    if run.names is not None:
        columns["name"] = list(run.names)
    groups = np.array(run.groups, dtype=object)[run.group_of]
    columns["group"] = pd.Categorical(groups, categories=list(run.groups))
    for name, column in run.attributes.items():
        if name not in NAMING or run.names is None or tuple(map(as_name, column)) != run.names:
            columns[f"{name}_in_file" if name in columns else name] = list(column)
    return pd.DataFrame(columns)


def add_names(run: RecordReader, table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of talk with the names of those who speak and listen, if humans have names.

    Columns speaker_name and listener_name come last; they are empty for assistants, and for all who hear a
    speaker.

    Parameters
    ----------
    run : RecordReader
    table : DataFrame
        Its messages, or hearings, whose kinds are those of their messages.
    """
    if run.names is None or table.empty:
        return table
    named = table.copy()
    keys = ["round", "message"]
    kinds = table[keys].merge(run.messages[[*keys, "kind"]], on=keys, how="left")["kind"].to_numpy()
    names = np.array([*run.names, ""], dtype=object)
    for role, of_assistants in (("speaker", ("answer", "edit")), ("listener", ("question",))):
        if role in table:
            numbers = table[role].to_numpy()
            is_human = (numbers >= 0) & ~np.isin(kinds, of_assistants)
            named[f"{role}_name"] = names[np.where(is_human, numbers, run.n_humans)]
    return named
