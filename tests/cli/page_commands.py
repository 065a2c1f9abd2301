"""The commands that pages show: where they stand, how each is made small, which are not run here and why.

A line is a `coevolve ...` command of a fenced shell block. Each is either run by
`test_commands_of_pages_run.py`, with what `REDUCED` adds, or is parsed only, with a reason in `NOT_RUN`.
"""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path
from typing import NamedTuple

from tests import ROOT

PAGES = sorted(
    str(path.relative_to(ROOT))
    for pattern in ("*.md", "docs/**/*.md", "examples/**/*.md", "phantom/*.md")
    for path in ROOT.glob(pattern)
    if path.name != "CHANGELOG.md" and "made" not in path.parts
)
"""Pages whose commands are run, each in a folder of its own; those of the tutorial share theirs."""

TUTORIAL = tuple(
    f"docs/tutorial/{name}.md"
    for name in ("first_society", "with_and_without_ai", "in_words", "your_own_study")
)

_BLOCK = re.compile(r"^```(?:sh|bash|console|shell)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"^```\w+\n# (\w+\.\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


class Command(NamedTuple):
    """A command of a page.

    Attributes
    ----------
    page, line : str
        Where it stands, and how, without its comment.
    """

    page: str
    line: str

    @property
    def name(self) -> str:
        """Which command of the command line it is."""
        return shlex.split(self.line)[1]


def commands_of(page: str) -> list[Command]:
    """Return a page's commands in their order; one over several lines is one."""
    text = (ROOT / page).read_text(encoding="utf-8")
    lines = [
        re.sub(r"\s#\s.*$", "", line).strip()
        for block in _BLOCK.findall(text)
        for line in block.replace("\\\n", " ").splitlines()
    ]
    return [Command(page, " ".join(line.split())) for line in lines if line.startswith("coevolve ")]


COMMANDS = [command for page in PAGES for command in commands_of(page)]

# --- what is not run -----------------------------------------------------------------------------

WEIGHTS = "needs the weights of a model that is not on board; tests/real runs the command on a real one"
SERVER = "needs weights, a server or a card"
HOUR = "takes an hour or more"
DATA = "needs data that is not ours; the command's own test runs it on a small piece"
INSTALLED = "needs the example installed; tests/packaging/test_example_plugin.py runs these lines"
VIEW = "serves until it is stopped, with an extra of its own; tests/browser clicks through it"
NODES = "needs machines that run Ray; tests/studies/test_workers.py has two nodes"

NOT_RUN: dict[str, str] = {
    "coevolve run vllm_gpu": SERVER,
    "coevolve run vllm_gpu --set rounds=2 --set population.humans=8 --max-requests 2000": SERVER,
    "coevolve preflight vllm_gpu": SERVER,
    "coevolve preflight on_a_card.yaml --no-bias": SERVER,
    "coevolve run on_a_card.yaml": SERVER,
    "coevolve serve ./models/small --voice young=./adapters/young --print": SERVER,
    "coevolve elicit --mind progressgym-8B --eras C013..C021 --out elicited": SERVER,
    "coevolve framings --mind my-model --by voice,language "
    "--voice after=results/RUN/adapters/NAME/era-03": SERVER,
    "coevolve train-judge cases.csv --model ./model --out judge --seed 1 --held-out 200": DATA,
    "coevolve voices train --texts texts/index.csv --base smollm2 --out voices --centuries C016..C019": HOUR,
    "coevolve dilemmas daily_dilemmas --figure chosen.png": DATA,
    "coevolve dilemmas daily_dilemmas --mind embedded --theory mft": DATA,
    "coevolve dilemmas daily_dilemmas --mind embedded --personas 24": DATA,
    "coevolve appeal last --candidates values.csv": DATA,
    "coevolve list rules": INSTALLED,
    "coevolve check-plugin rule:relative_agreement": INSTALLED,
    "coevolve check-plugin mind:blunt": INSTALLED,
    "coevolve check-plugin measure:distance_variance": INSTALLED,
    "coevolve run examples/plugin/scenarios/relative_agreement.yaml": INSTALLED,
    "coevolve resume last --ray HEAD:6379": NODES,
}


def reason_not_run(command: Command) -> str:
    """Return why a command is not run here; empty if it is."""
    if re.search(r"\bsmollm2\b|\breal_model\b", command.line):
        return WEIGHTS
    if "--ray HEAD" in command.line:
        return NODES
    if command.name == "view":
        return VIEW
    return NOT_RUN.get(command.line, "")


# --- how those that are run are made small -------------------------------------------------------

SMALL = ("--set", "rounds=6", "--set", "population.humans=24")
_OF_WORDS = ("rounds=2", "population.humans=6", "channel.bias_map=false", "channel.unfit=unmeasured")
WORDS = tuple(part for setting in _OF_WORDS for part in ("--set", setting))

REDUCED: dict[str, tuple[str, ...]] = {
    "compare": (*SMALL, "-n", "2"),
    "sweep": (*SMALL, "-n", "2"),
    "lock-in": (*SMALL, "-n", "2", "--withdraw-after", "3", "--horizon", "4"),
    "run": SMALL,
    "leaderboard": ("--replications", "2", "--humans", "20", "--history", "planted:linear,eras=4"),
    "challenge": ("--humans", "20"),
    "study": ("--set", "replications=2", "--set", "lock_in={horizon: 4}"),
    "preflight": ("--no-bias",),
}
"""What is put after a command, which holds instead of what the page says: fewer rounds, people, seeds."""

BEFORE_A_BRANCH = ("--set", "rounds=42", "--set", "population.humans=24")
AS_IT_IS: tuple[str, ...] = ()
IN_WORDS = ("--eras", "C013..C015", "--humans", "3", "--pairs", "2")

REDUCED_LINES: dict[str, tuple[str, ...]] = {
    "coevolve run held_back": BEFORE_A_BRANCH,
    "coevolve run held_back --set rounds=20": AS_IT_IS,
    "coevolve compare held_back --world stays= --world leaves='interventions=[{round: 10, action: withdraw, "
    "assistant: assistant}]' --reference stays --set rounds=20 -n 5": ("-n", "2"),
    "coevolve leaderboard --policy mine.py:Stubborn --policy lifelong --history planted:linear "
    "--replications 2": ("--humans", "20"),
    "coevolve leaderboard -p mean,rate=1 -p median,rate=1 -p extrapolative,order=1 -p extrapolative,order=2 "
    "--replications 20 -H planted:linear -H planted:logistic -H planted:reversal -H planted:regime_shift "
    "-H planted:oscillation -H planted:random_walk -H gss-moral --out results/seven": (
        "--replications",
        "2",
        "--humans",
        "20",
    ),
    "coevolve compare held_back -n 5 --until-width .05": (*SMALL, "-n", "2", "--until-width", "10"),
    "coevolve compare held_back --record full -n 5": (*SMALL, "-n", "3"),
    "coevolve run earnest.yaml": AS_IT_IS,
    "coevolve run million_in_words_small": (*WORDS, "--set", "population.humans=12"),
    "coevolve run quickstart --set rounds=2 --set population.humans=12 --max-requests 300": AS_IT_IS,
    "coevolve run examples/survey/town.yaml": AS_IT_IS,
    "coevolve run scenarios/quickstart.yaml": WORDS,
    "coevolve challenge follow --policy dpo --mind embedded --eras C013..C021 "
    "--space moral-foundations": IN_WORDS,
    "coevolve leaderboard --mind embedded --dtype float32 --eras C013..C021 --humans 12 --replications 5 "
    "--order progressgym -p mean -p median -p damped -p extrapolative -p logit_trend -p lifelong,rate=0.2 "
    "--out results/in_words": ("--eras", "C013..C015", "--humans", "2", "--replications", "2"),
    "coevolve run quickstart --set rounds=4 --set population.humans=16": WORDS,
    "coevolve run quickstart --set 'measures.appeals={}'": WORDS,
    "coevolve compare quickstart --set 'measures.appeals={}' --outcome appeal_breadth": (*WORDS, "-n", "2"),
}
"""The same for single lines, in place of `REDUCED`."""

EXIT_CODES: dict[str, int] = {
    "coevolve run quickstart --set rounds=2 --set population.humans=12 --max-requests 300": 11,
    "coevolve preflight earnest.yaml --no-bias": 12,
}
"""Exit codes that a page says; all others are 0."""


def reduce_command(command: Command) -> list[str]:
    """Return a command's arguments as they are run: reduced, with a run in place of what stands for one."""
    words = shlex.split(command.line.replace("results/FOLDER", "last"))[1:]
    return [*words, *REDUCED_LINES.get(command.line, REDUCED.get(words[0], ()))]


# --- the folder in which a page's commands are run -----------------------------------------------

FILES_OF = {
    "README.md": ("docs/policies.md",),
    "docs/challenges.md": ("docs/policies.md",),
    "docs/your_own_parts.md": ("docs/plugins.md",),
}
"""Pages whose files another one needs, besides its own: blocks that begin with ``# NAME``."""

HISTORY = "era,care,loyalty\n2000,0.3,0.6\n2001,0.4,0.5\n2002,0.5,0.4\n2003,0.6,0.4\n"


def lay_out(page: str, folder: Path) -> None:
    """Write what a page's commands find beside them: scenarios, examples, the files that pages show."""
    for name in ("scenarios", "examples"):
        shutil.copytree(ROOT / name, folder / name, dirs_exist_ok=True)
    shutil.copytree(ROOT / "examples" / "own_study", folder, dirs_exist_ok=True)
    for shown in (*FILES_OF.get(page, ()), page):
        for name, text in _FILE.findall((ROOT / shown).read_text(encoding="utf-8")):
            (folder / name).write_text(text, encoding="utf-8")
    (folder / "my_history.csv").write_text(HISTORY, encoding="utf-8")
    if page == "docs/minds.md":
        shutil.copy(ROOT / "scenarios" / "quickstart_numeric.yaml", folder / "my_scenario.yaml")
