"""A language model in process keeps the protocol, and replies depend on the request alone."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("peft")

from coevolve_sim.errors import MindError
from coevolve_sim.minds import Message, Request
from coevolve_sim.minds.local import loader as loading_module
from coevolve_sim.minds.local import scoring as scoring_module
from coevolve_sim.minds.local.float64 import in_float64
from coevolve_sim.minds.local.mind import LocalMind
from coevolve_sim.testing.minds import MindConformance, prompt, replies_of
from tests.minds.tiny_model import TEMPLATE

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def mind(tiny_model, tiny_voices):
    return LocalMind(tiny_model, voices=tiny_voices)


@pytest.fixture
def another(tiny_model, tiny_voices):
    return LocalMind(tiny_model, voices=tiny_voices)


class TestLocalMindConforms(MindConformance):
    """The fixtures above are what it is tried on."""


def many() -> list[Request]:
    """Return requests whose prompts differ in length and begin alike in part."""
    requests = []
    for human in range(8):
        persona = Message("system", f"You are person {human * 37}." + " You like long walks." * (human % 3))
        for topic in ("truth", "law and order", "it"):
            asked = Message("user", f"Are you for {topic}?\nA: yes\nB: no")
            requests.append(Request("item", (persona, asked), options=("A", "B", "neither")))
            seed = len(requests)
            requests.append(Request("speak", (persona, asked), max_tokens=7, temperature=1.0, seed=seed))
    return requests


def in_batches(mind: LocalMind, requests: list[Request], size: int) -> list:
    return [
        r for first in range(0, len(requests), size) for r in replies_of(mind, requests[first : first + size])
    ]


def naive(mind: LocalMind, request: Request) -> list[float]:
    """Return each option's log-probability by plain passes over the prompt and each way to spell it.

    The model reads bytes: a label of one letter is one token, bare; a longer one may have a blank before it.
    """
    text = mind.prompting.render(request.messages)
    masses = []
    for option in request.options:
        ways = [option] if len(option) == 1 else [option, f" {option}"]
        masses.append([math.exp(naive_text(mind, text, way)) for way in ways])
    floor = 1e-4 * sum(map(sum, masses))
    return [math.log(sum(mass for mass in ways if mass == max(ways) or mass > floor)) for ways in masses]


def naive_text(mind: LocalMind, text: str, way: str) -> float:
    before = mind.prompting.encode(text)
    ends = mind.prompting.encode(text + way)[len(before) :]
    with torch.inference_mode(), in_float64(mind.model):
        logits = mind.model(torch.tensor([before + ends])).logits[0, len(before) - 1 : -1]
    logprobs = torch.log_softmax(logits.double(), dim=-1)
    return sum(float(logprobs[at, token]) for at, token in enumerate(ends))


@pytest.fixture(scope="module")
def alone(mind):
    return in_batches(mind, many(), 1)


@pytest.mark.parametrize("size", [3, 16, 48])
def test_replies_are_the_same_bit_for_bit_in_batches_of_any_size(mind, alone, size):
    assert mind.is_bitwise
    assert in_batches(mind, many(), size) == alone


def test_replies_are_the_same_bit_for_bit_in_any_order(mind, alone):
    order = [(29 * at + 5) % len(alone) for at in range(len(alone))]
    assert sorted(order) == list(range(len(alone)))
    shuffled = in_batches(mind, [many()[at] for at in order], 16)
    assert [shuffled[order.index(at)] for at in range(len(order))] == alone


@pytest.mark.parametrize("settings", [{"shares_prefixes": False}, {"batch_tokens": 300}])
def test_replies_are_the_same_bit_for_bit_however_they_are_computed(tiny_model, alone, settings):
    plainly = replies_of(LocalMind(tiny_model, **settings), many())
    assert [replace(reply, model="") for reply in plainly] == [replace(reply, model="") for reply in alone]


def test_replies_are_the_same_bit_for_bit_with_more_threads(mind, alone):
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(threads + 1)
        assert replies_of(mind, many()) == alone
    finally:
        torch.set_num_threads(threads)


def test_in_float32_replies_agree_to_its_precision_and_no_more_is_claimed(tiny_model, alone):
    mind = LocalMind(tiny_model, dtype="float32")
    assert not mind.is_bitwise
    for reply, exact in zip(replies_of(mind, many()), alone, strict=True):
        if exact.logprobs is not None:
            assert reply.logprobs == pytest.approx(exact.logprobs, abs=1e-4)


def test_options_of_one_token_and_of_several_are_scored_as_by_plain_passes(mind, alone):
    for request, reply in zip(many(), alone, strict=True):
        if request.options:
            assert reply.logprobs == pytest.approx(naive(mind, request), abs=1e-6)


def test_options_that_begin_alike_are_scored_as_by_plain_passes(mind):
    request = replace(many()[0], options=("yes", "yes, always", "yes, but", "no", "n", "yes"))
    (reply,) = replies_of(mind, [request])
    assert reply.logprobs == pytest.approx(naive(mind, request), abs=1e-6)
    assert reply.logprobs[0] == reply.logprobs[5] > reply.logprobs[1]


def test_a_model_that_computes_no_numbers_is_certain_of_nothing(tiny_model):
    mind = LocalMind(tiny_model)
    with torch.no_grad():
        mind.model.model.norm.weight.fill_(math.nan)
    (reply,) = replies_of(mind, [many()[0]])
    assert (reply.status, reply.logprobs) == ("invalid", None)
    assert reply.detail.startswith("the model computed that nan is no log-probability")


def test_what_is_written_at_temperature_zero_is_the_likeliest_each_time(mind):
    request = replace(many()[1], temperature=0.0, max_tokens=5)
    (reply,) = replies_of(mind, [request])
    tokens = list(mind.prompting.encode(mind.prompting.render(request.messages)))
    start = len(tokens)
    with torch.inference_mode(), in_float64(mind.model):
        for _ in range(reply.tokens_out):
            tokens.append(int(mind.model(torch.tensor([tokens])).logits[0, -1].argmax()))
    assert reply.text == mind.prompting.decode(tokens[start:])


def test_what_is_drawn_has_the_models_own_frequencies(mind):
    messages = prompt("?")
    requests = [Request("speak", messages, max_tokens=1, temperature=1.5, seed=seed) for seed in range(1000)]
    texts = [reply.text for reply in replies_of(mind, requests)]
    with torch.inference_mode(), in_float64(mind.model):
        tokens = mind.prompting.encode(mind.prompting.render(messages))
        probabilities = torch.softmax(mind.model(torch.tensor([tokens])).logits[0, -1].double() / 1.5, dim=-1)
    expected: dict[str, float] = {}
    for token, probability in enumerate(probabilities.tolist()):
        text = mind.prompting.decode([token])
        expected[text] = expected.get(text, 0.0) + probability
    for text in sorted(expected, key=expected.__getitem__)[-5:]:
        probability, spread = expected[text], math.sqrt(expected[text] * (1 - expected[text]) / 1000)
        assert texts.count(text) / 1000 == pytest.approx(probability, abs=4.5 * spread)


def test_draws_of_the_same_seed_are_different_draws(mind):
    requests = [replace(many()[1], draw=draw) for draw in range(4)]
    assert len({reply.text for reply in replies_of(mind, requests)}) > 1


def test_a_reply_that_is_cut_is_truncated_and_one_that_ends_is_answered(tiny_model):
    mind = LocalMind(tiny_model)
    replies = replies_of(mind, [replace(many()[1], max_tokens=40, seed=seed) for seed in range(60)])
    by_status = {status: [r for r in replies if r.status == status] for status in ("answered", "truncated")}
    assert sum(map(len, by_status.values())) == 60
    assert all(reply.tokens_out == 40 for reply in by_status["truncated"])
    assert by_status["answered"]
    assert any(reply.tokens_out < 40 for reply in by_status["answered"])


def test_a_prompt_that_does_not_fit_is_invalid_and_says_both_lengths(mind):
    long, short = replies_of(mind, [replace(many()[1], messages=prompt("no " * 300)), many()[1]])
    assert long.status == "invalid"
    assert f"has {mind.count_tokens(prompt('no ' * 300)):,} tokens" in long.detail
    assert "takes 512" in long.detail
    assert short.status in {"answered", "truncated"}


def test_a_reply_ends_where_the_models_length_does(tiny_model):
    request = replace(many()[1], temperature=0.0, max_tokens=50)
    length = LocalMind(tiny_model).count_tokens(request.messages)
    (reply,) = replies_of(LocalMind(tiny_model, max_length=length + 3), [request])
    assert reply.tokens_out <= 3


def test_an_option_without_tokens_is_invalid(mind):
    (reply,) = replies_of(mind, [replace(many()[0], options=("A", ""))])
    assert reply.status == "invalid"
    assert "must not be empty" in reply.detail


def test_a_conversation_that_the_template_does_not_take_is_invalid(tiny_model, tmp_path):
    template = tmp_path / "strict.jinja"
    template.write_text("{{ raise_exception('only users here') }}")
    mind = LocalMind(tiny_model, chat_template=template)
    (reply,) = replies_of(mind, [many()[0]])
    assert reply.status == "invalid"
    assert "only users here" in reply.detail


def test_numbers_before_rounding_differ_in_their_last_bits_only(mind, monkeypatch):
    monkeypatch.setattr(scoring_module, "DECIMALS", 17)
    requests = [request for request in many() if request.options]
    together, alone = replies_of(mind, requests), in_batches(mind, requests, 1)
    for one, other in zip(together, alone, strict=True):
        assert one.logprobs == pytest.approx(other.logprobs, abs=1e-12)


FAMILIES = {
    "GPT2": {"n_embd": 32, "n_layer": 2, "n_head": 2, "n_positions": 512},
    "Gemma2": {"head_dim": 16, "sliding_window": 32},
    "Mistral": {"sliding_window": 32},
    "OPT": {"ffn_dim": 64, "word_embed_proj_dim": 32, "init_std": 0.2},
    "Qwen3": {"head_dim": 16},
}


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_other_families_of_models_are_scored_as_by_plain_passes(family, tmp_path):
    from tests.minds.tiny_model import write_family

    mind = LocalMind(write_family(tmp_path / family, family, FAMILIES[family]))
    requests = many()[:12]
    together = replies_of(mind, requests)
    assert together == in_batches(mind, requests, 1)
    for request, reply in zip(requests, together, strict=True):
        if request.options:
            assert reply.logprobs == pytest.approx(naive(mind, request), abs=1e-6)


def test_a_mixture_of_experts_is_refused_in_an_arithmetic_it_is_not_written_for(tmp_path):
    from tests.minds.tiny_model import write_family

    folder = write_family(tmp_path / "experts", "Mixtral", {"num_local_experts": 2})
    assert replies_of(LocalMind(folder, dtype="float32"), many()[:1])[0].status == "answered"
    try:
        LocalMind(folder)
    except MindError as error:
        assert "cannot be computed in float64" in str(error)  # noqa: PT017 - a later torch may do it
        assert "dtype, such as float32" in str(error)  # noqa: PT017


def test_voices_speak_differently_and_do_not_change_each_other(mind):
    requests = [replace(many()[0], voice=voice) for voice in ("", *mind.voices, "")]
    own, one, other, again = replies_of(mind, requests)
    assert own == again
    assert len({own.logprobs, one.logprobs, other.logprobs}) == 3
    assert one.model.split()[2].startswith("C013:")


def test_voices_that_are_switched_say_what_merged_ones_say(mind, tiny_model, tiny_voices, monkeypatch):
    monkeypatch.setattr(loading_module, "SMALL", 0)
    switched = LocalMind(tiny_model, voices=tiny_voices, dtype="float64")
    requests = [replace(request, voice=voice) for request in many()[:6] for voice in ("C013", "", "C.014")]
    assert replies_of(switched, requests) == replies_of(mind, requests)


def out_of_memory_above(monkeypatch, mind, rows):
    """Have the model's pass run out of memory on more than so many rows."""
    seen, forward = [], mind.model.forward

    def forgetful(*args, input_ids, **settings):
        seen.append(len(input_ids))
        if len(input_ids) > rows:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return forward(*args, input_ids=input_ids, **settings)

    monkeypatch.setattr(mind.model, "forward", forgetful)
    return seen


def test_when_memory_runs_out_batches_are_halved_and_it_is_said_once(tiny_model, alone, monkeypatch):
    mind = LocalMind(tiny_model)
    seen = out_of_memory_above(monkeypatch, mind, 4)
    with pytest.warns(RuntimeWarning, match="did not fit the memory") as warned:
        replies = replies_of(mind, many()[:24])
    assert len(warned) == len(mind.notes) == 1
    assert [replace(reply, model="") for reply in replies] == [
        replace(reply, model="") for reply in alone[:24]
    ]
    assert max(seen) > 4
    seen.clear()
    replies_of(mind, many()[:24])
    assert max(seen) <= 8


def test_a_request_that_does_not_fit_the_memory_alone_is_given_up(tiny_model, monkeypatch):
    mind = LocalMind(tiny_model)
    out_of_memory_above(monkeypatch, mind, 0)
    with pytest.warns(RuntimeWarning, match="did not fit the memory"):
        replies = replies_of(mind, many()[:4])
    assert {reply.status for reply in replies} == {"given up"}
    assert "memory ran out" in replies[0].detail


def test_other_faults_of_the_model_are_not_taken_for_lack_of_memory(tiny_model, monkeypatch):
    mind = LocalMind(tiny_model)

    def broken(*_, **__):
        raise RuntimeError("shapes cannot be multiplied")

    monkeypatch.setattr(mind.model, "forward", broken)
    with pytest.raises(RuntimeError, match="shapes"):
        list(mind.ask(many()[:2]))


def test_identity_follows_weights_template_voices_and_arithmetic(tiny_model, tiny_voices, tmp_path, mind):
    template = tmp_path / "other.jinja"
    template.write_text(TEMPLATE + " ")
    identities = {
        mind.identity,
        LocalMind(tiny_model).identity,
        LocalMind(tiny_model, dtype="float32").identity,
        LocalMind(tiny_model, chat_template=template).identity,
        LocalMind(tiny_model, voices={"C013": tiny_voices["C.014"]}).identity,
    }
    assert len(identities) == 5
    assert str(tiny_model.parent) not in mind.identity


def test_the_model_on_board_answers_and_repeats_itself():
    mind = LocalMind.embedded()
    assert mind.is_bitwise
    requests = [replace(many()[0], options=("A", "B"), voice=voice) for voice in ("", *mind.voices)]
    replies = replies_of(mind, requests)
    assert {reply.status for reply in replies} == {"answered"}
    assert replies_of(mind, requests) == replies
