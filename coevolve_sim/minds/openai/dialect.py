"""What a server was found to support, and what it does not take: its dialect of OpenAI's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Form = Literal["write", "score", "choose", "echo"]
Choice = Literal["structured_outputs", "response_format", "none"]
Limit = Literal["max_tokens", "max_completion_tokens"]
Continuing = Literal["unknown", "fields", "prefix", "native", "none"]
Echoing = Literal["unknown", "echo", "prompt_logprobs", "none"]


@dataclass(frozen=True)
class Capabilities:
    """What a server was found to support, when it was opened or by a request that it refused.

    Attributes
    ----------
    top_logprobs : int
        Number of likeliest tokens that it returns with their log-probabilities; 0 if none.
    token_scores : bool
        Whether it returns the log-probabilities of tokens given by number, however unlikely, and can
        tokenize.
    choice : str
        How it takes a constraint to a few answers: ``structured_outputs`` (vLLM), ``response_format``
        (a JSON schema) or ``none``: then only the prompt asks for one of them.
    counts_tokens : bool
        Whether it can tokenize a conversation.
    limit, seed : str
        Its names for the limit on tokens written, and for the seed.
    renamed : frozenset of str
        Names of the limit that it refused.
    left_out : frozenset of str
        Parameters that are not sent: ``temperature``, ``temperature 0`` (left out where it is 0), ``seed``,
        ``logprobs``.
    folds_system : bool
        Whether the system message begins the first turn of the user (`coevolve_sim.minds.turns`).
    alternates : bool
        Whether turns of one role that follow each other are one.
    continues : str
        How it continues a turn that is begun: by ``fields`` (vLLM's ``continue_final_message``), by a
        ``prefix`` marked in the message (Mistral, DeepSeek), by itself (``native``), or ``none``.
    repeats_beginning : bool
        Whether its reply repeats what began the turn.
    scores_texts : str
        How it gives log-probabilities of a whole text: by ``echo`` of a text completion, by
        ``prompt_logprobs`` of a chat completion (both vLLM's), or ``none``.
    """

    top_logprobs: int = 0
    token_scores: bool = False
    choice: Choice = "none"
    counts_tokens: bool = False
    limit: Limit = "max_tokens"
    seed: Literal["seed", "random_seed"] = "seed"
    renamed: frozenset[str] = frozenset()
    left_out: frozenset[str] = frozenset()
    folds_system: bool = False
    alternates: bool = False
    continues: Continuing = "unknown"
    repeats_beginning: bool = False
    scores_texts: Echoing = "unknown"

    @property
    def form_for_options(self) -> Form:
        """The form in which requests with options are sent first."""
        return "score" if self.top_logprobs else "choose"
