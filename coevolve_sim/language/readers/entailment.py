"""The reader by entailment: whether a text entails that its writer is for, more than that it is against."""

from __future__ import annotations

import re
from collections.abc import Sequence

from scipy.special import log_softmax

from coevolve_sim.errors import MindError
from coevolve_sim.language.readers.folder_models import FolderModel, FolderReader
from coevolve_sim.language.readers.scored import OnTopic, Scored
from coevolve_sim.minds import Mind

ENTAILS = re.compile(r"entail", re.IGNORECASE)
DENIES = re.compile(r"contradict|not.entail|non.entail", re.IGNORECASE)
HYPOTHESES = ("The writer is for {topic}.", "The writer is against {topic}.")


class EntailmentReader(FolderReader):
    """Compares how far a text entails that its writer is for with how far that the writer is against.

    Parameters
    ----------
    model : str or Path
        Folder of a sequence classifier with two labels (entailment or not) or three (entailment, neutral,
        contradiction), told apart by their names in its config.
    calibration : str
        As for `coevolve_sim.language.readers.scored.ScoredReader`.
    """

    kind = "entailment"

    head = "AutoModelForSequenceClassification"

    def learn(self, mind: Mind) -> FolderReader:
        """Return one whose model is open and has a label that says *entailment*.

        Raises
        ------
        MindError
            If the folder is no such model.
        """
        learnt = super().learn(mind)
        entailment_column(learnt.opened)
        return learnt

    def scores(self, mind: Mind, texts: Sequence[OnTopic]) -> list[Scored]:  # noqa: ARG002 - it reads without the mind
        """Return the log-probability that the text entails *for*, less that it entails *against*.

        Raises
        ------
        MindError
            If the model is not open yet.
        """
        said = [text.text for text in texts]
        sides = [
            _entailed(self.opened, said, [hypothesis.format(topic=text.topic) for text in texts])
            for hypothesis in HYPOTHESES
        ]
        return [Scored(round(one - other, 6), "answered") for one, other in zip(*sides, strict=True)]


def _entailed(model: FolderModel, said: Sequence[str], hypotheses: Sequence[str]) -> list[float]:
    """Return the log-probability that each text entails its hypothesis."""
    column, found = entailment_column(model), list[float]()
    for output, _ in model.compute(said, hypotheses):
        found += log_softmax(output, axis=-1)[:, column].tolist()
    return found


def entailment_column(model: FolderModel) -> int:
    """Return the column of the label that says *entailment*.

    Raises
    ------
    MindError
        If the model has other labels than two or three, or none of these names.
    """
    labels = {int(n): str(label) for n, label in (model.config.get("id2label") or {}).items()}
    entails = [n for n, label in labels.items() if ENTAILS.search(label) and not DENIES.search(label)]
    if len(labels) not in (2, 3) or len(entails) != 1:
        shown = ", ".join(labels.values()) or "none"
        raise MindError(
            f"{model.folder} is no model of entailment: its config's id2label names {shown}; 2 or 3 labels "
            "are wanted, one of which is called entailment"
        )
    return entails[0]
