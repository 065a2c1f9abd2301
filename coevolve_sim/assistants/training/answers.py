"""Answers to conversations as tokens, and their log-probabilities under a model with an adapter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from coevolve_sim.assistants.training.adapters import Trainable
from coevolve_sim.errors import TrainingError
from coevolve_sim.minds.protocol import Message


@dataclass(frozen=True)
class AnswerRow:
    """A conversation with an answer, as tokens.

    Attributes
    ----------
    prompt, answer : tuple of int
        Tokens of the conversation, and of the answer with the token that ends it.
    """

    prompt: tuple[int, ...]
    answer: tuple[int, ...]

    @property
    def n_tokens(self) -> int:
        """Tokens of both."""
        return len(self.prompt) + len(self.answer)


def build_row(trainable: Trainable, messages: Sequence[Message], answer: str, what: str) -> AnswerRow:
    """Tokenize a conversation and its answer.

    Parameters
    ----------
    trainable : Trainable
        Whose tokenizer and chat template are used.
    messages : sequence of Message
        The conversation, to which the answer is the next turn.
    answer : str
        Not empty.
    what : str
        Name of the answer in errors: ``pair 3, chosen``.

    Raises
    ------
    TrainingError
        If the answer is empty, or both are longer than the model takes.
    """
    prompting = trainable.prompting
    text = prompting.render(messages)
    if not answer.strip():
        raise TrainingError(f"{what} is empty; an answer to learn from needs words")
    prompt, tokens = prompting.encode(text), prompting.encode_option(text, answer)
    result = AnswerRow(prompt, (*tokens, _find_end(trainable, messages, answer)))
    if trainable.longest is not None and result.n_tokens > trainable.longest:
        raise TrainingError(
            f"{what} has {result.n_tokens:,} tokens with its conversation, the model takes "
            f"{trainable.longest:,}; shorten it or leave it out"
        )
    return result


def _find_end(trainable: Trainable, messages: Sequence[Message], answer: str) -> int:
    """Return the token that ends a turn: the one the template puts after an answer, else the tokenizer's."""
    # Found by example: the template renders an answer, and what follows it is searched for an end token.
    prompting = trainable.prompting
    whole = prompting.render_answered(messages, answer)
    after = whole.rpartition(answer)[2]
    own = prompting.tokenizer.eos_token_id
    return next((token for token in prompting.encode(after) if token in trainable.ends), own)


def token_log_probabilities(trainable: Trainable, rows: Sequence[AnswerRow]) -> tuple[Any, Any]:
    """Return the log-probability of every token of the answers, computed as one batch, with gradients.

    Returns
    -------
    logprobs, mask : torch tensors, shape (rows, longest answer)
        Float64, answers at the right end; the mask is 1.0 where a token of the answer stands.
    """
    logprobs, tokens, mask = distributions(trainable, rows)
    return logprobs.gather(-1, tokens[..., None])[..., 0] * mask, mask


def distributions(trainable: Trainable, rows: Sequence[AnswerRow]) -> tuple[Any, Any, Any]:
    """Return the log-probabilities over the whole vocabulary at every position of the answers.

    Returns
    -------
    logprobs : torch tensor, shape (rows, longest answer, vocabulary)
        Float64, answers at the right end.
    tokens, mask : torch tensors, shape (rows, longest answer)
        The answers' tokens; 1.0 where one stands.
    """
    import torch

    longest = max(len(row.answer) for row in rows)
    read = trainable.passes.read(None, [], [row.prompt + row.answer[:-1] for row in rows], longest)
    blank = [longest - len(row.answer) for row in rows]
    tokens = [(0,) * gap + row.answer for gap, row in zip(blank, rows, strict=True)]
    mask = [(0.0,) * gap + (1.0,) * (longest - gap) for gap in blank]
    place = read.device
    return read, torch.tensor(tokens, device=place), torch.tensor(mask, dtype=read.dtype, device=place)


def sum_log_probabilities(trainable: Trainable, rows: Sequence[AnswerRow]) -> Any:
    """Return the log-probability of each answer given its conversation, shape (rows,), with gradients."""
    return token_log_probabilities(trainable, rows)[0].sum(dim=-1)
