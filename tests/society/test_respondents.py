"""People of one's own: answers on their scales, matched to a network, and every refusal at its cell."""

from __future__ import annotations

import re
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import coevolve_sim
from coevolve_sim.errors import PopulationError, ScenarioError, StudyError
from coevolve_sim.scenario import dump, loads
from coevolve_sim.scenario.respondent_specs import RespondentsSpec
from coevolve_sim.society.model import Society
from coevolve_sim.society.respondents import read_respondents
from coevolve_sim.society.setup import build_setup
from coevolve_sim.values.scales import read_scale

BASE = """
name: town
rounds: 2
value_space: {name: survey, dimensions: [trust, calm]}
"""
PEOPLE = "id,trust,calm\nann,0.1,0.2\nbob,0.5,0.6\ncem,0.9,1\n"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Work in a folder with a network of four named people, in two camps, and one table of three."""
    monkeypatch.chdir(tmp_path)
    graph = nx.Graph([("n1", "n2"), ("n2", "n3"), ("n3", "n4")])
    names = {"n1": "cem", "n2": "bob", "n3": "ann", "n4": "dan"}
    nx.set_node_attributes(graph, names, "label")
    nx.set_node_attributes(graph, {"n1": 1, "n2": 0, "n3": 0, "n4": 1}, "camp")
    nx.write_graphml(graph, "net.graphml")
    (tmp_path / "people.csv").write_text(PEOPLE)
    return tmp_path


def scenario(population="{file: people.csv}", rest=""):
    network = "" if "network:" in rest else "network: {family: complete}\n"
    return loads(f"{BASE}population: {population}\n{network}{rest}")


def settle(population="{file: people.csv}", rest="", **tables):
    for name, text in tables.items():
        Path(f"{name}.csv").write_text(text, encoding="utf-8")
    return build_setup(scenario(population, rest))


ON_FILE, FULL = "network: {family: file, path: net.graphml}", "network: {family: complete}"


def refusal(population, rest="", **tables):
    with pytest.raises(ScenarioError) as caught:
        settle(population, rest, **tables)
    return str(caught.value)


# --- numbers where a scenario asks for texts -----------------------------------------------------


def test_whole_numbers_are_cells_as_a_table_writes_them():
    items = (
        "items: [{column: trust, scale: [1, 2, 3]}, {column: calm}], missing: drop, missing_cells: [NA, -99]"
    )
    people = "id,trust,calm\na,1,0\nb,2,-99\nc,3,1\nd,2,0.5\ne,1,NA\n"
    made = settle(f"{{file: {{path: people.csv, {items}}}}}", FULL, people=people)
    np.testing.assert_allclose(made.initial_values, [[0, 0], [1, 1], [0.5, 0.5]])
    assert made.scenario.population.file.missing_cells == ("NA", "-99")
    assert loads(dump(made.scenario)) == made.scenario


def test_numbers_that_can_be_written_otherwise_are_refused_where_texts_are_asked_for():
    for cell in ("0.10", "true", "1e3"):
        with pytest.raises(ScenarioError, match=r"missing_cells.*given; allowed: a text or a whole number"):
            scenario(f"{{file: {{path: people.csv, missing_cells: [{cell}]}}}}")


# --- commas and points -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "at", "why"),
    [
        ("a;1,250;2", "2:2", "'1,250' given: this and all other commas in the column may be decimal commas"),
        ("a;7;2,5;\nb;1,250;3", "3:2", "'1,250' given: this and all other commas in the column may be"),
        ("a;1.250;3\nb;2,5;3", "2:2", "'1.250' given: a point where '2,5' on line 3 has a decimal comma"),
        ("a;0.5;3\nb;2,5;3", "2:2", "'0.5' given: a point where '2,5' on line 3 has a decimal comma"),
        ("a;1.250;2,5", "2:2", "'1.250' given: a point where '2,5' on line 2 has a decimal comma"),
    ],
)
def test_what_could_be_a_thousand_is_refused(rows, at, why):
    told = refusal(
        "{file: {path: people.csv, scale: 0-5000}}",
        FULL,
        people=f"id;trust;calm\n{rows}\n".replace(";\n", "\n"),
    )
    assert f"people.csv:{at}: " in told
    assert why in told


def test_weights_and_percent_that_could_be_thousands_are_refused():
    people = "id;trust;calm;w;uses\na;1;1;1,250;50 %\n"
    assert "people.csv:2:4: column 'w': '1,250' given" in refusal(
        "{file: {path: people.csv, weight: w}}", FULL, people=people
    )
    adoption = "adoption: {column: uses, scale: percent}"
    told = refusal(f"{{file: {{path: people.csv, {adoption}}}}}", FULL, people=people.replace("50", "12,500"))
    assert "people.csv:2:5: column 'uses': '12,500 %' given: this and all other commas" in told


def test_decimal_commas_are_read_and_noted():
    made = settle("{file: people.csv}", FULL, people="id;trust;calm\na;0,125;0.5\nb;0,5;1\n")
    np.testing.assert_allclose(made.initial_values, [[0.125, 0.5], [0.5, 1]])
    assert "people.csv: commas in numbers are decimal commas" in " ".join(made.notes)
    plain = settle("{file: people.csv}", FULL, people=PEOPLE)
    assert "decimal" not in " ".join(plain.notes)


# --- scales --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scale", "cells", "values"),
    [
        ("0-1", ["0", "0,25", "1"], [0, 0.25, 1]),
        ("percent", ["0", "45", "12.5 %", "100%"], [0, 0.45, 0.125, 1]),
        ("1-7", ["1", "4", "7"], [0, 0.5, 1]),
        ("-3-3", ["-3", "0", "1.5"], [0, 0.5, 0.75]),
        ("-10--5", ["-10", "-5"], [0, 1]),
        (["never", "at times", "often"], ["never", "at times", "often"], [0, 0.5, 1]),
    ],
)
def test_every_scale_goes_from_0_to_1(scale, cells, values):
    assert [read_scale(scale).place(cell) for cell in cells] == pytest.approx(values)


@given(st.integers(-99, 99), st.integers(1, 99), st.floats(0, 1))
def test_any_two_ends_make_a_scale(low, width, share):
    scale = read_scale(f"{low}-{low + width}")
    answer = low + width * share
    assert scale.place(f"{answer:.9f}") == pytest.approx(share, abs=1e-8)
    assert scale.place(str(low - 1)) is scale.place(str(low + width + 1)) is None


@pytest.mark.parametrize("scale", ["0..1", "1-", "7-1", "3-3", "likert", "", ["one"], ["a", "a"], []])
def test_what_is_no_scale_is_refused(scale):
    with pytest.raises(PopulationError, match="scale"):
        read_scale(scale)


# --- who is who ----------------------------------------------------------------------------------


def test_a_table_alone_brings_its_people_in_their_order_with_their_names():
    setup = settle(rest="network: {family: complete}")
    assert setup.n_humans == 3
    assert setup.initial_values.tolist() == [[0.1, 0.2], [0.5, 0.6], [0.9, 1.0]]
    assert setup.ties.names == ("ann", "bob", "cem")
    assert "population: people.csv: 3 respondents are the humans, in the order of their rows" in setup.notes


def test_respondents_are_matched_to_nodes_by_name_or_by_id():
    text = PEOPLE + "dan,0.3,0.4\n"
    by_name = settle(rest=ON_FILE, people=text)
    assert by_name.ties.names == ("cem", "bob", "ann", "dan")
    assert by_name.initial_values[:, 0].tolist() == [0.9, 0.5, 0.1, 0.3]
    ids = text.replace("ann", "n3").replace("bob", "n2").replace("cem", "n1").replace("dan", "n4")
    by_id = settle(rest=ON_FILE, people=ids)
    assert by_id.initial_values.tolist() == by_name.initial_values.tolist()
    assert any("matched to humans by id" in note for note in by_id.notes)
    other = settle("{file: {path: people.csv, id: who}}", ON_FILE, people=text.replace("id,", "who,"))
    assert other.initial_values.tolist() == by_name.initial_values.tolist()


def test_the_order_of_rows_does_not_matter_by_id():
    text = PEOPLE + "dan,0.3,0.4\n"
    head, *rows = text.splitlines()
    turned = "\n".join([head, *reversed(rows)])
    one, other = settle(rest=ON_FILE, people=text), settle(rest=ON_FILE, people=turned)
    assert one.initial_values.tolist() == other.initial_values.tolist()


def test_people_with_names_are_matched_by_row_only_if_that_is_said():
    text = "trust,calm\n.1,.2\n.3,.4\n.5,.6\n.7,.8\n"
    said = refusal("{file: people.csv}", ON_FILE, people=text)
    assert "there is no column 'id', and humans of the network have names (cem, bob, ann, ...)" in said
    setup = settle("{file: {path: people.csv, match: row}}", ON_FILE, people=text)
    assert setup.initial_values[:, 0].tolist() == [0.1, 0.3, 0.5, 0.7]


def test_people_who_did_not_answer_are_refused_dropped_or_drawn():
    said = refusal("{file: people.csv}", ON_FILE)
    assert "1 of 4 humans of the network are no respondents (dan)" in said
    dropped = settle("{file: {path: people.csv, others: drop}}", ON_FILE)
    assert dropped.ties.names == ("cem", "bob", "ann")
    assert dropped.ties.degrees.tolist() == [1, 2, 1]
    assert "population: 1 human dropped from the network, without answers" in dropped.notes
    drawn = settle("{file: {path: people.csv, others: draw}}", ON_FILE)
    assert drawn.initial_values[3].tolist() in [[0.1, 0.2], [0.5, 0.6], [0.9, 1.0]]
    of_camp = settle("{file: {path: people.csv, others: draw}, groups_from: camp}", ON_FILE)
    assert of_camp.initial_values[3].tolist() == [0.9, 1.0], "cem is the only respondent of dan's camp"


def test_a_society_is_drawn_by_weight():
    text = "trust,calm,w\n0.1,0,1\n0.9,1,3\n0.5,.5,0\n"
    population = "{humans: 4000, file: {path: people.csv, match: draw, weight: w}}"
    values = settle(population, people=text).initial_values[:, 0]
    assert sorted(set(values.tolist())) == [0.1, 0.9]
    assert (values == 0.9).mean() == pytest.approx(0.75, abs=0.03), "four standard errors"
    again = settle(population, people=text).initial_values[:, 0]
    assert values.tolist() == again.tolist()


# --- answers -------------------------------------------------------------------------------------

SURVEY = "who;t1;t2;worry;camp;w\na;7;1;often;Left;1\nb;4;;never;Left;3\nc;1;7;often;Right;1\n"
ITEMS = """
    items:
      - {column: t1, dimension: trust}
      - {column: t2, dimension: trust, reversed: true}
      - {column: worry, dimension: calm, scale: [often, never]}
"""


def survey(more):
    return f"\n  file:\n    path: people.csv\n    id: who\n    scale: 1-7\n{more}{ITEMS}"


def test_items_average_reversed_ones_turned_and_missing_ones_are_the_groups_mean():
    setup = settle(survey("    missing: group_mean\n    group: camp\n"), people=SURVEY)
    assert setup.initial_values.tolist() == [[1.0, 0.0], [0.75, 1.0], [0.0, 0.0]]
    note = "1 of 3 respondents left something unanswered and have the mean of their group there (line 3)"
    assert any(note in told for told in setup.notes)
    assert setup.group_names == ("left", "right")
    assert setup.group_of.tolist() == [0, 0, 1]
    assert any("'Left' is left, 'Right' is right" in told for told in setup.notes)
    assert any("not read: column 'w'" in told for told in setup.notes)


def test_means_of_groups_are_weighted():
    text = "id,trust,calm,w\na,0,0,1\nb,1,0,3\nc,,0,1\n"
    plain = settle("{file: {path: people.csv, missing: group_mean}}", people=text)
    weighted = settle("{file: {path: people.csv, missing: group_mean, weight: w}}", people=text)
    assert plain.initial_values[2, 0] == 0.5
    assert weighted.initial_values[2, 0] == 0.75


def test_who_left_something_unanswered_is_dropped_with_a_note():
    setup = settle(survey("    missing: drop\n"), people=SURVEY)
    assert setup.ties.names == ("a", "c")
    assert any("left something unanswered and are dropped (line 3)" in note for note in setup.notes)
    on_file = settle("{file: {path: people.csv, missing: drop}}", ON_FILE, people=PEOPLE + "dan,,.4\n")
    assert on_file.ties.names == ("cem", "bob", "ann")


def test_what_stands_for_no_answer_can_be_said():
    text = PEOPLE.replace("0.5", "NA").replace("0.2", "-99")
    said = refusal("{file: people.csv}", people=text)
    assert "people.csv:3:2: column 'trust': 'NA' given" in said
    assert "name it in missing_cells" in said
    population = "{file: {path: people.csv, missing: drop, missing_cells: [NA, '-99']}}"
    assert settle(population, people=text).ties.names == ("cem",)


# --- groups and traits ---------------------------------------------------------------------------


def test_groups_of_the_network_file_take_the_values_that_the_scenario_gives_them():
    groups = "groups: [{name: '1', centre: 0.9, spread: 0.01}, {name: '0', centre: 0.1, spread: 0.01}]"
    setup = settle(f"{{groups_from: camp, {groups}}}", ON_FILE)
    assert setup.group_names == ("1", "0")
    assert setup.group_of.tolist() == [0, 1, 1, 0]
    assert (setup.initial_values[:, 0] > 0.5).tolist() == [True, False, False, True]
    assert [group.share for group in setup.scenario.population.groups] == [0.5, 0.5]
    assert loads(dump(setup.scenario)) == setup.scenario, "what is on record is read back"


def test_traits_are_each_persons_own():
    text = "id,trust,calm,ai,firm,open\nann,0,0,100,1,0.1\nbob,1,1,25,7,0.2\n"
    population = """
  file:
    path: people.csv
    adoption: {column: ai, scale: percent}
    stubbornness: {column: firm, scale: 1-7, reversed: true}
    confidence: {peer: open}
"""
    rule = "update: {rule: friedkin_johnsen}\nassistants: [{name: helper}]"
    said = refusal(population, rule, people=text)
    assert "confidence.peer: rule friedkin_johnsen has no confidence towards peers" in said
    state = Society(settle(population, "assistants: [{name: helper}]", people=text)).state
    assert state.adoption.tolist() == [1.0, 0.25]
    assert state.stubbornness.tolist() == [1.0, 0.0]
    assert state.peer.confidence.tolist() == [0.1, 0.2]
    assert state.assistant.confidence.tolist() == [0.3, 0.3]


def test_a_stubborn_respondent_stays(folder):
    text = "id,trust,calm,firm\nann,0,0,1\nbob,1,1,0\n"
    setup = settle(
        "{file: {path: people.csv, stubbornness: firm}}", "network: {family: complete}", people=text
    )
    society = Society(build_setup(setup.scenario.model_copy(update={"update": _friedkin(setup.scenario)})))
    society.step()
    assert society.values.tolist() == [[0.0, 0.0], [0.0, 0.0]]


def _friedkin(given):
    return loads(f"{BASE}update: {{rule: friedkin_johnsen}}").update


def test_sketches_introduce_people_in_prompts():
    text = (
        PEOPLE.replace("calm", "calm,job,age")
        .replace("0.2", "0.2,a nurse,31")
        .replace("0.6", "0.6,a cook,44")
    )
    text = text.replace("0.9,1\n", "0.9,1,,\n")
    words = "channel: {kind: language}\nminds: [{kind: scripted}]"
    setup = settle('{file: {path: people.csv, sketch: "${job} of ${age}"}}', words, people=text)
    who = [person.who for person in setup.channel.people]
    assert who[0].startswith("a nurse of 31")
    assert who[1].startswith("a cook of 44")
    assert who[2]
    assert not who[2].startswith(" of")
    assert any("1 without a sketch have one of the package's own" in note for note in setup.notes)


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("population", "table", "message"),
    [
        (
            "{file: people.csv}",
            PEOPLE.replace("0.5", "1.5"),
            (
                "people.csv:3:2: column 'trust': '1.5' given; allowed: a number in [0, 1]; state the scale "
                "(percent, 1-7, ...)"
            ),
        ),
        (
            "{file: {path: people.csv, scale: 1-7}}",
            PEOPLE,
            "people.csv:2:2: column 'trust': '0.1' given; allowed: a number in [1, 7]",
        ),
        (
            "{file: {path: people.csv, scale: [no, yes]}}",
            "id,trust,calm\na,no,Yes\n",
            "people.csv:2:3: column 'calm': 'Yes' given; allowed: one of no, yes; did you mean 'yes'?",
        ),
        (
            "{file: people.csv}",
            PEOPLE + "bob,0,0\n",
            "people.csv:5:1: column 'id': id 'bob' stands on line 3 already",
        ),
        (
            "{file: people.csv}",
            PEOPLE.replace("0.5", ""),
            "people.csv:3:2: column 'trust': no answer; 1 of 3 respondents left something unanswered",
        ),
        (
            "{file: people.csv}",
            PEOPLE.replace("calm", "clam"),
            "people.csv:1: there is no column 'calm'; did you mean 'clam'?",
        ),
        (
            "{file: people.csv}",
            PEOPLE.replace("calm", "trust"),
            "people.csv:1: there are 2 columns 'trust'; rename one, so",
        ),
        ("{file: people.csv}", "id,trust,calm\n", "people.csv: 0 respondents"),
        ("{file: people.csv}", "id,trust,calm\na,1\n", "people.csv:2: 2 cells where the first line names 3"),
        ("{file: nobody.csv}", PEOPLE, "nobody.csv: there is no such file"),
        ("{file: {path: people.csv, match: id, id: who}}", PEOPLE, "there is no column 'who'"),
        (
            "{humans: 7, file: people.csv}",
            PEOPLE,
            "3 respondents, and population.humans asks for 7; leave that out",
        ),
        (
            "{file: {path: people.csv, missing: drop}}",
            "id,trust,calm\na,,1\n",
            "all respondents left something",
        ),
        (
            "{file: {path: people.csv, missing: group_mean}}",
            "id,trust,calm\na,,1\n",
            "nobody answered 'trust'",
        ),
        (
            "{file: {path: people.csv, weight: w}}",
            "id,trust,calm,w\na,0,1,-1\n",
            "people.csv:2:4: column 'w': '-1' given; a weight is a number of at least 0",
        ),
        (
            "{file: {path: people.csv, weight: w}}",
            "id,trust,calm,w\na,0,1,0\n",
            "column 'w' has no weight above 0",
        ),
        (
            "{file: {path: people.csv, group: g}}",
            "id,trust,calm,g\na,0,1,Left\nb,0,1,left\n",
            "people.csv:3:4: column 'g': 'left' and 'Left' would be one group",
        ),
        (
            "{file: {path: people.csv, group: g}}",
            "id,trust,calm,g\na,0,1,?\n",
            "people.csv:2:4: column 'g': '?' given; a group is told by",
        ),
        (
            "{file: {path: people.csv, group: g}, groups: [{name: left}]}",
            "id,trust,calm,g\na,0,1,lefty\n",
            "the file has a group 'lefty'; did you mean 'left'?",
        ),
        (
            "{file: {path: people.csv, group: g}, groups: [{name: x}, {name: y}]}",
            "id,trust,calm,g\na,0,1,x\n",
            "nobody is in group 'y'; the file has x",
        ),
        (
            "{file: {path: people.csv, missing: group_mean, group: g}}",
            "id,trust,calm,g\na,0,1,x\nb,0,1,\n",
            "people.csv:3:4: column 'g': no group, whose mean could be taken",
        ),
        (
            "{file: {path: people.csv, sketch: '${trust}'}}",
            f"id,trust,calm\na,{'0' * 400},1\n",
            "a sketch of 400 characters; at most 300",
        ),
    ],
)
def test_a_bad_table_is_refused_at_its_cell(population, table, message):
    said = refusal(population, people=table)
    assert message in said
    assert said.startswith("population.")


@pytest.mark.parametrize(
    ("population", "rest", "message"),
    [
        (
            "{file: people.csv}",
            "",
            "people.csv:4:1: respondent 'cen' is no human of the network; did you mean 'cem'?",
        ),
        ("{file: {path: people.csv, match: row}}", "", "3 respondents, and 4 humans in the network"),
        (
            "{groups_from: camps}",
            "",
            "groups_from names 'camps', which no human of the network has; did you mean 'camp'?",
        ),
        (
            "{groups_from: camp}",
            "network: {family: complete}",
            "which no human of the network has. Attributes there: none",
        ),
    ],
)
def test_what_does_not_fit_the_network_is_refused(population, rest, message):
    said = refusal(population, rest or ON_FILE, people=PEOPLE.replace("cem", "cen"))
    assert message in said


@pytest.mark.parametrize(
    ("population", "rest", "message"),
    [
        ("{file: {path: a, scale: 7-1}}", "", "f.yaml:5:37: population.file.scale: scale '7-1' goes down"),
        (
            "{file: {path: a, items: [{column: x}]}}",
            "",
            "population.file.items.0.column: unknown dimension 'x'",
        ),
        ("{file: {path: a, items: [{column: trust}]}}", "", "no item asks about dimension 'calm'"),
        (
            "{file: {path: a, group: g}, groups_from: x}",
            "",
            "groups come from a column or from the network's file",
        ),
        ("{file: {path: a, sketch: me}}", "", "names no column; write it as ${COLUMN}"),
        ("{file: {path: a, stubbornness: s}}", "update: {rule: degroot}", "rule degroot has none"),
        ("{file: {path: a, missing: guess}}", "", "allowed: one of 'refuse', 'drop', 'group_mean'"),
    ],
)
def test_what_a_scenario_says_of_its_people_is_checked_when_it_is_read(population, rest, message):
    with pytest.raises(ScenarioError) as caught:
        loads(f"{BASE}population: {population}\n{rest}", "f.yaml")
    assert message in str(caught.value)


def test_an_error_is_at_the_scenarios_key_and_at_the_tables_cell(folder):
    path = folder / "town.yaml"
    path.write_text(f"{BASE}population:\n  file: people.csv\n")
    (folder / "people.csv").write_text(PEOPLE.replace("0.6", "six"))
    with pytest.raises(ScenarioError, match=r"town\.yaml:6:9: .*people\.csv:3:3: column 'calm': 'six' given"):
        coevolve_sim.run(path, results=folder / "results")


CELLS = [
    "",
    "1",
    "7",
    "8",
    "0,5",
    "nan",
    "often",
    "Often",
    '"',
    "=1",
    "a;b",
    "\ufeff",
    "x" * 1_001,
    "1e999",
    "-1",
]


@given(st.lists(st.lists(st.sampled_from(CELLS), min_size=3, max_size=5), max_size=5), st.randoms())
def test_any_table_is_read_onto_its_scale_or_refused_in_one_line(rows, random):
    lines = [["id", "trust", "calm", "g"], *rows]
    Path("people.csv").write_text(
        "\n".join(random.choice(",;\t").join(row) for row in lines), encoding="utf-8"
    )
    spec = RespondentsSpec(
        path="people.csv", scale="1-7", missing=random.choice(["refuse", "drop", "group_mean"]), group="g"
    )
    said = ""
    try:
        found = read_respondents(spec, ["trust", "calm"])
    except PopulationError as error:
        said = str(error)
    if said:
        assert len(said.splitlines()) == 1
        assert len(said) < 500
        return
    answers = found.answers[found.complete]
    assert ((answers >= 0) & (answers <= 1)).all()
    assert not np.isnan(answers).any()
    assert len(set(found.ids)) == found.n == len(rows) or any(not "".join(row) for row in rows)


def test_keys_of_groups_that_a_table_overrides_are_told_of():
    traits = "centre: 0.3, spread: 0.1, placement: highest_degree"
    notes = settle(f"{{file: {{path: people.csv}}, groups: [{{name: all, {traits}}}]}}").notes
    assert "population.groups.centre has no effect: population.file tells values" in notes
    assert not [note for note in notes if "placement" in note], "groups are placed as ever"


# --- on record -----------------------------------------------------------------------------------


def test_a_run_tells_its_people_by_name_and_is_resumed_with_them(folder):
    (folder / "people.csv").write_text(PEOPLE + "dan,0.3,0.4\n")
    (folder / "town.yaml").write_text(
        f"{BASE}population: {{file: people.csv, groups_from: camp}}\n{ON_FILE}\n"
    )
    run = coevolve_sim.run(folder / "town.yaml", results=folder / "results")
    assert run.names == ("cem", "bob", "ann", "dan")
    assert run.people.columns.tolist() == ["human", "name", "group", "id", "camp"]
    assert run.people["id"].tolist() == ["n1", "n2", "n3", "n4"]
    assert run.trajectories.columns.tolist() == ["round", "era", "human", "name", "group", "trust", "calm"]
    assert run.trajectories["name"][:4].tolist() == ["cem", "bob", "ann", "dan"]
    assert coevolve_sim.resume(run.folder).digest() == run.digest()
    written = {path.name for path in run.export()}
    assert "people.csv" in written
    assert (
        (folder / "results" / run.folder.name / "people.csv")
        .read_text()
        .startswith("human,name,group,id,camp\n")
    )
    back = coevolve_sim.networks.read_network(run.folder / "networks" / "round-000000.graphml")
    assert back.names == run.names
    assert back.attributes["trust"] == tuple(np.array([0.9, 0.5, 0.1, 0.3]))


def test_names_that_a_spreadsheet_would_compute_are_escaped(folder):
    (folder / "people.csv").write_text(PEOPLE.replace("ann", "=1+1"))
    (folder / "town.yaml").write_text(f"{BASE}population: {{file: people.csv}}\n{FULL}\n")
    run = coevolve_sim.run(folder / "town.yaml", results=folder / "results")
    run.export(("csv",))
    assert "0,'=1+1,everyone" in (run.folder / "people.csv").read_text()
    assert run.names[0] == "=1+1"


def test_who_speaks_is_told_by_name(folder):
    (folder / "town.yaml").write_text(
        f"{BASE}population: {{file: people.csv}}\nnetwork: {{family: complete}}\nchannel: "
        "{kind: language}\nminds: [{kind: scripted}]\nassistants: [{name: helper}]\n"
    )
    run = coevolve_sim.run(folder / "town.yaml", results=folder / "results")
    told = run.with_names(run.messages)
    peers = told[told["kind"] == "peer"]
    assert peers["speaker_name"].tolist() == [run.names[i] for i in peers["speaker"]]
    answers = told[told["kind"] == "answer"]
    assert set(answers["speaker_name"]) == {""}
    assert answers["listener_name"].tolist() == [run.names[i] for i in answers["listener"]]
    heard = run.with_names(run.hearings)
    assert set(heard["listener_name"]) <= {*run.names, ""}
    assert "ann" in run.report().read_text()
    assert [human.name for human in Society(folder / "town.yaml").humans] == ["ann", "bob", "cem"]


def test_a_graph_from_python_stands_in_for_the_network(folder):
    (folder / "town.yaml").write_text(f"{BASE}population: {{file: people.csv, groups_from: camp}}\n")
    graph = nx.Graph([("ann", "bob"), ("bob", "cem")])
    nx.set_node_attributes(graph, {"ann": "left", "bob": "left", "cem": "right"}, "camp")
    run = coevolve_sim.run(folder / "town.yaml", network=graph, results=folder / "results")
    assert (run.n_humans, run.names, run.groups) == (3, ("ann", "bob", "cem"), ("left", "right"))
    assert any("handed over from Python" in text for text in run.notes["text"])
    other = coevolve_sim.run(folder / "town.yaml", network=graph.copy(), results=folder / "results")
    assert other.digest() == run.digest()
    graph.add_edge("ann", "cem")
    moved = coevolve_sim.run(folder / "town.yaml", network=graph, results=folder / "results")
    assert moved.digest() != run.digest()
    with pytest.raises(ScenarioError, match=re.escape("holds 3 humans and the scenario asks for 9")):
        coevolve_sim.run(
            folder / "town.yaml",
            network=graph,
            overrides={"population.humans": 9},
            results=folder / "results",
        )


def test_the_report_says_whose_values_they_are_and_whose_network_it_is(folder):
    (folder / "people.csv").write_text("id,trust,calm,ai\nann,0,0,0.2\nbob,1,1,0.6\n")
    text = "population: {file: {path: people.csv, adoption: ai}}\nassistants: [{name: helper}]\n"
    (folder / "town.yaml").write_text(f"{BASE}{text}")
    graph = nx.Graph([("ann", "bob")])
    run = coevolve_sim.run(folder / "town.yaml", network=graph, results=folder / "results")
    told = run.report().read_text()
    assert "values as respondents gave them" in told
    assert "with probability 0.4 in a round on average, each with one of their own" in told
    assert "Handed over from Python." in told
    assert run.scenario.population.groups[0].adoption == pytest.approx(0.4)


def test_worlds_with_other_people_are_no_pairs(folder):
    (folder / "town.yaml").write_text(f"{BASE}population: {{file: people.csv}}\n{FULL}\n")
    (folder / "others.csv").write_text(PEOPLE)
    worlds = {"some": {}, "others": {"population.file.path": "others.csv"}}
    with pytest.raises(StudyError, match=r"differs from 'others' in population\.file"):
        coevolve_sim.compare(folder / "town.yaml", worlds, replications=1, results=folder / "results")


def test_a_comparison_is_of_the_same_people_on_a_graph_from_python(folder):
    (folder / "town.yaml").write_text(f"{BASE}population: {{file: people.csv}}\nassistants: [{{name: a}}]\n")
    graph = nx.Graph([("ann", "bob"), ("bob", "cem")])
    study = coevolve_sim.compare(
        folder / "town.yaml",
        network=graph,
        replications=2,
        results=folder / "results",
        outcome="total_variance",
    )
    assert study.counts["finished"] == 6
    starts = study.trajectories.query("round == 0 and kind == 'people'")
    assert starts["value"].nunique() == 2, "one mean a dimension, in every world and replication"
