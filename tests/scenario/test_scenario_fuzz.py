"""Two thousand damaged scenario files: each is read, or refused with its place, and nothing else."""

import re
import time

import numpy as np
import pytest

from coevolve_sim.errors import ScenarioError
from coevolve_sim.scenario import loads, starting_file
from coevolve_sim.society.setup import build_setup
from coevolve_sim.streams import stream
from tests import ROOT

QUICKSTART = ROOT / "scenarios" / "quickstart_numeric.yaml"
PLACE = re.compile(r"^[^\n]*:\d+:\d+: ")
N_MUTATIONS = 2_000
JUNK = [
    *[
        "NO",
        "~",
        "",
        "[]",
        "{}",
        "[[",
        "{{}}",
        "-1",
        "0",
        "1",
        "2",
        "1e999",
        "1e-3",
        ".nan",
        "010",
        "'",
        '"',
        "|",
        ">",
    ],
    *[
        "true",
        "null",
        "&a",
        "*a",
        "!!int 3",
        "<<: *a",
        "? x",
        "- ",
        "# ",
        "---",
        "...",
        "%YAML 1.2",
        "\t",
        "\x00",
    ],
    *[
        "\ufeff",
        "\u2028",
        "\x85",
        "\r",
        "\ud800",
        '"\\ud800"',
        "é" * 9,
        "😀",
        "9" * 40,
        "[1, {a: 2}]",
        "{kind: none}",
    ],
    *[
        "default",
        "care",
        "degroot",
        "ring",
        "complete",
        "frozen",
        "path: x",
        "extends: x",
        "name: name: x",
        "1972",
    ],
]


def mutated(text, rng):
    """Return the text after one to three wounds."""
    for _ in range(rng.integers(1, 4)):
        lines = text.split("\n")
        i, j = rng.integers(0, len(lines), 2)
        match rng.integers(0, 9):
            case 0:
                del lines[i]
            case 1:
                lines.insert(j, lines[i])
            case 2:
                lines[i], lines[j] = lines[j], lines[i]
            case 3:
                lines[i] = " " * int(rng.integers(0, 8)) + lines[i].lstrip()
            case 4:
                lines[i] = re.sub(r":.*$", lambda _: ": " + JUNK[rng.integers(len(JUNK))], lines[i])
            case 5:
                lines[i] = re.sub(r"[\w.]+", lambda _: JUNK[rng.integers(len(JUNK))], lines[i], count=1)
            case 6:
                lines = [*lines[:i], JUNK[rng.integers(len(JUNK))], *lines[i:]]
            case _:
                k = rng.integers(0, len(text))
                new = chr(rng.choice([*range(32, 127), 0x85, 0xE9, 0x2028, 0xFEFF, 0x1F600, 0xD800, 7]))
                lines = (text[:k] + new * rng.integers(0, 3) + text[k + 1 :]).split("\n")
        text = "\n".join(lines) or " "
    return text


def read_or_refused(text):
    """Return the scenario, or None where it is refused with its place."""
    try:
        return loads(text)
    except ScenarioError as error:
        refusal = str(error)
    assert PLACE.match(refusal)
    return None


@pytest.fixture(scope="module")
def survivors():
    began = time.process_time()
    texts = starting_file("x"), QUICKSTART.read_text()
    found = []
    for case in range(N_MUTATIONS):
        text = mutated(texts[case % 2], stream(1, "fuzz", case))
        try:
            scenario = read_or_refused(text)
        except Exception as error:
            error.add_note(f"mutation {case}:\n{text!r}")
            raise
        found += [(case, text)] if scenario else []
    return found, time.process_time() - began


@pytest.mark.long
def test_a_damaged_file_is_read_or_refused_with_its_place(survivors):
    found, seconds = survivors
    assert N_MUTATIONS // 10 < len(found) < N_MUTATIONS * 9 // 10
    assert seconds < 40.0


@pytest.mark.long
def test_what_was_read_can_be_built_or_is_refused_by_key(survivors):
    n_built = n_refused = n_named = 0
    for case, text in survivors[0][::2]:
        scenario = loads(text, overrides=["population.humans=40"])
        try:
            setup = build_setup(scenario)
        except ScenarioError as error:
            n_named += bool(error.path)
            n_refused += 1
        except Exception as error:
            error.add_note(f"mutation {case}:\n{text!r}")
            raise
        else:
            n_built += 1
            values = np.vstack([setup.initial_values, setup.initial_assistant_values])
            assert ((values >= 0) & (values <= 1)).all(), f"mutation {case}"
    assert n_built > len(survivors[0]) // 4
    assert n_named == n_refused > 0


@pytest.mark.parametrize("size", [1, 2, 3])
def test_noise_that_is_no_scenario_at_all_is_refused_with_its_place(size):
    for case in range(100):
        rng = stream(2, "fuzz noise", size, case)
        text = "".join(
            JUNK[i] + rng.choice(["", " ", "\n", ": "]) for i in rng.integers(0, len(JUNK), 4**size)
        )
        assert read_or_refused(text) is None
