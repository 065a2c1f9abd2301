"""A run that was killed while minds were asked goes on to the same bytes, and asks nothing twice."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import coevolve_sim
from coevolve_sim.errors import RecordError
from tests import ROOT
from tests.language.channel.talking import TEXT, scenario
from tests.runs.edited_records import rewritten

TALK = (
    "channel.bias_map=true",
    "dimensions=[care, fairness]",
    "channel.memory=2",
    "record.checkpoint_every=2",
    "rounds=3",
)


class StopError(Exception):
    """What stops a run here."""


def stopping_at(number):
    count = {"asked": 0}

    def before(_request):
        count["asked"] += 1
        if count["asked"] == number:
            raise StopError

    return before


@pytest.fixture
def whole(minds, tmp_path):
    """Return the digest of the uninterrupted run and how much it asked."""
    asked = minds()
    found = coevolve_sim.run(scenario(*TALK), results=tmp_path / "whole")
    return found.digest(), len(asked.keys)


def stopped(minds, results, number):
    """Run until a request is asked; return the folder and what was answered."""
    asked = minds(stopping_at(number))
    with pytest.raises(StopError):
        coevolve_sim.run(scenario(*TALK), results=results)
    return next(results.iterdir()), asked


@pytest.mark.long
@pytest.mark.parametrize("share", [0.0, 0.2, 0.45, 0.55, 0.7, 0.85, 1.0])
def test_a_run_stopped_at_any_request_resumes_to_the_same_bytes_and_asks_nothing_twice(
    share, whole, minds, tmp_path
):
    digest, n_asked = whole
    folder, first = stopped(minds, tmp_path / "stopped", 1 + round(share * (n_asked - 1)))
    second = minds()
    assert coevolve_sim.resume(folder).digest() == digest
    assert len(first.keys) == round(share * (n_asked - 1))
    assert len(set(first.keys + second.keys)) == len(first.keys) + len(second.keys) == n_asked


def test_a_run_stopped_again_and_again_still_comes_to_the_same_bytes(whole, minds, tmp_path):
    digest, n_asked = whole
    folder, asked = stopped(minds, tmp_path / "stopped", 60)
    keys = list(asked.keys)
    while len(keys) + 60 < n_asked:
        asked = minds(stopping_at(60))
        with pytest.raises(StopError):
            coevolve_sim.resume(folder)
        keys += asked.keys
    last = minds()
    assert coevolve_sim.resume(folder).digest() == digest
    assert len(set(keys + last.keys)) == len(keys) + len(last.keys) == n_asked


KILLED = """
import json, os, signal, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.language.channel.talking import Asked, scenario, stand_in
import coevolve_sim
from coevolve_sim.runs import replies
from coevolve_sim.language import channel_setup

replies.PATIENCE = -1.0
log = open({log!r}, "a")
asked = Asked()

def before(request):
    if len(asked.keys) == {number}:
        log.write(json.dumps(asked.keys))
        log.flush()
        os.kill(os.getpid(), signal.SIGKILL)

channel_setup.open_mind = stand_in(asked, before)
coevolve_sim.run(scenario(*{talk!r}), results={results!r})
"""


@pytest.mark.long
def test_a_run_whose_process_is_killed_amid_a_round_resumes_to_the_same_bytes(whole, minds, tmp_path):
    digest, n_asked = whole
    log, results = tmp_path / "asked.json", tmp_path / "killed"
    code = KILLED.format(
        root=str(ROOT),
        log=str(log),
        number=n_asked * 2 // 3,
        talk=TALK,
        results=str(results),
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == -9, done.stderr
    first = json.loads(log.read_text())
    (folder,) = results.iterdir()
    killed = coevolve_sim.open_run(folder)
    assert killed.status == "killed"
    assert killed.n_rounds_finished < 3
    assert killed.usage["requests"].sum() == len(first) == n_asked * 2 // 3
    second = minds()
    assert coevolve_sim.resume(folder).digest() == digest
    assert not set(first) & set(second.keys)
    assert len(first) + len(second.keys) == n_asked


def test_a_run_killed_before_its_minds_were_on_record_has_them_there_after_resuming(whole, minds, tmp_path):
    digest, _ = whole
    folder, _ = stopped(minds, tmp_path / "stopped", 1)
    with rewritten(folder) as connection:
        connection.execute("DELETE FROM minds")
    minds()
    assert coevolve_sim.resume(folder).digest() == digest


def test_with_another_mind_a_run_is_not_resumed(minds, tmp_path):
    folder, _ = stopped(minds, tmp_path, 100)
    minds(name="another")
    with pytest.raises(
        RecordError, match=r"mind 'people' is another now; .* was begun with scripted\. Bring"
    ):
        coevolve_sim.resume(folder)
    minds()
    assert coevolve_sim.resume(folder).status == "finished"


def test_with_other_templates_a_run_is_not_resumed(minds, tmp_path):
    (tmp_path / "speak.txt").write_text("Say where you stand on $topic.")
    (tmp_path / "talk.yaml").write_text(TEXT + "record: {checkpoint_every: 1}\n")
    overrides = [*TALK, f"channel.templates.speak.path={tmp_path / 'speak.txt'}"]
    minds(stopping_at(100))
    with pytest.raises(StopError):
        coevolve_sim.run(tmp_path / "talk.yaml", overrides=overrides, results=tmp_path / "results")
    (folder,) = (tmp_path / "results").iterdir()
    minds()
    (kept,) = folder.glob("inputs/*/speak.txt")
    kept.write_text("Tell where you stand on $topic.")
    with pytest.raises(
        RecordError, match=r"prompts have templates [0-9a-f]{16} now; .* Put the template files"
    ):
        coevolve_sim.resume(folder)
    kept.write_text("Say where you stand on $topic.")
    assert coevolve_sim.resume(folder).status == "finished"


@pytest.mark.parametrize("settings", [{"order_seed": 1}, {"order_seed": 2, "late": 3}, {"late": 2}])
def test_the_order_in_which_replies_come_changes_nothing(settings, whole, minds, tmp_path):
    digest, n_asked = whole
    asked = minds(**settings)
    found = coevolve_sim.run(scenario(*TALK), results=tmp_path / "other")
    assert found.digest() == digest
    assert len(asked.keys) == n_asked


def test_another_seed_says_other_words_and_a_digest_sees_a_reply(whole, minds, tmp_path):
    minds()
    found = coevolve_sim.run(scenario(*TALK, "seed=5"), results=tmp_path / "other")
    assert found.digest() != whole[0]
    before = found.digest()
    with rewritten(found.folder) as connection:
        connection.execute("UPDATE replies SET text = text || '.' WHERE key = (SELECT min(key) FROM replies)")
    assert coevolve_sim.open_run(found.folder).digest() != before


def test_where_a_model_lies_is_not_content(minds, tmp_path):
    digests = set()
    for name in ("here", "there"):
        folder = tmp_path / name
        folder.mkdir()
        text = TEXT.replace("{kind: scripted}", "{kind: local, model: ./model, voices: {C013: ../voice}}")
        (folder / "talk.yaml").write_text(text)
        minds()
        digests.add(coevolve_sim.run(folder / "talk.yaml", overrides=["rounds=1"], results=folder).digest())
    assert len(digests) == 1
