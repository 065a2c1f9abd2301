"""Appeals of a society's messages: measured in rounds, on record, in a report, in worlds."""

import numpy as np
import pytest

import coevolve_sim
from coevolve_sim.errors import MeasureError, ScenarioError
from coevolve_sim.language.appeals import Lexicon, Thresholds, read_appeals, read_candidates
from coevolve_sim.measures.appeals import appeal_breadth
from coevolve_sim.minds.scripted.mind import ScriptedMind
from coevolve_sim.report.appeals_section import build_appeals_section
from coevolve_sim.report.run_data import RunData
from coevolve_sim.runs import open_run
from coevolve_sim.runs.appeals import read_run_appeals, read_said_texts
from coevolve_sim.scenario import loads
from coevolve_sim.scenario.dumper import content_of

TEXT = """
name: saying
seed: 2
rounds: {rounds}
value_space: {{name: v, dimensions: [thrift, speech]}}
population:
  humans: 12
  groups:
    - {{name: young, share: 0.5, centre: 0.3, adoption: 1.0}}
    - {{name: old, share: 0.5, centre: 0.7, adoption: 1.0}}
network: {{family: ring, degree: 2}}
minds: [{{kind: scripted}}]
channel: {{kind: language, bias_map: false, topics_per_round: 2}}
assistants: {assistants}
measures: {measures}
"""
HELPER = "[{name: helper, policy: {kind: frozen}, start: 0.8}]"
REASONS = ("it is honest", "it brings peace", "our family needs it", "it keeps us free")
MARK = ", the helper says"
OUTLETS = "media=[{name: daily, values: 0.9, rate: 0.0}, {name: weekly, values: 0.2, rate: 0.0}]"


def text_of(measures="{appeals: {}, names: [variance]}", rounds=4, assistants=HELPER):
    return TEXT.format(measures=measures, rounds=rounds, assistants=assistants)


def breadth_of(messages, round_index, *kinds):
    """Return the breadth of what was heard of some kinds in a round, read on its own."""
    rows = messages[(messages["round"] == round_index) & messages["kind"].isin(kinds)]
    return appeal_breadth(read_appeals(Lexicon(), [*rows["heard_text"]], read_candidates()).relevance)


@pytest.fixture
def talk(monkeypatch):
    """Let people give reasons in turn; where an assistant has been heard, only its own, which is honesty."""

    def reply(request):
        if request.options:
            return (1 / len(request.options),) * len(request.options)
        asked = " ".join(message.content for message in request.messages)
        reason = REASONS[sum(map(ord, asked)) % len(REASONS)]
        if request.kind == "answer" or MARK in asked:
            reason = REASONS[0] + MARK * (request.kind == "answer")
        return f"I say so because {reason}."

    opened = "coevolve_sim.language.channel_setup.open_mind"
    monkeypatch.setattr(opened, lambda *_, **__: ScriptedMind(reply))


@pytest.fixture
def found(talk, tmp_path):
    return coevolve_sim.run(loads(text_of()), results=tmp_path)


def test_a_measured_round_has_the_breadth_of_what_was_heard_in_it(found):
    assert list(found.measures.columns) == ["variance", "appeal_breadth", "appeal_breadth_assistants"]
    assert found.measures.loc[0].isna().tolist() == [False, True, True]
    for round_index in range(1, 5):
        for name, kinds in (
            ("appeal_breadth", ("peer",)),
            ("appeal_breadth_assistants", ("answer",)),
        ):
            by_hand = breadth_of(found.messages, round_index, *kinds)
            assert found.measures.loc[round_index, name] == pytest.approx(by_hand, abs=1e-12)
    assert found.measures.loc[1, "appeal_breadth"] > 1.5
    assert (found.measures.loc[1:, "appeal_breadth_assistants"] == 1).all()


def test_candidates_and_thresholds_of_ones_own_count_and_their_file_is_an_input(talk, tmp_path):
    (tmp_path / "mine.csv").write_text("name,type,words\nHome,Value,family\nQuiet,Duty,peace\n")
    (tmp_path / "a.yaml").write_text(
        text_of("{names: [variance], appeals: {candidates: {path: mine.csv}, thresholds: {relevance: 0.6}}}")
    )
    run = coevolve_sim.run(tmp_path / "a.yaml", results=tmp_path)
    assert run.measures["appeal_breadth"].isna().all()  # a word said once has a relevance of .5
    assert "measures.appeals.candidates.path" in run.manifest["inputs"]
    lower = coevolve_sim.run(
        tmp_path / "a.yaml", results=tmp_path, overrides=["measures.appeals.thresholds.relevance=0.5"]
    )
    assert lower.measures["appeal_breadth"].max() <= 2


def test_nothing_changes_for_a_scenario_that_does_not_ask(talk, tmp_path):
    with_appeals, without = (loads(text_of(m)) for m in ("{appeals: {}}", "{}"))
    assert "appeals" not in content_of(without)["measures"]
    assert "appeals" in content_of(with_appeals)["measures"]
    runs = [coevolve_sim.run(one, results=tmp_path) for one in (with_appeals, without)]
    assert "appeal_breadth" not in runs[1].measures
    np.testing.assert_array_equal(runs[0].trajectories, runs[1].trajectories)


def test_a_run_that_was_interrupted_goes_on_to_the_same_measures(talk, tmp_path, found):
    stopped = []

    def stop(done, _asked):
        if done == 2 and not stopped:
            stopped.append(done)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        coevolve_sim.run(loads(text_of()), results=tmp_path / "again", progress=stop)
    folder = next((tmp_path / "again").iterdir())
    again = coevolve_sim.resume(folder)
    assert again.digest() == found.digest()
    assert again.measures.equals(found.measures)


def test_what_an_assistant_takes_from_what_people_appeal_to_is_a_paired_loss(talk, tmp_path):
    study = coevolve_sim.compare(
        loads(text_of(rounds=3)),
        {"with": {}, "without": {"assistants": []}},
        replications=3,
        outcome="appeal_breadth",
        reference="without",
        results=tmp_path,
    )
    table = study.effects
    row = table[(table["world"] == "with") & (table["outcome"] == "appeal_breadth")].iloc[0]
    runs = {world: study.summaries_in_order(world) for world in ("with", "without")}
    differences = [
        one.outcomes["appeal_breadth"] - other.outcomes["appeal_breadth"]
        for one, other in zip(runs["with"], runs["without"], strict=True)
    ]
    assert row["mean"] == pytest.approx(np.mean(differences))
    assert row["mean"] < -0.5


def test_an_assistant_that_moves_nobody_leaves_the_breadth_of_what_people_say(tmp_path):
    pytest.importorskip("torch")
    text = text_of(rounds=1).replace("{name: v, dimensions: [thrift, speech]}", "moral-foundations")
    text = text.replace("kind: scripted", "kind: embedded")
    silent = ["update.rate.assistant=0.0", "update.rate.peer=0.2", "channel.memory=0"]
    runs = [
        coevolve_sim.run(loads(text, overrides=[*silent, f"assistants={given}"]), results=tmp_path)
        for given in (HELPER, "[]")
    ]
    assert (runs[0].messages["kind"] == "question").any()
    np.testing.assert_array_equal(*(one.trajectories for one in runs))
    np.testing.assert_array_equal(*(one.measures["appeal_breadth"].to_numpy() for one in runs))


def test_speakers_are_told_apart_and_all_of_it_agrees_with_counting(found):
    said = read_said_texts(found)
    assert list(said.speakers) == ["people", "assistants", "group young", "group old"]
    young, old, people = (said.speakers[name] for name in ("group young", "group old", "people"))
    assert (young | old).tolist() == people.tolist()
    assert not (young & old).any()
    told = read_run_appeals(found, Lexicon(), read_candidates(), Thresholds(), theory="mft")
    by_name = {one.speaker: one for one in told.speakers}
    names = [one.name for one in told.candidates.all]
    assistants = by_name["assistants"]
    assert assistants.shares[names.index("Honesty")] == 1
    assert assistants.valence == 1
    assert assistants.dimensions["Fairness"] == pytest.approx(0.5)
    texts = np.array(said.texts)[people]
    assert by_name["people"].texts == len(texts)
    counts = [sum(reason in text for text in texts) for reason in REASONS]
    shares = by_name["people"].shares
    found_shares = [shares[names.index(name)] for name in ("Honesty", "Peace", "Family", "Freedom")]
    np.testing.assert_allclose(found_shares, np.array(counts) / sum(counts))
    assert told.middle == 2


def test_what_outlets_say_is_of_neither_people_nor_assistants(talk, tmp_path):
    with_media = coevolve_sim.run(loads(text_of(), overrides=[OUTLETS]), results=tmp_path)
    messages, said = with_media.messages, read_said_texts(with_media)
    for r in range(1, 5):
        measured = with_media.measures.loc[r, "appeal_breadth"]
        assert measured == pytest.approx(breadth_of(messages, r, "peer"), abs=1e-12)
        assert measured != pytest.approx(breadth_of(messages, r, "peer", "outlet"), abs=1e-4)
    kinds = messages["kind"].to_numpy()
    assert said.speakers["people"].tolist() == np.isin(kinds, ("peer", "question")).tolist()
    assert said.speakers["outlets"].tolist() == (kinds == "outlet").tolist()
    assert said.humans[said.speakers["outlet daily"]].tolist() == [-1] * 8
    assert said.humans[said.speakers["outlet weekly"]].tolist() == [-2] * 8
    assert not (said.speakers["group young"] & said.speakers["outlets"]).any()
    assert (said.humans[~said.speakers["outlets"]] >= 0).all()


def test_some_messages_can_be_drawn_and_the_others_are_counted(found):
    some = read_said_texts(found, at_most=10, seed=3)
    assert len(some.texts) == 10
    assert some.n_left_out == len(read_said_texts(found).texts) - 10
    assert read_said_texts(found, at_most=10, seed=3).texts == some.texts


def test_a_report_has_a_part_on_appeals_where_they_are_measured_and_nowhere_else(talk, found, tmp_path):
    section = build_appeals_section(RunData(found))
    row = next(row for row in section.rows if row.speaker == "assistants")
    assert row.most == "Honesty 100%"
    assert row.breadth.startswith("1.0 [1.0, ")
    page = found.report().read_text(encoding="utf-8")
    assert 'id="appeals"' in page
    assert "To which of 57 values, rights and duties (our own)" in page
    other = coevolve_sim.run(loads(text_of("{}", rounds=1)), results=tmp_path)
    assert build_appeals_section(RunData(other)) is None
    assert 'id="appeals"' not in other.report().read_text(encoding="utf-8")


def test_a_report_of_a_run_whose_candidates_are_gone_stands_without_them(talk, tmp_path):
    (tmp_path / "mine.csv").write_text("name,type,words\nHome,Value,family\n")
    (tmp_path / "a.yaml").write_text(text_of("{appeals: {candidates: {path: mine.csv}}}", rounds=1))
    run = coevolve_sim.run(tmp_path / "a.yaml", results=tmp_path)
    (kept,) = run.folder.glob("inputs/*/mine.csv")
    kept.unlink()
    assert build_appeals_section(RunData(open_run(run.folder))) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "{name: a, rounds: 1, measures: {appeals: {}}}",
            r"measures.appeals: in a channel of numbers nobody says anything",
        ),
        (
            text_of("{appeals: {backend: mind}}"),
            r"measures.appeals.backend: .* take lexicon here, .* coevolve appeal RUN --mind",
        ),
        (text_of("{appeals: {backend: oracle}}"), "allowed: one of 'lexicon', 'mind', 'kaleido'"),
        (text_of("{appeals: {thresholds: {overlap: 2}}}"), "measures.appeals.thresholds.overlap"),
    ],
)
def test_what_does_not_fit_is_said_with_its_key(text, said):
    with pytest.raises(ScenarioError, match=said):
        loads(text)


def test_a_measure_of_appeals_is_not_named_without_their_key(tmp_path):
    said = r"measures.names.1: appeal_breadth is taken where the scenario has measures.appeals; add it, as"
    with pytest.raises(ScenarioError, match=said):
        coevolve_sim.run(loads(text_of("{names: [variance, appeal_breadth]}")), results=tmp_path)


def test_a_file_of_candidates_that_is_none_is_said_before_anything_is_written(tmp_path):
    (tmp_path / "mine.csv").write_text("name,type\nHome,\n")
    (tmp_path / "a.yaml").write_text(text_of("{appeals: {candidates: {path: mine.csv}}}"))
    with pytest.raises(ScenarioError, match=r"mine.csv:2: candidate 'Home': its type is .* none given"):
        coevolve_sim.run(tmp_path / "a.yaml", results=tmp_path / "results")
    assert not (tmp_path / "results").exists()


def test_a_run_in_numbers_appeals_to_nothing(tmp_path):
    numbers = coevolve_sim.run(loads("{name: n, rounds: 1, population: {humans: 12}}"), results=tmp_path)
    with pytest.raises(
        MeasureError, match="a run in numbers; what messages appeal to is read of a run whose"
    ):
        read_said_texts(numbers)
