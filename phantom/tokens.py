"""The tokenizer of the embedded model: byte-level, with single tokens for the parts of prompts.

Topics, statements, the fixed parts of the standard templates, the options of likert items and the phrases of
messages are one token each, which keeps prompts to some fifty tokens. So are common words and whole numbers
from 0 to 100: alone, after a space and after a colon. All other text is cut into words and pieces of words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from coevolve_sim.language.prompts import LETTERS
from coevolve_sim.language.questionnaires.shipped_items import SCALE
from coevolve_sim.minds.scripted.degrees import FAMILIES, LEVELS
from phantom.grammar import list_phrases
from phantom.lexicon import list_vocabulary
from phantom.topics import builtin_topics
from phantom.wordings import standard_wording

SYSTEM, USER, ASSISTANT, END = "<|system|>", "<|user|>", "<|assistant|>", "<|end|>"
CHAT_TEMPLATE = (
    "{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] }}"
    "{% if message['role'] == 'assistant' %}{{ '<|end|>' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)
MAX_LENGTH = 1024
"""Tokens of prompt and reply together; the model is trained on some 300."""

_VOCABULARY = 3400
_CUT = r"\n+[->]?|'\p{L}+| ?\p{L}+| ?\p{N}{1,3}| ?[^\s\p{L}\p{N}]+|[^\S\n]+(?=\S)|[^\S\n]+"
"""Pattern by which text is split before bytes are merged: line starts, words, numbers, marks, spaces."""


def build_tokenizer(sample: Iterator[str]) -> Any:
    """Train the tokenizer on a sample of the texts that the model is to read.

    Parameters
    ----------
    sample : iterator of str
        Texts; frequent pairs of pieces in them are merged.

    Returns
    -------
    transformers.PreTrainedTokenizerFast
        With the chat template.
    """
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_CUT), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    phrases = _list_token_phrases()
    specials = [END, SYSTEM, USER, ASSISTANT]
    trainer = trainers.BpeTrainer(
        vocab_size=_VOCABULARY - len(phrases),
        special_tokens=specials,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_all_texts(sample), trainer)
    tokenizer.add_tokens([AddedToken(text, normalized=False, special=False) for text in phrases])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token=END,
        pad_token=END,
        chat_template=CHAT_TEMPLATE,
        clean_up_tokenization_spaces=False,
        model_max_length=MAX_LENGTH,
    )


def save_tokenizer(tokenizer: Any, folder: Path) -> None:
    """Save a tokenizer, with its chat template inside its configuration."""
    tokenizer.save_pretrained(folder, save_jinja_files=False)


def _all_texts(sample: Iterator[str]) -> Iterator[str]:
    yield from sample
    statements = [statement.text for topic in builtin_topics() for statement in topic.statements]
    said = [family.phrase(level) for family in FAMILIES for level in range(LEVELS + 1)]
    words = " ".join(
        ["", *list_vocabulary(), *said, *statements, *(topic.phrase for topic in builtin_topics())]
    )
    quotations = " ".join(f'"{statement}"?' for statement in statements)
    for _ in range(60):
        yield from (words, quotations)


def _list_token_phrases() -> list[str]:
    """Return the texts that are one token each, however long they are."""
    topics = {f" {topic.phrase}" for topic in builtin_topics()}
    statements = {statement.text for topic in builtin_topics() for statement in topic.statements}
    numbers = {f"{space}{number}" for number in range(101) for space in ("", " ", ": ")}
    labels = {f"\n{letter}: " for letter in LETTERS}
    degrees = {f" {family.phrase(level)}" for family in FAMILIES for level in range(LEVELS + 1)}
    parts = {*_list_fixed_parts(), *SCALE, *topics, *statements, *numbers, *labels, *list_phrases(), *degrees}
    return sorted({*parts, *list_labelled_options()} - set("0123456789"))


def list_labelled_options() -> set[str]:
    """Return labelled options and whole questions, which are one token each."""
    statements = {statement.text for topic in builtin_topics() for statement in topic.statements}
    scale = {f"\n{letter}: {option}" for letter in LETTERS[:5] for option in SCALE}
    pairs = {f"\n{letter}: {text}" for letter in LETTERS[:2] for text in statements}
    return scale | pairs | {standard_wording().likert.format(text) for text in statements}


def _list_fixed_parts() -> set[str]:
    """Return the fixed parts of the standard templates and questions that have more than two words."""
    own = standard_wording()
    texts = [*own.templates.texts.values(), own.likert, own.pair, own.four]
    parts = {part for text in texts for part in re.split(r"\$\w+|[{}]", text)}
    closing = "\nAnswer with one letter."
    parts = {part.removesuffix(closing).strip(" \n").removesuffix(' "') for part in parts}
    return {closing, *(part for part in parts if len(part.split()) > 2)}
