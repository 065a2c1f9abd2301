"""Voices of centuries: authors held out, the diagonal on planted languages, a kill that changes nothing."""

from __future__ import annotations

import csv
import inspect
import json
import math

import numpy as np
import pytest
from typer.testing import CliRunner

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("peft")

from coevolve_sim.assistants.training import dated_voices
from coevolve_sim.assistants.training.adapters import Trainable
from coevolve_sim.assistants.training.dated_voices import VoiceSettings, plan_voices, train_voices
from coevolve_sim.assistants.training.dated_voices.blocks import draw_blocks
from coevolve_sim.assistants.training.dated_voices.dated_texts import read_index
from coevolve_sim.assistants.training.dated_voices.losses import surprises
from coevolve_sim.assistants.training.dated_voices.perplexity import BASE, TextSet, diagonals, verdict
from coevolve_sim.cli.main import app
from coevolve_sim.cli.training_commands import train_voices as train_voices_command
from coevolve_sim.errors import TrainingError
from coevolve_sim.streams import stream

pytestmark = pytest.mark.models

LETTERS = {"C016": "abc", "C019": "xyz"}
QUICK = VoiceSettings(
    tokens=1500, block=32, rehearsal=0.0, measured_tokens=300, learning_rate=1e-2, batch=4, rank=4
)


def write_texts(folder, n_authors=3):
    """Write an index of two centuries that have no letter in common."""
    folder.mkdir()
    rows = ["file,century,author,year"]
    for century, letters in LETTERS.items():
        for number in range(n_authors):
            rng = stream(0, century, number)
            words = ["".join(rng.choice(list(letters), 4)) for _ in range(500 + 100 * number)]
            (folder / f"{century}_{number}.txt").write_text(" ".join(words), encoding="utf-8")
            rows.append(f"{century}_{number}.txt,{century},writer {number},1500")
    (folder / "index.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder / "index.csv"


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    return write_texts(tmp_path_factory.mktemp("texts") / "two")


@pytest.fixture(scope="module")
def trained(base, index, tmp_path_factory):
    folder = tmp_path_factory.mktemp("voices") / "all"
    return folder, train_voices(index, base, folder, halves=True, settings=QUICK)


def test_each_voice_tells_the_planted_language_of_its_century_best(trained):
    folder, report = trained
    assert report.diagonal_wins
    assert [one.texts.name for one in report.diagonals] == ["C016a", "C016b", "C019a", "C019b"]
    assert all(one.low > 0.0 for one in report.diagonals)
    assert "in 4 of 4 sets" in report.verdict
    rows = list(csv.DictReader((folder / "perplexity.csv").read_text().splitlines()))
    assert len(rows) == 5 * 4
    of_base = [float(row["perplexity"]) for row in rows if row["voice"] == BASE]
    own = [float(row["perplexity"]) for row in rows if row["voice"] == row["texts"]]
    assert all(found < before for found, before in zip(own, of_base, strict=True))
    # It was measured on what it did not learn, and the other half's voice is not compared there.
    assert {(r["voice"], r["texts"]) for r in rows if r["learnt"] == "yes"} == {
        ("C016a", "C016b"), ("C016b", "C016a"), ("C019a", "C019b"), ("C019b", "C019a")
    }  # fmt: skip


def test_halves_share_no_author_and_are_about_as_long(trained):
    _, report = trained
    by_name = {one.name: one for one in report.voices}
    for century in LETTERS:
        first, second = by_name[f"{century}a"], by_name[f"{century}b"]
        assert not set(first.authors) & set(second.authors)
        assert (first.authors, first.held_out) == (second.held_out, second.authors)
    assert by_name["C016a"].authors == ("writer 2",)  # 700 words, and 600 with 500


def test_what_is_done_is_not_done_again(trained, base, index):
    folder, report = trained
    steps = []
    again = train_voices(
        index, base, folder, halves=True, settings=QUICK, progress=lambda what, *_: steps.append(what)
    )
    assert again == report
    assert set(steps) == {"Perplexity"}


def test_training_that_was_killed_goes_on_to_the_same_weights(trained, base, index, tmp_path):
    folder, _ = trained

    class Killed(BaseException):
        """As a signal would."""

    def kill(what, done, _total):
        if what == "Voice C016b" and done == 11:
            raise Killed

    with pytest.raises(Killed):
        train_voices(index, base, tmp_path / "cut", halves=True, settings=QUICK, progress=kill)
    assert (tmp_path / "cut" / ".C016b.safetensors").exists()
    steps = []

    def show(what, done, _total):
        steps.append((what, done))

    train_voices(index, base, tmp_path / "cut", halves=True, settings=QUICK, progress=show)
    assert steps[0] == ("Voice C016b", 11)  # ten updates were kept
    for name in ("C016a", "C016b", "C019a", "C019b"):
        file = f"{name}/adapter_model.safetensors"
        assert (tmp_path / "cut" / file).read_bytes() == (folder / file).read_bytes()
    assert not (tmp_path / "cut" / ".C016b.safetensors").exists()


def test_surprise_is_the_models_own_loss(base, index):
    trainable = Trainable(base, None, QUICK)
    own = {"writer 0": [text for text in read_index(index) if text.century == "C016"][:1]}
    rows = draw_blocks(own, trainable.prompting.encode, n_tokens=100, length=32, seed=0, purpose="test")
    found = surprises(trainable, rows, 3)
    for row, (nats, count) in zip(rows, found, strict=True):
        ids = torch.tensor([row.prompt + row.answer])
        with torch.no_grad():
            mean = float(trainable.passes.model(input_ids=ids, labels=ids).loss)
        assert count == len(row.answer)
        assert nats / count == pytest.approx(mean, rel=1e-5)


def test_blocks_are_parts_of_the_text_none_twice_about_as_many_of_each_author(index):
    texts = {one.author: [one] for one in read_index(index) if one.century == "C019"}
    rows = draw_blocks(
        texts, lambda text: tuple(text.encode()), n_tokens=600, length=32, seed=3, purpose="test"
    )
    told = [bytes(row.prompt + row.answer).decode() for row in rows]
    whole = [own[0].read() for own in texts.values()]
    assert all(any(part in text for text in whole) for part in told)
    assert len(set(told)) == len(told)
    of_each = [sum(len(part) for part in told if part in text) for text in whole]
    assert all(200 <= many < 240 for many in of_each)


def test_typography_is_normalized_and_spelling_is_not(tmp_path):
    words = "x " * 2 + "ſynne  and\nﬁſh vnto " * 30
    (tmp_path / "old.txt").write_text(words, encoding="utf-8")
    (tmp_path / "index.csv").write_text("file,century,author\nold.txt,C016,one\n")
    [text] = read_index(tmp_path / "index.csv")
    assert text.read().startswith("synne and fish vnto")


def test_a_voice_of_a_century_holds_out_its_shortest_author(index):
    planned = plan_voices(read_index(index), ["C019"])
    assert [one.name for one in planned] == ["C019"]
    assert [*planned[0].held_out] == ["writer 0"]
    assert [*planned[0].learnt] == ["writer 1", "writer 2"]


def test_the_diagonal_is_read_off_a_table_of_known_answer():
    texts = [TextSet("a", "C016", frozenset({"old"})), TextSet("b", "C019", frozenset())]
    told = {
        ("old", "a"): [0.1, 0.1, 0.1],  # it learnt from them, and does not count
        ("older", "a"): [1.0, 1.2, 1.1],
        ("new", "a"): [1.5, 1.6, 1.7],
        (BASE, "a"): [0.5, 0.5, 0.5],
        ("old", "b"): [2.0, 2.0, 2.3],
        ("older", "b"): [2.1, 2.1, 2.1],
        ("new", "b"): [2.2, 2.3, 2.1],
    }
    nats = {key: np.array(of) for key, of in told.items()}
    first, second = diagonals(nats, {"old": "C016", "older": "C016", "new": "C019"}, texts)
    assert (first.wins, first.own, first.best) == (True, "older", BASE)
    lead = [0.5, 0.4, 0.6]
    half = 4.302652729911275 * np.std(lead, ddof=1) / math.sqrt(3)  # Student's t of 2 degrees
    assert (first.margin, first.low) == pytest.approx((0.5, 0.5 - half))
    assert (second.wins, second.best) == (False, "old")
    assert verdict([first, second], 2) == (
        "the diagonal does not win everywhere: in 1 of 2 sets of held-out authors a voice of their own "
        "century has the least perplexity (by chance p = 0.75)"
    )


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("file,century\na.txt,C016\n", "index.csv:1: there is no column author; an index has file, century"),
        ("file,century,author\n", "index.csv: no text is named"),
        ("file,century,author\nno.txt,C016,one\n", "index.csv:2: there is no file"),
        ("file,century,author\na.txt,,one\n", "index.csv:2: file, century and author are all needed"),
        ("file,century,author\na.txt,C016,one\na.txt,C016,one\n", "index.csv:3: a.txt stands twice"),
        ("file,century,author\na.txt,C016,one\n", "C016 has one author, one: a voice is measured on authors"),
        ("file,century,author\na.txt,C 16,one\n", "'C 16' cannot name a voice"),
        (
            "file,century,author\na.txt,C016,one\nb.txt,C016,two\n",
            "index.csv:2: one has less text than a block of 256 tokens",
        ),
    ],
)
def test_what_is_wrong_with_an_index_is_told_with_its_line(base, tmp_path, rows, words):
    for name in "ab":
        (tmp_path / f"{name}.txt").write_text("some words")
    (tmp_path / "index.csv").write_text(rows)
    with pytest.raises(TrainingError, match=words.replace("(", r"\(")):
        train_voices(tmp_path / "index.csv", base, tmp_path / "out", settings=VoiceSettings(rehearsal=0.0))


def test_other_folders_centuries_and_settings_are_refused(base, index, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("x")
    with pytest.raises(TrainingError, match="holds something that is no voice"):
        train_voices(index, base, tmp_path / "mine", settings=QUICK)
    with pytest.raises(TrainingError, match="the index has no text of C030; it has C016, C019"):
        train_voices(index, base, tmp_path / "new", centuries=["C030"], settings=QUICK)
    with pytest.raises(TrainingError, match=r"rehearsal is 2\.0; it must be a share in"):
        VoiceSettings(rehearsal=2.0)
    with pytest.raises(TrainingError, match="block is 4; it must be a whole number, at least 8"):
        VoiceSettings(block=4)


def test_own_answers_are_asked_once_and_learnt_beside_the_texts(base, index, tmp_path, monkeypatch):
    asked = []
    answers = (dated_voices.rehearsal.Example(
        (dated_voices.rehearsal.Message("user", "How?"),), "So and so."
    ),)  # fmt: skip

    def answer(*_args, **_more):
        asked.append(1)
        return answers

    monkeypatch.setattr(dated_voices.training, "own_answers", answer)
    how = VoiceSettings(**{**vars(QUICK), "tokens": 400, "rehearsal": 0.2})
    for _ in range(2):
        report = train_voices(index, base, tmp_path / "out", centuries=["C016"], settings=how)
    assert len(asked) == 1
    assert 80 <= report.voices[0].rehearsed < 80 + 40
    told = json.loads((tmp_path / "out" / "voices.json").read_text())
    assert told["voices"][0]["authors"] == ["writer 1", "writer 2"]
    assert report.verdict == "one century alone: there is no other voice to compare with"


def test_the_command_trains_says_which_voice_tells_best_and_its_voices_elicit(base, index, tmp_path):
    given = ["--texts", index, "--base", base, "-o", tmp_path / "v", "--tokens", 600, "--block", 32]
    more = ["--rehearsal", 0, "--measured-tokens", 200, "--learning-rate", 0.01, "--centuries", "C016,C019"]
    done = CliRunner().invoke(app, ["voices", "train", *map(str, [*given, *more])])
    assert done.exit_code == 0, done.output
    assert "The diagonal wins: in 2 of 2 sets" in done.output
    assert (tmp_path / "v" / "C016" / "adapter_model.safetensors").exists()
    asked = ["--mind", base, "--voice", f"C016={tmp_path / 'v' / 'C016'}", "--eras", "C016"]
    more = ["--space", "moral-foundations", "--items", 1, "--personas", 1, "--allow-unfit"]
    found = CliRunner().invoke(app, ["elicit", *map(str, [*asked, *more, "-o", tmp_path / "e"])])
    assert found.exit_code == 0, found.output


def test_the_commands_defaults_are_those_of_the_settings():
    given = {name: one.default for name, one in inspect.signature(train_voices_command).parameters.items()}
    usual, names = VoiceSettings(), {"threads": "n_threads"}
    told = {names.get(name, name): default for name, default in given.items()}
    shared = told.keys() & vars(usual).keys()
    assert shared == vars(usual).keys() - {"epochs", "alpha"}
    assert {name: told[name] for name in shared} == {name: vars(usual)[name] for name in shared}
