"""The reader by embeddings: how far a text lies from sentences against a topic towards sentences for it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from coevolve_sim.arrays import Floats
from coevolve_sim.language.readers.folder_models import FolderModel, FolderReader
from coevolve_sim.language.readers.scored import OnTopic, Scored
from coevolve_sim.minds import Mind

ENDS = (
    ("I am strongly for {topic}.", "I am strongly against {topic}."),
    ("There is much good in {topic}.", "There is much harm in {topic}."),
    ("I could not do without {topic}.", "I want nothing to do with {topic}."),
)
"""Sentences at both ends of the axis."""


class EmbeddingReader(FolderReader):
    """Projects a text's embedding on the axis from sentences against its topic to sentences for it.

    Parameters
    ----------
    model : str or Path
        Folder of a model that embeds sentences by the mean over tokens.
    calibration : str
        As for `coevolve_sim.language.readers.scored.ScoredReader`.
    """

    kind = "embedding"

    head = "AutoModel"

    def scores(self, mind: Mind, texts: Sequence[OnTopic]) -> list[Scored]:  # noqa: ARG002 - it reads without the mind
        """Return the projection of each text on its topic's axis.

        Raises
        ------
        MindError
            If the model is not open yet.
        """
        topics = list(dict.fromkeys(text.topic for text in texts))
        ends = [end.format(topic=topic) for topic in topics for pair in ENDS for end in pair]
        embedded = embed_texts(self.opened, [*(text.text for text in texts), *ends])
        corners = embedded[len(texts) :].reshape(len(topics), len(ENDS), 2, -1)
        axes = dict(zip(topics, (corners[:, :, 0] - corners[:, :, 1]).mean(axis=1), strict=True))
        middles = dict(zip(topics, corners.mean(axis=(1, 2)), strict=True))
        return [
            Scored(round(float((vector - middles[text.topic]) @ axes[text.topic]), 6), "answered")
            for text, vector in zip(texts, embedded, strict=False)
        ]


def embed_texts(model: FolderModel, texts: Sequence[str]) -> Floats:
    """Return unit vectors of texts, shape (texts, width): the mean of a model's hidden states over tokens.

    Parameters
    ----------
    model : FolderModel
        Of head ``AutoModel``.
    texts : sequence of str
        At least one.
    """
    rows = []
    for output, mask in model.compute(texts):
        shares = (mask / mask.sum(axis=1, keepdims=True))[:, :, None]
        rows.append((output * shares).sum(axis=1))
    found = np.concatenate(rows)
    unit: Floats = found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12)
    return unit
