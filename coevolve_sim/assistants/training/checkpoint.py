"""Where an interrupted training of an adapter goes on from: weights and optimizer, in one file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coevolve_sim.assistants.training.adapters import Trainable
from coevolve_sim.assistants.training.schedule import WarmupCosine
from coevolve_sim.errors import RecordError, TrainingError
from coevolve_sim.output_files import write_atomically


@dataclass(frozen=True)
class Checkpoint:
    """A file of weights and optimizer (safetensors), written again and again while an adapter is trained.

    Attributes
    ----------
    path : Path
        The file; its folder exists.
    recipe : str
        All that the training depends on: a file of another recipe is not gone on from.
    every : int
        Updates between writes.
    """

    path: Path
    recipe: str
    every: int = 10

    def restore(self, trainable: Trainable, rates: WarmupCosine) -> int:
        """Set weights and optimizer to what is kept; return the number of updates done, 0 if nothing is."""
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(str(self.path), framework="pt") as kept:
                told = kept.metadata() or {}
                if told.get("recipe") != self.recipe:
                    return 0
                found = {name: kept.get_tensor(name) for name in kept.keys()}  # noqa: SIM118 - no mapping
        except (OSError, SafetensorError):  # there is none, or it is not whole: begun anew
            return 0
        trainable.set_weights([found.pop(f"weight.{n}") for n in range(len(trainable.weights))])
        rates.restore(int(told["done"]), found)
        return rates.n_done

    def keep(self, number: int, trainable: Trainable, rates: WarmupCosine) -> None:
        """Write the file after the update of this number, if it is its turn.

        Raises
        ------
        TrainingError
            If it cannot be written.
        """
        if number % self.every:
            return
        from safetensors.torch import save_file

        held: dict[str, Any] = {f"weight.{n}": one for n, one in enumerate(trainable.copy_weights())}
        tensors = {name: one.detach().cpu().contiguous() for name, one in (held | rates.state()).items()}
        told = {"recipe": self.recipe, "done": str(rates.n_done)}
        try:
            write_atomically(self.path, lambda draft: save_file(tensors, draft, told))
        except (OSError, RecordError) as error:
            raise TrainingError(f"the checkpoint {self.path} cannot be written: {error}") from None
