"""Real vLLM on a small random model: conformance, adapters and exact scores; ``make test-vllm`` runs it."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from coevolve_sim.errors import MindError
from coevolve_sim.minds import Message, Request
from coevolve_sim.minds.local.mind import LocalMind
from coevolve_sim.minds.openai.client import ServerMind
from coevolve_sim.minds.openai.vllm import VllmMind
from coevolve_sim.testing.minds import MindConformance, prompt, replies_of
from tests.minds.tiny_model import write_adapter, write_model

PYTHON = os.environ.get("COEVOLVE_VLLM_PYTHON", "")
SMALL = ["--max-num-seqs", "64", "--enforce-eager", "--disable-log-stats"]
SPEAK = Request("speak", prompt("Where do you stand?"), max_tokens=12)
ITEM = Request("item", prompt("Is it right?\nA: yes\nB: no"), options=("A", "B"))

pytestmark = [
    pytest.mark.models,
    pytest.mark.vllm,
    pytest.mark.slow,
    pytest.mark.xdist_group("vllm"),
    pytest.mark.skipif(not PYTHON, reason="COEVOLVE_VLLM_PYTHON names no Python that has vllm"),
]


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Return a model's folder and those of two adapters."""
    pytest.importorskip("peft")
    base = tmp_path_factory.mktemp("weights")
    model = write_model(base / "tiny")
    return model, write_adapter(base / "old", model, 1), write_adapter(base / "new", model, 2)


@pytest.fixture(scope="module")
def served(folders):
    """Return a mind behind a vLLM that runs as long as the module's tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (
            ("VLLM_CPU_KVCACHE_SPACE", "1"),
            ("VLLM_CPU_OMP_THREADS_BIND", "nobind"),
            ("OMP_NUM_THREADS", "1"),
        ):
            patch.setenv(name, value)
        model, old, _ = folders
        mind = VllmMind(model, voices={"C013": old}, dtype="float32", python=PYTHON, extra_arguments=SMALL)
    yield mind
    mind.close()


class TestVllmConformance(MindConformance):
    @pytest.fixture
    def mind(self, served):
        return served

    @pytest.fixture
    def another(self, served):
        """Return another mind behind the same vLLM, for starting one takes half a minute."""
        mind = _Another(served._dialect.words.url, served.model)
        mind.told = served.identity
        yield mind
        mind.close()


class _Another(ServerMind):
    told = ""

    @property
    def identity(self) -> str:
        return self.told


def test_vllm_understands_all_that_we_ask_for(served):
    found = served.capabilities
    assert (found.token_scores, found.choice, found.counts_tokens) == (True, "structured_outputs", True)


def test_scores_are_those_of_the_model_in_process(served, folders):
    model, old, _ = folders
    requests = [
        replace(ITEM, options=options, voice=voice)
        for options in (("A", "B"), ("B", "A"), ("A", "B", "C"))
        for voice in ("", "C013")
    ]
    local = LocalMind(model, voices={"C013": old}, dtype="float32")
    try:
        expected, found = replies_of(local, requests), replies_of(served, requests)
        assert local.count_tokens(SPEAK.messages) == served.count_tokens(SPEAK.messages)
    finally:
        local.close()
    for one, other in zip(expected, found, strict=True):
        assert other.logprobs == pytest.approx(one.logprobs, abs=2e-3)
    assert found[0].logprobs != pytest.approx(found[1].logprobs, abs=0.01)


def test_the_model_itself_is_not_changed_by_an_adapter_asked_beside_it(served):
    """vLLM on a CPU answers as the adapter in its last slot, unless that slot is empty."""
    requests = [
        replace(ITEM, messages=prompt(f"Is it {i}?"), voice=v) for i in range(30) for v in ("", "C013")
    ]
    together = replies_of(served, requests)
    for request, reply in zip(requests, together, strict=True):
        (alone,) = replies_of(served, [request])
        assert reply.logprobs == pytest.approx(alone.logprobs, abs=2e-3)


def test_options_of_several_tokens_are_chosen_under_a_constraint(served):
    (reply,) = replies_of(served, [replace(ITEM, options=("perhaps", "never"))])
    assert (reply.status, reply.logprobs) == ("answered", None)
    assert reply.text in {"perhaps", "never"}


def test_a_conversation_that_is_too_long_is_invalid_with_both_lengths(served):
    (reply,) = replies_of(served, [replace(SPEAK, messages=prompt("so " * 400))])
    assert reply.status == "invalid"
    assert reply.detail.startswith("the conversation is too long for the model: ")
    assert reply.detail.endswith("at most 512")


def test_many_at_once_are_all_answered(served):
    requests = [replace(SPEAK, temperature=1.0, seed=seed) for seed in range(300)]
    replies = replies_of(served, requests)
    assert {reply.status for reply in replies} <= {"answered", "truncated"}
    assert len({reply.text for reply in replies}) > 250


def test_200_long_prompts_with_seeds_are_answered_though_they_do_not_fit_a_step_together(served):
    """A vLLM on a processor that computes such prompts in pieces ends; see ``on_processor``."""
    requests = [
        replace(SPEAK, messages=prompt(f"{seed} " * (90 + seed % 7)), temperature=1.0, seed=seed)
        for seed in range(200)
    ]
    assert {reply.status for reply in replies_of(served, requests)} <= {"answered", "truncated"}


def test_it_says_which_vllm_it_is_and_on_what_it_computes(served):
    from coevolve_sim.minds.openai.vllm_platform import ask_platform

    found = ask_platform(PYTHON)
    assert found.version == served.version
    assert found.version.startswith("vllm")
    assert found.device
    assert found.is_on_processor == any("computes on the processor" in note for note in served.notes)


def test_turns_that_are_begun_and_whole_texts_are_those_of_the_model_in_process(served, folders):
    model, old, _ = folders
    begun = (*SPEAK.messages, Message("assistant", "I am against it, because "))
    requests = [
        replace(SPEAK, messages=begun),
        replace(ITEM, messages=begun),
        replace(ITEM, options=("of what it does",)),
        replace(ITEM, messages=begun, options=("of what it does",), voice="C013"),
    ]
    local = LocalMind(model, voices={"C013": old}, dtype="float32")
    try:
        expected, found = replies_of(local, requests), replies_of(served, requests)
        assert local.count_tokens(begun) == served.count_tokens(begun)
    finally:
        local.close()
    assert (served.capabilities.continues, served.capabilities.scores_texts) == ("fields", "echo")
    for one, other in zip(expected, found, strict=True):
        assert (other.status, other.tokens_in) == (one.status, one.tokens_in) or one.logprobs is not None
        if one.logprobs is not None:
            assert other.logprobs == pytest.approx(one.logprobs, abs=5e-3)


def test_a_whole_text_is_also_scored_where_only_the_chat_can_be_asked(served):
    request = replace(ITEM, options=("of what it does",))
    (by_echo,) = replies_of(served, [request])
    capabilities = served._dialect.capabilities
    served._dialect.capabilities = replace(capabilities, scores_texts="prompt_logprobs")
    try:
        (by_prompt,) = replies_of(served, [request])
    finally:
        served._dialect.capabilities = capabilities
    assert by_prompt.logprobs == pytest.approx(by_echo.logprobs, abs=5e-3)


def test_a_voice_is_loaded_and_replaced_while_the_server_runs(served, folders):
    _, old, new = folders
    before = served.identity
    served.load_voice("assistant", old)
    first, era = replies_of(served, [replace(ITEM, voice="assistant"), replace(ITEM, voice="C013")])
    assert first.logprobs == pytest.approx(era.logprobs, abs=1e-3)
    with pytest.raises(MindError, match="room for 2 voices"):
        served.load_voice("another", new)
    served.load_voice("assistant", new)
    (second,) = replies_of(served, [replace(ITEM, voice="assistant")])
    assert second.logprobs != pytest.approx(first.logprobs, abs=0.01)
    assert second.model != first.model
    assert served.voices == ("C013", "assistant")
    assert len({before, served.identity}) == 2


def test_an_adapter_that_is_none_is_refused_in_words(served, tmp_path):
    with pytest.raises(MindError, match="vLLM does not take the adapter"):
        served.load_voice("C013", tmp_path)
    assert replies_of(served, [replace(ITEM, voice="C013")])[0].status == "answered"


def test_an_adapter_that_was_learnt_here_is_a_voice_there(served, folders, tmp_path):
    """Replaces a voice while the server runs; scores agree with the model in process."""
    from coevolve_sim.assistants.preferences import PreferencePair
    from coevolve_sim.assistants.training import DpoSettings, dpo_update

    model = folders[0]
    pairs = [PreferencePair(prompt(f"Is it right, {name}?"), "A", "B") for name in ("Ada", "Bob", "Cy", "Di")]
    settings = DpoSettings(learning_rate=1e-2, epochs=4, seed=1)
    dpo_update(model, pairs, tmp_path / "learnt", settings=settings)
    local = LocalMind(model, dtype="float32")
    local.load_voice("C013", tmp_path / "learnt")
    before, expected = (
        replies_of(served, [replace(ITEM, voice="C013")]),
        replies_of(local, [replace(ITEM, voice="C013")]),
    )
    served.load_voice("C013", tmp_path / "learnt")
    (after,) = replies_of(served, [replace(ITEM, voice="C013")])
    assert after.logprobs == pytest.approx(expected[0].logprobs, abs=2e-3)
    assert after.logprobs != pytest.approx(before[0].logprobs, abs=0.01)


def test_an_adapter_of_another_base_is_refused_before_the_server_is_asked(served, folders, tmp_path):
    from coevolve_sim.assistants.preferences import PreferencePair
    from coevolve_sim.assistants.training import DpoSettings, dpo_update

    twin = write_model(tmp_path / "twin", seed=9)
    pair = PreferencePair(prompt("Is it right?"), "A", "B")
    dpo_update(twin, [pair], tmp_path / "foreign", settings=DpoSettings(seed=1))
    with pytest.raises(MindError, match="its base is twin with the fingerprint"):
        served.load_voice("C013", tmp_path / "foreign")
