"""An update learns what it is given, repeats bit for bit, and its adapter is a voice."""

from __future__ import annotations

import json
import math
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("peft")

from coevolve_sim.assistants.preferences import PreferencePair
from coevolve_sim.assistants.training import DpoSettings, Example, SftSettings, dpo_update, sft_update
from coevolve_sim.assistants.training.adapters import Trainable
from coevolve_sim.assistants.training.answers import build_row, sum_log_probabilities
from coevolve_sim.assistants.training.settings import Training
from coevolve_sim.errors import MindError, TrainingError
from coevolve_sim.minds import Message, Request
from coevolve_sim.minds.local.checkpoints import fingerprint
from coevolve_sim.minds.local.mind import LocalMind

pytestmark = pytest.mark.models

QUICK = DpoSettings(learning_rate=5e-3, epochs=3, batch=4, rank=4, alpha=8.0, seed=1)
FILES = {"adapter_config.json", "adapter_model.safetensors", "origin.json"}


def asked(text: str) -> tuple[Message, ...]:
    return (Message("system", "You are Ada."), Message("user", text))


PAIRS = [
    PreferencePair(asked(f"Are you for it, {name}?"), "yes, I am", "no", 1.0 + number % 2)
    for number, name in enumerate("abcdef")
]


@pytest.fixture(scope="module")
def learnt(base, tmp_path_factory):
    """Give an adapter's folder and the report of the update that made it."""
    out = tmp_path_factory.mktemp("adapters") / "first"
    return out, dpo_update(base, PAIRS, out, settings=QUICK)


def logps(base, folder, pairs=PAIRS):
    """Return what LocalMind gives chosen and rejected answers' texts, without their end."""
    mind = LocalMind(base, voices={"it": folder} if folder else {})
    voice = "it" if folder else ""
    requests = [
        Request("item", pair.messages, options=(pair.chosen, pair.rejected), voice=voice) for pair in pairs
    ]
    return np.array([reply.logprobs for _, reply in sorted(mind.ask(requests), key=lambda one: one[0])])


def test_what_is_preferred_grows_likelier_as_the_mind_itself_says(base, learnt):
    folder, report = learnt
    before, after = logps(base, None), logps(base, folder)
    gain = (after - before)[:, 0] - (after - before)[:, 1]
    assert (gain > 0).all()
    assert report.loss_after < report.loss_before == pytest.approx(math.log(2.0), abs=1e-6)
    assert (report.accuracy_before, report.accuracy_after) == (0.5, 1.0)
    assert report.likelier_after >= report.likelier_before
    assert report.drift > 0.0


def test_a_fresh_adapter_says_what_the_base_says(base):
    rows = [Trainable(base), LocalMind(base)]
    trainable, mind = rows
    one = build_row(trainable, asked("Well?"), "yes", "it")
    with torch.no_grad():
        whole = float(sum_log_probabilities(trainable, [one])[0])
    tokens = mind.prompting.encode(mind.prompting.render(asked("Well?")) + "yes<|end|>")
    assert one.prompt + one.answer == tokens
    logits = mind.model(torch.tensor([tokens])).logits[0].double().log_softmax(-1)
    places = range(len(one.prompt) - 1, len(tokens) - 1)
    assert whole == pytest.approx(sum(float(logits[at, tokens[at + 1]].detach()) for at in places), abs=1e-4)


def test_answers_of_different_lengths_in_one_batch_have_the_numbers_they_have_alone(base):
    trainable = Trainable(base)
    rows = [build_row(trainable, asked(f"{'so ' * n}?"), "yes" * (n + 1), "it") for n in range(4)]
    with torch.no_grad():
        together = sum_log_probabilities(trainable, rows).tolist()
        alone = [float(sum_log_probabilities(trainable, [one])[0]) for one in rows]
    assert together == pytest.approx(alone, abs=1e-4)


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(base, learnt, tmp_path):
    folder, report = learnt
    torch.manual_seed(99)
    state = torch.random.get_rng_state()
    again = dpo_update(base, PAIRS, tmp_path / "again", settings=QUICK)
    assert again == report
    assert torch.equal(state, torch.random.get_rng_state())
    for name in FILES:
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes()
    other = dpo_update(base, PAIRS, tmp_path / "other", settings=replace(QUICK, seed=2))
    assert other.fingerprint != report.fingerprint


def test_progress_is_told_after_every_update(base, tmp_path):
    """6 pairs in batches of 4, 3 epochs: 6 updates."""
    told = []
    dpo_update(base, PAIRS, tmp_path / "out", settings=QUICK, progress=lambda *now: told.append(now))
    assert told == [(done, 6) for done in range(1, 7)]


def test_threads_are_as_they_were(base, tmp_path):
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        dpo_update(base, PAIRS[:1], tmp_path / "out", settings=replace(QUICK, epochs=1))
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_a_folder_of_an_adapter_holds_safetensors_and_says_what_it_came_from(base, learnt):
    folder, report = learnt
    assert {path.name for path in folder.iterdir()} == FILES
    assert report.fingerprint == fingerprint(folder)
    origin = json.loads((folder / "origin.json").read_text())
    assert origin["base"] == base.name
    assert origin["base_fingerprint"] == fingerprint(base)
    assert (origin["method"], origin["start_fingerprint"]) == ("dpo", None)
    assert origin["settings"]["beta"] == 0.1
    assert str(base.parent) not in (folder / "adapter_config.json").read_text()


def test_going_on_begins_where_the_adapter_was(base, learnt, tmp_path):
    folder, report = learnt
    out = tmp_path / "second"
    second = dpo_update(base, PAIRS, out, start=folder, settings=QUICK)
    assert second.likelier_before == report.likelier_after
    assert second.loss_before == pytest.approx(math.log(2.0), abs=1e-6)
    assert json.loads((out / "origin.json").read_text())["start_fingerprint"] == report.fingerprint
    assert (logps(base, out)[:, 0] > logps(base, folder)[:, 0]).all()


def test_of_many_pairs_some_are_measured_and_before_the_update_all_are_ties(base, tmp_path, monkeypatch):
    from coevolve_sim.assistants.training import trainer

    monkeypatch.setattr(trainer, "_MEASURED", 2)
    report = dpo_update(base, PAIRS[:5], tmp_path / "out", settings=replace(QUICK, epochs=1))
    assert (report.n_pairs, report.accuracy_before, report.loss_before) == (5, 0.5, math.log(2.0))
    assert trainer._pick_evenly(5, 2) == [0, 3]
    assert [len(trainer._pick_evenly(n, 256)) for n in (1, 256, 257, 1000)] == [1, 256, 129, 250]


def test_an_adapter_can_take_its_own_place(base, learnt, tmp_path):
    folder, _ = learnt
    away, here = tmp_path / "away", tmp_path / "here"
    dpo_update(base, PAIRS, here, settings=QUICK)
    dpo_update(base, PAIRS, away, start=folder, settings=QUICK)
    dpo_update(base, PAIRS, here, start=here, settings=QUICK)
    assert fingerprint(here) == fingerprint(away)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["away", "here"]


def test_an_anchor_keeps_the_chosen_answers_likely(base, tmp_path):
    found = {}
    for anchor in (0.0, 2.0):
        out = tmp_path / str(anchor)
        dpo_update(base, PAIRS, out, settings=replace(QUICK, anchor=anchor))
        found[anchor] = logps(base, out)[:, 0].mean()
    assert found[2.0] > found[0.0] + 0.1


def test_heavier_pairs_are_learnt_more(base, tmp_path):
    one = PreferencePair(asked("Which?"), "red", "blue")
    other = PreferencePair(asked("Which?"), "blue", "red")
    for heavy, light, sign in ((one, other, 1), (other, one, -1)):
        pairs = [replace(heavy, weight=9.0), light]
        dpo_update(base, pairs, tmp_path / "out", settings=replace(QUICK, epochs=4))
        moved = logps(base, tmp_path / "out", [one]) - logps(base, None, [one])
        assert sign * (moved[0, 0] - moved[0, 1]) > 0


def test_supervised_tuning_makes_its_answers_likelier_and_can_be_load_start(base, tmp_path):
    examples = [Example(asked(f"Are you for it, {name}?"), "yes, I am") for name in "abcdef"]
    settings = SftSettings(learning_rate=5e-3, epochs=3, batch=4, rank=4, seed=1)
    first = sft_update(base, examples, tmp_path / "sft", settings=settings)
    assert first.loss_after < first.loss_before - 0.1
    assert (logps(base, tmp_path / "sft")[:, 0] > logps(base, None)[:, 0]).all()
    second = sft_update(base, examples, tmp_path / "more", start=tmp_path / "sft", settings=settings)
    assert second.loss_before == pytest.approx(first.loss_after, abs=1e-5)
    assert first == sft_update(base, examples, tmp_path / "again", settings=settings)
    assert fingerprint(tmp_path / "again") == fingerprint(tmp_path / "sft")


def test_an_adapter_of_another_base_is_refused_by_update_and_mind_alike(base, learnt, tmp_path):
    from tests.minds.tiny_model import write_model

    folder, _ = learnt
    twin = write_model(tmp_path / "twin", hidden=32, seed=5)
    mind = LocalMind(twin)
    for attempt in (
        lambda: dpo_update(twin, PAIRS, tmp_path / "out", start=folder),
        lambda: LocalMind(twin, voices={"first": folder}),
        lambda: mind.load_voice("first", folder),
    ):
        with pytest.raises(
            MindError, match=f"voice first: .* its base is tiny with the fingerprint {fingerprint(base)}"
        ):
            attempt()
    assert not (tmp_path / "out").exists()
    assert mind.voices == ()


def test_an_adapter_of_other_shapes_is_refused(base, tmp_path):
    from tests.minds.tiny_model import write_adapter, write_model

    wide = write_model(tmp_path / "wide", hidden=64)
    foreign = write_adapter(tmp_path / "foreign", wide, seed=1)
    with pytest.raises(
        MindError, match=r"voice foreign: the adapter .* does not fit the model: .*size mismatch"
    ):
        Trainable(base, foreign)


def test_a_pickle_is_refused(base, learnt, tmp_path):
    folder, _ = learnt
    pickled = tmp_path / "pickled"
    pickled.mkdir()
    (pickled / "adapter_config.json").write_bytes((folder / "adapter_config.json").read_bytes())
    (pickled / "adapter_model.bin").write_bytes(b"no")
    with pytest.raises(MindError, match="pickles only"):
        dpo_update(base, PAIRS, tmp_path / "out", start=pickled)


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        ([], "there is no pair to learn from"),
        ([PreferencePair(asked("?"), "yes", " ")], "pair 1, rejected is empty"),
        (
            [PAIRS[0], PreferencePair(asked("?"), "yes" * 300, "no")],
            "pair 2, chosen has 9.. tokens .* takes 512",
        ),
    ],
)
def test_what_cannot_be_learnt_from_is_refused_by_its_number(base, tmp_path, pairs, words):
    with pytest.raises(TrainingError, match=words):
        dpo_update(base, pairs, tmp_path / "out", settings=QUICK)
    with pytest.raises(TrainingError, match="no example"):
        sft_update(base, [], tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_training_that_goes_astray_leaves_what_was_there(base, learnt, tmp_path):
    out = tmp_path / "out"
    dpo_update(base, PAIRS, out, settings=QUICK)
    before = fingerprint(out)
    with pytest.raises(TrainingError, match="training went astray"):
        dpo_update(base, PAIRS, out, settings=replace(QUICK, learning_rate=1e30, epochs=8))
    assert fingerprint(out) == before


def test_a_folder_with_something_else_in_it_is_not_overwritten(base, tmp_path):
    (tmp_path / "thesis.txt").write_text("all of it")
    with pytest.raises(TrainingError, match="holds something that is no adapter"):
        dpo_update(base, PAIRS[:1], tmp_path, settings=replace(QUICK, epochs=1))
    assert (tmp_path / "thesis.txt").read_text() == "all of it"


def test_a_rank_of_its_own_is_kept_when_going_on(base, learnt, tmp_path):
    folder, _ = learnt
    dpo_update(base, PAIRS, tmp_path / "out", start=folder, settings=replace(QUICK, rank=7))
    assert json.loads((tmp_path / "out" / "adapter_config.json").read_text())["r"] == 4


def test_a_fresh_adapter_is_drawn_from_its_stream_alone(base):
    def drawn(seed, noise):
        torch.manual_seed(noise)
        return torch.cat([w.flatten() for w in Trainable(base, None, Training(seed=seed)).copy_weights()])

    assert torch.equal(drawn(1, 0), drawn(1, 1))
    assert not torch.equal(drawn(1, 0), drawn(2, 0))


REPLACING = """
import sys
from pathlib import Path
from coevolve_sim.assistants.training.atomic_folder import replace_folder

out, number = Path(sys.argv[1]), 0
while True:
    with replace_folder(out) as folder:
        for name in ("one", "two"):
            (folder / name).write_text(str(number))
    number += 1
    print(number, flush=True)
"""


def test_whoever_is_killed_while_writing_leaves_a_whole_folder(tmp_path):
    out = tmp_path / "out"
    for wait in np.linspace(0.0, 0.03, 12):
        process = subprocess.Popen(
            [sys.executable, "-c", REPLACING, str(out)], stdout=subprocess.PIPE, text=True
        )
        process.stdout.readline()
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert {path.name for path in out.iterdir()} == {"one", "two"}
        assert (out / "one").read_text() == (out / "two").read_text()


def test_a_folder_with_folders_in_it_takes_the_others_place(tmp_path):
    from coevolve_sim.assistants.training.atomic_folder import replace_folder

    for text in ("old", "new"):
        with replace_folder(tmp_path / "out") as folder:
            (folder / "inner").mkdir()
            (folder / "inner" / "file").write_text(text)
    assert (tmp_path / "out" / "inner" / "file").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_where_folders_cannot_be_exchanged_one_still_takes_the_others_place(tmp_path, monkeypatch):
    from coevolve_sim.assistants.training import atomic_folder

    monkeypatch.setattr(sys, "platform", "elsewhere")
    for text in ("old", "new"):
        with atomic_folder.replace_folder(tmp_path / "out") as folder:
            (folder / "file").write_text(text)
    assert (tmp_path / "out" / "file").read_text() == "new"
    with pytest.raises(KeyError), atomic_folder.replace_folder(tmp_path / "out"):
        raise KeyError
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (tmp_path / "out" / "file").read_text() == "new"
