"""Chat templates: conversations as the tokens that a model reads, and options as possible continuations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from coevolve_sim.errors import MindError
from coevolve_sim.minds.option_mass import spelled_option
from coevolve_sim.minds.protocol import Message
from coevolve_sim.minds.turns import FOLDED, MERGED, fold_system, merge_turns

_TAIL = 24
"""Number of characters before an option that can affect how the option is tokenized."""
_SIGN = "You are the one who is asked."
"""What a system message says when it is tried whether a template writes it."""
_TRIAL = (Message("system", _SIGN), Message("user", "Hello."))


class ChatPrompts:
    """A tokenizer with its chat template.

    Parameters
    ----------
    tokenizer : transformers tokenizer
        Of the model.
    template : str, optional
        Chat template (Jinja) in place of the tokenizer's own.

    Raises
    ------
    MindError
        If there is no template, neither given nor the tokenizer's.
    """

    def __init__(self, tokenizer: Any, template: str | None = None) -> None:
        if template is None and not getattr(tokenizer, "chat_template", None):
            raise MindError(
                "the tokenizer has no chat template, so there is no telling how a conversation is written "
                "for this model; give one (chat_template=PATH of a Jinja file), as its model card or its "
                "instruct version has"
            )
        self.tokenizer = tokenizer
        self.template = template
        self.notes: list[str] = []
        self._options: dict[tuple[str, str], tuple[int, ...]] = {}
        self._spelling: dict[str, tuple[int, ...]] = {}

    def render(self, messages: Sequence[Message]) -> str:
        """Render a conversation by the chat template, up to where the model continues.

        A last message of the assistant's is continued: it ends the text verbatim. Where the template has no
        system role, or refuses turns of one role that follow each other, the conversation is told in another
        form (`coevolve_sim.minds.turns`), which `notes` say.

        Raises
        ------
        MindError
            If the template does not take such a conversation.
        """
        return self._fit(messages, self._render_up_to_reply)

    def render_answered(self, messages: Sequence[Message], answer: str) -> str:
        """Render a conversation with the reply to it as a whole turn, up to and with the turn's end."""
        return self._fit([*messages, Message("assistant", answer)], self._apply)

    def _fit(self, messages: Sequence[Message], render: Callable[[list[dict[str, str]]], str]) -> str:
        """Render a conversation in the form that the template takes."""
        if any(message.role == "system" for message in messages) and not self._has_system_role:
            messages = fold_system(messages)
        try:
            return render(encode_turns(messages))
        except MindError:
            merged = merge_turns(messages)
            if merged == tuple(messages):
                raise
        text = render(encode_turns(merged))
        self._note(MERGED)
        return text

    @cached_property
    def drops_system(self) -> bool:
        """Whether the template takes a system message and leaves it out without a word."""
        return self._writes(_TRIAL) is False and self._writes(fold_system(_TRIAL)) is True

    @cached_property
    def _has_system_role(self) -> bool:
        """Whether the template takes a system message and writes it; tried once."""
        if not self._writes(_TRIAL) and self._writes(fold_system(_TRIAL)):
            self._note(FOLDED)
            return False
        return True  # also where it is no better folded: then what the template says is told

    def _writes(self, trial: Sequence[Message]) -> bool | None:
        """Return whether a template writes what the trial's system message says; None if it refuses it."""
        try:
            return _SIGN in self._render_turns(encode_turns(trial))
        except MindError:
            return None

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def _render_up_to_reply(self, turns: list[dict[str, str]]) -> str:
        if turns and turns[-1]["role"] == "assistant":
            return self._render_begun(turns)
        return self._render_turns(turns)

    def _render_begun(self, turns: list[dict[str, str]]) -> str:
        """Render a conversation whose last turn is begun; the begun text stands at the end as it is given."""
        begun = turns[-1]["content"]
        try:
            text = self._apply(turns, continue_final_message=True) if begun.strip() else ""
        except (MindError, ValueError):  # it refuses such a turn, or drops part of its text
            text = ""
        # Templates may strip a turn's text, and transformers then drops the blanks behind it.
        kept = next((form for form in (begun, begun.strip()) if form and text.endswith(form)), None)
        if kept is None:
            return self._render_turns(turns[:-1]) + begun
        return text[: len(text) - len(kept)] + begun

    def _render_turns(self, turns: list[dict[str, str]]) -> str:
        return self._apply(turns, add_generation_prompt=True)

    def _apply(self, turns: list[dict[str, str]], **how: bool) -> str:
        import jinja2

        try:
            text = self.tokenizer.apply_chat_template(
                turns, chat_template=self.template, tokenize=False, **how
            )
        except jinja2.TemplateError as error:
            raise MindError(f"the chat template does not take this conversation: {error}") from None
        return str(text)

    def encode(self, text: str) -> tuple[int, ...]:
        """Tokenize a text that already contains its special tokens."""
        return tuple(self.tokenizer.encode(text, add_special_tokens=False))

    def encode_option(self, text: str, option: str) -> tuple[int, ...]:
        """Return the tokens of an option as a continuation of a text.

        They are the tokens added to the text's own; if the text's own tokens would change, the option is
        tokenized by itself.
        """
        tail = text[-_TAIL:]
        known = self._options.get((tail, option))
        if known is None:
            known = self._options[tail, option] = self._encode_after(tail, option)
        return known

    def encode_whole_text(self, text: str, option: str) -> tuple[int, ...]:
        """Return the tokens of a whole text as a continuation, as of an option; they are not kept."""
        return self._encode_after(text[-_TAIL:], option)

    def _encode_after(self, tail: str, option: str) -> tuple[int, ...]:
        before, after = self.encode(tail), self.encode(tail + option)
        follows = after[: len(before)] == before and len(after) > len(before)
        return after[len(before) :] if follows else self.encode(option)

    def spell_option(self, text: str, option: str, vocabulary: int) -> tuple[tuple[int, ...], ...]:
        """Return the spellings of an option after a text, each as tokens.

        They are all tokens that spell it, with or without white space around it (see
        `coevolve_sim.minds.option_mass`). An option that no single token spells as it stands has its own
        tokens too, bare and after a blank.

        Parameters
        ----------
        text : str
            What it follows.
        option : str
            Not empty.
        vocabulary : int
            Tokens that the model knows; a tokenizer may have more.
        """
        single = self._tokens_that_spell(vocabulary).get(option.strip(), ())
        bare = self.encode_option(text, option)
        if not bare:
            return ()
        longer = [] if bare in [(t,) for t in single] else [bare, self.encode(f" {option.strip()}")]
        return tuple(dict.fromkeys([*((token,) for token in single), *longer]))

    def _tokens_that_spell(self, vocabulary: int) -> Mapping[str, tuple[int, ...]]:
        """Return the tokens that spell each text apart from white space; found once, at first use."""
        if not self._spelling:
            special = set(self.tokenizer.all_special_ids)
            known = [n for n in range(min(vocabulary, len(self.tokenizer))) if n not in special]
            found: dict[str, tuple[int, ...]] = {}
            for token, text in zip(known, self.tokenizer.batch_decode([[n] for n in known]), strict=True):
                spelled = spelled_option(str(text))
                found[spelled] = (*found.get(spelled, ()), token)
            self._spelling = found
        return self._spelling

    def decode(self, tokens: Sequence[int]) -> str:
        """Return the text of some tokens, without special tokens."""
        return str(self.tokenizer.decode(list(tokens), skip_special_tokens=True))

    def decode_added(self, prompt: Sequence[int], tokens: Sequence[int]) -> str:
        """Return the text that tokens add to a prompt, blanks included, which `decode` alone may drop."""
        tail = list(prompt[-_TAIL:])
        before, whole = self.decode(tail), self.decode([*tail, *tokens])
        return whole[len(before) :] if whole.startswith(before) else self.decode(tokens)


def encode_turns(messages: Sequence[Message]) -> list[dict[str, str]]:
    """Return messages as chat templates and servers take them."""
    return [{"role": message.role, "content": message.content} for message in messages]
