"""Keys are removed from texts in whatever form a server repeats them."""

from __future__ import annotations

import base64
import json
import logging
import urllib.parse

import pytest

from coevolve_sim.minds.openai import api_keys
from coevolve_sim.minds.openai.api_keys import REMOVED, read_key, remember_keys, remove_keys

KEY = "sk-proj/Ab+9_z&Q=mNn"
FORMS = {
    "as it is": KEY,
    "escaped as in JSON": json.dumps(KEY).strip('"').replace("/", r"\/"),
    "each character escaped": "".join(f"\\u{ord(sign):04x}" for sign in KEY),
    "escaped twice": json.dumps("".join(f"\\u{ord(sign):04X}" for sign in KEY)),
    "in a URL": urllib.parse.quote(KEY, safe=""),
    "each character in a URL": "".join(f"%{ord(sign):02x}" for sign in KEY),
    "in HTML": KEY.replace("&", "&amp;"),
    "each character in HTML": "".join(f"&#{ord(sign)};" for sign in KEY),
    "in HTML by hexadecimals": "".join(f"&#x{ord(sign):X};" for sign in KEY),
    "with invisible characters": "\u200b".join(KEY),
    "with escaped invisible characters": r"\u0000\ud800".join(KEY),
    "in hexadecimals": KEY.encode().hex(),
    "in upper hexadecimals": KEY.encode().hex().upper(),
}


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setattr(api_keys, "_keys", set())
    monkeypatch.setenv("MY_KEY", KEY)
    return read_key("MY_KEY")


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_a_key_is_removed_in_each_form_and_nothing_beside_it(form):
    assert remove_keys(f"before <{form.strip(chr(34))}> \\u0061fter") == f"before <{REMOVED}> \\u0061fter"


@pytest.mark.parametrize("alphabet", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("before", ["", "a", "ab", "Bearer ", "user:"])
@pytest.mark.parametrize("after", ["", "z", "zz"])
def test_a_key_is_removed_from_base64_wherever_it_begins(alphabet, before, after):
    text = remove_keys(alphabet(f"{before}{KEY}{after}".encode()).decode())
    assert REMOVED in text
    assert len(text) - len(REMOVED) <= 16 + len(before) * 2


def test_each_of_several_keys_is_removed_wherever_it_stands(monkeypatch):
    monkeypatch.setenv("OTHER_KEY", f"{KEY}-and-more")
    remember_keys(["OTHER_KEY", "A_VARIABLE_THAT_IS_NOT_SET"])
    assert remove_keys(f"{KEY}, {KEY}-and-more, {KEY}") == ", ".join([REMOVED] * 3)


def test_texts_without_a_key_stay_as_they_are():
    text = r'{"text": "50 % \u00e9\ud83d\ude00 &amp; \\n\u200b ' + KEY[:-1] + '"}'
    assert remove_keys(text) == text


def test_a_placeholder_is_no_key(monkeypatch):
    monkeypatch.setenv("MY_KEY", "EMPTY")
    assert read_key("MY_KEY") == "EMPTY"
    assert remove_keys("EMPTY words") == "EMPTY words"


def test_what_httpx_logs_has_no_key(caplog):
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("httpx").info('HTTP Request: POST "%s"', f"HTTP/1.1 200 {KEY}")
        logging.getLogger("httpcore.http11").debug("headers [%r]", KEY.encode())
    assert caplog.messages == [f'HTTP Request: POST "HTTP/1.1 200 {REMOVED}"', f"headers [b'{REMOVED}']"]
