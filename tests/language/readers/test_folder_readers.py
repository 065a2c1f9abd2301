"""Readers by a model in a folder: tiny models of the same layout, and folders that are no such models."""

import json

import pytest

from coevolve_sim.errors import MindError
from coevolve_sim.language.readers import ToRead
from coevolve_sim.language.readers.embedding import EmbeddingReader
from coevolve_sim.language.readers.entailment import EntailmentReader
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
