"""What a human and round takes of a mind, by reader, as usage rows have it: the table of docs/real_models.md.

    .venv/bin/python benchmarks/tokens_by_reader.py [MODEL] [READER ...]

One round of scenarios/real_model.yaml: 24 people, of whom each writes one message, and who consult an
assistant. Counted are requests of the round and their tokens, whether they came from the cache or not; what a
reader learns or is calibrated by before, once and kept, is told apart. Beside it is what ``coevolve
estimate`` says of a round: the second, in which more or fewer may consult than in the first. MODEL is smollm2
if not given, or embedded; READER letters, contrast, listener, probe and auto.
"""

from __future__ import annotations

import sys
import tempfile

import coevolve_sim
from coevolve_sim.runs.estimate import estimate_requests
from coevolve_sim.scenario import Scenario
from coevolve_sim.society.setup import build_setup

READERS = ("letters", "contrast", "listener", "probe", "auto")
KINDS = {"write": ("speak", "ask", "answer"), "read": ("read",)}


def scenario_of(model: str, reader: str, rounds: int = 1) -> Scenario:
    """Return rounds of real_model in the words of a model, read by a reader; nothing shown before."""
    mind = {"kind": "embedded"} if model == "embedded" else {"kind": "local", "model": model}
    return coevolve_sim.load(
        "real_model",
        overrides={
            "rounds": rounds,
            "minds": [{"name": "people", **mind}],
            "channel.reader.kind": reader,
            "channel.unfit": "unmeasured",
        },
    )


def usage_of_rounds(run: coevolve_sim.Run) -> dict[tuple[str, bool], tuple[int, int]]:
    """Return requests and tokens by kind, and whether they are a round's."""
    with run.open_database("replies", "asked") as connection:
        rows = connection.execute(
            "SELECT r.kind, a.round_index > 0, count(*), sum(r.tokens_in + r.tokens_out) "
            "FROM replies r JOIN asked a ON a.key = r.key GROUP BY 1, 2"
        ).fetchall()
    return {(kind, bool(in_rounds)): (requests, tokens) for kind, in_rounds, requests, tokens in rows}


def estimate_a_round(model: str, reader: str) -> tuple[int, int]:
    """Return the requests and tokens that are estimated for a round: by how much two take more than one."""
    totals = []
    for rounds in (1, 2):
        found = estimate_requests(build_setup(scenario_of(model, reader, rounds)))
        totals.append(
            (sum(one.requests for one in found), sum(one.tokens_in + one.tokens_out for one in found))
        )
    (requests, tokens), (requests_of_two, tokens_of_two) = totals
    return requests_of_two - requests, tokens_of_two - tokens


def main(model: str, readers: list[str]) -> None:
    """Print a row for each reader."""
    print("| reader | requests | of them reading | tokens | of them reading | estimated | before, once |")
    print("|---|---|---|---|---|---|---|")
    for reader in readers:
        scenario = scenario_of(model, reader)
        with tempfile.TemporaryDirectory() as results:
            run = coevolve_sim.run(scenario, results=results)
            usage, n = usage_of_rounds(run), run.n_humans * run.n_rounds_finished
        parts = {
            name: [sum(usage.get((kind, True), (0, 0))[what] for kind in kinds) / n for what in (0, 1)]
            for name, kinds in KINDS.items()
        }
        before = [sum(found[what] for (_, is_in), found in usage.items() if not is_in) for what in (0, 1)]
        bound = [total / n for total in estimate_a_round(model, reader)]
        requests, tokens = (sum(part[what] for part in parts.values()) for what in (0, 1))
        cells = [
            *(reader, f"{requests:.2f}", f"{parts['read'][0]:.2f}", f"{tokens:,.0f}"),
            *(f"{parts['read'][1]:,.0f}", f"{bound[0]:.2f}, {bound[1]:,.0f}"),
            f"{before[0]:,}, {before[1]:,}",
        ]
        print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    given = sys.argv[1:]
    main(given[0] if given else "smollm2", given[1:] or list(READERS))
