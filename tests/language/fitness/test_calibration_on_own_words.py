"""A reader's number is calibrated on the mind's own words; resumed and replayed runs read by the same map."""

import math
import re

import numpy as np
import pytest

import coevolve_sim
from coevolve_sim.errors import MindError
from coevolve_sim.language.fitness import Planted, judge, recalibrate
from coevolve_sim.language.readers import Reading
from coevolve_sim.language.readers.calibration import Calibration
from coevolve_sim.language.readers.contrast import WORDS, ContrastReader
from coevolve_sim.minds import Reply
from coevolve_sim.minds.scripted.mind import ScriptedMind
from coevolve_sim.scenario import loads
from coevolve_sim.society.setup import build_setup
from tests.language.readers.test_scored_readers import CONTEXT, STANCES, Understanding

SCENARIO = """
name: town
seed: 2
rounds: 3
value_space: {name: town, dimensions: [thrift, honesty]}
network: {family: complete}
population: {humans: 5}
minds: [{name: people, kind: MIND}]
channel: {kind: language, bias_map: false, reader: {kind: contrast}}
"""

WRITTEN_BEFORE = 60
"""Texts with planted stances, before the five messages of each round."""


class StoppedError(Exception):
    """Raised by a mind that is to be asked no further."""


class Exaggerating(ScriptedMind):
    """A model that says its stance; what it answers on its own words is twice as sharp as on statements."""

    is_model = True

    def __init__(self, stop_at=None):
        super().__init__(self.answer, name="exaggerating")
        self.stop_at, self.n_written = stop_at, 0

    def answer(self, request):
        if request.options != WORDS:
            self.n_written += 1
            if self.n_written == self.stop_at:
                raise StoppedError
            stated = re.search(r"- .*: (\d+)", request.messages[0].content)
            return f"I stand at {int(stated[1]) / 100}." if stated else Reply("invalid")
        quoted = next(line for line in request.messages[-1].content.splitlines() if line.startswith("> "))[2:]
        own = re.fullmatch(r"I stand at ([\d.]+)\.", quoted)
        noise = (sum(map(ord, quoted)) % 7 - 3) / 10
        side = 8.0 * (float(own[1]) - 0.5) if own else 4.0 * (STANCES.get(quoted, 0.5) - 0.5) + noise
        return Reply("answered", "for", (-math.log1p(math.exp(-side)), -math.log1p(math.exp(side))))


def scenario(mind="scripted"):
    return loads(SCENARIO.replace("MIND", mind))


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    results = tmp_path_factory.mktemp("whole")
    return coevolve_sim.run(scenario(), results=results, minds={"people": Exaggerating()})


def test_what_is_read_in_its_own_words_is_what_was_held(whole):
    assert whole.verdicts["verdict"].tolist() == ["fit"]
    kept = Calibration.from_text(whole.verdicts["calibration"].item())
    assert kept.r > 0.99
    hearings = whole.hearings.merge(whole.messages, on=["round", "message"])
    np.testing.assert_allclose(hearings["perceived"], hearings["latent"], atol=0.03)


def test_a_run_stopped_and_resumed_reads_by_the_same_map(whole, tmp_path):
    with pytest.raises(MindError, match="StoppedError"):
        coevolve_sim.run(
            scenario(),
            results=tmp_path / "stopped",
            minds={"people": Exaggerating(stop_at=WRITTEN_BEFORE + 8)},
        )
    (folder,) = (tmp_path / "stopped").iterdir()
    assert 0 < coevolve_sim.open_run(folder).n_rounds_finished < 3
    resumed = coevolve_sim.resume(folder, minds={"people": Exaggerating()})
    assert resumed.digest() == whole.digest()


def test_a_replay_reads_by_the_map_on_record(whole, tmp_path):
    again = coevolve_sim.run(scenario(f"replay, path: '{whole.folder}'"), results=tmp_path / "again")
    assert again.status == "finished"
    np.testing.assert_array_equal(again.hearings["perceived"], whole.hearings["perceived"])
    np.testing.assert_array_equal(again.means["thrift"], whole.means["thrift"])


def test_a_damaged_calibration_is_no_calibration():
    with pytest.raises(ValueError, match="this is no calibration"):
        Calibration.from_text('{"kind": "line"}')


def test_a_replay_that_is_stopped_goes_on_and_can_be_replayed(whole, tmp_path):
    replay = scenario(f"replay, path: '{whole.folder}'")
    again = coevolve_sim.run(replay, results=tmp_path / "again")
    assert again.verdicts["calibration"].tolist() == whole.verdicts["calibration"].tolist()
    stopped = []

    def stop(done, _asked):
        if done == 1 and not stopped:
            stopped.append(done)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        coevolve_sim.run(replay, results=tmp_path / "stopped", progress=stop)
    (folder,) = (tmp_path / "stopped").iterdir()
    assert coevolve_sim.resume(folder).digest() == again.digest()
    third = coevolve_sim.run(scenario(f"replay, path: '{folder}'"), results=tmp_path / "third")
    np.testing.assert_array_equal(third.means["thrift"], whole.means["thrift"])


def test_texts_of_which_hardly_any_is_heard_are_not_calibrated_on():
    reader = ContrastReader().prepare(CONTEXT).fit(ScriptedMind(Understanding()))
    heard = [
        Planted("", 0, s, "answered", Reading(s, "answered"), heard=f"I stand at {s}.") for s in (0.1, 0.9)
    ]
    silent = [Planted("", 0, s, "invalid", Reading(math.nan, "invalid")) for s in (0.1, 0.5, 0.9) * 9]
    planted, found = recalibrate([*heard, *silent], reader, ScriptedMind(Understanding()), own_voice=True)
    assert found is None
    assert judge("people", "contrast", planted, "none", "contrast").verdict == "unfit"


def test_another_mind_reads_the_bias_map_too():
    channel = build_setup(
        loads(
            SCENARIO.replace("kind: MIND", "kind: scripted}, {name: small, kind: scripted").replace(
                "reader: {kind: contrast}", "reader: {kind: letters, mind: small}"
            )
        )
    ).channel
    asked = {}

    def opened(part):
        asked[part.name] = ScriptedMind()
        return asked[part.name]

    spied = channel.with_minds(opened)
    spied.measure_bias()
    assert {request.kind for request in asked["people"].seen} == {"speak"}
    assert {request.kind for request in asked["small"].seen} == {"read"}
