"""What a scenario of language cannot be, said at its place before anything is asked or written."""

from __future__ import annotations

import pytest

import coevolve_sim
from coevolve_sim.scenario import load, loads
from coevolve_sim.society.setup import build_setup
from tests.language.channel.talking import TEXT

LINES = TEXT.strip().splitlines()


def place_of(text, fragment):
    """Return line:column of a fragment in a text."""
    line = next(i for i, line in enumerate(text.splitlines(), 1) if fragment in line)
    return f"{line}:{text.splitlines()[line - 1].index(fragment) + 1}"


REFUSED = {
    "no mind": (
        {"minds: [{kind: scripted}]": "minds: []"},
        "language, unfit",
        "channel.kind: a channel of language needs a mind: give one under minds, such as kind embedded",
    ),
    "an unknown mind": (
        {"bias_map: false": "mind: peple"},
        "peple",
        "channel.mind: unknown mind 'peple'; did you mean 'people'? There are: people",
    ),
    "an assistant's unknown mind": (
        {"{name: helper}": "{name: helper, mind: gpt}"},
        "gpt",
        "assistants.0.mind: unknown mind 'gpt'. There are: people",
    ),
    "two minds of one name": (
        {"[{kind: scripted}]": "[{kind: scripted}, {kind: embedded, name: people}]"},
        "people}",
        "minds.1.name: mind 'people' is there 2 times; names must differ",
    ),
    "too many topics": (
        {"bias_map: false": "topics_per_round: 4"},
        "4}",
        "channel.topics_per_round: 4 given, of 3 dimensions",
    ),
    "encounters of two": (
        {"{rule: hegselmann_krause}": "{rule: hegselmann_krause, schedule: pairwise}"},
        "pairwise",
        (
            "update.schedule: a channel of language carries one message a human a round, "
            "so the schedule must be "
            "synchronous"
        ),
    ),
    "trust": (
        {"{rule: hegselmann_krause}": "{rule: bayesian_trust}"},
        "bayesian_trust",
        (
            "update.rule: bayesian_trust is about numbers that cannot be said in words; "
            "use another rule, or channel "
            "numeric"
        ),
    ),
    "predictions": (
        {"{rule: hegselmann_krause}": "{rule: performative}"},
        "performative",
        (
            "update.rule: performative is about numbers that cannot be said in words; use "
            "another rule, or channel "
            "numeric"
        ),
    ),
    "an unknown kind of mind": (
        {"kind: scripted": "kind: oracle"},
        "oracle",
        "minds.0.kind: unknown kind 'oracle'. Allowed: custom, embedded, local, replay, scripted, server, ",
    ),
}


@pytest.mark.parametrize(("changes", "at", "text"), REFUSED.values(), ids=REFUSED)
def test_a_scenario_of_language_that_cannot_be_is_refused_at_its_place(changes, at, text, tmp_path):
    content = TEXT
    for old, new in changes.items():
        assert old in content
        content = content.replace(old, new)
    path = tmp_path / "talk.yaml"
    path.write_text(content)
    with pytest.raises(coevolve_sim.ScenarioError) as caught:
        load(path)
    assert caught.value.where == f"{path}:{place_of(content, at)}"
    assert text in caught.value.problem


# --- voices --------------------------------------------------------------------------------------

VOICES = {
    "of a group": (
        {"{name: everyone}": "{name: everyone, voice: C099}"},
        (
            r"group 'everyone' speaks with the voice 'C099', which mind 'people' does not "
            r"have; its voices are: "
            r"C013, C021$"
        ),
    ),
    "of an assistant": (
        {"{name: helper}": "{name: helper, voice: C099}"},
        (
            r"assistant 'helper' speaks with the voice 'C099', which mind 'people' does "
            r"not have; its voices are: "
            r"C013, C021$"
        ),
    ),
    "of an assistant with a mind of its own": (
        {
            "{name: helper}": "{name: helper, mind: machine, voice: C099}",
            "[{kind: scripted}]": "[{kind: scripted}, {kind: scripted, name: machine}]",
        },
        r"assistant 'helper' speaks with the voice 'C099', which mind 'machine' does not have",
    ),
}


@pytest.mark.parametrize(("changes", "text"), VOICES.values(), ids=VOICES)
def test_a_voice_that_a_mind_does_not_have_is_found_before_the_run_starts(changes, text, minds, tmp_path):
    asked = minds(voices=("C013", "C021"))
    content = TEXT
    for old, new in changes.items():
        content = content.replace(old, new)
    path = tmp_path / "talk.yaml"
    path.write_text(content)
    with pytest.raises(coevolve_sim.ScenarioError, match=text) as caught:
        coevolve_sim.run(path, results=tmp_path / "results")
    assert caught.value.where == f"{path}:{place_of(content, 'C099')}"
    assert not (tmp_path / "results").exists()
    assert asked.requests == []
    for _, mind in asked.opened:
        with pytest.raises(coevolve_sim.CoevolveError, match="closed"):
            list(mind.ask([]))


def test_a_voice_that_a_mind_has_speaks(minds, tmp_path):
    asked = minds(voices=("C013",))
    content = TEXT.replace("{name: everyone}", "{name: everyone, voice: C013}")
    coevolve_sim.run(loads(content), results=tmp_path)
    assert {request.voice for request in asked.of_kind("speak")} == {"C013"}


def test_a_mind_without_voices_says_so(tmp_path):
    content = TEXT.replace("{name: everyone}", "{name: everyone, voice: C013}")
    with pytest.raises(coevolve_sim.ScenarioError, match="its voices are: none"):
        coevolve_sim.run(loads(content), results=tmp_path)


# --- places of models ----------------------------------------------------------------------------


def test_models_and_voices_that_begin_with_a_dot_lie_beside_the_scenario(tmp_path, monkeypatch):
    folder = tmp_path / "study"
    folder.mkdir()
    minds = (
        "minds:\n"
        "  - {name: a, kind: local, model: ./weights, voices: {old: ../old, new: org/new, third: ./x/y}}\n"
        "  - {name: b, kind: vllm, model: ../weights}\n"
        "  - {name: c, kind: local, model: org/weights}\n"
        "  - {name: d, kind: server, url: 'http://127.0.0.1:1/v1', model: weights}\n"
    )
    (folder / "talk.yaml").write_text(TEXT.replace("minds: [{kind: scripted}]\n", minds))
    monkeypatch.chdir("/")
    found = load(folder / "talk.yaml")
    assert [mind.model for mind in found.minds] == [
        str(folder / "weights"),
        str(tmp_path / "weights"),
        "org/weights",
        "weights",
    ]
    assert found.minds[0].voices == {
        "old": str(tmp_path / "old"),
        "new": "org/new",
        "third": str(folder / "x" / "y"),
    }
    assert loads(coevolve_sim.dump(found)) == found


def test_a_model_that_is_set_lies_below_the_current_folder(tmp_path, monkeypatch):
    (tmp_path / "talk.yaml").write_text(TEXT.replace("kind: scripted", "kind: local, model: org/weights"))
    monkeypatch.chdir(tmp_path)
    found = load("talk.yaml", ["minds.0.model=./mine", "minds.0.voices.C013=../voice"])
    assert found.minds[0].model == str(tmp_path / "mine")
    assert found.minds[0].voices == {"C013": str(tmp_path.parent / "voice")}
    whole = load("talk.yaml", ["minds=[{kind: local, model: ./mine, voices: {a: ./b}}]"])
    assert (whole.minds[0].model, whole.minds[0].voices["a"]) == (str(tmp_path / "mine"), str(tmp_path / "b"))


# --- value spaces of one's own -------------------------------------------------------------------

OWN_SPACE = TEXT.replace(
    "value_space: moral-foundations\n", "value_space: {name: town, dimensions: [thrift, care]}\n"
)
OWN_SPACE = OWN_SPACE.replace("dimensions: [care, fairness, loyalty]\n", "")


def test_the_embedded_mind_is_refused_a_value_space_that_it_never_read_of(tmp_path):
    path = tmp_path / "talk.yaml"
    path.write_text(OWN_SPACE.replace("kind: scripted", "kind: embedded"))
    text = r"the embedded mind knows the package's own value spaces only \(progressgym, .*\), and would say "
    text += r"nothing of 'town'; use another kind of mind"
    with pytest.raises(coevolve_sim.ScenarioError, match=text) as caught:
        coevolve_sim.run(path, results=tmp_path / "results")
    assert caught.value.where == f"{path}:{place_of(path.read_text(), 'embedded')}"
    assert not (tmp_path / "results").exists()


def test_other_minds_speak_of_any_value_space_and_one_that_is_not_used_matters_not(tmp_path):
    found = coevolve_sim.run(
        loads(OWN_SPACE, overrides=["minds=[{kind: scripted}, {kind: embedded, name: unused}]", "rounds=2"]),
        results=tmp_path,
    )
    assert set(found.messages["status"]) == {"answered"}
    assert set(found.messages["dimension"]) == {"thrift", "care"}
    build_setup(loads(TEXT.replace("kind: scripted", "kind: embedded")))
