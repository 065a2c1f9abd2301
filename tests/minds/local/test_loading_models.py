"""What cannot be loaded is refused with one clear error."""

from __future__ import annotations

import json
import shutil
import sys

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("peft")

from safetensors.torch import load_file, save_file

from coevolve_sim.errors import MindError
from coevolve_sim.minds.local.checkpoints import count_parameters, fingerprint
from coevolve_sim.minds.local.mind import LocalMind
from tests.minds.tiny_model import write_adapter, write_model

pytestmark = pytest.mark.models


@pytest.fixture
def copied(tiny_model, tmp_path):
    return shutil.copytree(tiny_model, tmp_path / "copy")


def changed_weights(folder, change):
    weights = load_file(folder / "model.safetensors")
    change(weights)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})


def refused(folder, match, **settings):
    with pytest.raises(MindError, match=match):
        LocalMind(folder, **settings)


def test_a_folder_that_is_not_there(tmp_path):
    refused(tmp_path / "nowhere", "there is no folder .*nowhere")


def test_a_name_that_the_hub_does_not_give(monkeypatch):
    import huggingface_hub

    def offline(*_, **__):
        raise huggingface_hub.errors.LocalEntryNotFoundError("https://secret@hub")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", offline)
    with pytest.raises(
        MindError, match=r"the Hub did not give it .LocalEntryNotFoundError.*check the name"
    ) as told:
        LocalMind("nobody/nothing")
    assert "secret" not in str(told.value)


def test_a_folder_without_a_config(copied):
    (copied / "config.json").unlink()
    refused(copied, "has no config.json; it is not the folder of a model")


def test_weights_as_pickles_are_refused_by_name(copied):
    (copied / "model.safetensors").rename(copied / "pytorch_model.bin")
    refused(copied, r"pickles only \(pytorch_model.bin\).*safetensors")


def test_no_weights_at_all(copied):
    (copied / "model.safetensors").unlink()
    refused(copied, "has no weights")


def test_weights_cut_short(copied):
    whole = (copied / "model.safetensors").read_bytes()
    (copied / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    refused(copied, "cannot be opened as a causal language model")


def test_weights_that_are_no_safetensors(copied):
    (copied / "model.safetensors").write_bytes(b"\xff" * 100)
    refused(copied, "cannot be read")


def test_code_that_comes_with_a_model_is_never_run(copied):
    config = json.loads((copied / "config.json").read_text())
    (copied / "config.json").write_text(
        json.dumps(config | {"auto_map": {"AutoModelForCausalLM": "mine.Mine"}})
    )
    (copied / "mine.py").write_text("raise SystemExit('it ran')")
    refused(copied, "never run here")


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda weights: weights.pop("model.layers.1.mlp.up_proj.weight"), "missing"),
        (lambda weights: weights.update({"model.layers.7.extra": torch.zeros(2)}), "unexpected"),
        (lambda weights: weights.update({"model.norm.weight": torch.zeros(3)}), "mismatch|cannot be opened"),
    ],
    ids=["missing", "unexpected", "mismatched"],
)
def test_weights_that_do_not_fit_the_config(copied, change, what):
    changed_weights(copied, change)
    refused(copied, what)


def test_a_tokenizer_without_a_chat_template(tmp_path):
    folder = write_model(tmp_path / "bare", template=None)
    refused(folder, "has no chat template.*chat_template=PATH")
    template = tmp_path / "template.jinja"
    template.write_text("{% for message in messages %}{{ message.content }}{% endfor %}")
    assert LocalMind(folder, chat_template=template).voices == ()


def test_a_model_without_a_tokenizer(copied):
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (copied / name).unlink()
    refused(copied, "no tokenizer")


def test_a_template_that_cannot_be_read(tiny_model, tmp_path):
    refused(
        tiny_model,
        r"chat template .*none\.jinja: there is no such file",
        chat_template=tmp_path / "none.jinja",
    )


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"dtype": "int4"}, "dtype must be one of auto"),
        ({"device": "tpu"}, "device must be auto"),
        ({"voices": {"": "x"}}, "a voice needs a name"),
    ],
    ids=["dtype", "device", "voice"],
)
def test_settings_that_do_not_exist(tiny_model, settings, match):
    refused(tiny_model, match, **settings)


def test_an_adapter_of_another_model(tiny_model, tmp_path):
    other = write_model(tmp_path / "other", hidden=32)
    adapter = write_adapter(tmp_path / "adapter", other, 0)
    refused(tiny_model, "voice C013: the adapter .* does not fit the model", voices={"C013": adapter})


def test_an_adapter_of_a_deeper_model(tiny_model, tmp_path):
    other = write_model(tmp_path / "other", layers=3)
    adapter = write_adapter(tmp_path / "adapter", other, 0)
    refused(tiny_model, "does not fit the model: .*no counterpart", voices={"C013": adapter})


def test_a_folder_that_is_no_adapter(tiny_model):
    refused(tiny_model, "has no adapter_config.json", voices={"C013": tiny_model})


def test_an_adapter_as_pickle(tiny_model, tiny_voices, tmp_path):
    folder = shutil.copytree(tiny_voices["C013"], tmp_path / "adapter")
    (folder / "adapter_model.safetensors").rename(folder / "adapter_model.bin")
    refused(tiny_model, "pickles only", voices={"C013": folder})


def test_without_the_extra_the_error_says_what_to_install(tiny_model, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    refused(tiny_model, r"torch is not installed.*coevolve-sim\[lm\]")


def test_a_fingerprint_follows_content_and_not_the_place(tiny_model, copied):
    assert fingerprint(copied) == fingerprint(tiny_model)
    changed_weights(copied, lambda weights: weights["model.norm.weight"].mul_(2))
    assert fingerprint(copied) != fingerprint(tiny_model)
    assert fingerprint(copied, "a template") != fingerprint(copied)


def test_of_a_copy_from_the_hub_the_commit_is_the_fingerprint(tiny_model, tmp_path):
    marks = set()
    for commit in ("a" * 40, "b" * 40):
        folder = shutil.copytree(tiny_model, tmp_path / "models--x" / "snapshots" / commit)
        marks.add(fingerprint(folder))
    assert len(marks) == 2


def test_parameters_are_counted_from_the_headers(tiny_model):
    model = LocalMind(tiny_model).model
    assert count_parameters([tiny_model / "model.safetensors"]) == sum(p.numel() for p in model.parameters())
