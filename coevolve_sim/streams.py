"""Named random streams: every draw is addressed by what it is for.

A stream depends only on the run's seed, its purpose and its address (round, agent, dimension, ...), never
on earlier draws. The draws of round 40 are therefore the same whether rounds 1-39 ran in this process or
another, in whatever order replies arrive, and in every branch of a study (common random numbers); but where
the odds depend on values, as those of a partner by its distance do, the same draw can meet another partner.
There is no generator state to save, and none that two parts of the code could share.

The address is hashed (BLAKE2b) to the 128-bit key of a Philox counter generator [Salmon2011]_;
different addresses give independent streams.
"""

from __future__ import annotations

import hashlib

import numpy as np

Address = int | str


def _digest(seed: int, purpose: str, address: tuple[Address, ...]) -> int:
    # Each part carries its type and its length, so that no two addresses give the same text: ("a", "bc") is
    # not ("ab", "c"), and the number 1 is not the text "1". Any change here changes every draw of every run.
    parts = [f"i{seed}", f"s{purpose}", *(f"{'s' if isinstance(a, str) else 'i'}{a}" for a in address)]
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=16).digest(), "little")


def stream(seed: int, purpose: str, *address: Address) -> np.random.Generator:
    """Return the random generator for one purpose at one address.

    Parameters
    ----------
    seed : int
        The run's seed.
    purpose : str
        What the draws are for: ``"initial values"``, ``"consult"``, ...
    *address : int or str
        Where: round, agent, dimension, ...

    Returns
    -------
    numpy.random.Generator
        A new one, at its first draw.

    References
    ----------
    [Salmon2011]_

    Examples
    --------
    >>> a = stream(1, "noise", 7).random()
    >>> b = stream(1, "noise", 7).random()
    >>> c = stream(1, "noise", 8).random()
    >>> a == b, a == c
    (True, False)
    """
    return np.random.Generator(np.random.Philox(key=_digest(seed, purpose, address)))


def stream_key(seed: int, purpose: str, *address: Address) -> np.uint64:
    """Return the 64-bit key under which a compiled loop draws at one address.

    Examples
    --------
    >>> bool(stream_key(1, "encounters", 7) == stream_key(1, "encounters", 7))
    True
    """
    return np.uint64(_digest(seed, purpose, address) & 0xFFFF_FFFF_FFFF_FFFF)


def stream_seed(seed: int, purpose: str, *address: Address) -> int:
    """Return a seed in [0, 2**32) for a library that takes only an integer (networkx, Mesa).

    Examples
    --------
    >>> 0 <= stream_seed(1, "network") < 2**32
    True
    """
    return _digest(seed, purpose, address) & 0xFFFF_FFFF
