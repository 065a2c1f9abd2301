"""The reader by embeddings: how far a text lies from sentences against a topic towards sentences for it."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import MindError
from coevolve_sim.language.readers.folder_models import FolderModel
from coevolve_sim.language.readers.scored import OnTopic, Scored, ScoredReader
from coevolve_sim.minds import Mind

ENDS = (
    ("I am strongly for {topic}.", "I am strongly against {topic}."),
    ("There is much good in {topic}.", "There is much harm in {topic}."),
    ("I could not do without {topic}.", "I want nothing to do with {topic}."),
)
"""Sentences at both ends of the axis."""


class EmbeddingReader(ScoredReader):
    """Projects a text's embedding on the axis from sentences against its topic to sentences for it.

    Parameters
    ----------
    model : str or Path
        Folder of a model that embeds sentences by the mean over tokens.
    calibration : str
        As for `ScoredReader`.
    """

    kind = "embedding"

    def __init__(self, model: str | Path, calibration: str = "line") -> None:
        super().__init__(calibration)
        self.model = model
        self.opened: FolderModel | None = None

    def learn(self, mind: Mind) -> EmbeddingReader:  # noqa: ARG002 - it reads without the mind
        """Return one whose model is open.

        Raises
        ------
        MindError
            If the folder is no such model.
        """
        learnt = copy.copy(self)
        learnt.opened = FolderModel(self.model, "AutoModel")
        return learnt

    def scores(self, mind: Mind, texts: Sequence[OnTopic]) -> list[Scored]:  # noqa: ARG002 - as `learn`
        """Return the projection of each text on its topic's axis.

        Raises
        ------
        MindError
            If the model is not open yet.
        """
        topics = list(dict.fromkeys(text.topic for text in texts))
        ends = [end.format(topic=topic) for topic in topics for pair in ENDS for end in pair]
        embedded = self._embed([*(text.text for text in texts), *ends])
        corners = embedded[len(texts) :].reshape(len(topics), len(ENDS), 2, -1)
        axes = dict(zip(topics, (corners[:, :, 0] - corners[:, :, 1]).mean(axis=1), strict=True))
        middles = dict(zip(topics, corners.mean(axis=(1, 2)), strict=True))
        return [
            Scored(round(float((vector - middles[text.topic]) @ axes[text.topic]), 6), "answered")
            for text, vector in zip(texts, embedded, strict=False)
        ]

    def _embed(self, texts: Sequence[str]) -> Floats:
        """Return unit vectors, shape (texts, width)."""
        if self.opened is None:
            raise MindError("reader embedding has no model open yet; call fit(mind) first")
        rows = []
        for output, mask in self.opened.compute(texts):
            shares = (mask / mask.sum(1, keepdim=True))[:, :, None]
            rows.append((output.last_hidden_state.double() * shares).sum(1).numpy())
        found = np.concatenate(rows)
        unit: Floats = found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12)
        return unit

    def describe(self) -> str:
        """Return its model's folder and its calibration, in words."""
        return f"{super().describe()}, by {self.opened.identity if self.opened else self.model}"
