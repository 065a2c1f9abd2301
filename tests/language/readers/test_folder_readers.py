"""Readers by a model in a folder: tiny models of the same layout, and folders that are no such models."""

import json
import shutil
import sys
import warnings
from types import SimpleNamespace

import numpy as np
import pytest

from coevolve_sim.errors import MindError
from coevolve_sim.language.readers import ToRead
from coevolve_sim.language.readers.embedding import EmbeddingReader
from coevolve_sim.language.readers.entailment import EntailmentReader
from coevolve_sim.language.readers.folder_models import OUTPUTS, FolderModel, _open_torch
from coevolve_sim.minds.scripted.mind import ScriptedMind
from tests.language.readers.test_scored_readers import CONTEXT
from tests.minds.tiny_model import write_model

pytestmark = pytest.mark.models


def write_bert(folder, head, labels=None):
    """Write a tiny BERT with a tokenizer of words."""
    import torch
    import transformers

    folder.mkdir()
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "for", "against", "the", "writer", "is", "good"]
    (folder / "vocab.txt").write_text("\n".join(words))
    transformers.BertTokenizer(str(folder / "vocab.txt")).save_pretrained(folder)
    named = {} if labels is None else {"id2label": dict(enumerate(labels)), "num_labels": len(labels)}
    config = transformers.BertConfig(
        vocab_size=len(words),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        **named,
    )
    torch.manual_seed(0)
    getattr(transformers, head)(config).save_pretrained(folder)
    return folder


@pytest.mark.parametrize(
    "labels", [("entailment", "neutral", "contradiction"), ("not_entailment", "entailment")]
)
def test_a_model_of_two_or_three_labels_reads(tmp_path, labels):
    folder = write_bert(tmp_path / "nli", "BertForSequenceClassification", labels)
    fitted = EntailmentReader(folder).prepare(CONTEXT).fit(ScriptedMind())
    said = [ToRead("the writer is for", 0, ""), ToRead("good good good", 1, "")]
    first, second = fitted.read(ScriptedMind(), said), fitted.read(ScriptedMind(), said[::-1])
    assert [one.value for one in first] == [one.value for one in second[::-1]]
    assert all(0.0 <= one.value <= 1.0 for one in first)
    assert f"by nli {fitted.opened.identity.split()[1]}" in fitted.describe()


def test_an_embedder_reads(tmp_path):
    folder = write_bert(tmp_path / "embedder", "BertModel")
    fitted = EmbeddingReader(folder).prepare(CONTEXT).fit(ScriptedMind())
    read = fitted.read(ScriptedMind(), [ToRead("the writer is for", 0, "")])
    assert 0.0 <= read[0].value <= 1.0
    assert read[0].error == fitted.fitted.error


@pytest.mark.parametrize(
    ("labels", "named"),
    [
        (("positive", "negative"), "positive, negative"),
        (("a", "b", "c", "entailment"), "a, b, c, entailment"),
    ],
)
def test_a_classifier_of_something_else_is_refused(tmp_path, labels, named):
    folder = write_bert(tmp_path / "other", "BertForSequenceClassification", labels)
    with pytest.raises(MindError, match=rf"is no model of entailment: .* names {named}.*; 2 or 3 labels"):
        EntailmentReader(folder).prepare(CONTEXT).fit(ScriptedMind())


def test_a_folder_without_the_head_or_without_a_model_is_refused(tmp_path):
    embedder = write_bert(tmp_path / "embedder", "BertModel")
    with pytest.raises(MindError, match="is no AutoModelForSequenceClassification: it lacks classifier"):
        EntailmentReader(embedder).prepare(CONTEXT).fit(ScriptedMind())
    with pytest.raises(MindError, match="there is no folder"):
        EntailmentReader(tmp_path / "nowhere").prepare(CONTEXT).fit(ScriptedMind())
    llama = write_model(tmp_path / "llama")
    config = json.loads((llama / "config.json").read_text())
    (llama / "config.json").write_text(json.dumps({**config, "auto_map": {"AutoModel": "own.py"}}))
    with pytest.raises(MindError, match="comes with code of its own"):
        EmbeddingReader(llama).prepare(CONTEXT).fit(ScriptedMind())


# --- exports to ONNX -----------------------------------------------------------------------------

NLI = ("entailment", "neutral", "contradiction")
SAID = [ToRead("the writer is for", 0, ""), ToRead("good good against", 1, ""), ToRead("good", 0, "")]
KINDS = {
    "nli": (EntailmentReader, "BertForSequenceClassification", NLI),
    "embedder": (EmbeddingReader, "BertModel"),
}


def without_weights(folder, to):
    """Copy what a folder holds besides its weights, with an empty file where an export lies."""
    to.mkdir()
    for path in folder.iterdir():
        if path.suffix != ".safetensors":
            shutil.copy(path, to)
    (to / "onnx").mkdir()
    (to / "onnx" / "model.onnx").write_bytes(b"")
    return to


class StandIn:
    """An onnxruntime session that computes by the folder beside it, in safetensors."""

    def __init__(self, folder, head, names=("input_ids", "attention_mask", "token_type_ids")):
        self.inner, self.output, self.names = _open_torch(folder, head), OUTPUTS[head], names

    def get_inputs(self):
        return [SimpleNamespace(name=name) for name in self.names]

    def get_outputs(self):
        return [SimpleNamespace(name=self.output)]

    def run(self, outputs, given):
        assert (outputs, list(given)) == ([self.output], list(self.names))
        assert all(array.dtype == np.int64 for array in given.values())
        return [self.inner(given)]


def use_session(monkeypatch, session):
    monkeypatch.setitem(
        sys.modules, "onnxruntime", SimpleNamespace(InferenceSession=lambda _file, providers: session)
    )


def read(reader, folder):
    fitted = reader(folder).prepare(CONTEXT).fit(ScriptedMind())
    return fitted, [one.value for one in fitted.read(ScriptedMind(), SAID)]


@pytest.mark.parametrize("kind", KINDS)
def test_an_export_reads_as_the_safetensors_do(tmp_path, kind, monkeypatch):
    reader, *made = KINDS[kind]
    folder = write_bert(tmp_path / kind, *made)
    exported = without_weights(folder, tmp_path / "exported")
    use_session(monkeypatch, StandIn(folder, reader.head))
    (first, values), (second, found) = read(reader, folder), read(reader, exported)
    assert values == found
    assert first.opened.identity != second.opened.identity
    before = second.opened.identity
    (exported / "onnx" / "model.onnx").write_bytes(b"other")
    assert read(reader, exported)[0].opened.identity != before


def test_a_folder_with_both_is_read_by_its_safetensors(tmp_path, monkeypatch):
    folder = write_bert(tmp_path / "nli", *KINDS["nli"][1:])
    (folder / "model.onnx").write_bytes(b"")
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert read(EntailmentReader, folder)[1]


def test_an_export_without_onnxruntime_or_of_another_kind_says_so(tmp_path, monkeypatch):
    folder = write_bert(tmp_path / "nli", *KINDS["nli"][1:])
    exported = without_weights(folder, tmp_path / "exported")
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MindError, match=r"onnxruntime is not installed, .*: pip install 'coevolve-sim\[onnx"):
        read(EntailmentReader, exported)
    use_session(monkeypatch, StandIn(folder, "AutoModelForSequenceClassification"))
    with pytest.raises(MindError, match="is no export of a AutoModel: it gives logits, and not last_hidden"):
        read(EmbeddingReader, exported)
    use_session(monkeypatch, StandIn(folder, "AutoModelForSequenceClassification", ("pixels",)))
    with pytest.raises(MindError, match="wants pixels, which its folder's tokenizer does not give"):
        read(EntailmentReader, exported)


@pytest.mark.parametrize("kind", KINDS)
def test_onnxruntime_and_torch_agree(tmp_path, kind):
    pytest.importorskip(
        "onnxruntime", reason="onnxruntime is not installed: pip install 'coevolve-sim[onnx]'"
    )
    pytest.importorskip("onnx", reason="onnx is not installed, by which torch exports")
    import torch
    import transformers

    reader, *made = KINDS[kind]
    folder = write_bert(tmp_path / kind, *made)
    exported = without_weights(folder, tmp_path / "exported")
    model = getattr(transformers, reader.head).from_pretrained(folder, attn_implementation="eager")
    model.eval().requires_grad_(requires_grad=False)
    names = ["input_ids", "attention_mask", "token_type_ids"]

    class Plain(torch.nn.Module):
        def forward(self, ids, mask, types):
            found = model(input_ids=ids, attention_mask=mask, token_type_ids=types)
            return getattr(found, OUTPUTS[reader.head])

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Plain(),
            tuple(torch.ones((2, 5), dtype=torch.int64) for _ in names),
            str(exported / "onnx" / "model.onnx"),
            input_names=names,
            output_names=[OUTPUTS[reader.head]],
            dynamic_axes={name: {0: "texts", 1: "tokens"} for name in [*names, "last_hidden_state"]},
            dynamo=False,
        )
    opened = [FolderModel(place, reader.head) for place in (folder, exported)]
    texts = ["the writer is for", "good", "against the writer is good good"]
    outputs = [[output for output, _ in one.compute(texts)] for one in opened]
    assert np.abs(np.concatenate(outputs[0]) - np.concatenate(outputs[1])).max() < 1e-4
    assert np.abs(np.array(read(reader, folder)[1]) - read(reader, exported)[1]).max() < 1e-4
