"""What a scenario may not be: every refusal stands at its line and column, and says what is allowed.

In the texts below § marks the place that must be blamed; it is taken out before the text is read.
"""

import pytest

from coevolve_sim.errors import ScenarioError
from coevolve_sim.scenario import loads
from coevolve_sim.scenario.yaml_text import MAX_BYTES

BASE = "name: t\nrounds: 3\n"
SPACE_FORMS = "a text or a mapping with keys name, dimensions or a mapping with keys kind, path, parameters"
SPACE = BASE + "value_space: {name: two, dimensions: [calm, brave]}\n"


def unmarked(text):
    """Return the text without its mark, and the line and column of the mark."""
    at = text.index("§")
    return text.replace("§", ""), text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def refusal(text):
    """Return what is said of a text, having seen that it is said of the marked place."""
    plain, line, column = unmarked(text)
    with pytest.raises(ScenarioError) as caught:
        loads(plain, "f.yaml")
    place = f"f.yaml:{line}:{column}"
    assert str(caught.value).startswith(place + ": ")
    assert caught.value.where == place
    return str(caught.value)[len(place) + 2 :]


WHOLE = "a whole number in [0, 9223372036854775807]"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("NO", 'the text "NO"'),
        ("010", 'the text "010"'),
        ("12:30:45", 'the text "12:30:45"'),
        ("2001-01-01", 'the text "2001-01-01"'),
        ("0x1F", 'the text "0x1F"'),
        ("0o17", 'the text "0o17"'),
        ("0b11", 'the text "0b11"'),
        ("1_000", 'the text "1_000"'),
        (".inf", 'the text ".inf"'),
        (".nan", 'the text ".nan"'),
        ("yes", 'the text "yes"'),
        ("True", 'the text "True"'),
        ("'3'", 'the text "3"'),
        ("1e-3", "0.001"),
        ("1e3", "1000.0"),
        ("1.0", "1.0"),
        ("-1", "-1"),
        ("true", "true"),
        ("~", "nothing (null)"),
        ("null", "nothing (null)"),
        ("9223372036854775808", "9223372036854775808"),
        ("[3]", "a list"),
        ("{a: 3}", "a mapping"),
        ('"a\\nb"', 'the text "a\\nb"'),
    ],
)
def test_what_is_not_plainly_a_whole_number_is_no_seed(written, shown):
    assert refusal(BASE + f"seed: §{written}\n") == f"seed: {shown} given; allowed: {WHOLE}"


@pytest.mark.parametrize(
    ("written", "meant"),
    [("NO", "NO"), ("010", "010"), ("12:30:45", "12:30:45"), ("2001-01-01", "2001-01-01"), ("'~'", "~")],
)
def test_yaml_s_surprises_are_the_text_that_stands_there(written, meant):
    assert loads(BASE + f"description: {written}\n").description == meant


@pytest.mark.parametrize(
    ("written", "number"),
    [("1e-3", 0.001), ("1E-3", 0.001), (".5", 0.5), ("1.", 1.0), ("+0.25", 0.25), ("0", 0)],
)
def test_ordinary_decimals_are_numbers(written, number):
    assert loads(BASE + f"channel: {{noise: {written}}}\n").channel.noise == number


@pytest.mark.parametrize("number", ["1e999", "-1e999", "9" * 31, "-" + "9" * 30])
def test_a_number_beyond_float64_or_thirty_digits_is_refused(number):
    assert refusal(BASE + f"seed: §{number}\n") == f"{number[:30]} is too large a number"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("channel:\n  §<<: {noise: 1}\n", "merge key <<: use `extends: other.yaml` to build on another file"),
        ("seed: §!!int 3\n", "tag tag:yaml.org,2002:int: tags are not taken; write the plain value"),
        ("seed: §! 3\n", "tag !: tags are not taken; write the plain value"),
        (
            "seed: §!!python/object/apply:os.system [ls]\n",
            "tag tag:yaml.org,2002:python/object/apply:os.system: tags are not taken; write the plain value",
        ),
        ("seed: §&a 3\n", "anchor &a: anchors and aliases are not taken"),
        ("channel: §&a {noise: 0.1}\n", "anchor &a: anchors and aliases are not taken"),
        ("seed: §*a\n", "alias *a: write the value out instead"),
        ("seed: 3\n§seed: 4\n", "key 'seed' is given twice, first at line 3; keep one"),
        ("seed: 3\n§'seed': 4\n", "key 'seed' is given twice, first at line 3; keep one"),
        (
            "update:\n  rate:\n    peer: 0.1\n    §peer: 0.1\n",
            "key 'peer' is given twice, first at line 5; keep one",
        ),
        ("assistants: [{name: a, §name: a}]\n", "key 'name' is given twice, first at line 3; keep one"),
        ("§---\nseed: 3\n", "a second YAML document begins here; a scenario is one document"),
        ("...\n§---\n", "a second YAML document begins here; a scenario is one document"),
        ("? §[a]\n: b\n", "a key must be a word, not a list or a mapping"),
        ("? §{a: 1}\n: b\n", "a key must be a word, not a list or a mapping"),
        ("channel: {§'': 3}\n", "a key is missing before the colon"),
        ('§"a\\nb": 3\n', "key 'a\\nb' holds a character that is not printed"),
        ("§\ufeffseed: 3\n", "key '\\ufeffseed' holds a character that is not printed"),
        (
            "channel:\n§\tnoise: 1\n",
            "not well-formed YAML: found character '\\t' that cannot start any token",
        ),
        ("seed: §%3\n", "not well-formed YAML: found character '%' that cannot start any token"),
        ("description: a§: b\n", "not well-formed YAML: mapping values are not allowed here"),
        ("description: 'a\n§", "not well-formed YAML: found unexpected end of stream"),
        ("channel: {noise: 1\n§", "not well-formed YAML: expected ',' or '}', but got '<stream end>'"),
        ('description: §"\\ud800"\n', "half a character (a lone \\ud800-\\udfff) is no text"),
        ("description: a§\ud800\n", "character U+D800 cannot stand in YAML; take it out"),
        ("description: a§\x07b\n", "character U+0007 cannot stand in YAML; take it out"),
        ("description: a§\x00\n", "character U+0000 cannot stand in YAML; take it out"),
        ("description: \x85  a§\x0c\n", None),
    ],
)
def test_yaml_that_could_be_misread_is_refused_where_it_stands(text, said):
    if said is None:  # NEL breaks a line in YAML
        with pytest.raises(ScenarioError, match=r"^<text>:4:4: character U\+000C cannot stand"):
            loads(BASE + text.replace("§", ""))
    else:
        assert refusal(BASE + text) == said


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_lines_are_counted_whatever_ends_them(line_end):
    with pytest.raises(ScenarioError, match=r'^<text>:3:7: seed: the text "NO" given'):
        loads((BASE + "seed: NO\n").replace("\n", line_end))
    with pytest.raises(ScenarioError, match=r"^<text>:3:7: character U\+0007"):
        loads((BASE + "seed: \x07\n").replace("\n", line_end))


def test_a_byte_order_mark_moves_no_column():
    with pytest.raises(ScenarioError, match=r'^<text>:1:7: name: the text "NO" given'):
        loads("\ufeffname: NO\n")


@pytest.mark.parametrize("text", ["", "  \n \n", "# only a comment\n"])
def test_an_empty_text_tells_how_to_begin(text):
    with pytest.raises(ScenarioError, match=r"^<text>:1:1: the file is empty; `coevolve new NAME`"):
        loads(text)


@pytest.mark.parametrize("text", ["null\n", "hello\n", "- a\n", "3", "[]"])
def test_a_scenario_is_a_mapping(text):
    with pytest.raises(ScenarioError, match=r"^<text>:1:1: a scenario is a mapping of keys to values$"):
        loads(text)


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("[" * 100_000, 21),
        ("{a: " * 100_000, 81),
        ("- " * 100_000, 41),
        ("? " * 100_000, 41),
        ("[" * 100_000 + "]" * 100_000, 21),
    ],
)
def test_nesting_without_end_is_refused_at_its_twenty_first_level(text, column):
    with pytest.raises(
        ScenarioError, match=rf"^<text>:1:{column}: nested more than 20 deep; no scenario is$"
    ):
        loads(text)


def test_a_text_of_five_megabytes_is_refused_unread():
    with pytest.raises(ScenarioError, match=rf"^<text>:1:1: larger than {MAX_BYTES} bytes"):
        loads("name: t\n#" + "é" * 2_500_000)


GROUP = BASE + "population: {humans: 10, groups: [{name: a, %s}]}\n"
PER_DIMENSION = "a number in [0, 1] or a mapping of names, each to a number in [0, 1]"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("§{}", "key 'name' is missing: a text matching ^[a-z0-9][a-z0-9_-]{0,59}$"),
        ("name: §NO", 'name: the text "NO" given; allowed: a text matching ^[a-z0-9][a-z0-9_-]{0,59}$'),
        (
            "name: §'a\n\n'",
            'name: the text "a\\n" given; allowed: a text matching ^[a-z0-9][a-z0-9_-]{0,59}$',
        ),
        (BASE + "rounds_per_era: §0", "rounds_per_era: 0 given; allowed: a whole number in [1, 1000000]"),
        ("name: t\nrounds: §0", "rounds: 0 given; allowed: a whole number in [1, 10000000] or null"),
        (BASE + "channel: {noise: §1.01}", "channel.noise: 1.01 given; allowed: a number in [0, 1]"),
        (BASE + "measures: {cluster_gap: §0}", "measures.cluster_gap: 0 given; allowed: a number in (0, 1)"),
        (BASE + "channel: {noise: §yes}", 'channel.noise: the text "yes" given; allowed: a number in [0, 1]'),
        (
            BASE + "network: {family: erdos_renyi, directed: §yes}",
            'network.directed: the text "yes" given; allowed: true or false',
        ),
        (
            BASE + "update: {rule: hegselmann_krause, distance: §far}",
            "update.distance: the text \"far\" given; allowed: one of 'joint', 'per_dimension'",
        ),
        (
            BASE + "update: {rule: hegselmann_krause, confidence: §0.3}",
            "update.confidence: 0.3 given; allowed: a mapping with keys peer, assistant",
        ),
        (
            BASE + "update: {rule: deffuant_weisbuch, schedule: §synchronous}",
            "update.schedule: the text \"synchronous\" given; allowed: 'pairwise'",
        ),
        (
            BASE + "record: {humans: §-1}",
            "record.humans: -1 given; allowed: 'all' or a whole number in [0, inf)",
        ),
        (
            BASE + "record: {humans: §some}",
            "record.humans: the text \"some\" given; allowed: 'all' or a whole number in [0, inf)",
        ),
        (
            BASE + "value_space: §3",
            f"value_space: 3 given; allowed: {SPACE_FORMS}",
        ),
        (BASE + "value_space: §{name: x}", None),
        (
            BASE + "value_space: {name: x, dimensions: §[]}",
            "value_space.dimensions: a list given; allowed: a list of at least 1, each a text",
        ),
        (
            GROUP % "centre: §x",
            f'population.groups.0.centre: the text "x" given; allowed: {PER_DIMENSION} or null',
        ),
        (GROUP % "centre: §2", f"population.groups.0.centre: 2 given; allowed: {PER_DIMENSION} or null"),
        (
            GROUP % "centre: §[0.2]",
            f"population.groups.0.centre: a list given; allowed: {PER_DIMENSION} or null",
        ),
        (
            GROUP % "centre: {harm: §2}",
            "population.groups.0.centre.harm: 2 given; allowed: a number in [0, 1]",
        ),
        (
            GROUP % "centre: {harm: §NO}",
            'population.groups.0.centre.harm: the text "NO" given; allowed: a number in [0, 1]',
        ),
        (
            BASE + "assistants: [{start: §mean}]",
            "assistants.0.start: the text \"mean\" given; allowed: one of 'population_mean', 'history' or "
            + PER_DIMENSION,
        ),
        (
            BASE + "assistants: [{start: {default: §3}}]",
            "assistants.0.start.default: 3 given; allowed: a number in [0, 1]",
        ),
        (
            BASE + "network: {family: stochastic_block, blocks: [0.5, §a]}",
            'network.blocks.1: the text "a" given; allowed: a number',
        ),
        (
            BASE + "network: {family: stochastic_block, blocks: §x}",
            'network.blocks: the text "x" given; allowed: a whole number or a list, each a number',
        ),
        (
            BASE + "interventions: §{}",
            "interventions: a mapping given; allowed: a list, each a mapping with a key 'action'",
        ),
        (BASE + "interventions: [§3]", "interventions.0: 3 given; allowed: a mapping with a key 'action'"),
        (
            BASE + "interventions: [{round: 1, action: shock, shift: §2}]",
            f"interventions.0.shift: 2 given; allowed: {PER_DIMENSION.replace('[0', '[-1')}",
        ),
        (BASE + "history: §{kind: file}", "history: key 'path' is missing: a text"),
        (
            BASE + "history: §planted",
            "history: the text \"planted\" given; allowed: a mapping with a key 'kind'",
        ),
        (BASE + "history: §[planted]", "history: a list given; allowed: a mapping with a key 'kind'"),
        (BASE + "history: §~", "history: nothing (null) given; allowed: a mapping with a key 'kind'"),
        (BASE + "history: §{}", "history: key 'kind' is missing: one of file, gss-moral, none, planted"),
        (
            BASE + "interventions: [{round: 1, action: rewire, network: §3}]",
            "interventions.0.network: 3 given; allowed: a mapping with a key 'family' or null",
        ),
    ],
)
def test_a_wrong_value_is_told_with_what_is_allowed(text, said):
    if said is None:  # a key is missing: the mapping it is missing from is blamed
        said = f"value_space: a mapping given; allowed: {SPACE_FORMS}"
    assert refusal(text) == said


FAMILIES = (
    "barabasi_albert, caveman, complete, custom, degree_sequence, erdos_renyi, file, grid, "
    "power_law_cluster, random_geometric, ring, star, stochastic_block, watts_strogatz"
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "§sedd: 3",
            "sedd: unknown key 'sedd'; did you mean 'seed'? Allowed here: name, description, seed, rounds",
        ),
        ("§1: 2", "1: unknown key '1'. Allowed here: name, "),
        ("§true: 2", "true: unknown key 'true'. Allowed here: name, "),
        ("§NO: 2", "NO: unknown key 'NO'. Allowed here: name, "),
        (
            "§update.rule: degroot",
            "update.rule: unknown key 'update.rule'; did you mean 'update'? Allowed here: ",
        ),
        (
            "channel:\n  kind: numeric\n  §nosie: 0.1",
            "channel.nosie: unknown key 'nosie'; did you mean 'noise'? Allowed here: kind, noise",
        ),
        (
            "update: {rule: degroot, §confidence: {peer: 1}}",
            "update.confidence: unknown key 'confidence'. Allowed here: noise, rate, rule, schedule, ",
        ),
        ("history: {kind: none, §effect: shift}", "history.effect: unknown key 'effect'. Allowed here: kind"),
        (
            "history: {kind: §plantd}",
            "history.kind: unknown kind 'plantd'; did you mean 'planted'? Allowed: file, ",
        ),
        ("history: {kind: §3}", "history.kind: unknown kind '3'. Allowed: file, gss-moral, none, planted"),
        ("history: {kind: §[planted]}", "history.kind: unknown kind '['planted']'"),
        ("history: {kind: §{a: 1}}", "history.kind: unknown kind '{'a': 1}'"),
        (
            "network: {family: §rign}",
            f"network.family: unknown family 'rign'; did you mean 'ring'? Allowed: {FAMILIES}",
        ),
        ("network: §{degree: 4}", f"network: key 'family' is missing: one of {FAMILIES}"),
        ("update: {rule: §degrot}", "update.rule: unknown rule 'degrot'; did you mean 'degroot'? Allowed: "),
        (
            "assistants: [{policy: {kind: §lifelng}}]",
            "assistants.0.policy.kind: unknown kind 'lifelng'; did you mean 'lifelong'? Allowed: bayesian",
        ),
        (
            "interventions: [{round: 1, action: §withdrew}]",
            "interventions.0.action: unknown action 'withdrew'; did you mean 'withdraw'? Allowed: ",
        ),
        (
            "interventions: [{round: 1, action: rewire, network: {family: §rign}}]",
            "interventions.0.network.family: unknown family 'rign'; did you mean 'ring'? Allowed: barabasi",
        ),
        (
            "interventions: [{round: 1, action: rewire, network: §{degree: 2}}]",
            f"interventions.0.network: key 'family' is missing: one of {FAMILIES}",
        ),
        (
            "interventions: [{round: 1, action: rewire, network: {family: ring, §degre: 2}}]",
            "interventions.0.network.degre: unknown key 'degre'; did you mean 'degree'? Allowed here: fam",
        ),
        (
            "interventions: [{round: 1, action: change_policy, assistant: a, policy: {kind: frozen, §x: 1}}]",
            "interventions.0.policy.x: unknown key 'x'. Allowed here: kind",
        ),
    ],
)
def test_an_unknown_word_is_told_with_the_nearest_known_one(text, said):
    assert refusal(BASE + text + "\n").startswith(said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "history: {kind: planted, §planted: 3}",
            "history.planted: unknown key 'planted'. Allowed here: effect",
        ),
        ("history: {kind: planted, eras: §x}", 'history.eras: the text "x" given'),
        ("history: {kind: planted, §planted: 3, eras: x}", "history.planted: unknown key 'planted'"),
        ("channel: {kind: numeric, §numeric: 3}", "channel.numeric: unknown key 'numeric'"),
    ],
)
def test_a_key_called_as_its_part_s_kind_misleads_nobody(text, said):
    assert refusal(BASE + text + "\n").startswith(said)


def test_several_problems_are_told_at_once_in_the_order_of_the_file():
    with pytest.raises(ScenarioError) as caught:
        loads("update: {rule: degrot}\nrounds: 0\nname: NO\nchannel: {noise: 3, nosie: 1}\nsedd: 2\n", "f")
    lines = str(caught.value).split("\n")
    assert [line.split(": ")[0:2] for line in lines] == [
        ["f:1:16", "update.rule"],
        ["f:2:9", "rounds"],
        ["f:3:7", "name"],
        ["f:4:18", "channel.noise"],
        ["f:4:21", "channel.nosie"],
        ["f:5:1", "sedd"],
    ]
    assert caught.value.path == ("update", "rule")


def test_ten_problems_are_shown_and_the_others_counted():
    with pytest.raises(ScenarioError) as caught:
        loads(BASE + "".join(f"k{i}: 1\n" for i in range(25)))
    lines = str(caught.value).split("\n")
    assert len(lines) == 11
    assert lines[9].startswith("<text>:12:1: k9: unknown key 'k9'")
    assert lines[10] == "... and 15 more"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        # the value space
        (
            BASE + "value_space: §nosuch",
            "value_space: no value space is called 'nosuch'. There are: progressgym, ",
        ),
        (
            BASE + "value_space: §{name: x, dimensions: [a, a]}",
            "value_space: value space 'x': dimension 'a' is named twice; each may stand once",
        ),
        (
            BASE + "dimensions: §[harn]",
            "dimensions: value space 'progressgym': no dimension is called 'harn'; did you mean 'harm'?",
        ),
        (
            BASE + "dimensions: §[harm, harm]",
            "dimensions: value space 'progressgym': dimension 'harm' is named twice",
        ),
        (
            BASE + "value_space: §{name: x, dimensions: [default, b]}",
            "value_space: no dimension can be called 'default': it stands for those not named",
        ),
        # history
        ("§name: t", "rounds: must be given where there is no history to run to the end of"),
        (
            SPACE + "history: {kind: planted, start: §{calm: 0.1}}",
            "history.start: says nothing of dimension 'brave'; name every dimension or add the key 'default'",
        ),
        (
            SPACE + "history: {kind: planted, end: {default: 0.1, §clam: 0.2}}",
            "history.end.clam: unknown dimension 'clam'; did you mean 'calm'? Dimensions here: calm, brave",
        ),
        # population
        (
            BASE + "population: {groups: §[{name: a, share: 0.5}, {name: b, share: 0.4}]}",
            "population.groups: shares sum to 0.9; they must sum to 1",
        ),
        (
            BASE + "population: {groups: [{name: a, share: 0.5}, {name: §a, share: 0.5}]}",
            "population.groups.1.name: group 'a' is there 2 times; names must differ",
        ),
        (
            BASE + "history: {kind: planted}\npopulation: {groups: [{name: a, era: 0, centre: §0.5}]}",
            "population.groups.0.centre: a group has an era or a centre, not both",
        ),
        (
            BASE + "population: {groups: [{name: a, era: §0}]}",
            "population.groups.0.era: there is no history to take an era from; give a centre instead",
        ),
        (
            BASE + "population: {groups: [{name: a, distribution: §uniform, spread: 0.1}]}",
            "population.groups.0.distribution: uniform covers all of [0, 1]; leave era, centre and ",
        ),
        (
            SPACE + "population: {groups: [{name: a, centre: §{calm: 0.1}}]}",
            "population.groups.0.centre: says nothing of dimension 'brave'",
        ),
        (
            SPACE + "population: {groups: [{name: a, spread: {default: 0, §x: 0.1}}]}",
            "population.groups.0.spread.x: unknown dimension 'x'. Dimensions here: calm, brave",
        ),
        (
            BASE + "population: {groups: [{name: a, stubbornness: §0.1}]}\nupdate: {rule: degroot}",
            "population.groups.0.stubbornness: degroot has no anchor; use rule friedkin_johnsen",
        ),
        (
            BASE.replace("value_space", "# value_space") + "value_space: §{name: v, dimensions: [a, era]}",
            "value_space: no dimension can be called 'era': tables have a column of that name",
        ),
        (
            BASE + "update: {rule: attraction_repulsion, repulsion: {peer: 0.4}}\n"
            "population: {groups: [{name: a, confidence: {peer: §0.8}}]}",
            "population.groups.0.confidence.peer: 0.8 given; must be at most update.repulsion, 0.4",
        ),
        (
            BASE + "population: {groups: [{name: a, confidence: {peer: §0.1}}]}\nupdate: {rule: degroot}",
            "population.groups.0.confidence.peer: rule degroot has no confidence towards peers",
        ),
        (
            BASE + "population: {groups: [{name: a, rate: {peer: §0.1}}]}\n"
            "update: {rule: moral_argument, liberals: [a]}",
            "population.groups.0.rate.peer: rule moral_argument has no rate towards peers",
        ),
        # rules
        (
            BASE + "update: {rule: moral_argument, liberals: [everyone, §evryone]}",
            "update.liberals.1: unknown group 'evryone'; did you mean 'everyone'? There are: everyone",
        ),
        (
            SPACE + "update: {rule: moral_argument, liberals: [everyone], persuasion_for: §{calm: 0.1}}",
            "update.persuasion_for: says nothing of dimension 'brave'",
        ),
        (
            SPACE
            + "update: {rule: moral_argument, liberals: [everyone], persuasion_against: {§x: 0, default: 0}}",
            "update.persuasion_against.x: unknown dimension 'x'",
        ),
        (
            BASE + "update: {rule: attraction_repulsion, repulsion: {assistant: §0.1}}",
            "update.repulsion.assistant: 0.1 given; must be at least the confidence, 0.3",
        ),
        # assistants
        (
            BASE + "assistants: [{name: a}, {name: §a}]",
            "assistants.1.name: assistant 'a' is there 2 times; names must differ",
        ),
        (BASE + "assistants: [{start: §history}]", "assistants.0.start: there is no history to start from"),
        (
            SPACE + "assistants: [{start: §{calm: 0.2}}]",
            "assistants.0.start: says nothing of dimension 'brave'",
        ),
        (
            BASE + "assistants: [{continuity: §{share: 0.7, self: 0.4}}]",
            "assistants.0.continuity: share 0.7 and self 0.4 sum to 1.1; they are parts of an answer",
        ),
        (
            BASE + "minds: [{kind: embedded}]\nchannel: {kind: language}\n"
            "assistants: [{policy: {kind: dpo}, continuity: §{share: 0.1}}]",
            "assistants.0.continuity: an assistant of policy dpo writes by its weights",
        ),
        (
            BASE + "assistants: [{name: a}]\n"
            "interventions: [{round: 1, action: change_continuity, assistant: §a, to: 0.5}]",
            "interventions.0.assistant: assistant 'a' has no continuity that could change; give it one",
        ),
        (
            BASE + "assistants: [{name: a, continuity: {self: 0.6}}]\n"
            "interventions: [{round: 1, action: change_continuity, assistant: a, to: §0.5}]",
            "interventions.0.to: 0.5 given; with the assistant's continuity.self, 0.6, it may be at most 1",
        ),
        (
            BASE + "assistants: [{policy: {kind: selects_facts, truth: §0.5}}]",
            "assistants.0.policy.truth: 0.5 given; the side that is true is 0 or 1",
        ),
        (
            SPACE + "assistants: [{policy: {kind: selects_facts, truth: {calm: 1, brave: §0.2}}}]",
            "assistants.0.policy.truth.brave: 0.2 given; the side that is true is 0 or 1",
        ),
        (
            BASE + "minds: [{kind: embedded}]\nchannel: {kind: language}\n"
            "assistants: [{policy: {kind: selects_facts, words: §statements}}]",
            "assistants.0.policy.words: mind 'people' of kind embedded reads what it wrote itself",
        ),
        # interventions
        (
            BASE + "interventions: [{round: 1, action: change_confidence, confidence: §{}}]",
            "interventions.0.confidence: changes nothing; give peer, assistant or both",
        ),
        (
            BASE + "interventions: [{round: §4, action: shock, shift: 0.1}]",
            "interventions.0.round: 4 given; the run ends with round 3",
        ),
        (
            BASE + "interventions: [{round: 1, action: withdraw, assistant: §a}]",
            "interventions.0.assistant: unknown assistant 'a'. There are: none",
        ),
        (
            BASE
            + "assistants: [{name: mill}]\ninterventions: [{round: 1, action: bring_in, assistant: §mil}]",
            "interventions.0.assistant: unknown assistant 'mil'; did you mean 'mill'? There are: mill",
        ),
        (
            BASE + "interventions: [§{round: 1, action: rewire}]",
            "interventions.0: rewire takes either a fraction or a network",
        ),
        (
            BASE + "interventions: [§{round: 1, action: rewire, fraction: 0.2, network: {family: ring}}]",
            "interventions.0: rewire takes either a fraction or a network",
        ),
        (
            BASE + "interventions: [{round: 1, action: shock, group: §every, shift: 0.1}]",
            "interventions.0.group: unknown group 'every'; did you mean 'everyone'? There are: everyone",
        ),
        (
            SPACE + "interventions: [{round: 1, action: shock, shift: §{calm: 0.1}}]",
            "interventions.0.shift: says nothing of dimension 'brave'",
        ),
        (
            SPACE + "assistants: [{name: a}]\n"
            "interventions: [{round: 1, action: set_values, assistant: a, values: {default: 0, §x: 1}}]",
            "interventions.0.values.x: unknown dimension 'x'",
        ),
        (
            BASE
            + "interventions: [{round: 1, action: change_confidence, group: §b, confidence: {peer: 0.1}}]",
            "interventions.0.group: unknown group 'b'",
        ),
        (
            BASE + "update: {rule: degroot}\n"
            "interventions: [{round: 1, action: change_confidence, confidence: {assistant: §0.1}}]",
            "interventions.0.confidence.assistant: rule degroot has no confidence towards assistants",
        ),
    ],
)
def test_parts_that_do_not_fit_each_other_are_refused_where_they_do_not(text, said):
    assert refusal(text + "\n").startswith(said)


def test_several_misfits_are_told_at_once_in_the_order_of_the_file():
    with pytest.raises(ScenarioError) as caught:
        loads(
            BASE + "interventions: [{round: 9, action: shock, group: x, shift: 0}]\n"
            "population: {groups: [{name: a, share: 0.5, era: 0}]}\n"
        )
    assert [line.split(": ")[1] for line in str(caught.value).split("\n")] == [
        "interventions.0.round",
        "interventions.0.group",
        "population.groups",
        "population.groups.0.era",
    ]
