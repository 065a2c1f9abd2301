"""What prompts begin with in common is computed once, and every prompt is still whole."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from coevolve_sim.minds.local.batching import TokenBudget, is_out_of_memory, padded_size
from coevolve_sim.minds.local.prefix_sharing import Plan, PrefixRow, count_common, plan


def whole(made: Plan, row: int) -> tuple[int, ...]:
    """Return a row as its leaf and the edges above it spell it."""
    (leaf,) = [leaf for leaf in made.leaves if leaf.row == row]
    tokens, parent = leaf.tokens, leaf.parent
    for level in range(leaf.level, -1, -1):
        edge = made.levels[level][parent]
        tokens, parent = edge.tokens + tokens, edge.parent
    assert parent == -1
    return tokens


ROWS = st.lists(
    st.lists(st.integers(0, 2), min_size=3, max_size=14).map(tuple), min_size=1, max_size=25, unique=True
)


@given(ROWS, st.integers(1, 4), st.integers(0, 4), st.integers(1, 3))
def test_every_row_is_spelled_by_its_leaf_and_edges(tokens, least, deepest, keep):
    rows = [PrefixRow(row, keep) for row in sorted(tokens)]
    made = plan(rows, least=least, deepest=deepest)
    assert sorted(leaf.row for leaf in made.leaves) == list(range(len(rows)))
    assert [whole(made, number) for number in range(len(rows))] == [row.tokens for row in rows]
    assert all(len(leaf.tokens) >= keep for leaf in made.leaves)
    assert all(len(edge.tokens) >= least for level in made.levels for edge in level)
    assert len(made.levels) <= deepest
    assert made.n_tokens <= sum(map(len, tokens))


def test_personas_and_questions_become_two_levels():
    rows = [
        PrefixRow((100 + human,) * 20 + (200 + item,) * 20 + order)
        for human in range(2)
        for item in range(2)
        for order in ((1, 2), (2, 1))
    ]
    made = plan(rows)
    assert [len(level) for level in made.levels] == [2, 4]
    assert made.n_tokens == 2 * 20 + 4 * 20 + 8 * 2


def test_what_is_common_is_counted_to_the_first_difference():
    assert [count_common((1, 2), other) for other in ((1, 2), (1, 2, 3), (1, 3), (2,), ())] == [2, 2, 1, 0, 0]


def test_parts_keep_to_the_budget_and_hold_at_least_one():
    budget = TokenBudget(10)
    parts = []

    def work(part):
        parts.append(list(part))
        return [item.upper() for item in part]

    done = list(budget.run_in_parts(["aa", "bbb", "cc", "d" * 11, "e"], padded_size(len), work))
    assert parts == [["aa", "bbb", "cc"], ["d" * 11], ["e"]]
    assert [result for _, result in done] == ["AA", "BBB", "CC", "D" * 11, "E"]


def test_what_runs_out_of_memory_is_told_from_other_faults():
    assert is_out_of_memory(RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"))
    assert is_out_of_memory(MemoryError())
    assert not is_out_of_memory(RuntimeError("shapes differ"))
