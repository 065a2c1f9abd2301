"""Chat templates by name: the model's own, the Alpaca form, or one in a file.

The Alpaca form is how models tuned on Stanford Alpaca's data and many after it are spoken to, ProgressGym's
historical ones among them: a fixed preamble, the instruction under one heading, the response under another.
It has no system turn and no history of turns: what a system message says begins the instruction, and an
earlier answer of the assistant's is refused. A model that goes on past its response writes the next heading:
there its reply ends.
"""

from __future__ import annotations

import json
from pathlib import Path

from coevolve_sim.delimited import read_text
from coevolve_sim.errors import MindError

AUTO, ALPACA = "auto", "alpaca"
MOST_TEMPLATE_BYTES = 1 << 20

ALPACA_TEMPLATE = """\
{%- if bos_token is defined and bos_token -%}{{- bos_token -}}{%- endif -%}
{{- 'Below is an instruction that describes a task. ' -}}
{{- 'Write a response that appropriately completes the request.\\n\\n### Instruction:\\n' -}}
{%- for message in messages -%}
{%- if message['role'] != 'assistant' -%}
{{- '' if loop.first else '\\n\\n' -}}{{- message['content'] -}}
{%- elif not loop.last -%}
{{- raise_exception('the Alpaca form has no history of turns: an earlier answer cannot be told') -}}
{%- endif -%}
{%- endfor -%}
{{- '\\n\\n### Response:\\n' -}}
{%- if messages[-1]['role'] == 'assistant' -%}
{{- messages[-1]['content'] -}}
{%- if eos_token is defined and eos_token -%}{{- eos_token -}}{%- endif -%}
{%- endif -%}
"""
"""The Alpaca form as a Jinja template."""

HEADINGS = ("### Instruction", "### Response")
ALPACA_STOPS = ("\n### ",)
"""Texts at which a reply in the Alpaca form ends: the next heading."""


def choose_template(chosen: str | Path | None, own: str | None) -> str | None:
    """Return the text of a chosen template; None for the model's own.

    Parameters
    ----------
    chosen : str, Path or None
        ``auto`` or None for the model's own, ``alpaca`` (the model's own, too, if that is of the form), or a
        Jinja file.
    own : str or None
        The model's own, as far as it is known.

    Raises
    ------
    MindError
        If the file cannot be read.

    Examples
    --------
    >>> choose_template("alpaca", None) == ALPACA_TEMPLATE, choose_template("auto", "...")
    (True, None)
    """
    if chosen is None or chosen == AUTO:
        return None
    if chosen == ALPACA:
        return None if is_alpaca(own) else ALPACA_TEMPLATE
    try:
        return read_text(Path(chosen), MindError, MOST_TEMPLATE_BYTES)
    except MindError as error:
        raise MindError(f"chat template {error}") from None


def is_alpaca(template: str | None) -> bool:
    """Return whether a template is of the Alpaca form: it has both of its headings."""
    return bool(template) and all(heading in str(template) for heading in HEADINGS)


def stops_of(chosen: str | Path | None) -> tuple[str, ...]:
    """Return the texts at which a reply ends besides the end of its turn."""
    return ALPACA_STOPS if chosen == ALPACA else ()


def template_in(folder: Path) -> str | None:
    """Return the chat template in a model's folder, as transformers keeps it; None if there is none."""
    try:
        return (folder / "chat_template.jinja").read_text(encoding="utf-8")
    except (OSError, ValueError):
        pass
    try:
        found = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    template = found.get("chat_template") if isinstance(found, dict) else None
    return template if isinstance(template, str) else None


def cut_at(text: str, stops: tuple[str, ...]) -> tuple[str, bool]:
    """Cut a text at the first stop text; return it and whether a stop text occurred.

    Examples
    --------
    >>> cut_at("one. two", (".",)), cut_at("one", (".",))
    (('one', True), ('one', False))
    """
    ends = [place for place in (text.find(end) for end in stops) if place >= 0]
    return (text[: min(ends)], True) if ends else (text, False)
