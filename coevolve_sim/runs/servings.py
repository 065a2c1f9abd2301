"""Where a run's served minds were asked, by which probe they are known again, and what there is to note.

A server's address is no part of a mind's identity: it may move. What it answers to the probe
(`coevolve_sim.minds.probe`) tells whether it still serves the model with which a run was begun.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from coevolve_sim.errors import RecordError
from coevolve_sim.minds import Mind
from coevolve_sim.minds.cache import CachedMind
from coevolve_sim.minds.probe import Probe, is_served, probe_of
from coevolve_sim.minds.wrappers import MindWrapper, unwrap
from coevolve_sim.runs.results import Run


@dataclass(frozen=True)
class Serving:
    """A served mind in one session of a run.

    Attributes
    ----------
    mind : str
        What the scenario calls it.
    url : str
        Where it is asked; empty of a mind that starts its server itself.
    probe : Probe or None
        What it answered to fixed prompts; None where nothing tells it from others.
    note : str
        What a user should know; empty if nothing.
    """

    mind: str
    url: str
    probe: Probe | None
    note: str = ""

    @property
    def row(self) -> tuple[str, str, str, str]:
        """The cells of its row in the record, after the session."""
        return self.mind, self.url, "" if self.probe is None else self.probe.as_json(), self.note


def servings_of(minds: Mapping[str, Mind]) -> list[Serving]:
    """Return the servings of those open minds that are served."""
    return [
        Serving(name, str(getattr(unwrap(mind), "url", "")), probe_of(mind), _note_on_sharing(name, mind))
        for name, mind in minds.items()
        if is_served(mind)
    ]


def notes_of(name: str, mind: Mind) -> list[str]:
    """Return what an open mind has to say of how it is asked, such as what its server refuses."""
    found = getattr(unwrap(mind), "notes", ())
    if not isinstance(found, tuple | list):
        return []
    return [f"mind '{name}': {note}" for note in found if isinstance(note, str)]


def _note_on_sharing(name: str, mind: Mind) -> str:
    """Return a note if nothing tells which model answers, so that its replies are not kept for other runs."""
    while isinstance(mind, MindWrapper) and not isinstance(mind, CachedMind):
        mind = mind.mind
    if not isinstance(mind, CachedMind) or mind.shares:
        return ""
    return (
        f"mind '{name}': its server gives no log-probabilities, so nothing tells which model it serves; no "
        "reply is shared with other runs (share_cache: true shares them by the served name)"
    )


def compare_servings(found: Run, servings: Iterable[Serving]) -> list[Serving]:
    """Return servings with notes on what has changed since a run began.

    Raises
    ------
    RecordError
        If a mind answers the probe otherwise than when the run was begun, beyond the servers' own noise.
    """
    return [_compare(found, serving) for serving in servings]


def _compare(found: Run, serving: Serving) -> Serving:
    rows = found.servings
    before = rows[rows["mind"] == serving.mind]
    if not len(before):
        return serving
    text, url = str(before["probe"].iloc[0]), str(before["url"].iloc[-1])
    notes = [serving.note] if serving.note else []
    if text and serving.probe is None:
        notes.append(
            f"mind '{serving.mind}' gave log-probabilities when the run was begun and gives none now: "
            "nothing tells whether it is the same model"
        )
    elif text and serving.probe is not None:
        _refuse_another_model(found, serving, Probe.from_json(text))
    if url and serving.url and url != serving.url:
        told = "; it answers the probe as before" if text and serving.probe is not None else ""
        notes.append(f"mind '{serving.mind}' has moved from {url} to {serving.url}{told}")
    return replace(serving, note="; ".join(notes))


def _refuse_another_model(found: Run, serving: Serving, began: Probe) -> None:
    now = serving.probe
    if now is None or now.agrees_with(began):
        return
    where = f" at {serving.url}" if serving.url else ""
    raise RecordError(
        f"mind '{serving.mind}'{where} is another model than the one {found.folder} was begun with: "
        f"log-probabilities of its first words on fixed prompts differ by {now.difference(began):.2g} "
        f"(root mean square), of which the servers' noise explains {now.tolerance(began):.2g}. Serve that "
        "model again to resume the run, or run it anew"
    )
