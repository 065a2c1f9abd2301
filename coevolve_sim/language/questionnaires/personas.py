"""Personas: short sketches of people as whom a mind answers, which say nothing of their values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from coevolve_sim.errors import QuestionnaireError
from coevolve_sim.language.prompts import Templates
from coevolve_sim.language.questionnaires.tables import rows_of

_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Persona:
    """A person as whom a mind answers.

    Attributes
    ----------
    name : str
        Name in tables: lowercase letters, digits and underscores.
    who : str
        The words after *You are*: "a farmer with four children".
    """

    name: str
    who: str


def read_personas(path: str | Path | None = None) -> tuple[Persona, ...]:
    """Read personas from a CSV file with the columns ``name`` and ``who``; by default the package's own 24.

    The package's own personas have trades and families that existed in every century.

    Raises
    ------
    QuestionnaireError
        If the file cannot be read or is empty, or a name is not well formed or appears twice; with
        ``file:line``.

    Examples
    --------
    >>> len(read_personas()), read_personas()[0].who
    (24, 'a farmer with four children')
    """
    if path is None:
        with resources.as_file(
            resources.files("coevolve_sim.language.questionnaires") / "personas.csv"
        ) as own:
            return read_personas(own)
    path = Path(path)
    found: dict[str, Persona] = {}
    for line, row in rows_of(path, ("name", "who")):
        name, who = row["name"], row["who"]
        if not _NAME.fullmatch(name) or not who:
            raise QuestionnaireError(
                f"{path}:{line}: a persona has a name of lowercase letters, digits and underscores, and a "
                f"who; '{name}' and '{who}' given"
            )
        if name in found:
            raise QuestionnaireError(f"{path}:{line}: persona '{name}' stands twice; each may stand once")
        found[name] = Persona(name, who)
    if not found:
        raise QuestionnaireError(f"{path}: there is no persona; each line after the first is one")
    return tuple(found.values())


def system_messages(personas: Sequence[Persona], templates: Templates) -> dict[str, str]:
    """Return the system message of each persona, by name, for `measure`.

    Examples
    --------
    >>> system_messages([Persona("baker", "a baker in a small town")], Templates.standard())
    {'baker': 'You are a baker in a small town.'}
    """
    return {persona.name: templates.sketch(persona.who) for persona in personas}
