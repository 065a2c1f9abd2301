"""A value space in a file of the user's names the axes of a society, or is refused in a sentence."""

import pytest

import coevolve_sim
from coevolve_sim.errors import ScenarioError
from coevolve_sim.scenario import content_of, dump, load, loads
from coevolve_sim.values import SPACES, ValueSpace

SPACE = """
from coevolve_sim.values import Dimension, ValueSpace, custom

SPACE = ValueSpace(
    "town",
    (
        Dimension("thrift", "Thrift", "Saving before spending."),
        Dimension("order", "Order", "Rules before freedom."),
    ),
    meaning="What a town argues about.",
)
RESERVED = custom("town", ["era", "order"])


def many(dimensions: int = 2):
    return custom("many", [f"axis_{i}" for i in range(dimensions)])


def text():
    return "thrift"


def failing():
    raise OSError("no such weather")


NUMBER = 3
"""
TEXT = """\
name: own
rounds: 2
value_space: {kind: custom, path: "mine.py:SPACE"}
population: {humans: 5, groups: [{name: all, centre: {thrift: 0.9, order: 0.2}}]}
network: {family: ring, degree: 2}
"""
MANY = TEXT.replace(':SPACE"', ':many", parameters: {dimensions: 3}').replace(
    "thrift: 0.9, order: 0.2", "default: 0.4"
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "mine.py").write_text(SPACE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(folder, text):
    path = folder / "s.yaml"
    path.write_text(text)
    return path


def test_a_space_in_a_file_names_the_columns_and_stands_on_record(folder):
    run = coevolve_sim.run(written(folder, TEXT), results=folder / "results")
    assert {"thrift", "order"} <= set(run.means.columns)
    assert '"Thrift"' in run.manifest["labels"]
    assert "value_space.path" in run.manifest["inputs"]
    first = run.means.iloc[0]
    assert first["thrift"] > first["order"]
    assert "mine.py:SPACE" in run.report().read_text(encoding="utf-8")


def test_a_record_is_opened_where_the_file_is_gone(folder):
    run = coevolve_sim.run(written(folder, TEXT), results=folder / "results")
    (folder / "mine.py").unlink()
    assert coevolve_sim.open_run(run.folder).scenario.value_space.name == "mine.py:SPACE"


def test_a_function_makes_a_space_with_its_parameters(folder):
    society = coevolve_sim.Society(load(written(folder, MANY)))
    assert society.values.shape == (5, 3)
    cut = coevolve_sim.Society(load(written(folder, MANY + "dimensions: [axis_2, axis_0]\n")))
    assert cut.setup.space.names == ("axis_2", "axis_0")


def test_a_scenario_with_a_space_of_ones_own_is_written_and_read_back(folder):
    scenario = load(written(folder, TEXT))
    assert loads(dump(scenario)) == scenario
    named = loads("{name: a, rounds: 1, value_space: {name: v, dimensions: [a]}}")
    assert content_of(named)["value_space"] == {"name": "v", "dimensions": ["a"]}


@pytest.mark.parametrize(
    ("text", "old", "new", "said"),
    [
        (TEXT, ":SPACE", ":SPASE", "3:35: 'mine.py:SPASE': there is no 'SPASE'"),
        (TEXT, ":SPACE", ":NUMBER", "'mine.py:NUMBER' is a int; a ValueSpace, or a function, is wanted"),
        (TEXT, ":SPACE", ":text", "'mine.py:text' is of type str; a ValueSpace is wanted"),
        (TEXT, ":SPACE", ":failing", "'mine.py:failing' cannot be made: OSError: no such weather"),
        (TEXT, ":SPACE", ":RESERVED", "no dimension can be called 'era': tables have a column of that name"),
        (TEXT, "mine.py:", "gone.py:", "3:35: neither a file"),
        (TEXT, "thrift: 0.9", "thrifd: 0.9", "4:63: unknown dimension 'thrifd'; did you mean 'thrift'?"),
        (TEXT, '"mine.py:SPACE"', '"mine.py:SPACE", parameters: {a: 1}', "a ValueSpace takes no parameters"),
        (MANY, "dimensions: 3", "dimensions: 2.5", "parameter 'dimensions' of mine.py:many: 2.5 given"),
        (TEXT, "{kind: custom,", "{kind: custom, names: a,", "unknown key 'names'. Allowed here: kind, path"),
        (TEXT, "kind: custom", "kind: costum", "\"costum\" given; allowed: 'custom'"),
    ],
)
def test_a_space_that_cannot_be_is_refused_at_its_key(folder, text, old, new, said):
    with pytest.raises(ScenarioError) as caught:
        coevolve_sim.run(written(folder, text.replace(old, new)), results=folder / "results")
    assert said in str(caught.value)
    assert "s.yaml:" in str(caught.value)
    assert not (folder / "results").exists()


def test_a_file_that_raises_when_it_is_run_is_named(folder):
    (folder / "mine.py").write_text("raise OSError('no such weather')\n")
    with pytest.raises(ScenarioError, match=r"s.yaml:3:35: mine.py cannot be run: OSError: no such weather"):
        coevolve_sim.run(written(folder, TEXT))


def test_spaces_are_found_by_name():
    assert all(isinstance(SPACES[name], ValueSpace) and SPACES[name].name == name for name in SPACES.own)
