"""Humans who are asked in full beside their cells, as the channel that asks every human would ask them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats, Indices
from coevolve_sim.language.cells.audit import KINDS, Audited, draw_audited
from coevolve_sim.language.cells.cell_round import Numbers
from coevolve_sim.language.cells.conversation import SILENT, CellConversation
from coevolve_sim.language.cells.speech import ANSWER, QUESTION, CellSpeech, unpack_scene
from coevolve_sim.language.conversation import TO_PEERS
from coevolve_sim.language.editing import EDIT, write_edits
from coevolve_sim.language.readers import ToRead
from coevolve_sim.minds.recorded import ask_all
from coevolve_sim.rules.channel import Scene


class AuditedSpeech(CellSpeech):
    """Cells that are asked, some humans of whom are asked in full besides."""

    def _draw_audited(self, humans: Indices, scene: Scene) -> list[int]:
        """Return which of some humans are asked in full in a round."""
        drawn = draw_audited(len(self.people), self.cells.audit, scene.seed, scene.round_index)
        found: list[int] = np.intersect1d(drawn, humans).tolist()
        return found

    def _audit_peers(
        self,
        humans: Indices,
        is_heard: NDArray[np.bool_],
        numbers: Numbers,
        values: Floats,
        perceived: Floats,
        scene: Scene,
    ) -> None:
        """Ask some humans in full for what they say to peers, and note how it is perceived."""
        d, talk = unpack_scene(scene)
        audited = self._draw_audited(humans, scene)
        texts = self._ask_in_full(TO_PEERS, audited, [0] * len(audited), values, scene)
        texts = self._edit_in_full(audited, texts, scene)
        pairs = [
            (i, int(v)) for i, human in enumerate(audited) for v in np.flatnonzero(is_heard[numbers[human]])
        ]
        by_cell = [float(perceived[numbers[audited[i]], v]) for i, v in pairs]
        self._compare(TO_PEERS, self.mind, d, [(audited[i], v, texts[i]) for i, v in pairs], by_cell, talk)

    def _edit_in_full(self, audited: Sequence[int], texts: list[str], scene: Scene) -> list[str]:
        """Return texts, those that are edited in the round edited each by itself."""
        (d, talk), mediation = unpack_scene(scene), scene.mediation
        edits = talk.said_by.get((EDIT, d))
        if mediation is None or edits is None:
            return texts
        chosen = [i for i, human in enumerate(audited) if edits[human] != SILENT and texts[i]]
        told = [(audited[i], d, texts[i]) for i in chosen]
        mind = self.minds.get(self.assistants[mediation.assistant].mind)
        editor, stances = self.introduce_editor(mediation, talk), partial(self.stance_of_editor, mediation)
        made = write_edits(mind, self.writing, editor, told, stances, scene.round_index)
        edited = list(texts)
        for i, (found, *_) in zip(chosen, made, strict=True):
            edited[i] = found.heard or texts[i]
        return edited

    def _audit_questions(
        self,
        which: int,
        values: Floats,
        humans: Indices,
        numbers: Numbers,
        perceived: Floats,
        scene: Scene,
    ) -> None:
        """Ask some humans in full for what they ask an assistant, and note how it is perceived."""
        d, talk = unpack_scene(scene)
        audited, assistant = self._draw_audited(humans, scene), self.assistants[which]
        texts = self._ask_in_full(QUESTION, audited, [which] * len(audited), values, scene)
        talk.asked_in_full |= dict(zip(audited, texts, strict=True))
        voice = self._voices.index(assistant.voice)
        places = np.searchsorted(humans, audited)
        by_cell = [float(perceived[numbers[place], voice]) for place in places]
        asked = [(human, voice, text) for human, text in zip(audited, texts, strict=True)]
        self._compare(QUESTION, assistant.mind, d, asked, by_cell, talk)

    def _audit_answers(
        self, humans: Indices, chosen: Indices, spoken: Floats, heard: Floats, scene: Scene
    ) -> None:
        """Let assistants answer what some humans asked in full, and note how it is perceived."""
        d, talk = unpack_scene(scene)
        audited = [human for human in self._draw_audited(humans, scene) if talk.asked_in_full.get(human)]
        rows = np.searchsorted(humans, audited).tolist()
        for which in sorted({int(chosen[row]) for row in rows} - scene.showing):
            mine = [(human, row) for human, row in zip(audited, rows, strict=True) if chosen[row] == which]
            requests = [
                self._ask_assistant(which, human, talk.asked_in_full[human], spoken[row], scene)
                for human, row in mine
            ]
            assistant = self.assistants[which]
            replies = ask_all(self.minds.get(assistant.mind), requests)
            texts = [
                self.writing.read(request, reply, assistant.name).heard
                for request, reply in zip(requests, replies, strict=True)
            ]
            answered = [
                (human, int(self._voice_of[human]), text)
                for (human, _), text in zip(mine, texts, strict=True)
            ]
            by_cell = [float(heard[row]) for _, row in mine]
            self._compare(ANSWER, self.mind, d, answered, by_cell, talk)

    def _ask_in_full(
        self, kind: str, humans: Sequence[int], partners: Sequence[int], values: Floats, scene: Scene
    ) -> list[str]:
        """Return what is heard of messages for which humans are asked one by one, empty where nothing is."""
        whole = replace(scene, conversation=scene.conversation.in_full())
        requests = [
            self._ask_human(kind, human, partner, values, whole)
            for human, partner in zip(humans, partners, strict=True)
        ]
        replies = ask_all(self.minds.get(self.mind), requests)
        return [
            self.writing.read(request, reply, self.people[human].who).heard
            for human, request, reply in zip(humans, requests, replies, strict=True)
        ]

    def _compare(
        self,
        kind: str,
        mind: str,
        dimension: int,
        heard: Sequence[tuple[int, int, str]],
        by_cell: Sequence[float],
        talk: CellConversation,
    ) -> None:
        """Note how a mind's voices read texts (human, voice, text) beside what is perceived by cell."""
        to_read = [ToRead(text, dimension, self._voices[voice]) for _, voice, text in heard if text]
        found = iter(self.read(mind, to_read))
        for (human, voice, text), cell in zip(heard, by_cell, strict=True):
            in_full = next(found).value if text else math.nan
            talk.audited.append(Audited(human, kind, self._voices[voice], dimension, in_full, cell))
            if math.isfinite(in_full - cell):
                talk.residuals[KINDS.index(kind), voice, dimension] += (1.0, in_full - cell)

    def _correct(self, kind: str, perceived: Floats, dimension: int, talk: CellConversation) -> Floats:
        """Return what is perceived; if the scenario says so, with the audit's mean residuals so far added."""
        if not self.cells.audit_correct:
            return perceived
        counts, sums = talk.residuals[KINDS.index(kind), :, dimension].T
        corrected: Floats = np.clip(perceived + sums / np.maximum(counts, 1.0), 0.0, 1.0)
        return corrected
