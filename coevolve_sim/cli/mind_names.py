"""How a command names a mind: ``embedded``, a folder, a name on the Hub, an address of a server."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from coevolve_sim.errors import MindError
from coevolve_sim.language.elicitation import CENTURIES, Era, hub_ids
from coevolve_sim.minds import Mind
from coevolve_sim.minds.registry import MINDS, open_mind
from coevolve_sim.scenario.mind_specs import (
    CustomMindSpec,
    EmbeddedMindSpec,
    LocalMindSpec,
    MindSpec,
    ServerMindSpec,
)

PROGRESSGYM = re.compile(r"progressgym-(8B|70B)", re.IGNORECASE)
_RANGE = re.compile(r"(C\d{3})\.\.(C\d{3})")


def parse_mind(
    name: str, voices: Mapping[str, str], *, dtype: str = "auto", device: str = "auto"
) -> MindSpec:
    """Return the spec of the mind that a name stands for.

    Parameters
    ----------
    name : str
        ``embedded``; ``http://host:port/v1#MODEL`` for a server; ``FILE.py:NAME`` or ``package.module:NAME``
        for a custom mind, or the name of an installed one; else a folder or a name on the Hub.
    voices : mapping of str to str
        Adapter of each voice; for a server, the model that speaks as each voice.
    dtype, device : str
        As for a mind of kind local.

    Raises
    ------
    MindError
        If a server is named without its model, or the embedded mind is given voices.

    Examples
    --------
    >>> parse_mind("http://127.0.0.1:8000/v1#big", {}).model
    'big'
    """
    if name == "embedded":
        if voices:
            raise MindError("the embedded mind takes no voices; name a model of your own for them")
        return EmbeddedMindSpec(name="people")
    if name.startswith(("http://", "https://")):
        url, _, model = name.partition("#")
        if not model:
            raise MindError(f"{name}: say which of its models, as in {url}#MODEL")
        return ServerMindSpec(name="people", url=url, model=model, voices=dict(voices))
    if name in MINDS.installed or (":" in name and not Path(name).exists()):
        if voices:
            raise MindError(
                f"{name}: a mind of your own has the voices that its class says; leave --voice out"
            )
        return CustomMindSpec(name="people", path=name)
    return LocalMindSpec.model_validate(
        {"name": "people", "model": name, "voices": dict(voices), "dtype": dtype, "device": device}
    )


def parse_eras(eras: str | None) -> tuple[str, ...]:
    """Return the eras that ``C013..C021`` or ``C013,C017`` names; an empty list for no text.

    Raises
    ------
    MindError
        If there is no such century.

    Examples
    --------
    >>> parse_eras("C019..C021"), parse_eras("now")
    (('C019', 'C020', 'C021'), ('now',))
    """
    if not eras:
        return ()
    if found := _RANGE.fullmatch(eras.strip()):
        known = list(CENTURIES)
        if not set(found.groups()) <= set(known):
            raise MindError(f"{eras}: centuries go from {known[0]} to {known[-1]}")
        first, last = (known.index(name) for name in found.groups())
        return tuple(known[first : last + 1])
    return tuple(name.strip() for name in eras.split(","))


def parse_voices(given: Sequence[str] | None) -> dict[str, str]:
    """Return the voices given as texts of the form NAME=FOLDER.

    Raises
    ------
    MindError
        If a text has another form.

    Examples
    --------
    >>> parse_voices(["C013=adapters/old"])
    {'C013': 'adapters/old'}
    """
    voices = {}
    for text in given or ():
        name, equals, place = text.partition("=")
        if not equals or not name or not place:
            raise MindError(f"--voice {text}: write NAME=FOLDER")
        voices[name] = place
    return voices


def open_one_mind(name: str, voices: Mapping[str, str], *, dtype: str = "auto", device: str = "auto") -> Mind:
    """Open one mind that speaks for several eras, each with a voice.

    Raises
    ------
    MindError
        If the name is not understood, the mind cannot be opened, or it is ProgressGym's series of models,
        which has one model for each era.
    """
    if PROGRESSGYM.fullmatch(name):
        raise MindError(
            f"{name} is a model an era, and people who talk need one mind with a voice an era; serve the "
            "models at one address and name each: --mind http://HOST:PORT/v1#READER --voice C013=MODEL"
        )
    return _open(parse_mind(name, voices, dtype=dtype, device=device))


@contextmanager
def one_mind(
    name: str, voices: Sequence[str] | None, *, dtype: str = "auto", device: str = "auto"
) -> Iterator[tuple[Mind, str]]:
    """Open one mind for as long as the context lasts; yield it with the voice that it is to be asked with.

    Raises
    ------
    MindError
        If more than one voice is given, or as of `open_one_mind`.
    """
    named = parse_voices(voices)
    if len(named) > 1:
        raise MindError(f"one voice is asked; {len(named)} given: {', '.join(named)}")
    with closing(open_one_mind(name, named, dtype=dtype, device=device)) as mind:
        yield mind, next(iter(named), "")


def eras_of_mind(
    name: str, eras: Sequence[str], voices: Mapping[str, str], *, dtype: str = "auto", device: str = "auto"
) -> list[Era]:
    """Return eras, each with the mind that speaks for it: a voice, or its own model; nothing is opened yet.

    Raises
    ------
    MindError
        If the name is not understood, or ProgressGym has no model of an era.
    """
    if found := PROGRESSGYM.fullmatch(name):
        ids = hub_ids("8B" if found[1].upper() == "8B" else "70B")
        unknown = [era for era in eras if era not in ids]
        if unknown:
            raise MindError(f"ProgressGym has no model of era '{unknown[0]}'; it has {', '.join(ids)}")
        return [Era(era, partial(_open, _historical(ids[era], dtype, device))) for era in eras or ids]
    opening = partial(_open, parse_mind(name, voices, dtype=dtype, device=device))
    return [Era(era, opening, voice=era) for era in eras] or [Era("own", opening)]


def _historical(model: str, dtype: str, device: str) -> MindSpec:
    """Return the spec of one of ProgressGym's models, which are spoken to in the Alpaca form."""
    return LocalMindSpec.model_validate(
        {"name": "people", "model": model, "dtype": dtype, "device": device, "chat_template": "alpaca"}
    )


def _open(part: MindSpec) -> Mind:
    return open_mind(part)
