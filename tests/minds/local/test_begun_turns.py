"""Replies that are begun for a model in process, and whole texts as the next turn."""

from __future__ import annotations

from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from coevolve_sim.minds import Message, Request
from coevolve_sim.minds.local.float64 import in_float64
from coevolve_sim.minds.local.mind import LocalMind
from coevolve_sim.minds.openai.client import ServerMind
from coevolve_sim.minds.serve.server import serve
from coevolve_sim.testing.minds import prompt, replies_of

pytestmark = pytest.mark.models

ASKED = prompt("Where do you stand on the law?")
BEGUN = (*ASKED, Message("assistant", "I am against it, because "))
SPEAK = Request("speak", BEGUN, max_tokens=12)
STRIPS = (
    "{% for message in messages %}<|{{ message.role }}|>{{ message.content | trim }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
REFUSES = (
    "{% if messages[-1].role == 'assistant' %}{{ raise_exception('no assistant at the end') }}{% endif %}"
    "{% for message in messages %}<|{{ message.role }}|>{{ message.content }}<|end|>{% endfor %}<|assistant|>"
)
DROPS = (
    "{% for message in messages %}{% if message.role != 'assistant' %}<|{{ message.role }}|>"
    "{{ message.content }}<|end|>{% endif %}{% endfor %}<|assistant|>"
)


@pytest.fixture(scope="module")
def mind(tiny_model):
    return LocalMind(tiny_model)


@pytest.fixture(scope="module")
def served(mind):
    with serve(mind) as address, ServerMind(address.url, address.model) as outside:
        yield outside


def plain_logprob(mind, before, text):
    """Return the log-probability of a text after another one, by one plain pass."""
    start, ends = mind.prompting.encode(before), mind.prompting.encode(text)
    with torch.inference_mode(), in_float64(mind.model):
        logits = mind.model(torch.tensor([start + ends])).logits[0, len(start) - 1 : -1]
    logprobs = torch.log_softmax(logits.double(), dim=-1)
    return sum(float(logprobs[at, token]) for at, token in enumerate(ends))


def with_template(mind, template, tmp_path):
    """Return the prompts of the model under another template."""
    from coevolve_sim.minds.local.chat_template import ChatPrompts

    return ChatPrompts(mind.prompting.tokenizer, template)


@pytest.mark.parametrize(
    "template", [None, STRIPS, REFUSES, DROPS], ids=["own", "strips", "refuses", "drops"]
)
@pytest.mark.parametrize("begun", ["I am against it, because ", " So", "It is\n", "No", " "])
def test_what_is_begun_ends_the_prompt_verbatim(mind, tmp_path, template, begun):
    text = with_template(mind, template, tmp_path).render((*ASKED, Message("assistant", begun)))
    assert text.endswith(f"<|end|><|assistant|>{begun}")
    assert text.count("<|assistant|>") == 1
    assert text.startswith("<|system|>You are Ada.<|end|>")


def test_an_empty_beginning_begins_nothing(mind):
    assert mind.prompting.render((*ASKED, Message("assistant", ""))) == mind.prompting.render(ASKED)


def test_the_reply_holds_what_was_added_and_nothing_else(mind):
    (reply,) = replies_of(mind, [SPEAK])
    tokens = list(mind.prompting.encode(mind.prompting.render(BEGUN)))
    assert reply.tokens_in == len(tokens) == mind.count_tokens(BEGUN)
    with torch.inference_mode(), in_float64(mind.model):
        for _ in range(12):
            tokens.append(int(mind.model(torch.tensor([tokens])).logits[0, -1].argmax()))
    assert reply.text == mind.prompting.decode(tokens[reply.tokens_in :])
    (unbegun,) = replies_of(mind, [replace(SPEAK, messages=ASKED)])
    assert unbegun.tokens_in == reply.tokens_in - len("I am against it, because ")


def test_blanks_that_a_tokenizer_drops_at_the_beginning_of_a_text_are_kept(tmp_path):
    """SentencePiece decodes ``▁because`` as ``because``, which would be glued to what was begun."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    from coevolve_sim.minds.local.chat_template import ChatPrompts

    words = {word: n for n, word in enumerate(["<unk>", "▁I", "▁am", "▁against", "▁it"])}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="<unk>"))  # noqa: S106 - a token of words
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    prompts = ChatPrompts(PreTrainedTokenizerFast(tokenizer_object=tokenizer), "{{ messages }}")
    assert prompts.decode([3, 4]) == "against it"
    assert prompts.decode_added([1, 2], [3, 4]) == " against it"


@pytest.mark.parametrize("messages", [ASKED, BEGUN], ids=["a turn", "a turn that is begun"])
def test_a_whole_text_is_scored_as_the_next_turn(mind, messages):
    text = "of what it does to people"
    (reply,) = replies_of(mind, [Request("read", messages, options=(text,))])
    expected = plain_logprob(mind, mind.prompting.render(messages), text)
    assert reply.logprobs == (pytest.approx(expected, abs=1e-5),)
    assert (reply.status, reply.text) == ("answered", text)


def test_a_short_whole_text_counts_as_it_is_spelled(mind):
    """As one of several options ``A`` counts after a blank, too; alone it is a text."""
    one, several = replies_of(
        mind, [Request("read", ASKED, options=("yes",)), Request("item", ASKED, options=("yes", "no"))]
    )
    assert one.logprobs[0] == pytest.approx(
        plain_logprob(mind, mind.prompting.render(ASKED), "yes"), abs=1e-5
    )
    assert several.logprobs[0] > one.logprobs[0]


def test_an_empty_text_is_no_text(mind):
    (reply,) = replies_of(mind, [Request("read", ASKED, options=("",))])
    assert reply.status == "invalid"


def test_many_texts_under_many_prompts_are_scored_as_each_alone(mind):
    requests = [
        Request("read", prompt(f"Who are you, {name}?"), options=(text,))
        for name in ("Ada", "Bob")
        for text in ("I am for it.", "I am against it, as everybody is here.", "No")
    ]
    together = replies_of(mind, requests)
    assert together == [replies_of(mind, [request])[0] for request in requests]
    assert len({reply.logprobs for reply in together}) == len(requests)


def test_where_few_log_probabilities_are_held_texts_are_scored_alike(mind, monkeypatch):
    requests = [Request("read", prompt(f"{n}?"), options=(f"I am for {'it ' * n}",)) for n in range(1, 9)]
    expected = replies_of(mind, requests)
    widths = []
    read = type(mind._opened.passes("")).read

    def counted(self, held, parents, edges, keep):
        widths.append(len(edges) * keep * self.vocabulary)
        return read(self, held, parents, edges, keep)

    monkeypatch.setattr(type(mind._opened.passes("")), "read", counted)
    monkeypatch.setattr("coevolve_sim.minds.local.scoring.MOST_HELD", 20_000)
    assert replies_of(mind, requests) == expected
    assert len(widths) > 1
    assert max(widths) <= 20_000


def test_a_server_of_our_own_goes_on_and_scores_as_the_model_in_process_does(mind, served):
    requests = [
        SPEAK,
        replace(SPEAK, temperature=1.0, seed=4),
        replace(SPEAK, options=("A", "B")),
        Request("read", ASKED, options=("of what it does to people",)),
        Request("read", BEGUN, options=("of what it does to people",)),
    ]
    for one, other in zip(replies_of(mind, requests), replies_of(served, requests), strict=True):
        assert (one.status, one.text) == (other.status, other.text)
        assert (one.logprobs is None) == (other.logprobs is None)
        if one.logprobs is not None:
            assert other.logprobs == pytest.approx(one.logprobs, abs=1e-4)
    assert (served.capabilities.continues, served.capabilities.scores_texts) == ("fields", "echo")
    assert served.count_tokens(BEGUN) == mind.count_tokens(BEGUN)


@pytest.mark.parametrize(
    ("messages", "fields", "said"),
    [
        (BEGUN, {}, "continue_final_message: true"),
        (ASKED, {"continue_final_message": True}, "send neither"),
        (ASKED, {"add_generation_prompt": False}, "send neither"),
        (BEGUN, {"continue_final_message": True, "add_generation_prompt": True}, "both true"),
        (BEGUN, {"continue_final_message": "yes"}, "must be true or false"),
    ],
)
def test_our_server_continues_what_it_is_told_to_and_nothing_else(served, messages, fields, said):
    turns = [{"role": message.role, "content": message.content} for message in messages]
    body = {"model": served.model, "messages": turns, "max_tokens": 1, **fields}
    response = served.endpoint.post("chat/completions", body)
    assert response.status_code == 400
    assert said in response.json()["error"]["message"]
