"""Tokens that a model's own folder forbids are not written, and nothing else about the model changes."""

import itertools
import json
import re
import shutil
import string

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("peft")

from coevolve_sim.errors import MindError
from coevolve_sim.minds import Message, Request
from coevolve_sim.minds.local.mind import LocalMind
from coevolve_sim.testing.minds import replies_of
from tests.minds.tiny_model import SPECIAL

pytestmark = pytest.mark.models

ASKED = (Message("system", "You are a miller."), Message("user", "Are you for it?"))
GLUED, LETTER = re.compile(r"[a-zA-Z][A-Z]|[.!?][a-zA-Z]"), re.compile(r"[a-zA-Z,;]")


@pytest.fixture
def told(tiny_model, tmp_path):
    """Give a function that opens the tiny model with keys in its generation config."""

    def open_with(**keys):
        folder = tmp_path / "told"
        shutil.copytree(tiny_model, folder, dirs_exist_ok=True)
        path = folder / "generation_config.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | keys))
        return LocalMind(folder)

    return open_with


def write(mind, temperature=0.0, n=1):
    """Return the tokens of some texts that a mind writes."""
    requests = [
        Request("speak", ASKED, max_tokens=30, temperature=temperature, seed=seed) for seed in range(n)
    ]
    return [text.tokens for _, _, text in mind.write("", list(enumerate(map(mind.prepare, requests))))]


def test_a_suppressed_token_is_not_written_and_is_scored_as_before(tiny_model, told):
    plain = LocalMind(tiny_model)
    first = write(plain)[0][0]
    mind = told(suppress_tokens=[first])
    assert any(first in tokens for tokens in write(plain, 1.0, n=20))
    assert not any(first in tokens for tokens in write(mind) + write(mind, 1.0, n=20))
    scored = [
        replies_of(one, [Request("item", ASKED, options=("A", "B"))])[0].logprobs for one in (plain, mind)
    ]
    assert scored[0] == scored[1]
    assert plain.identity != mind.identity


def test_whole_sentences_hold_no_glued_capitals_and_end_nowhere_else(tiny_model, told):
    plain, mind = LocalMind(tiny_model), told(whole_sentences=True)
    spell = plain.prompting.tokenizer.convert_ids_to_tokens
    found = []
    for one in (plain, mind):
        texts = [spell(tokens) for tokens in write(one, 1.0, n=40)]
        pairs = [pair for text in texts for pair in itertools.pairwise(text)]
        glued = sum(bool(GLUED.fullmatch(a + b)) for a, b in pairs)
        endings = [text[-2] for text in texts if len(text) > 2 and text[-1] == SPECIAL[0]]
        found.append((glued > 0, any(text[0] in string.ascii_uppercase for text in texts)))
    assert found == [(True, True), (False, True)]
    assert not any(LETTER.fullmatch(token) for token in endings)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"suppress_tokens": [10**6]}, r"suppress_tokens must be a list of tokens from 0 to \d+; given"),
        ({"whole_sentences": "yes"}, "whole_sentences must be true or false; given: 'yes'"),
    ],
)
def test_a_key_that_cannot_be_followed_is_one_clear_error(told, keys, said):
    with pytest.raises(MindError, match=said):
        told(**keys)
