"""Edge lists become rows, whatever they hold."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from coevolve_sim.networks import from_edges, from_rows

humans = st.integers(0, 6)
edge_lists = st.lists(st.tuples(humans, humans), max_size=40)


@given(edge_lists, st.booleans())
def test_rows_hold_exactly_the_pairs_of_the_list(pairs, directed):
    ties = from_edges(7, np.array(pairs, dtype=int).reshape(-1, 2), directed=directed)
    wanted = {(v, u) for u, v in pairs if u != v}
    if not directed:
        wanted |= {(u, v) for v, u in wanted}
    got = list(zip(ties.listeners.tolist(), ties.indices.tolist(), strict=True))
    assert got == sorted(wanted)
    assert ties.indptr.dtype == np.int64
    assert ties.indices.dtype == np.int32


@given(edge_lists, st.booleans())
def test_what_was_left_out_is_counted(pairs, directed):
    ties = from_edges(7, np.array(pairs, dtype=int).reshape(-1, 2), directed=directed)
    kept = [p if directed else tuple(sorted(p)) for p in pairs if p[0] != p[1]]
    counted = {
        "self-loop": len(pairs) - len(kept),
        "repeated": len(kept) - len(set(kept)),
        "nobody" if directed else "without ties": int((ties.degrees == 0).sum()),
    }
    said = {word: int(note.split()[0]) for note in ties.notes for word in counted if word in note}
    assert said == {word: count for word, count in counted.items() if count}


@given(st.lists(st.tuples(humans, humans, st.floats(0.001, 100)), max_size=40), st.booleans())
def test_weights_of_repeated_ties_add_up(triples, directed):
    edges = np.array([t[:2] for t in triples], dtype=int).reshape(-1, 2)
    ties = from_edges(7, edges, np.array([t[2] for t in triples]), directed=directed)
    wanted = np.zeros((7, 7))
    for speaker, listener, weight in triples:
        if speaker != listener:
            wanted[listener, speaker] += weight
            wanted[speaker, listener] += 0 if directed else weight
    got = np.zeros((7, 7))
    got[ties.listeners, ties.indices] = ties.weights
    np.testing.assert_allclose(got, wanted, rtol=1e-12)


def test_a_directed_edge_stands_in_its_listeners_row():
    ties = from_edges(3, np.array([[0, 2]]), directed=True)
    assert ties.degrees.tolist() == [0, 0, 1]
    assert ties.notes == ("2 humans hear nobody",)
    assert from_edges(2, np.array([[0, 1]]), directed=True).notes == ("1 human hears nobody",)


def test_no_edges_are_a_network_too():
    ties = from_edges(2, np.array([]))
    assert (ties.n_ties, ties.notes) == (0, ("2 humans without ties",))


def test_edges_are_not_changed_in_place():
    edges = np.array([[2, 0], [0, 2], [1, 1]])
    from_edges(3, edges)
    assert edges.tolist() == [[2, 0], [0, 2], [1, 1]]


def test_sound_rows_are_taken_as_they_are():
    indices = np.array([1, 0], dtype=np.int32)
    assert from_rows(np.array([0, 1, 2]), indices).indices is indices
