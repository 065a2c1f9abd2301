"""Reads what a server sends: the one place where its bytes come in.

Held while reading, whatever the server announces: at most `MOST_BYTES` of a body, compressed as well as
decompressed; headers by httpx (100 KB). Redirects are not followed and cookies not kept, so that the key goes
to the address that was given and nowhere else. What comes out of here has no key (`api_keys`) and no lone
surrogate, and of its headers those of `HEADERS` only.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable

import httpx

from coevolve_sim.minds.openai.api_keys import remove_keys

MOST_BYTES = 2 * 2**20
"""Most bytes of a body that are read: a completion has a few thousand, a long list of models a million."""
HEADERS = ("content-type", "location", "retry-after")
"""The headers that are read."""
ENCODINGS = "gzip, deflate"
"""What bodies may be compressed by."""

_MOST_OF_A_HEADER = 1_000
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)


class UnreadableResponse(httpx.RemoteProtocolError):
    """Raised for a response whose body cannot be read: not as compressed as it says, or cut off."""


class ResponseTooLarge(UnreadableResponse):
    """Raised for a response with more than `MOST_BYTES`; the rest is not read."""

    def __init__(self) -> None:
        super().__init__(f"it is larger than {MOST_BYTES / 2**20:g} MB")


async def fetch(client: httpx.AsyncClient, request: httpx.Request) -> httpx.Response:
    """Send a request; return the response, read whole and clean.

    Raises
    ------
    UnreadableResponse
        If its body cannot be read, or is too large.
    httpx.TransportError
        If none comes.
    """
    try:
        response = await client.send(request, stream=True, follow_redirects=False)
        try:
            content = await _read_body(response)
        finally:
            await response.aclose()
            client.cookies.clear()
    except httpx.TransportError:
        raise
    except Exception as error:
        # httpx and what it builds on have no one root of errors: redirects to no url, certificates.
        raise UnreadableResponse(f"{type(error).__name__}: {error}") from error
    return httpx.Response(
        response.status_code, headers=_clean_headers(response.headers), content=_clean_body(content)
    )


async def _read_body(response: httpx.Response) -> bytes:
    if response.is_stream_consumed:  # a transport that is not the network's gave it whole
        return _require_small(response.content)
    announced = response.headers.get("content-length", "")
    if announced.isdigit() and int(announced[:20]) > MOST_BYTES:
        raise ResponseTooLarge
    decode, end = _decoder(response.headers.get("content-encoding", ""))
    came, content = 0, bytearray()
    async for chunk in response.aiter_raw():
        came += len(chunk)
        content += decode(chunk, MOST_BYTES - len(content) + 1)
        if max(came, len(content)) > MOST_BYTES:
            raise ResponseTooLarge
    end()
    return bytes(content)


def _require_small(content: bytes) -> bytes:
    if len(content) > MOST_BYTES:
        raise ResponseTooLarge
    return content


def _decoder(encoding: str) -> tuple[Callable[[bytes, int], bytes], Callable[[], None]]:
    """Return functions that decompress a chunk to at most so many bytes, and that check the end."""
    name = encoding.strip().lower()
    if name in {"", "identity"}:
        return (lambda chunk, _most: chunk), (lambda: None)
    if name not in {"gzip", "x-gzip", "deflate"}:
        raise UnreadableResponse(f"it is compressed by '{encoding[:40]}', which was not asked for")
    inflate = zlib.decompressobj(zlib.MAX_WBITS if name == "deflate" else 16 + zlib.MAX_WBITS)

    def decode(chunk: bytes, most: int) -> bytes:
        try:
            return inflate.decompress(chunk, most)
        except zlib.error as error:
            raise UnreadableResponse(f"it is not compressed by {name}, as it says ({error})") from None

    def end() -> None:
        if not inflate.eof or inflate.unused_data:
            raise UnreadableResponse(f"what it has compressed by {name} is not whole")

    return decode, end


def _clean_headers(headers: httpx.Headers) -> dict[str, str]:
    return {name: remove_keys(headers[name][:_MOST_OF_A_HEADER]) for name in HEADERS if name in headers}


def _clean_body(content: bytes) -> bytes:
    """Return a body without keys, and with the replacement character U+FFFD for each lone surrogate."""
    if b"\\u" in content:
        content = _ESCAPE.sub(lambda found: rb"\ufffd" if found[1] else found[0], content)
    # As bytes that are no UTF-8 go in, so they come out: a key may stand beside them.
    return remove_keys(content.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
