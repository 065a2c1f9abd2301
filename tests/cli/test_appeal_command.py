"""``coevolve appeal``, as its user types it."""

import json
import math
from pathlib import Path

import pytest
from typer.testing import CliRunner

from coevolve_sim.cli import mind_names
from coevolve_sim.cli.console import find_run
from coevolve_sim.cli.main import app
from coevolve_sim.minds.protocol import Reply
from coevolve_sim.minds.scripted.mind import ScriptedMind
from coevolve_sim.runs import open_run

SAYING = """
name: saying
rounds: 4
value_space: {name: v, dimensions: [peace, honesty]}
population:
  humans: 12
  groups: [{name: young, share: 0.5, centre: 0.2}, {name: old, share: 0.5, centre: 0.8}]
network: {family: ring, degree: 2}
minds: [{kind: scripted}]
channel: {kind: language, bias_map: false, topics_per_round: 2}
assistants: [{name: helper}]
"""
FEW = "name,type,words,mine\nPeace,Value,peace,one\nHonesty,Value,honesty,two\nRight to roam,Right,roam,two\n"


@pytest.fixture
def typed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    (tmp_path / "saying.yaml").write_text(SAYING)
    (tmp_path / "few.csv").write_text(FEW)
    ran = CliRunner().invoke(app, ["run", "saying.yaml", "--only-record"])
    assert ran.exit_code == 0, ran.output

    def type_(*arguments):
        return CliRunner().invoke(app, ["appeal", *arguments])

    return type_


def of_two(request):
    """Say yes where the text has the last word of what is asked about, whichever option stands first."""
    lines = request.messages[-1].content.split("\n")
    is_so = lines[2].rstrip("?").split()[-1] in lines[1]
    chosen = {"Yes": is_so, "No": not is_so, "Supports": True}
    masses = [0.8 if chosen.get(word) else 0.2 / (len(request.options) - 1) for word in request.options]
    return Reply("answered", "", logprobs=tuple(map(math.log, masses)))


def test_a_lexicon_reads_by_default_and_says_by_whom_and_when(typed):
    result = typed()
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("Read by lexicon: ")
    assert "57 candidates (our own)." in result.stdout
    assert "--embedder names a model for that" in result.stdout
    for speaker in ("people", "assistants", "group young", "group old"):
        assert f"\n {speaker} " in result.stdout
        assert f"\n{speaker}" in result.stdout
    assert "grew after round 2: " in result.stdout


def test_halves_without_a_topic_of_both_are_not_compared(typed, tmp_path):
    halves = SAYING.replace("rounds: 4", "rounds: 2").replace("topics_per_round: 2", "topics_per_round: 1")
    (tmp_path / "halves.yaml").write_text(halves)
    assert CliRunner().invoke(app, ["run", "halves.yaml", "--only-record"]).exit_code == 0
    messages = open_run(find_run(Path("last"), tmp_path / "results")).messages
    assert len(messages.groupby("round")["dimension"].unique().map(str).unique()) == 2
    result = typed()
    assert "  After round 1: not compared: no topic was of both halves." in result.stdout
    assert "on 0 topics" not in result.stdout


def test_json_has_every_candidate_of_every_speaker(typed):
    result = typed("last", "--candidates", "few.csv", "--theory", "mine", "--json")
    found = json.loads(result.stdout)
    assert found["separation"] is None
    people = next(one for one in found["speakers"] if one["speaker"] == "people")
    assert [row["name"] for row in people["candidates"]] == ["Peace", "Honesty", "Right to roam"]
    shares = [row["share"] for row in people["candidates"]]
    assert sum(shares) == pytest.approx(1)
    assert people["breadth"]["value"] == pytest.approx(math.exp(-sum(s * math.log(s) for s in shares if s)))
    assert set(people["dimensions"]) == {"one", "two"}
    assert people["topics"] == 2


def test_a_mind_reads_if_it_is_named_and_is_shown_to_read_first(typed, monkeypatch):
    monkeypatch.setattr(mind_names, "open_one_mind", lambda *_, **__: ScriptedMind(of_two))
    result = typed("--mind", "mine", "--candidates", "few.csv", "--messages", "20")
    assert result.exit_code == 0, result.output
    assert "20 messages, 3 candidates (few.csv)." in result.stdout
    assert "more messages were not drawn" in result.stdout
    assert "It is not shown to read appeals: take no number below for one." in result.stdout
    assert "questions were answered alike in both orders" in result.stdout
    found = json.loads(typed("--mind", "mine", "--candidates", "few.csv", "--json").stdout)
    assert found["separation"]["sentences"] == 51
    by_lexicon = json.loads(typed("--candidates", "few.csv", "--json").stdout)
    for one, other in zip(found["speakers"], by_lexicon["speakers"], strict=True):
        ours, theirs = ([row["share"] > 0 for row in s["candidates"]] for s in (one, other))
        assert ours == theirs


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--mind", "a", "--kaleido", "b"), 3, "--mind and --kaleido are two readers; give one of them"),
        (("--voice", "a=b"), 3, "--voice is of a mind; name it by --mind"),
        (("--theory", "zodiac"), 3, "there is no theory 'zodiac' of these candidates; there are: mft"),
        (("--candidates", "none.csv"), 3, "none.csv: there is no such file"),
        (("missing",), 5, "missing"),
    ],
)
def test_what_cannot_be_read_is_said(typed, arguments, code, said):
    result = typed(*arguments)
    assert result.exit_code == code, result.output
    assert said in result.stderr


@pytest.mark.parametrize("option", ["--kaleido", "--embedder"])
def test_a_model_whose_folder_is_not_there_is_refused(typed, option):
    pytest.importorskip("huggingface_hub")
    result = typed(option, "./none")
    assert (result.exit_code, "there is no folder" in result.stderr) == (7, True), result.output


def test_a_run_in_numbers_and_a_study_are_refused_before_a_mind_is_opened(typed, tmp_path, monkeypatch):
    monkeypatch.setattr(mind_names, "open_one_mind", lambda *_, **__: pytest.fail("opened"))
    (tmp_path / "n.yaml").write_text("{name: n, rounds: 1, population: {humans: 12}}")
    assert CliRunner().invoke(app, ["run", "n.yaml", "--only-record"]).exit_code == 0
    result = typed("--mind", "mine")
    assert result.exit_code == 3
    assert "a run in numbers" in result.stderr
    (tmp_path / "results" / "s").mkdir()
    (tmp_path / "results" / "s" / "study.sqlite").touch()
    result = typed("s")
    assert result.exit_code == 5
    assert "is a study; name a run" in result.stderr


@pytest.mark.models
def test_an_embedder_drops_what_is_alike_by_meaning(typed, tmp_path):
    pytest.importorskip("torch")
    from tests.language.readers.test_folder_readers import write_bert

    folder = write_bert(tmp_path / "bert", "BertModel")
    found = json.loads(typed("--embedder", str(folder), "--likeness", "0", "--json").stdout)
    lax = json.loads(typed("--json").stdout)
    assert not any("--embedder" in line for line in found["about"])
    n = [sum(row["share"] > 0 for row in one["speakers"][0]["candidates"]) for one in (found, lax)]
    assert n[0] <= n[1]
