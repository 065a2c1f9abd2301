"""A mind is shown fit, fit for direction only, or unfit, and what is unfit does not run unless it may."""

import numpy as np
import pytest
from typer.testing import CliRunner

import coevolve_sim
from coevolve_sim.cli.main import app
from coevolve_sim.errors import UnansweredError, UnfitError
from coevolve_sim.language.bias import BiasMap, BiasRow
from coevolve_sim.language.bias_measurement import STANCES
from coevolve_sim.language.fitness import Planted, judge
from coevolve_sim.language.fitness.planted import leaks
from coevolve_sim.language.readers import Reading
from coevolve_sim.minds import Reply
from coevolve_sim.minds.scripted.mind import ScriptedMind
from coevolve_sim.report.page import write_report
from coevolve_sim.scenario import loads
from coevolve_sim.society.setup import build_setup

SCENARIO = """
name: town
seed: 2
rounds: 2
value_space: {name: town, dimensions: [thrift, honesty]}
network: {family: complete}
population: {humans: 4}
minds: [{name: people, kind: scripted}]
channel: {kind: language, bias_map: false}
"""


def planted(read, n=12, status="answered", rest=None):
    """Return texts at all stances, read as a function says (nan: not read)."""
    rng = np.random.default_rng(0)
    found = []
    for number in range(n):
        for stance in STANCES:
            value = float(np.clip(read(stance, rng), 0.0, 1.0))
            reading = Reading(value, "answered") if np.isfinite(value) else Reading(value, "invalid")
            alone = None if rest is None else Reading(float(np.clip(rest(stance, rng), 0, 1)), "answered")
            found.append(
                Planted(
                    "",
                    number % 2,
                    stance,
                    status,
                    reading,
                    rest=alone,
                    heard="said" * bool(np.isfinite(value)),
                )
            )
    claims = [
        Planted("", d, s, "answered", Reading(0.2 + 0.6 * s, "answered"), is_claim=True)
        for d in (0, 1)
        for s in (0.0, 1.0)
    ]
    return [*found, *claims]


def verdict(texts, opening="none", reads_by="probe", **more):
    return judge("people", reads_by, texts, opening, reads_by, **more)


def test_a_mind_whose_stances_are_heard_and_read_is_fit():
    found = verdict(planted(lambda stance, rng: stance + rng.normal(0, 0.05)))
    assert found.verdict == "fit"
    assert found.find("slope").value == pytest.approx(1.0, abs=0.1)
    assert found.find("auc").value == 1.0
    assert found.find("error").value == pytest.approx(0.05, abs=0.015)
    assert found.find("slope").low < found.find("slope").value < found.find("slope").high


def test_one_of_which_only_the_side_is_read_is_fit_for_direction_only():
    found = verdict(planted(lambda stance, rng: 0.5 + 0.25 * np.sign(stance - 0.5) + rng.normal(0, 0.2)))
    assert found.verdict == "fit for direction only"
    assert f"a confidence below {found.find('error').value:.2f} means nothing" in found.sentence


def test_the_deaf_are_unfit_and_are_told_what_to_change():
    def noise(_stance, rng):
        return rng.uniform()

    by_letters = verdict(planted(noise), reads_by="letters")
    assert by_letters.verdict == "unfit"
    assert "set channel.reader: {kind: auto}" in by_letters.sentence
    mute = verdict(planted(noise), auc_on_statements=0.8)
    assert (mute.verdict, "set channel.opening: stance" in mute.sentence) == ("unfit", True)


def test_noise_is_taken_for_fit_about_as_rarely_as_it_should():
    rng = np.random.default_rng(5)
    passed = sum(verdict(planted(lambda _stance, _rng: rng.uniform())).verdict != "unfit" for _ in range(100))
    assert passed <= 2


def test_where_few_messages_are_heard_nothing_else_counts():
    found = verdict(planted(lambda stance, rng: stance if rng.uniform() < 0.3 else np.nan))
    assert found.verdict == "unfit"
    assert found.find("heard").value == pytest.approx(0.3, abs=0.12)
    assert "messages with a planted stance were heard" in found.sentence


def test_what_the_mind_adds_to_an_opening_is_told_apart():
    found = verdict(planted(lambda s, r: s + r.normal(0, 0.05), rest=lambda _s, r: r.uniform()), "stance")
    assert found.verdict == "fit"
    assert abs(found.find("rest_r").value) < 0.35
    assert "stances are put into each message by its opening; of what the mind adds, alone it has r" in (
        found.sentence
    )


def test_a_text_that_repeats_its_prompt_leaks():
    assert leaks("Where you stand, from 0 to 100: 63", 0.2)
    assert leaks("I hold that at 20.", 0.2)
    assert not leaks("I was born in 1920, and am 2.20 m tall.", 0.2)


# --- before the first round ----------------------------------------------------------------------


class Model(ScriptedMind):
    """A mind that says the same whatever its persona holds, and prefers the first option."""

    is_model = True

    def __init__(self, name):
        super().__init__(self.answer, name=name)

    @staticmethod
    def answer(request):
        if request.options:
            n = len(request.options)
            return Reply("answered", request.options[0], (-0.1, *([-5.0] * (n - 1))))
        return "It is good to be good."


class Honest(ScriptedMind):
    """As the scripted mind, but to be shown fit like any model."""

    is_model = True

    def __init__(self, name):
        super().__init__(name=name)
        self._script = build_setup(loads(SCENARIO)).channel.minds.open("people")._script


def run(tmp_path, mind, **keys):
    scenario = loads(SCENARIO).model_copy(deep=True)
    channel = scenario.channel.model_copy(update=keys)
    scenario = scenario.model_copy(update={"channel": channel})
    return coevolve_sim.run(scenario, results=tmp_path, minds={"people": mind})


def test_an_unfit_mind_is_refused_before_the_first_round(tmp_path):
    with pytest.raises(
        UnfitError, match=r"mind 'people' is unfit: what is read hardly .*channel\.unfit: allow"
    ):
        run(tmp_path, Model("deaf"))
    (folder,) = tmp_path.iterdir()
    found = coevolve_sim.open_run(folder)
    assert (found.status, found.n_rounds_finished) == ("interrupted", 0)
    assert found.verdicts["verdict"].tolist() == ["unfit"]


def test_where_it_is_allowed_the_report_begins_with_it(tmp_path):
    found = run(tmp_path, Model("deaf"), unfit="allow")
    assert found.status == "finished"
    html = write_report(found).read_text(encoding="utf-8")
    head = html[: html.index("<nav")]
    assert "unfit: what is read hardly depends on the stance that was planted" in head
    consistency = found.fitness.set_index(["quantity", "voice"]).loc[("order_consistency", "*"), "value"]
    assert float(np.ravel(consistency)[0]) == 0.0


def test_what_a_mind_that_is_no_model_says_needs_no_showing(tmp_path):
    found = run(tmp_path, ScriptedMind())
    assert found.verdicts.empty


def test_a_kept_verdict_is_not_measured_again(tmp_path, monkeypatch):
    monkeypatch.setenv("COEVOLVE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("coevolve_sim.language.worded_channel.keeping_mark", lambda mind: mind.identity)
    first, second = Honest("honest"), Honest("honest")
    runs = [run(tmp_path / str(n), mind) for n, mind in enumerate((first, second))]
    assert len(second.seen) < len(first.seen)
    assert runs[0].digest() == runs[1].digest()
    assert runs[0].fitness.equals(runs[1].fitness)
    other = Honest("another")
    run(tmp_path / "third", other)
    assert len(other.seen) == len(first.seen)


class Failing(Honest):
    """Gives up on everything but readings until it is mended."""

    is_mended = False

    def ask(self, requests):
        for index, reply in super().ask(requests):
            lost = not self.is_mended and not requests[index].options
            yield index, Reply("given up", detail="no reply") if lost else reply


def test_an_outage_is_no_verdict_and_is_not_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("COEVOLVE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("coevolve_sim.language.worded_channel.keeping_mark", lambda mind: mind.identity)
    mind = Failing("failing")
    with pytest.raises(UnansweredError, match="60 of 64 requests that were to show it fit"):
        run(tmp_path / "runs", mind)
    assert not (tmp_path / "cache" / "fitness").exists()
    mind.is_mended = True
    (folder,) = (tmp_path / "runs").iterdir()
    assert coevolve_sim.resume(folder, minds={"people": mind}).verdicts["verdict"].tolist() == ["fit"]


def test_an_unfit_run_goes_on_once_it_may(tmp_path):
    with pytest.raises(UnfitError):
        run(tmp_path, Model("deaf"))
    (folder,) = tmp_path.iterdir()
    path = folder / "scenario.yaml"
    path.write_text(path.read_text().replace("unfit: refuse", "unfit: allow"))
    assert coevolve_sim.resume(folder, minds={"people": Model("deaf")}).status == "finished"


def test_what_is_kept_is_found_for_the_same_reader_and_words_alone():
    def parts(**keys):
        scenario = loads(SCENARIO)
        channel = scenario.channel.model_validate(scenario.channel.model_dump() | keys)
        made = build_setup(scenario.model_copy(update={"channel": channel})).channel
        return made.reader_key, made.writing.max_tokens

    known = [
        parts(),
        parts(items_per_topic=1),
        parts(items="pair"),
        parts(reader={"kind": "contrast"}),
        parts(reader={"kind": "contrast", "calibration": "isotonic"}),
        parts(reader={"kind": "letters", "mind": "people"}),
        parts(max_tokens=20),
    ]
    assert len(set(known)) == len(known)
    assert parts() == parts()


def test_where_one_half_of_the_scale_is_silent_nothing_is_fit():
    texts = [one for one in planted(lambda s, r: s + r.normal(0, 0.05)) if one.is_claim or one.stance != 0.9]
    assert verdict(texts).verdict == "fit for direction only"


def test_preflight_shows_the_verdict_and_ends_with_its_exit_code(tmp_path):
    path = tmp_path / "deaf.py"
    path.write_text(DEAF, encoding="utf-8")
    scenario = tmp_path / "town.yaml"
    scenario.write_text(
        SCENARIO.replace("kind: scripted", "kind: custom, path: 'deaf.py:Deaf'"), encoding="utf-8"
    )
    found = CliRunner().invoke(app, ["preflight", str(scenario), "--no-bias", "--arms"])
    assert found.exit_code == 12, found.output
    assert "Mind 'people' is unfit" in " ".join(found.output.split())
    for arm in ("attractor", "agreement", "anchor", "majority", "tipping", "unfinished"):
        assert arm in found.output
    allowed = CliRunner().invoke(
        app, ["preflight", str(scenario), "--no-bias", "--set", "channel.unfit=allow"]
    )
    assert allowed.exit_code == 0, allowed.output


DEAF = """
from coevolve_sim.minds import Reply
from coevolve_sim.minds.scripted.mind import ScriptedMind
from coevolve_sim.report.page import write_report


class Deaf(ScriptedMind):
    is_model = True

    def __init__(self):
        super().__init__(self.answer, name="deaf")

    def answer(self, request):
        if request.options:
            n = len(request.options)
            return Reply("answered", request.options[0], (-0.1, *([-5.0] * (n - 1))))
        return "It is good to be good."
"""


# --- taking a bias off ---------------------------------------------------------------------------


def rows(read):
    return [BiasRow("written", "", 0, s, 1, r, 3) for s, r in zip(STANCES, read, strict=True)]


def test_a_bias_is_not_taken_off_where_what_is_read_does_not_rise():
    with pytest.raises(UnfitError, match=r"rises by -?0\.00 where what is held"):
        BiasMap().learn(rows([0.5] * 5))
    with pytest.raises(UnfitError, match="on a bias can be told"):
        BiasMap().learn(rows([0.6, 0.55, 0.5, 0.45, 0.4]))


def test_a_map_that_falls_in_places_is_made_to_rise_with_a_gain_that_is_bounded():
    bias = BiasMap()
    bias.learn(rows([0.2, 0.45, 0.4, 0.42, 0.8]))
    grid = np.linspace(0.0, 1.0, 201)
    taken = np.array([bias.corrected("", 0, value) for value in grid])
    assert (np.diff(taken) >= -1e-12).all()
    assert np.diff(taken).max() / np.diff(grid)[0] <= 4.0 + 1e-6


def test_a_map_that_rises_gives_back_what_was_held():
    bias = BiasMap()
    read = [0.2, 0.35, 0.5, 0.6, 0.75]
    bias.learn(rows(read))
    assert [round(bias.corrected("", 0, value), 12) for value in read] == list(STANCES)
