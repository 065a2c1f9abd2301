"""The page of a study: its answer first, figures that exist, text that stays text, the same bytes twice."""

import hashlib
import html
import re
import shutil

import numpy as np
import pytest

from coevolve_sim.errors import RecordError
from coevolve_sim.report.study_page import write_study_report
from coevolve_sim.scenario import loads, read_changes
from coevolve_sim.studies.answer import describe_question, find_answers
from coevolve_sim.studies.comparing import compare
from coevolve_sim.studies.designs import Axis, build_design
from coevolve_sim.studies.plain_designs import describe_plainly
from coevolve_sim.studies.study import open_study
from tests.report.test_report_page import Elements
from tests.studies.planted import plant

TINY = """
name: tiny
description: '<script>alert("x")</script> costs $5, </pre><img src=http://example.org/x.png>'
rounds: 6
value_space: {name: v, dimensions: [thrift, mercy]}
population: {humans: 20}
history: {kind: planted, shape: logistic, eras: 4, start: {thrift: 0.2, mercy: 0.7},
          end: {thrift: 0.8, mercy: 0.3}, effect: attract, pull: 0.2}
rounds_per_era: 2
assistants: [{name: one, start: history, policy: {kind: frozen}}]
"""
HOSTILE = "<b>Does</b> it cost $5 & \\frac{ </h1><img src=http://example.org/x.png>?"


def page_of(study):
    return write_study_report(study).read_text("utf-8")


def words_of(page):
    text = re.sub(r"<style>.*?</style>", " ", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    plan_worlds = {
        "taught": {},
        "none": {"assistants": []},
        "unheard": {"population.groups": [{"name": "everyone", "adoption": 0.0}]},
    }
    return compare(
        loads(TINY), plan_worlds, replications=3, reference="none", results=tmp_path_factory.mktemp("results")
    )


@pytest.fixture(scope="module")
def page(study):
    return page_of(study)


# --- the page --------------------------------------------------------------------------------------


def test_it_is_well_formed_and_refers_to_nothing_outside_itself(page):
    elements = Elements(page)
    assert elements.open == []
    ids = {attributes["id"] for _, attributes in elements.found if "id" in attributes}
    for tag, attributes in elements.found:
        assert tag not in ("script", "link", "iframe", "object", "base")
        assert tag != "img" or attributes["src"].startswith("data:image/")
        assert not any(name.startswith("on") for name in attributes)
        if "href" in attributes:
            assert attributes["href"].removeprefix("#") in ids
    assert "url(" not in page
    assert "@import" not in page
    assert "http://example.org" not in re.sub(r"&lt;img src=http://example.org", "", page)


def test_the_same_study_gives_the_same_bytes_and_every_figure_has_its_files(study, page):
    def digests():
        files = [study.folder / "report.html", *sorted((study.folder / "figures").iterdir())]
        return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}

    before = digests()
    study.report()
    assert digests() == before
    assert len(before) == 1 + 2 * page.count("Files: <code>figures/")


def test_the_answer_stands_before_everything_else_word_for_word(study, page):
    words = words_of(page.split("<body>")[1].split("<main>")[0])
    for found in find_answers(study):
        assert found.claim in words
    assert describe_question(study) in words
    assert words_of(page).index("In brackets: 95 %") < words_of(page).index("Figure 1.")


def test_people_whom_no_assistant_reaches_are_said_not_to_differ(study, page):
    """The null: nobody consults the assistant, so that its world is the one without, bit for bit."""
    assert "With unheard people end exactly where they end with none, in every pair" in words_of(page)


def test_an_assistant_that_stands_still_holds_people_back(study, page):
    """The planted: people who consult one that stays where history began come less far."""
    told = r"With taught people end \.\d+ \[\.\d+, \.\d+\] of history's way short of where they end with none"
    assert re.search(told, words_of(page))


def test_worlds_seeds_digest_and_the_command_for_a_run_are_on_it(study, page):
    words = words_of(page)
    assert study.digest() in words
    assert "seeds 1 to 3, the same in every world and at every point" in words
    commands = html.unescape(page.split("<pre>")[1].split("</pre>")[0])
    assert f"coevolve run scenario.yaml --seed {study.plan.seeds[0]} --set 'assistants=[]'" in commands


def test_the_scenario_on_it_is_the_base(study, page):
    text = html.unescape(page.split("<pre>")[-1].split("</pre>")[0])
    assert loads(text) == study.plan.base_scenario


def test_both_colour_schemes_are_offered_and_figures_stay_on_white(page):
    assert '<meta name="color-scheme" content="light dark">' in page
    assert "@media (prefers-color-scheme: dark)" in page
    assert ".sheet { background: #fff" in page


def test_words_are_those_of_the_design(page):
    text = words_of(page.split("<main>")[1]).lower()
    for word in ("simulation", "timestep", "opinion", "user", "metric"):
        assert not re.search(rf"\b{word}s?\b", text), word


def test_a_folder_that_cannot_be_written_is_named(study, page, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(study.folder, copy)
    shutil.rmtree(copy / "figures")
    (copy / "figures").write_text("in the way")
    with pytest.raises(RecordError, match="figures cannot be made"):
        write_study_report(open_study(copy))


# --- planted studies -------------------------------------------------------------------------------


def test_somebodys_text_does_not_become_markup(tmp_path):
    study = plant(
        tmp_path,
        {"a": {"<i>mine</i> $": [0.1, 0.3]}, "b": {"<i>mine</i> $": [0.2, 0.1]}},
        replications=2,
        question=HOSTILE,
        failed=[],
    )
    page = page_of(study)
    assert "<i>mine" not in page
    assert "&lt;i&gt;mine&lt;/i&gt; $" in page
    assert "<h1>&lt;b&gt;Does&lt;/b&gt; it cost $5 &amp; \\frac{ &lt;/h1&gt;&lt;img" in page


def test_failures_stand_in_the_first_lines_and_in_a_table(tmp_path):
    scores = np.array([0.1, 0.12, 0.15, 0.1])
    study = plant(
        tmp_path,
        {"a": {"total_variance": scores}, "b": {"total_variance": scores[::-1]}},
        replications=4,
        failed=[("a", 1), ("a", 2)],
    )
    page = page_of(study)
    head = words_of(page.split("<main>")[0])
    assert head.index("2 of 8 runs failed, at rounds: 2 of a.") < head.index("2 of 4 pairs")
    table = words_of(page.split('id="lacking"')[1])
    assert "rounds RuleError: <b>round 3</b> & no more 2 a: seeds" in table
    assert "<b>round 3</b>" not in page


def test_runs_still_to_come_are_said_with_the_command_that_goes_on(tmp_path):
    scores = {"total_variance": [0.1, 0.12, 0.15]}
    study = plant(
        tmp_path, {"a": scores, "b": {"total_variance": [0.2, 0.3, 0.1]}}, replications=3, left=[("b", 2)]
    )
    page = page_of(study)
    assert "1 of 6 runs is still to come" in words_of(page.split("<main>")[0])
    assert f"<code>coevolve resume {study.folder.name}</code>" in page


def test_a_study_without_a_finished_run_has_a_page(tmp_path):
    study = plant(tmp_path, {"a": {}, "b": {}}, replications=1, failed=[("a", 0), ("b", 0)])
    words = words_of(page_of(study))
    assert "No run has come to its end, so that there is no answer yet." in words
    assert "2 of 2 runs failed" in words


def test_one_replication_shows_no_interval(tmp_path):
    worlds = {"taught": {}, "none": {"assistants": []}}
    study = compare(loads(TINY), worlds, replications=1, results=tmp_path)
    page = page_of(study)
    assert "One pair has no interval and says nothing of chance" in words_of(page)
    answer = words_of(page.split('<div class="answer">')[1].split("</div>")[0])
    assert "[" not in answer
    assert "no outcome has two pairs" in words_of(page)


def test_without_trajectories_pairs_are_drawn(tmp_path):
    worlds = {"taught": {}, "none": {"assistants": []}}
    study = compare(loads(TINY), worlds, replications=3, record="none", results=tmp_path)
    words = words_of(page_of(study))
    assert "Figure 1. Difference from none, pair by pair." in words
    assert "the study keeps no trajectories (record: none)" in words


def test_without_history_the_answer_is_about_variety(tmp_path):
    text = "{name: still, rounds: 3, value_space: {name: v, dimensions: [a, b]}, population: {humans: 20}}"
    study = compare(
        loads(text), {"slow": {"update.rate.peer": 0.05}, "fast": {"update.rate.peer": 0.4}},
        replications=3, results=tmp_path,
    )  # fmt: skip
    words = words_of(page_of(study))
    assert "variety (total variance) ends" in words
    assert "history's way" not in words.split("Provenance")[0].split("Effects")[0]


# --- designs ---------------------------------------------------------------------------------------


def sweep(folder, design, worlds, replications=2):
    """Return a study whose outcome falls along the first axis in the last world, and less in the others."""
    along, rng = design.shares[:, :1], np.random.default_rng(1)
    outcomes = {
        name: {
            "share_of_way": 1 - (1 - 0.5 * place) * along + rng.normal(0, 0.01, (len(along), replications))
        }
        for place, name in enumerate(reversed(worlds))
    }
    points = [tuple(read_changes(point, "test")) for point in design.points]
    ordered = {name: outcomes[name] for name in worlds}
    return plant(
        folder,
        ordered,
        replications=replications,
        points=points,
        kind="sweep",
        design=describe_plainly(design),
    )


TWO = ["taught", "none"]
RATE, NOISE = Axis("update.rate.peer", (0.1, 0.3)), Axis("update.noise", (0.0, 0.05))


@pytest.mark.parametrize(
    ("axes", "kind", "n", "worlds", "figures"),
    [
        ([RATE], "grid", None, TWO, ["design"]),
        ([RATE, NOISE], "grid", None, TWO, ["design", "design-difference"]),
        ([RATE, NOISE, Axis("update.rule", ("degroot", "hegselmann_krause"))], "grid", None, TWO[:1],
         ["design-points"]),
        ([Axis("update.noise", low=0.001, high=0.05, log=True)], "lhs", 3, TWO,
         ["design-difference", "design-points"]),
    ],
)  # fmt: skip
def test_a_design_is_drawn_as_suits_it(tmp_path, axes, kind, n, worlds, figures):
    study = sweep(tmp_path, build_design(axes, kind, n), worlds)
    page = page_of(study)
    assert Elements(page).open == []
    shown = re.findall(r'<figure id="figure-([\w-]+)">\s*<div', page.split("<nav")[0])
    assert shown == figures
    if len(worlds) > 1:
        assert f"of {len(study.plan.points)} points" in words_of(page.split("<main>")[0])


@pytest.mark.parametrize(("kind", "n", "told"), [("sobol", 4, "Sobol indices"), ("morris", 2, "Morris's")])
def test_designs_for_sensitivity_are_drawn_as_indices(tmp_path, kind, n, told):
    pytest.importorskip("SALib")
    axes = [Axis("update.rate.peer", low=0.1, high=0.3), Axis("update.noise", low=0.0, high=0.05)]
    page = page_of(sweep(tmp_path, build_design(axes, kind, n), TWO[:1], replications=1))
    assert told in words_of(page.split("<nav")[0])
    assert '<figure id="figure-design">' in page
