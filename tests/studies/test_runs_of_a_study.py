"""A run of a study has the numbers of a recorded run of the same scenario and seed, bit for bit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import coevolve_sim
from coevolve_sim.errors import StudyError
from coevolve_sim.studies.run_summary import ASSISTANT, HISTORY, MEASURE
from tests.studies.tiny import WITH_AND_WITHOUT, numbers, words

SCENARIOS = {
    "plain": (),
    "one_dimension": ("dimensions=[care]",),
    "three_dimensions": ("dimensions=[care, fairness, loyalty]", "update.noise=.05"),
    "history": ("rounds=6", "rounds_per_era=2", "history={kind: planted, shape: linear, effect: shift}"),
    "several_assistants": ("assistants=[{name: one}, {name: other, policy: {kind: frozen}}]",),
    "interventions": (
        "interventions=[{action: withdraw, round: 3, assistant: helper}]",
        "update.noise=.02",
    ),
    "seldom_measured": ("rounds=5", "measures.every=2"),
    "few_measures": ("measures.names=[variance, spread]",),
    "pairwise": ("update={rule: deffuant_weisbuch, schedule: pairwise}",),
}


def reach(arrays):
    """Return the greatest value there is; a measure from Python."""
    return float(np.max(arrays.values))


def hold_to_record(study, world, replication, found):
    """Hold the outcomes and the trajectory of one run of a study to the tables of a recorded run."""
    kept = study.summaries(world)[replication]
    rounds = list(kept.rounds)
    for kind, table in found.means[found.means["kind"] != "group"].groupby("kind"):
        for name, of_one in table.groupby("name"):
            ours = pd.DataFrame(
                kept.select(kind, name if kind == ASSISTANT else ""), rounds, list(study.dimensions)
            )
            theirs = of_one.set_index("round")[list(study.dimensions)]
            there = [r for r in rounds if r in theirs.index]
            np.testing.assert_array_equal(ours.loc[there].to_numpy(), theirs.loc[there].to_numpy())
            assert kind == ASSISTANT or there == rounds
    for name in found.measures.columns:
        of_round = dict(zip(rounds, kept.select(MEASURE, name)[:, 0], strict=True))
        assert [of_round[r] for r in found.measures.index] == found.measures[name].tolist()
        assert kept.outcomes[name] == found.measures[name].iloc[-1]
    table = found.progress
    expected = {
        f"{row.measure}.{row.assistant}" if row.assistant else row.measure: row.value
        for row in table.itertuples()
        if row.dimension == "" and not np.isnan(row.value)
    }
    assert {name: kept.outcomes.get(name) for name in expected} == expected
    return kept


@pytest.mark.parametrize("case", SCENARIOS)
def test_runs_of_a_study_have_the_numbers_of_recorded_runs(case, tmp_path):
    scenario = numbers(*SCENARIOS[case])
    study = coevolve_sim.compare(scenario, {"as": {}, "fast": {"update.rate.peer": 0.9}}, replications=2)
    for world, rate in {"as": scenario.update.rate.peer, "fast": 0.9}.items():
        for replication in (0, 1):
            keys = (*SCENARIOS[case], f"update.rate.peer={rate}", f"seed={3 + replication}")
            found = coevolve_sim.run(numbers(*keys), results=tmp_path)
            hold_to_record(study, world, replication, found)


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_history_is_kept_and_stands_in_the_data_set():
    study = coevolve_sim.compare(numbers(*SCENARIOS["history"]), WITH_AND_WITHOUT, replications=2)
    data = study.to_xarray()
    assert dict(data["people"].sizes) == {
        "point": 1,
        "world": 2,
        "replication": 2,
        "round": 7,
        "dimension": 2,
    }
    np.testing.assert_array_equal(data["history"], study.summaries("with")[0].select(HISTORY))
    assert data["share_of_way"].dims == ("point", "world", "replication")
    assert data["seed"].to_numpy().tolist() == [3, 4]
    assert study.outcome == "share_of_way"


def test_worlds_of_different_histories_have_none_in_common_in_the_data_set():
    worlds = {"up": {}, "down": {"history.shape": "reversal"}}
    study = coevolve_sim.compare(numbers(*SCENARIOS["history"]), worlds, replications=1)
    assert "history" not in study.to_xarray()


def test_a_measure_from_python_is_an_outcome_and_equals_that_of_a_recorded_run(tmp_path):
    scenario = numbers("measures.names=[variance]")
    objects = {"measures": {"reach": reach}}
    study = coevolve_sim.compare(scenario, WITH_AND_WITHOUT, replications=2, **objects)
    found = coevolve_sim.run(scenario, results=tmp_path, **objects)
    hold_to_record(study, "with", 0, found)
    assert study.scores("reach", "with")[0] == found.measures["reach"].iloc[-1]


def test_a_policy_from_a_file_runs_as_in_a_recorded_run(tmp_path):
    (tmp_path / "mine.py").write_text(
        "def away(values, observation, memory):\n    return values * 0.5, memory\n", "utf-8"
    )
    keys = ("assistants.0.policy={kind: custom, path: 'mine.py:away'}",)
    study = coevolve_sim.compare(numbers(*keys), WITH_AND_WITHOUT, replications=1)
    hold_to_record(study, "with", 0, coevolve_sim.run(numbers(*keys), results=tmp_path))


def test_a_run_in_words_has_the_numbers_of_a_recorded_run(tmp_path):
    study = coevolve_sim.compare(words(), WITH_AND_WITHOUT, replications=2)
    kept = hold_to_record(study, "with", 1, coevolve_sim.run(words("seed=5"), results=tmp_path))
    assert kept.outcomes["requests"] > 0
    assert kept.outcomes["share_without_answer"] == 0


@pytest.mark.parametrize("scenario", [numbers(), words()], ids=["numbers", "words"])
def test_a_full_record_is_a_folder_a_run_that_opens_and_verifies(scenario):
    full = coevolve_sim.compare(scenario, WITH_AND_WITHOUT, replications=2, record="full")
    short = coevolve_sim.compare(scenario, WITH_AND_WITHOUT, replications=2)
    folders = sorted((full.folder / "runs").iterdir())
    assert len(folders) == 4
    for folder in folders:
        found = coevolve_sim.open_run(folder)
        found.verify()
        assert found.status == "finished"
        world, seed = folder.name.split("-")[1], int(folder.name.split("seed")[1].split("-")[0])
        hold_to_record(full, world, seed - scenario.seed, found)
    pd.testing.assert_frame_equal(full.runs, short.runs)
    pd.testing.assert_frame_equal(full.trajectories, short.trajectories)


def test_a_study_without_trajectories_has_the_outcomes_and_says_what_is_missing():
    none = coevolve_sim.compare(numbers(), WITH_AND_WITHOUT, replications=2, record="none")
    summary = coevolve_sim.compare(numbers(), WITH_AND_WITHOUT, replications=2)
    pd.testing.assert_frame_equal(none.runs, summary.runs)
    with pytest.raises(StudyError, match=r"keeps no trajectories \(record: none\); run it anew"):
        _ = none.trajectories
    assert "people" not in none.to_xarray()
    assert {path.name for path in none.export()} == {"runs.csv", "effects.csv", "study.nc"}
    assert "trajectories.parquet" in {path.name for path in summary.export()}


def test_tables_have_a_row_a_run_an_effect_and_a_number_of_a_round():
    study = coevolve_sim.sweep(
        numbers(),
        {"update.rate.peer": [0.1, 0.2, 0.3]},
        worlds=WITH_AND_WITHOUT,
        replications=2,
        record="summary",
        measures=["variance", "spread"],
    )
    assert len(study.runs) == 3 * 2 * 2
    assert study.runs["update.rate.peer"].tolist() == [0.1] * 4 + [0.2] * 4 + [0.3] * 4
    assert study.effects[["point", "world", "outcome"]].to_numpy().tolist() == [
        [point, "with", outcome] for point in range(3) for outcome in ("variance", "spread")
    ]
    columns = {world: study.summaries(world)[0].columns for world in WITH_AND_WITHOUT}
    assert len(study.trajectories) == 3 * 2 * 5 * sum(len(kept) for kept in columns.values())
    written = pd.read_parquet(next(path for path in study.export() if path.suffix == ".parquet"))
    pd.testing.assert_frame_equal(written, study.trajectories, check_dtype=False)
    runs = pd.read_csv(study.folder / "runs.csv")
    np.testing.assert_array_equal(runs["variance"], study.runs["variance"])


def test_runs_of_other_lengths_are_left_blank_in_the_data_set():
    study = coevolve_sim.sweep(numbers(), {"rounds": [4, 6]}, replications=1, record="summary")
    people = study.to_xarray()["people"]
    assert np.isfinite(people[0]).all()
    assert np.isnan(people[1]).all()
