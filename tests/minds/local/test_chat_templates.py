"""Models whose templates lack a system role, want roles to alternate, think, or have the Alpaca form."""

from __future__ import annotations

import json

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from coevolve_sim.errors import MindError, ScenarioError
from coevolve_sim.minds import Message, Request
from coevolve_sim.minds.chat_templates import ALPACA_TEMPLATE, choose_template, is_alpaca
from coevolve_sim.minds.local.chat_template import ChatPrompts
from coevolve_sim.minds.local.mind import LocalMind
from coevolve_sim.scenario import dump, load, loads
from coevolve_sim.testing.minds import prompt, replies_of
from tests.minds.tiny_model import write_model

pytestmark = pytest.mark.models

ASKED = prompt("Where do you stand?")
BEGUN = (*ASKED, Message("assistant", "I am against it, because "))

GEMMA = (
    "{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
    "{% for message in messages %}"
    "{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}"
    "<start_of_turn>{{ 'model' if message['role'] == 'assistant' else message['role'] }}\n"
    "{{ message['content'] | trim }}<end_of_turn>\n{% endfor %}"
    "{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}"
)
MISTRAL = (
    "{% for message in messages %}"
    "{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}"
    "{% if message['role'] == 'user' %}[INST] {{ message['content'] }} [/INST]"
    "{% else %}{{ message['content'] }}<|end|>{% endif %}{% endfor %}"
)
VICUNA = (
    "{% for message in messages %}{% if message['role'] == 'system' %}{{ message['content'] }}\n\n"
    "{% elif message['role'] == 'user' %}USER: {{ message['content'] }}\n"
    "{% else %}ASSISTANT: {{ message['content'] }}<|end|>\n{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}ASSISTANT:{% endif %}"
)
QWEN_THINKING = (
    "{% for message in messages %}"
    "{% if message['role'] == 'assistant' %}{% set content = message['content'] %}"
    "{% if '</think>' in content %}{% set content = content.split('</think>')[-1].lstrip('\n') %}{% endif %}"
    "<|im_start|>assistant\n{% if loop.last %}<think>\n\n</think>\n\n{% endif %}{{ content.lstrip('\n') }}"
    "<|im_end|>\n{% else %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endif %}"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n"
    "{% if enable_thinking is defined and enable_thinking is false %}<think>\n\n</think>\n\n{% endif %}"
    "{% endif %}"
)
DROPS_SYSTEM = (
    "{% for message in messages %}{% if message['role'] != 'system' %}<|{{ message['role'] }}|>"
    "{{ message['content'] }}<|end|>{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
TURN = "You are Ada.\n\nWhere do you stand?"
FORMS = {
    "Gemma": (GEMMA, f"<start_of_turn>user\n{TURN}<end_of_turn>\n<start_of_turn>model\n", "", True),
    "Mistral": (MISTRAL, f"[INST] {TURN} [/INST]", "", True),
    "Vicuna": (VICUNA, "You are Ada.\n\nUSER: Where do you stand?\nASSISTANT:", " ", False),
    "Qwen, thinking": (
        QWEN_THINKING,
        (
            "<|im_start|>system\nYou are Ada.<|im_end|>\n<|im_start|>user\nWhere do you stand?<|im_end|>\n"
            "<|im_start|>assistant\n"
        ),
        "<think>\n\n</think>\n\n",
        False,
    ),
    "one that drops the system role": (DROPS_SYSTEM, f"<|user|>{TURN}<|end|><|assistant|>", "", True),
}


@pytest.fixture(scope="module")
def mind(tiny_model):
    return LocalMind(tiny_model)


def prompts(mind, template):
    return ChatPrompts(mind.prompting.tokenizer, template)


@pytest.mark.parametrize("name", FORMS)
def test_a_conversation_is_written_as_the_template_has_it(mind, name):
    template, before, opened, folds = FORMS[name]
    written = prompts(mind, template)
    assert written.render(ASKED) == before
    assert written.render(BEGUN) == f"{before}{opened}I am against it, because "
    assert [note.startswith("its chat template has no system role") for note in written.notes] == [
        True
    ] * folds


@pytest.mark.parametrize("template", [GEMMA, MISTRAL])
def test_turns_of_one_role_are_merged_where_roles_must_alternate(mind, template):
    written = prompts(mind, template)
    text = written.render((Message("user", "One."), Message("user", "Two.")))
    assert "One.\n\nTwo." in text
    (note,) = written.notes
    assert note.startswith("its chat template wants roles to alternate")


def test_a_template_that_takes_no_form_of_a_conversation_says_why(mind):
    written = prompts(mind, "{{ raise_exception('tools only') }}")
    with pytest.raises(MindError, match="the chat template does not take this conversation: tools only"):
        written.render(ASKED)
    assert written.notes == []


def test_a_model_of_such_a_template_answers_and_notes_it(tmp_path):
    mind = LocalMind(write_model(tmp_path / "gemma", template=GEMMA))
    item = Request("item", ASKED, options=("A", "B"))
    replies = replies_of(
        mind, [Request("speak", ASKED, max_tokens=3), item, Request("speak", BEGUN, max_tokens=3)]
    )
    assert {reply.status for reply in replies} <= {"answered", "truncated"}
    (note,) = mind.notes
    assert "no system role" in note
    mind.close()


def test_a_model_that_was_not_told_the_system_message_before_is_another_mind_now(tmp_path):
    """Replies that are kept from runs in which the persona was dropped are not found."""
    for template, is_another in ((DROPS_SYSTEM, True), (GEMMA, False), (VICUNA, False)):
        folder = write_model(tmp_path / str(len(template)), template=template)
        mind = LocalMind(folder)
        assert ("its system message folded" in mind.identity) == is_another
        mind.close()


# The Alpaca form.

ALPACA_PROMPT = (
    "Below is an instruction that describes a task. Write a response that appropriately completes the "
    "request.\n\n### Instruction:\nYou are Ada.\n\nWhere do you stand?\n\n### Response:\n"
)


def test_the_alpaca_form_is_one_instruction_and_one_response(mind):
    written = prompts(mind, ALPACA_TEMPLATE)
    assert written.render(ASKED) == ALPACA_PROMPT
    assert written.render(BEGUN) == ALPACA_PROMPT + "I am against it, because "
    assert written.render_answered(ASKED, "I am for it.") == ALPACA_PROMPT + "I am for it.<|end|>"
    assert written.notes == []


def test_the_alpaca_form_has_no_history_of_turns(mind):
    turns = (Message("user", "One."), Message("assistant", "Well."), Message("user", "Two."))
    with pytest.raises(MindError, match="no history of turns"):
        prompts(mind, ALPACA_TEMPLATE).render(turns)


def test_a_model_is_asked_in_the_form_that_is_chosen_and_is_another_mind_then(tiny_model, tmp_path):
    plain, alpaca = LocalMind(tiny_model), LocalMind(tiny_model, chat_template="alpaca")
    assert alpaca.prompting.render(ASKED) == ALPACA_PROMPT
    assert plain.identity != alpaca.identity
    assert LocalMind(tiny_model, chat_template="auto").identity == plain.identity
    path = tmp_path / "mine.jinja"
    path.write_text("{{ messages[-1]['content'] }}>")
    assert LocalMind(tiny_model, chat_template=path).prompting.render(ASKED) == f"{TURN}>"
    with pytest.raises(MindError, match="chat template"):
        LocalMind(tiny_model, chat_template=tmp_path / "none.jinja")


def test_a_reply_in_the_alpaca_form_ends_at_the_next_heading(tiny_model, monkeypatch):
    mind = LocalMind(tiny_model, chat_template="alpaca")
    said = "I am for it.\n\n### Instruction:\nSay"
    monkeypatch.setattr(mind.prompting, "decode", lambda _tokens: said)
    (reply,) = replies_of(mind, [Request("speak", ASKED, max_tokens=4)])
    assert (reply.status, reply.text, reply.detail) == ("answered", "I am for it.\n", "")
    plain = LocalMind(tiny_model)
    monkeypatch.setattr(plain.prompting, "decode", lambda _tokens: said)
    (reply,) = replies_of(plain, [Request("speak", ASKED, max_tokens=4)])
    assert (reply.status, reply.text) == ("truncated", said)


def test_a_model_whose_own_template_is_of_the_form_keeps_it():
    own = "{{ messages[0].content }}\n### Instruction:\n...\n### Response:\n"
    assert is_alpaca(own)
    assert choose_template("alpaca", own) is None
    assert choose_template("alpaca", GEMMA) == ALPACA_TEMPLATE


# In a scenario.

SCENARIO = (
    "{{name: tiny, rounds: 3, population: {{humans: 20}}, channel: {{kind: language}}, minds: [{mind}]}}"
)


@pytest.mark.parametrize("kind", ["local", "vllm"])
def test_a_scenario_chooses_a_template_and_a_file_is_relative_to_it(tmp_path, kind):
    path = tmp_path / "tiny.yaml"
    for given, expected in (
        ("alpaca", "alpaca"),
        ("auto", "auto"),
        ("mine.jinja", str(tmp_path / "mine.jinja")),
        ("./mine.jinja", str(tmp_path / "mine.jinja")),
    ):
        path.write_text(SCENARIO.format(mind=f"{{kind: {kind}, model: org/m, chat_template: {given}}}"))
        found = load(path)
        assert found.minds[0].chat_template == expected
        assert loads(dump(found)) == found


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("chat_template: ''", "chat_template"),
        ("chat_template: 3", "chat_template"),
        ("extra_arguments: [--port, '80']", "--port is set by the mind itself"),
        ("extra_arguments: ['--dtype=float16']", "give dtype"),
        ("extra_arguments: --port", "extra_arguments"),
        ("python: ''", "python"),
    ],
)
def test_keys_of_vllm_that_cannot_be_are_refused(keys, said):
    with pytest.raises(ScenarioError, match=said):
        loads(SCENARIO.format(mind=f"{{kind: vllm, model: org/m, {keys}}}"))


def test_weights_that_learn_are_refused_another_template_than_the_models_own():
    text = (
        "{name: tiny, rounds: 3, population: {humans: 20}, channel: {kind: language}, minds: [{kind: local, "
        "model: org/m, chat_template: alpaca}], assistants: [{policy: {kind: dpo}}]}"
    )
    with pytest.raises(ScenarioError, match="learns in the model's own chat template"):
        loads(text)
    loads(text.replace("alpaca", "auto"))


def test_progressgyms_models_are_spoken_to_in_the_alpaca_form(monkeypatch):
    from coevolve_sim.cli import mind_names

    asked = []
    monkeypatch.setattr(mind_names, "open_mind", asked.append)
    for era in mind_names.eras_of_mind("progressgym-8B", (), {}):
        era.mind()
    assert len(asked) == 9
    assert {spec.chat_template for spec in asked} == {"alpaca"}
    assert mind_names.parse_mind("org/m", {}).chat_template == "auto"


def test_a_folders_template_is_found_as_transformers_keeps_it(tmp_path):
    from coevolve_sim.minds.chat_templates import template_in

    assert template_in(tmp_path) is None
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"chat_template": "one"}))
    assert template_in(tmp_path) == "one"
    (tmp_path / "chat_template.jinja").write_text("two")
    assert template_in(tmp_path) == "two"
