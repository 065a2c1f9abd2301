"""The page that compares: its numbers are those of benchmarks and verification, its commands are there."""

import json
import re

import typer

from coevolve_sim.cli.main import app
from tests import ROOT

PAGE = " ".join((ROOT / "docs" / "why_this.md").read_text(encoding="utf-8").split())
RESULTS = (ROOT / "benchmarks" / "RESULTS.md").read_text(encoding="utf-8")
PEERS = ("ProgressGym", "OASIS", "Concordia", "AgentSociety", "mesa-llm", "NDlib")


def rows_of(section, beginning):
    """Return the cells of a section's rows that begin so, each without its spread."""
    part = RESULTS[RESULTS.index(section) :]
    lines = [line for line in part.splitlines() if line.startswith(beginning)]
    return [[cell.strip().partition(" ±")[0] for cell in line.strip("|").split("|")] for line in lines]


def test_ratios_of_kernels_are_those_of_the_benchmarks():
    (pairs,) = rows_of("## One pair a human", "| WS | 10,000 | 1 |")[:1]
    (ties,) = rows_of("## All at once", "| WS | 10,000 | 1 |")[:1]
    mesa, ndlib = (f"{float(pairs[column]):,.0f}" for column in (6, 7))
    assert f"{ndlib} times as many encounters a second as NDlib's Deffuant process and {mesa} times" in PAGE
    mesa, ndlib = (f"{float(ties[column]):,.0f}" for column in (8, 9))
    assert f"{ndlib} and {mesa} times in Hegselmann-Krause's rule" in PAGE


def test_ratios_of_whole_runs_are_those_of_the_benchmarks():
    told = {
        row[0]: row[3:5]
        for row in rows_of("*Peers alone, one dimension.*", "| ")
        if row[1] == "all, every 2nd round"
    }
    (mesa_1, ndlib_1), (mesa_2, ndlib_2) = told["Deffuant"], told["Hegselmann-Krause"]
    low, high = (f"{float(text):.2f}".removeprefix("0") for text in (mesa_1, mesa_2))
    assert f"{ndlib_1} and {ndlib_2} times as many a second as NDlib, and {low} to {high} times" in PAGE


def test_what_is_said_of_verification_is_what_came_out():
    counts = json.loads((ROOT / "docs" / "verify.json").read_text(encoding="utf-8"))["counts"]
    assert counts["passed"] > 100
    assert counts["failed"] == 0
    assert counts["differs"] == 2
    assert "over a hundred agree with their source, two differ from it" in PAGE


def test_every_peer_is_named_with_where_it_is_better_and_a_link():
    table = PAGE.partition("## What is here")[0]
    for peer in PEERS:
        assert re.search(rf"\[{peer}\]\(https://[^)]+\)", table), peer


def test_every_claim_of_ours_has_a_command_that_is_there():
    section = PAGE.partition("## What is here")[2].partition("## Beside each")[0]
    rows = re.findall(r"\| [^|]+ \| (`coevolve [^|]+) \|", section)
    assert len(rows) >= 6
    known = set(typer.main.get_command(app).commands)
    assert {name for row in rows for name in re.findall(r"`coevolve ([a-z-]+)", row)} <= known
