"""The rule by which a run reads messages: the present one, or that of the record it continues or replays."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path

from coevolve_sim.errors import RecordError, ScenarioError
from coevolve_sim.language.parsing import FIRST_RULE, RULE, RULES
from coevolve_sim.minds.replay import DATABASE

MANIFEST_KEY = "message_rule"
"""Key of `LanguageChannel.manifest`: the rule by which messages are read, if it is not the first."""

RECORD_KEY = f"channel.{MANIFEST_KEY}"
"""The same in the manifest of a record; records of before there were other rules have none."""


def rule_of(manifest: Mapping[str, str]) -> int:
    """Return the rule by which the messages of a record were read.

    Raises
    ------
    RecordError
        If it is none that this version knows.

    Examples
    --------
    >>> rule_of({}), rule_of({"channel.message_rule": "2"})
    (1, 2)
    """
    found = manifest.get(RECORD_KEY, str(FIRST_RULE))
    if found not in map(str, RULES):
        raise RecordError(
            f"the run's messages were read by rule {found}, and this version of coevolve-sim knows "
            f"{' and '.join(map(str, RULES))}: go on with the version that began it, or run it anew"
        )
    return int(found)


def rule_of_replays(folders: Iterable[Path | str]) -> int:
    """Return the rule by which a run that replays records reads messages: that of the records.

    Parameters
    ----------
    folders : iterable of path
        Of the runs that are replayed. One that cannot be read is passed over: opening its mind says why.

    Returns
    -------
    int
        The present rule if nothing is replayed.

    Raises
    ------
    ScenarioError
        If records disagree.
    RecordError
        If a record's rule is not known.
    """
    rules: dict[int, Path | str] = {}
    for folder in folders:
        path = Path(folder) / DATABASE
        if path.is_file():
            rules.setdefault(_rule_in(path), folder)
    if len(rules) > 1:
        told = " and ".join(f"{folder} by rule {rule}" for rule, folder in sorted(rules.items()))
        raise ScenarioError(
            f"the messages of replayed runs were read by different rules ({told}), and a run reads all by "
            "one; replay runs of one rule",
            path=("minds",),
        )
    return next(iter(rules), RULE)


def _rule_in(path: Path) -> int:
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            rows = connection.execute(
                "SELECT key, value FROM manifest WHERE key = ?", (RECORD_KEY,)
            ).fetchall()
    except sqlite3.Error:
        return RULE
    return rule_of(dict(rows))
