"""What the axes are called, in which order they stand, and what is said of a wrong name."""

import re
import subprocess
import sys
from itertools import pairwise

import pytest

from coevolve_sim.errors import ValueSpaceError
from coevolve_sim.values import HIGHER_ORDER, SPACES, Dimension, ValueSpace, custom, get
from tests import ROOT

SIZES = {
    "progressgym": 19,
    "schwartz-10": 10,
    "schwartz-19": 19,
    "moral-foundations": 5,
    "inglehart-welzel": 2,
    "gss-moral": 45,
}


def test_the_built_in_spaces_have_their_dimensions():
    assert {name: get(name).n_dimensions for name in SPACES} == SIZES


@pytest.mark.parametrize("name", SPACES)
def test_a_built_in_space_is_fit_to_be_shown(name):
    space = get(name)
    assert space.name == name
    assert space.meaning.endswith(".")
    assert len(set(space.labels)) == space.n_dimensions
    for dimension in space.dimensions:
        assert re.fullmatch(r"[A-Z].*[^.]", dimension.label)
        assert re.fullmatch(r"[A-Z][^.]*\.", dimension.meaning)


@pytest.mark.parametrize("name", SPACES)
def test_the_source_of_a_built_in_space_is_in_the_bibliography(name):
    bibliography = (ROOT / "docs" / "references.bib").read_text(encoding="utf-8")
    assert f"{{{get(name).source}," in bibliography


@pytest.mark.parametrize("name", SPACES)
def test_every_dimension_is_found_where_it_stands_and_in_one_group(name):
    space = get(name)
    assert [space.index(dimension) for dimension in space.names] == list(range(space.n_dimensions))
    assert sorted(i for columns in space.groups().values() for i in columns) == list(
        range(space.n_dimensions)
    )


def test_progressgym_has_its_four_groups_in_the_order_of_its_code():
    space = get("progressgym")
    assert space.groups() == {
        "basic morality": (0, 1, 2, 3, 4),
        "social morality": (5, 6, 7, 8, 9),
        "moral foundations": (10, 11, 12, 13, 14),
        "worldviews": (15, 16, 17, 18),
    }
    assert space.names[10:15] == ("harm", "fairness", "in_group", "authority", "purity")
    assert space.names[15:] == ("traditional", "modern", "post_modern", "integrated")


@pytest.mark.parametrize(("name", "step"), [("schwartz-10", 36.0), ("schwartz-19", 360 / 19)])
def test_schwartz_angles_go_once_round_in_equal_steps(name, step):
    angles = [dimension.angle for dimension in get(name).dimensions]
    assert angles[0] == 0.0
    steps = [after - before for before, after in pairwise(angles)]
    assert steps == pytest.approx([step] * len(steps))
    assert 360 - angles[-1] == pytest.approx(step)


def test_only_schwartz_has_angles():
    with_angles = {name for name in SPACES if any(d.angle is not None for d in get(name).dimensions)}
    assert with_angles == {"schwartz-10", "schwartz-19"}


def test_the_ten_stand_in_schwartz_order():
    assert get("schwartz-10").names == (
        "self_direction",
        "stimulation",
        "hedonism",
        "achievement",
        "power",
        "security",
        "conformity",
        "tradition",
        "benevolence",
        "universalism",
    )


@pytest.mark.parametrize("name", ["schwartz-10", "schwartz-19"])
def test_higher_order_values_follow_each_other_round_the_circle(name):
    space = get(name)
    assert tuple(space.groups()) == (
        "openness to change",
        "self-enhancement",
        "conservation",
        "self-transcendence",
    )
    in_order = [i for columns in space.groups().values() for i in columns]
    assert in_order == list(range(space.n_dimensions))
    assert all(dimension.group in HIGHER_ORDER[dimension.name] for dimension in space.dimensions)


def test_three_of_schwartz_values_lie_on_a_border():
    assert {name: borders for name, borders in HIGHER_ORDER.items() if len(borders) == 2} == {
        "hedonism": ("openness to change", "self-enhancement"),
        "face": ("self-enhancement", "conservation"),
        "humility": ("conservation", "self-transcendence"),
    }
    assert set(HIGHER_ORDER) == {*get("schwartz-10").names, *get("schwartz-19").names}


def test_gss_issues_fall_into_eight_groups():
    sizes = {group: len(columns) for group, columns in get("gss-moral").groups().items()}
    assert sizes == {
        "abortion": 7,
        "law and order": 3,
        "free speech": 15,
        "equality": 2,
        "government help": 3,
        "sexual morality": 5,
        "end of life": 5,
        "police force": 5,
    }


def test_no_gss_label_or_meaning_repeats_a_sentence_of_the_survey():
    arguments = ROOT.parent / "shared" / "data" / "moral_issue_arguments.csv"
    if not arguments.exists():
        pytest.skip(f"{arguments} is not here")
    survey = _words(arguments.read_text(encoding="utf-8"))
    runs = {tuple(survey[i : i + 8]) for i in range(len(survey) - 7)}
    for dimension in get("gss-moral").dimensions:
        words = _words(dimension.meaning)
        copied = [words[i : i + 8] for i in range(len(words) - 7) if tuple(words[i : i + 8]) in runs]
        assert not copied, dimension.name


def _words(text):
    return re.findall(r"[a-z]+", text.lower())


def test_select_keeps_the_order_asked_for():
    space = get("progressgym").select(["fairness", "do_not_kill"])
    assert space.names == ("fairness", "do_not_kill")
    assert space.name == "progressgym"
    assert space.groups() == {"moral foundations": (0,), "basic morality": (1,)}


def test_selecting_everything_changes_nothing():
    space = get("schwartz-19")
    assert space.select(space.names) == space


def test_custom_labels_are_read_off_the_names():
    space = custom("town", ["free_speech", "thrift"])
    assert space.labels == ("Free speech", "Thrift")
    assert space.source == ""
    assert space.groups() == {"": (0, 1)}


@pytest.mark.parametrize(
    ("attempt", "said"),
    [
        (
            lambda: get("progresgym"),
            "no value space is called 'progresgym'; did you mean 'progressgym'? There are: ",
        ),
        (lambda: get("zzz"), "{name: ..., dimensions: [...]}"),
        (
            lambda: get("gss-moral").index("gras"),
            "no dimension is called 'gras'; did you mean 'grass'? There are: abany",
        ),
        (lambda: get("gss-moral").index("GRASS"), "did you mean 'grass'"),
        (lambda: get("moral-foundations").select(["care", "harm"]), "no dimension is called 'harm'"),
        (lambda: get("moral-foundations").select(["care", "care"]), "dimension 'care' is named twice"),
        (lambda: get("moral-foundations").select([]), "needs at least 1 dimension"),
        (lambda: get("moral-foundations").select("care"), "takes a list of names"),
        (lambda: custom("x", []), "value space 'x' needs at least 1 dimension; none given"),
        (lambda: custom("x", ["a", "b", "a"]), "dimension 'a' is named twice"),
        (lambda: custom("x", ["Free speech"]), "'Free speech' given"),
        (lambda: custom("x", [""]), "lowercase words joined by underscores"),
        (lambda: custom("x", ["a__b"]), "lowercase words joined by underscores"),
        (lambda: custom("x", [3]), "lowercase words joined by underscores"),
        (lambda: custom("x", "abc"), "come as a list"),
        (lambda: Dimension("a", "A", "A.", angle=360), "an angle lies in [0, 360) degrees; 360 given"),
        (lambda: ValueSpace("x", ()), "none given"),
    ],
)
def test_a_wrong_name_is_answered_with_what_is_allowed(attempt, said):
    with pytest.raises(ValueSpaceError, match=re.escape(said)):
        attempt()


def test_importing_the_spaces_loads_no_heavy_library():
    code = (
        "import sys, coevolve_sim; before = set(sys.modules); import coevolve_sim.values; "
        "print({'numpy', 'pandas', 'pyarrow'} & (set(sys.modules) - before))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert ran.stdout.strip() == "set()"
