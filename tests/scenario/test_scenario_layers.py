"""Scenario files on disk, files that extend others, and overrides laid over them."""

import numpy as np
import pytest

from coevolve_sim.errors import ScenarioError
from coevolve_sim.scenario import first_difference, load, loads, starting_file
from coevolve_sim.scenario.loader import MAX_EXTENDS, load_with_places

BASE = "name: t\nrounds: 3\n"


@pytest.fixture
def write(tmp_path):
    def written(name, text):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return written


def refused(path, overrides=()):
    with pytest.raises(ScenarioError) as caught:
        load(path, overrides)
    return str(caught.value)


# --- files ---------------------------------------------------------------------------------------


def test_a_file_that_is_not_there_or_is_a_folder_is_named(tmp_path):
    assert refused(tmp_path / "no.yaml") == f"{tmp_path}/no.yaml: there is no such file"
    assert refused(tmp_path) == f"{tmp_path}: is a folder, not a regular file; give a regular file"
    assert refused(tmp_path / ("x" * 300)).endswith("cannot be read: File name too long")
    assert "is not a path: embedded null byte" in refused(tmp_path / "a\0b")


def test_a_circle_of_links_is_no_file(tmp_path):
    (tmp_path / "a.yaml").symlink_to(tmp_path / "b.yaml")
    (tmp_path / "b.yaml").symlink_to(tmp_path / "a.yaml")
    assert "a.yaml" in refused(tmp_path / "a.yaml")


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"name: a\nrounds: \xe9\n", "2:9"),
        (b"name: a\r\nrounds: \xff\n", "2:9"),
        (b"\xef\xbb\xbfname: \xff\n", "1:7"),
        (b"\xef\xbb\xbfname: a\nrounds: \xff\n", "2:9"),
        ("name: a\ndescription: ééé".encode() + b"\xff\n", "2:17"),
        ("name: a\n".encode("utf-16"), "1:1"),
        (b"\xff" * 3_000_000, "1:1"),
    ],
)
def test_bytes_that_are_not_utf8_are_refused_where_they_begin(write, data, place):
    path = write("a.yaml", data)
    assert refused(path) == f"{path}:{place}: not UTF-8 text; save the file as UTF-8"


def test_an_empty_file_and_one_of_five_megabytes_are_refused(write):
    assert "1:1: the file is empty" in refused(write("a.yaml", b""))
    assert "1:1: the file is empty" in refused(write("a.yaml", b"\xef\xbb\xbf"))
    assert "a.yaml: is 4.8 MiB; at most 3.8 MiB are read: give a smaller file" in refused(
        write("a.yaml", b"a: " + b"x" * 5_000_000)
    )


def test_a_character_that_there_is_not_is_refused_where_it_is_written(write):
    path = write("a.yaml", b'name: a\ndescription: "\\U00110000"\n')
    assert refused(path) == f"{path}:2:15: \\U00110000 is no character; the last is \\U0010FFFF"


def test_a_key_of_digits_is_the_name_it_is_written_as(write):
    """In a list a step is the number of an entry; in a mapping it is a name, and 007 is not 7."""
    path = write("a.yaml", b"name: a\nrounds: 1\nupdate: {rule: custom, path: 'mine.py:Mine'}\n")
    keys = ["update.parameters.007=0.25", "update.parameters.7=0.75"]
    assert load(path, keys).update.parameters == {"007": 0.25, "7": 0.75}
    groups = 'population.groups=[{"name": "all"}]'
    with pytest.raises(ScenarioError, match="is no entry of a list of 1; entries count from 0"):
        load(path, [groups, "population.groups." + "9" * 5_000 + ".share=1"])


def test_a_byte_order_mark_and_windows_line_ends_are_taken(write):
    path = write("a.yaml", b"\xef\xbb\xbfname: a\r\nrounds: 3\r\ndescription: b\r\n")
    assert load(path).description == "b"
    path = write("a.yaml", b"\xef\xbb\xbfname: a\r\nrounds: NO\r\n")
    assert refused(path).startswith(f"{path}:2:9: rounds: ")


# --- extends -------------------------------------------------------------------------------------


def test_a_file_is_laid_over_the_one_it_extends_key_by_key(write):
    write("base.yaml", starting_file("base"))
    path = write("a.yaml", "extends: base.yaml\nname: a\nupdate: {confidence: {peer: 0.1}}\n")
    base, scenario = load(path.parent / "base.yaml"), load(path)
    assert scenario.name == "a"
    assert scenario.update.confidence.peer == 0.1
    changed = {
        "name": "a",
        "update": base.update.model_copy(update={"confidence": scenario.update.confidence}),
    }
    assert scenario == base.model_copy(update=changed)


def test_lists_are_replaced_whole(write):
    write("base.yaml", starting_file("base"))
    scenario = load(write("a.yaml", "extends: base.yaml\npopulation: {groups: [{name: one}]}\n"))
    assert [group.name for group in scenario.population.groups] == ["one"]
    assert scenario.population.humans == 300


def test_a_part_of_another_kind_replaces_the_one_below_and_of_the_same_kind_does_not(write):
    write("base.yaml", BASE + "network: {family: watts_strogatz, degree: 4, rewiring: 0.5}\n")
    same = load(write("a.yaml", "extends: base.yaml\nnetwork: {family: watts_strogatz, degree: 6}\n"))
    other = load(write("b.yaml", "extends: base.yaml\nnetwork: {family: ring}\n"))
    assert (same.network.degree, same.network.rewiring) == (6, 0.5)
    assert (other.network.family, other.network.degree) == ("ring", 2)


def test_three_layers_are_laid_in_order(write):
    write("a.yaml", BASE + "seed: 1\ndescription: a\nchannel: {noise: 0.1}\n")
    write("b.yaml", "extends: a.yaml\nseed: 2\ndescription: b\n")
    scenario = load(write("c.yaml", "extends: b.yaml\nseed: 3\n"), ["rounds=7"])
    got = scenario.seed, scenario.description, scenario.channel.noise, scenario.rounds
    assert got == (3, "b", 0.1, 7)


def test_each_problem_stands_in_the_file_that_says_it(write):
    base = write("bad.yaml", BASE + "seed: NO\n")
    path = write("a.yaml", "extends: bad.yaml\nname: NO\n")
    first, second = refused(path).split("\n")
    assert first.startswith(f"{path}:2:7: name: ")
    assert second.startswith(f"{base}:3:7: seed: ")
    assert load(write("b.yaml", "extends: bad.yaml\nseed: 3\n")).seed == 3


def test_a_problem_between_layers_is_blamed_on_the_layer_that_holds_the_key(write):
    base = write("base.yaml", starting_file("base"))
    path = write("a.yaml", "extends: base.yaml\nupdate: {rule: degroot}\n")
    assert refused(path).startswith(f"{base}:37:21: population.groups.1.stubbornness: degroot has no anchor")


def test_relative_paths_are_meant_from_the_folder_of_the_file_they_stand_in(write, tmp_path):
    write(
        "sub/base.yaml",
        BASE + "network: {family: file, path: net.txt}\nhistory: {kind: file, path: ../h.csv}\n",
    )
    scenario = load(write("a.yaml", "extends: sub/base.yaml\n"))
    assert scenario.network.path == str(tmp_path / "sub" / "net.txt")
    assert scenario.history.path == str(tmp_path / "h.csv")
    own = load(write("b.yaml", "extends: sub/base.yaml\nnetwork: {path: own.txt}\n"))
    assert own.network.path == str(tmp_path / "own.txt")


def test_extends_itself_is_relative_to_the_extending_file(write):
    write("base.yaml", BASE + "seed: 5\n")
    write("sub/middle.yaml", "extends: ../base.yaml\n")
    assert load(write("a.yaml", "extends: sub/middle.yaml\n")).seed == 5


def test_files_that_extend_each_other_in_a_circle_are_refused(write):
    path = write("a.yaml", "name: a\nextends: ./a.yaml\n")
    assert refused(path) == f"{path}:2:10: extends itself: a.yaml -> a.yaml"
    write("c.yaml", "extends: d.yaml\n")
    path = write("d.yaml", "extends: c.yaml\n")
    assert refused(path.parent / "c.yaml") == f"{path}:1:10: extends itself: c.yaml -> d.yaml -> c.yaml"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("no.yaml", "no.yaml: there is no such file"),
        ("[a.yaml]", "extends takes the name of one scenario file"),
        ("3", "extends takes the name of one scenario file"),
        ("~", "extends takes the name of one scenario file"),
        ("''", ": is a folder, not a regular file; give a regular file"),
        ("sub", "sub: is a folder, not a regular file; give a regular file"),
        ('"\\0"', "is not a path: embedded null byte"),
    ],
)
def test_a_base_that_cannot_be_read_is_blamed_on_who_asked_for_it(write, written, said):
    write("sub/other.yaml", BASE)
    path = write("a.yaml", f"name: a\nextends:  {written}\n")
    message = refused(path)
    assert message.startswith(f"{path}:2:11: ")
    assert message.endswith(said)


def test_a_base_that_is_no_mapping_is_refused_in_its_own_file(write):
    base = write("base.yaml", "- a\n")
    message = refused(write("a.yaml", "extends: base.yaml\n"))
    assert message == f"{base}:1:1: a scenario is a mapping of keys to values"


def test_sixteen_files_may_extend_each_other_and_no_more(write):
    for i in range(MAX_EXTENDS):
        write(f"n{i}.yaml", f"extends: n{i + 1}.yaml\n")
    last = write(f"n{MAX_EXTENDS}.yaml", BASE + "seed: 8\n")
    assert load(last.parent / "n1.yaml").seed == 8
    assert refused(last.parent / "n0.yaml").endswith(
        f"n{MAX_EXTENDS - 1}.yaml:1:10: more than {MAX_EXTENDS} files extend each other"
    )


def test_a_text_extends_no_file():
    with pytest.raises(ScenarioError, match=r"^<text>:3:1: a text cannot extend a file; use a file$"):
        loads(BASE + "extends: a.yaml\n")


@pytest.mark.parametrize("part", ["network: {family: file, path: ", "history: {kind: file, path: "])
def test_a_path_with_a_zero_byte_is_refused_at_its_place(part):
    with pytest.raises(
        ScenarioError, match=rf"^<text>:3:{len(part) + 1}: .* is not a path: embedded null byte"
    ):
        loads(BASE + part + '"\\0"}\n')


# --- overrides -----------------------------------------------------------------------------------

START = starting_file("x")


@pytest.mark.parametrize(
    ("override", "reach", "value"),
    [
        ("seed=7", lambda s: s.seed, 7),
        (" seed = 7", lambda s: s.seed, 7),
        ("update.confidence.peer=1e-3", lambda s: s.update.confidence.peer, 0.001),
        ("population.groups.1.spread=0.2", lambda s: s.population.groups[1].spread, 0.2),
        (
            "population.groups.1.centre={default: 0.1, care: 0.2}",
            lambda s: s.population.groups[1].centre["care"],
            0.2,
        ),
        (
            "population.groups.1.centre={default: .1}",
            lambda s: s.population.groups[1].centre,
            {"default": 0.1},
        ),
        (
            "assistants.0.policy.kind=frozen",
            lambda s: s.assistants[0].policy.model_dump(),
            {"kind": "frozen"},
        ),
        ("assistants.0.policy={kind: lifelong}", lambda s: s.assistants[0].policy.rate, 0.2),
        ("assistants=[]", lambda s: s.assistants, ()),
        ("network.family=ring", lambda s: s.network.model_dump(), {"family": "ring", "degree": 2}),
        ("network.family=watts_strogatz", lambda s: s.network.rewiring, 0.1),
        ("history.kind=gss-moral", lambda s: s.history.kind, "gss-moral"),
        ("dimensions=[care]", lambda s: s.dimensions, ("care",)),
        ("measures.horizons=[1, 2]", lambda s: s.measures.horizons, (1, 2)),
        ("description=NO", lambda s: s.description, "NO"),
        ("description='a: b # c'", lambda s: s.description, "a: b # c"),
        ("description=a=b", lambda s: s.description, "a=b"),
        ("rounds=", lambda s: s.rounds, None),
    ],
)
def test_an_override_is_read_as_yaml_and_laid_over_the_file(override, reach, value):
    assert reach(loads(START, overrides=[override])) == value


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("seed", "--set: 'seed': write KEY=VALUE, as in update.confidence.peer=0.2"),
        ("=3", "--set: '=3': write KEY=VALUE, as in update.confidence.peer=0.2"),
        ("a..b=3", "--set: 'a..b=3': write KEY=VALUE"),
        (".seed=3", "--set: '.seed=3': write KEY=VALUE"),
        ("seed.=3", "--set: 'seed.=3': write KEY=VALUE"),
        ("population.groups.²=3", "--set: 'population.groups.²=3': write KEY=VALUE"),
        ("seed=NO", '--set seed:1:1: seed: the text "NO" given; allowed: a whole number'),
        ("seed=", "--set seed:1:1: seed: nothing (null) given"),
        ("seed==3", '--set seed:1:1: seed: the text "=3" given'),
        ("seed=[1", "--set seed:1:3: not well-formed YAML"),
        ("seed=1\nname: b", "--set seed:2:5: not well-formed YAML"),
        ("seed=!!int 3", "--set seed:1:1: tag tag:yaml.org,2002:int"),
        ("seed=&a 3", "--set seed:1:1: anchor &a"),
        ("description=1e-3", "--set description:1:1: description: 0.001 given; allowed: a text"),
        ("description=a: b", "--set description:1:1: description: a mapping given; allowed: a text"),
        ("seed.x=3", "--set seed.x:1:1: seed: a mapping given"),
        ("sedd=3", "--set sedd:1:1: sedd: unknown key 'sedd'; did you mean 'seed'?"),
        (
            "update.confidence.pear=3",
            "--set update.confidence.pear:1:1: update.confidence.pear: unknown key 'pear'; did you mean",
        ),
        (
            "update.rule=degrot",
            "--set update.rule:1:1: update.rule: unknown rule 'degrot'; did you mean 'degroot'?",
        ),
        (
            "update={rate: {peer: 1}}",
            "--set update:1:1: update: key 'rule' is missing: one of algorithmic_bias",
        ),
        ("update.rule=degroot", "<text>:37:21: population.groups.1.stubbornness: degroot has no anchor"),
        (
            "population.groups.2.share=1",
            "--set population.groups.2.share:1:1: '2' is no entry of a list of 2; entries count from 0",
        ),
        ("population.groups.x=1", "--set population.groups.x:1:1: 'x' is no entry of a list of 2"),
        (
            "population.groups.-1.share=1",
            "--set population.groups.-1.share:1:1: '-1' is no entry of a list of 2",
        ),
        (
            "population.groups.0.share=0.5",
            "<text>:28:5: population.groups: shares sum to 0.7; they must sum to 1",
        ),
        ("extends=a.yaml", "--set extends:1:1: extends: unknown key 'extends'"),
        ('network.path="\\0"', "--set network.path:1:1: '\\x00' is not a path: embedded null byte"),
    ],
)
def test_an_override_that_cannot_be_is_refused_by_its_own_name(override, message):
    with pytest.raises(ScenarioError) as caught:
        loads(START, overrides=[override])
    assert str(caught.value).startswith(message)


def test_overrides_may_be_a_mapping_and_later_ones_win():
    given = {
        "seed": 7,
        "description": "a: 'b' 😀 \n\x00\u2028",
        "channel.noise": 1e-7,
        "dimensions": ["care"],
    }
    scenario = loads(START, overrides=given)
    got = scenario.seed, scenario.description, scenario.channel.noise, scenario.dimensions
    assert got == (7, "a: 'b' 😀 \n\x00\u2028", 1e-7, ("care",))
    assert loads(START, overrides=["seed=1", "seed=2"]).seed == 2


@pytest.mark.parametrize("value", [object(), {1, 2}, np.array([object()])])
def test_an_override_that_yaml_cannot_say_is_refused_by_its_key(value):
    refused = r"^--set seed:1:1: a value of type \w+ given; allowed: text, numbers, true"
    with pytest.raises(ScenarioError, match=refused):
        loads(START, overrides={"seed": value})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), True, "0.1", None])
def test_an_override_that_is_no_number_is_no_noise(value):
    with pytest.raises(
        ScenarioError, match=r"^--set channel.noise:1:1: channel.noise: .* allowed: a number in"
    ):
        loads(START, overrides={"channel.noise": value})


def test_a_path_in_an_override_is_meant_from_the_current_folder(write, tmp_path, monkeypatch):
    write("sub/a.yaml", BASE + "network: {family: file, path: net.txt}\n")
    monkeypatch.chdir(tmp_path)
    assert load("sub/a.yaml").network.path == str(tmp_path / "sub" / "net.txt")
    assert load("sub/a.yaml", ["network.path=net.txt"]).network.path == str(tmp_path / "net.txt")


def test_an_error_found_later_can_still_be_placed(write):
    path = write("a.yaml", BASE + "network:\n  family: ring\n  degree: 4\n")
    loaded = load_with_places(path)
    placed = loaded.place(ScenarioError("too many", path=("network", "degree")))
    assert str(placed) == f"{path}:5:11: too many"
    assert loaded.place(placed) is placed


def test_the_first_difference_of_two_scenarios_is_named():
    def plain(text):
        return loads(BASE + text).model_dump(mode="json")

    a = plain("population: {groups: [{name: a, spread: 0.1}]}\n")
    assert first_difference(a, a) is None
    assert first_difference(a, plain("population: {groups: [{name: a, spread: 0.2}]}\n")) == (
        "population.groups.0.spread: 0.1 -> 0.2"
    )
    assert first_difference({"seed": 1}, {"seed": True}) == "seed: 1 -> true"
    assert first_difference({"a": [1]}, {"a": [1, 2]}) == "a: [1] -> [1, 2]"
