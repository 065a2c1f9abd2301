"""One suite for every policy, ours and a user's: the checks that `coevolve check-plugin` runs."""

import textwrap

import numpy as np
import pytest

from coevolve_sim.assistants.policies import (
    POLICIES,
    Observation,
    apply_policy,
    parse_policy,
)
from coevolve_sim.errors import PolicyError
from coevolve_sim.testing import check_policy
from coevolve_sim.testing.policies import POLICY_CHECKS

STUBBORN = """
import numpy as np

class Stubborn:
    def __init__(self, strength=0.5):
        self.strength = strength

    def learn(self, values, observation, memory):
        own = memory.get("own", values)
        if not len(observation.heard):
            return values, {"own": own}
        return self.strength * own + (1 - self.strength) * observation.heard.mean(axis=0), {"own": own}


def follower(values, observation, memory):
    if len(observation.heard):
        values = observation.heard[0]
    return values, memory
"""


@pytest.fixture(scope="module")
def mine(tmp_path_factory):
    path = tmp_path_factory.mktemp("mine") / "mine.py"
    path.write_text(STUBBORN, encoding="utf-8")
    return path


def ours():
    variants = [
        "extrapolative,order=0",
        "extrapolative,order=3,horizon=4",
        "contractualist,agreement=max_min",
    ]
    variants += ["contractualist,reservation=0.95", "role,standard=0.1,tolerance=0.05", "lifelong,rate=1"]
    return [kind for kind in POLICIES if kind != "custom"] + variants


@pytest.mark.parametrize("text", ours())
def test_every_policy_of_ours_passes_every_check(text):
    assert [verdict.said for verdict in check_policy(text) if not verdict.passed] == []
    assert len(check_policy(text)) == len(POLICY_CHECKS)


@pytest.mark.parametrize("name", ["Stubborn", "Stubborn,strength=0.25", "follower"])
def test_a_class_and_a_function_of_a_user_pass_the_same_checks(mine, name):
    assert all(verdict.passed for verdict in check_policy(f"{mine}:{name}"))


BAD = {
    "too_long": ("return np.zeros(len(values) + 1), memory", "returned shape (2,); shape (1,) is wanted"),
    "no_number": ("return values * np.nan, memory", "returned nan in dimension 0; values are in [0, 1]"),
    "too_far": ("return values + 2.0, memory", "returned 2.5 in dimension 0; values are in [0, 1]"),
    "bare": ("return values", "returned a value of type ndarray; values and memory are wanted"),
    "writer": ("values[:] = 0.0; return values, memory", "writes to what it may only read"),
    "writer_of_heard": (
        "observation.heard[:] = 0.0; return values, memory",
        "writes to what it may only read",
    ),
    "failing": ("return 1 / 0, memory", "failed: ZeroDivisionError: division by zero"),
    "text": ("return 'a', memory", "returned text; an array of real numbers is wanted"),
    "forgetful": ("return values, {'A': values}", "keeps an array called 'A'"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_policy_that_is_none_is_told_what_it_did(tmp_path, name):
    line, said = BAD[name]
    file = tmp_path / "bad.py"
    file.write_text(
        f"import numpy as np\ndef {name}(values, observation, memory):\n    {line}\n", encoding="utf-8"
    )
    first = check_policy(f"{file}:{name}")[0]
    assert not first.passed
    assert said in first.said
    assert first.said.startswith(f"policy 'bad.py:{name}' ")


def test_a_policy_with_a_memory_of_its_own_is_found_out(tmp_path):
    file = tmp_path / "sly.py"
    file.write_text(
        textwrap.dedent(
            """
            seen = []

            def sly(values, observation, memory):
                seen.append(1)
                return values * 0 + 1.0 / len(seen), memory
            """
        ),
        encoding="utf-8",
    )
    failed = {verdict.check for verdict in check_policy(f"{file}:sly") if not verdict.passed}
    assert failed == {
        "gives the same bytes again",
        "goes on to the same bytes from its values and memory alone",
    }


def test_a_policy_that_says_it_looks_at_means_and_looks_at_people_is_found_out(tmp_path):
    file = tmp_path / "proud.py"
    file.write_text(
        textwrap.dedent(
            """
            class Proud:
                looks_at = "mean"

                def learn(self, values, observation, memory):
                    heard = observation.heard
                    return (heard.max(axis=0) if len(heard) else values), memory
            """
        ),
        encoding="utf-8",
    )
    (failed,) = [verdict for verdict in check_policy(f"{file}:Proud") if not verdict.passed]
    assert failed.check == "looks at no more than the mean of what it heard, if it says so"
    assert "it looks_at the mean, which alone gave [0.5" in failed.said


def test_a_policy_that_writes_to_its_memory_is_stopped(tmp_path):
    file = tmp_path / "m.py"
    file.write_text(
        "def m(values, observation, memory):\n"
        "    if memory: memory['a'][:] = 1.0\n"
        "    return values, {'a': values.copy()}\n",
        encoding="utf-8",
    )
    assert "writes to what it may only read" in check_policy(f"{file}:m")[0].said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("lifelng", "unknown policy 'lifelng'; did you mean 'lifelong'? There are: frozen"),
        ("lifelong,rate", "'rate' is no parameter; write KEY=VALUE, as in rate=0.5"),
        ("lifelong,rate=2", "policy 'lifelong,rate=2': rate: Input should be less than or equal to 1"),
        ("lifelong,speed=1", "speed: Extra inputs are not permitted"),
        ("nowhere/none.py:Mine", "neither a file nowhere/none.py nor a module 'none.py' can be had"),
        ("mine:", "'mine:' names no policy; write FILE.py:NAME"),
    ],
)
def test_a_name_that_names_no_policy_is_told_what_would(text, said):
    with pytest.raises(PolicyError) as caught:
        parse_policy(text)
    assert said in str(caught.value)


def test_what_a_file_lacks_or_does_not_take_is_said(mine):
    with pytest.raises(PolicyError, match=r"there is no 'Nobody'; there are: Stubborn, follower"):
        parse_policy(f"{mine}:Nobody")
    with pytest.raises(PolicyError, match=r"does not take its parameters \(speed\): got an unexpected"):
        parse_policy(f"{mine}:Stubborn,speed=1")
    with pytest.raises(PolicyError, match=r"is a module; a function or a class is wanted"):
        parse_policy(f"{mine}:np")


def test_a_file_that_cannot_be_run_is_named(tmp_path):
    (tmp_path / "broken.py").write_text("import nothing_like_it", encoding="utf-8")
    with pytest.raises(PolicyError, match=r"^broken.py cannot be run: ModuleNotFoundError"):
        parse_policy(f"{tmp_path / 'broken'}:X")


def test_a_class_without_learn_is_no_policy(tmp_path):
    (tmp_path / "empty.py").write_text("class Empty: pass", encoding="utf-8")
    with pytest.raises(PolicyError, match=r"class 'empty.py:Empty' has no method learn"):
        parse_policy(f"{tmp_path / 'empty.py'}:Empty")


def test_a_changed_file_is_read_anew(tmp_path):
    file = tmp_path / "a.py"
    found = []
    for number in (0.25, 0.75):
        file.write_text(
            f"def p(values, observation, memory): return values * 0 + {number}, memory\n", encoding="utf-8"
        )
        use = parse_policy(f"{file}:p")
        seen = Observation(np.empty((0, 1)), np.empty(0, int), 1)
        found.append(float(apply_policy(use.kind, np.zeros(1), seen, {}, **use.parameters)[0][0]))
    assert found == [0.25, 0.75]
