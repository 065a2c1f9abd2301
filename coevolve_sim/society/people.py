"""People of one's own: respondents matched to humans of the network, and groups that a file tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from coevolve_sim.arrays import Floats
from coevolve_sim.errors import PopulationError
from coevolve_sim.networks.ties import Ties, full_mixing
from coevolve_sim.registry import nearest
from coevolve_sim.scenario import Scenario
from coevolve_sim.scenario.respondent_specs import RespondentsSpec
from coevolve_sim.scenario.society_specs import GroupSpec, PopulationSpec
from coevolve_sim.society.respondents import MOST_TOLD, Respondents, name_group, name_notes
from coevolve_sim.streams import stream

NOBODY = -1
NO_TIES = full_mixing(1)


@dataclass(frozen=True, eq=False)
class People:
    """What files say of the humans of a society.

    Attributes
    ----------
    ties : Ties
        The network of those who stay.
    groups : tuple of GroupSpec, or None
        The groups with the shares that they have; None where no file tells groups.
    group_of : int32 array, shape (humans,), or None
        Group of each human, if a file tells it.
    values : float64 array, shape (humans, dimensions), or None
        In [0, 1]; None where only groups come from a file.
    traits : dict of str to float64 array, shape (humans,)
        As `Respondents.traits`.
    sketches : tuple of str, or None
        Who each human is, in words; empty where nothing says it.
    notes : tuple of str
        Who was matched how, who was dropped, and what was drawn or filled in.
    """

    ties: Ties
    groups: tuple[GroupSpec, ...] | None = None
    group_of: NDArray[np.int32] | None = None
    values: Floats | None = None
    traits: dict[str, Floats] = field(default_factory=dict)
    sketches: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()


def count_respondents(respondents: Respondents, spec: RespondentsSpec) -> int | None:
    """Return how many humans a table brings where the network brings none; None where they are drawn."""
    if spec.match == "draw":
        return None
    return int(_who_stays(respondents, spec).sum())


def settle_people(
    scenario: Scenario, respondents: Respondents | None, ties: Ties, *, brought: bool
) -> People:
    """Give respondents their places in a network, and humans the groups that files tell.

    Parameters
    ----------
    scenario : Scenario
    respondents : Respondents or None
        The table of people, if there is one.
    ties : Ties
        The network.
    brought : bool
        Whether the network brings its humans, who then are matched; a drawn network takes the respondents in
        their order, and is called by their ids.

    Raises
    ------
    PopulationError
        If a respondent matches no human, a human has no respondent and that is refused, a group has nobody,
        or a mean of a group has nothing to be taken of.
    """
    population = scenario.population
    told, notes = (
        ([], []) if population.groups_from is None else _groups_of_nodes(ties, population.groups_from)
    )
    if respondents is None or population.file is None:
        groups, group_of = _find_groups(population, told)
        return People(ties, groups, group_of, notes=tuple(notes))
    rows, said = _match(respondents, population.file, ties, brought=brought)
    if not brought and population.file.match != "draw" and respondents.ids is not None:
        ties = replace(ties, labels=tuple(respondents.ids[row] for row in rows.tolist()))
    kept = _who_is_kept(respondents, population.file, ties, rows)
    if n_dropped := int((~kept).sum()):
        said.append(f"{n_dropped} human{'s' * (n_dropped > 1)} dropped from the network, without answers")
    of_nodes = np.array(told, dtype=object)[kept] if told else None
    rows, drawn = _draw_others(scenario, respondents, rows[kept], of_nodes)
    people = _people_of(population, respondents, rows, of_nodes)
    return replace(people, ties=ties.among(kept), notes=(*notes, *respondents.notes, *said, *drawn))


def _people_of(
    population: PopulationSpec,
    respondents: Respondents,
    rows: NDArray[np.int64],
    of_nodes: NDArray[np.object_] | None,
) -> People:
    """Return what the respondents of some rows say, human by human; their network is set by the caller."""
    own = _groups_of_respondents(respondents, rows, of_nodes)
    answers = _fill(respondents.answers, respondents.items, respondents, own, rows)
    traits = {
        name: _fill(column[:, None], (name,), respondents, own, rows)[:, 0]
        for name, column in respondents.traits.items()
    }
    dimensions = range(int(respondents.dimension_of.max()) + 1)
    values = [answers[:, respondents.dimension_of == d].mean(axis=1) for d in dimensions]
    sketches = respondents.sketches
    people = People(
        NO_TIES,
        values=np.column_stack(values),
        traits=traits,
        sketches=None if sketches is None else tuple(sketches[row] for row in rows.tolist()),
    )
    if of_nodes is None and respondents.groups is None:
        return people
    groups, group_of = _find_groups(population, (own[rows] if of_nodes is None else of_nodes).tolist())
    return replace(people, groups=groups, group_of=group_of)


# --- who is who ----------------------------------------------------------------------------------


def _who_stays(respondents: Respondents, spec: RespondentsSpec) -> NDArray[np.bool_]:
    if spec.missing == "drop":
        return respondents.complete
    return np.ones(respondents.n, dtype=bool)


def _match(
    respondents: Respondents, spec: RespondentsSpec, ties: Ties, *, brought: bool
) -> tuple[NDArray[np.int64], list[str]]:
    """Return the row of each human's respondent, -1 for none, and how they were matched."""
    called, n = respondents.path.name, ties.n_humans
    if spec.match == "draw":
        return np.full(n, NOBODY), []
    if not brought:
        rows = np.flatnonzero(_who_stays(respondents, spec))
        if rows.size != n:
            raise PopulationError(
                f"{respondents.path}: {rows.size} respondents, and population.humans asks for {n}; leave "
                "that out, or set match to draw"
            )
        return rows, [f"{called}: {n} respondents are the humans, in the order of their rows"]
    by_id = spec.match == "id" or (spec.match == "auto" and respondents.ids is not None)
    if by_id:
        rows, how = _match_ids(respondents, ties)
        return rows, [f"{called}: {respondents.n} respondents matched to humans by {how}"]
    if spec.match == "auto" and ties.names is not None:
        raise PopulationError(
            f"{respondents.path}:1: there is no column '{spec.id}', and humans of the network have names "
            f"({', '.join(ties.names[:3])}, ...): name the column of ids with id, or set match to row if "
            "rows stand in the order of the network's humans"
        )
    if respondents.n != n:
        raise PopulationError(
            f"{respondents.path}: {respondents.n} respondents, and {n} humans in the network; by row there "
            "are as many of each: match by id, or set match to draw"
        )
    return np.arange(n), [f"{called}: {n} respondents matched to humans by row"]


def _match_ids(respondents: Respondents, ties: Ties) -> tuple[NDArray[np.int64], str]:
    """Match ids of a table to ids of nodes, or else to their names; refuse one that is neither."""
    ids = ties.labels or tuple(map(str, range(ties.n_humans)))
    best, how, unknown = ids, "id", _unknown(respondents, ids)
    if (
        unknown
        and ties.names is not None
        and len(by_name := _unknown(respondents, ties.names)) < len(unknown)
    ):
        best, how, unknown = ties.names, "name", by_name
    if unknown:
        row = unknown[0]
        given = respondents.ids[row] if respondents.ids else ""
        more = f" (and {len(unknown) - 1} more)" if len(unknown) > 1 else ""
        raise PopulationError(
            f"{respondents.path}:{respondents.lines[row]}:{respondents.id_place + 1}: respondent "
            f"'{given[:60]}' is no human of the network{more}{nearest(given, best[:10_000]) or ';'} humans "
            f"there are called {', '.join(best[:3])}, ...: take it out of the table, or mend its id"
        )
    row_of = {name: row for row, name in enumerate(respondents.ids or ())}
    return np.array([row_of.get(name, NOBODY) for name in best]), how


def _unknown(respondents: Respondents, names: Sequence[str]) -> list[int]:
    there = set(names)
    return [row for row, name in enumerate(respondents.ids or ()) if name not in there]


def _who_is_kept(
    respondents: Respondents, spec: RespondentsSpec, ties: Ties, rows: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return who stays in the network; refuse humans without a respondent where the scenario does."""
    without = rows == NOBODY
    kept = np.where(without, True, _who_stays(respondents, spec)[rows])
    if spec.match == "draw" or not without.any():
        return kept
    if spec.others == "refuse":
        called = ties.names or ties.labels or tuple(map(str, range(ties.n_humans)))
        told = ", ".join(called[human] for human in np.flatnonzero(without)[:MOST_TOLD].tolist())
        raise PopulationError(
            f"{respondents.path}: {int(without.sum())} of {ties.n_humans} humans of the network are no "
            f"respondents ({told}{', ...' * (int(without.sum()) > MOST_TOLD)}): add them, or set others to "
            "drop or draw"
        )
    if spec.others == "drop":
        kept &= ~without
    if not kept.any():
        raise PopulationError(f"{respondents.path}: no human of the network would be left")
    return kept


def _draw_others(
    scenario: Scenario,
    respondents: Respondents,
    rows: NDArray[np.int64],
    groups: NDArray[np.object_] | None,
) -> tuple[NDArray[np.int64], list[str]]:
    """Draw a respondent for each human without one: by weight, of its group where that is known."""
    without = np.flatnonzero(rows == NOBODY)
    if not without.size:
        return rows, []
    rows, rng = rows.copy(), stream(scenario.seed, "respondents")
    matched = rows[rows != NOBODY]
    for name in [None] if groups is None or not matched.size else sorted(set(groups[without])):
        takers = without if name is None else without[groups[without] == name]  # type: ignore[index]
        pool = matched if name is None else rows[(groups == name) & (rows != NOBODY)]
        pool = pool if matched.size else np.arange(respondents.n)
        pool = np.unique(pool[_who_stays(respondents, scenario.population.file)[pool]])  # type: ignore[arg-type]
        chances = np.ones(pool.size) if respondents.weights is None else respondents.weights[pool]
        if not chances.sum() > 0:
            of = "" if name is None else f" of group {name}"
            raise PopulationError(f"{respondents.path}: there is no respondent{of} to draw for others")
        rows[takers] = rng.choice(pool, size=takers.size, p=chances / chances.sum())
    by = "" if respondents.weights is None else ", by weight"
    of = "" if groups is None or not matched.size else " of its group"
    return rows, [f"{without.size} humans have a respondent{of} drawn for each, with replacement{by}"]


# --- groups --------------------------------------------------------------------------------------


def _groups_of_nodes(ties: Ties, attribute: str) -> tuple[list[str], list[str]]:
    """Return the name of each human's group by an attribute of the network's file, and notes."""
    if attribute not in ties.attributes:
        there = ", ".join(ties.attributes) or "none"
        raise PopulationError(
            f"groups_from names '{attribute}', which no human of the network has"
            f"{nearest(attribute, ties.attributes) or '.'} Attributes there: {there}"
        )
    written: dict[str, str] = {}
    names = []
    for human, given in enumerate(ties.attributes[attribute]):
        name = "" if given is None else name_group(str(given))
        if not name or written.setdefault(name, str(given)) != str(given):
            called = (ties.names or ties.labels or {human: str(human)})[human]
            what = "nothing" if given is None else f"'{str(given)[:60]}'"
            raise PopulationError(
                f"groups_from: human '{called}' has {what} as '{attribute}'; a group is told by letters a-z, "
                "digits, - and _, at most 60, and everybody has one"
            )
        names.append(name)
    return names, name_notes(written)


def _groups_of_respondents(
    respondents: Respondents, rows: NDArray[np.int64], groups: NDArray[np.object_] | None
) -> NDArray[np.object_]:
    """Return the group of each respondent, over which missing answers are averaged."""
    if respondents.groups is not None:
        return np.array(respondents.groups, dtype=object)
    own = np.full(respondents.n, "", dtype=object)
    if groups is not None:
        own[rows] = groups
    return own


def _find_groups(
    population: PopulationSpec, names: list[str]
) -> tuple[tuple[GroupSpec, ...], NDArray[np.int32]]:
    """Return the groups with their shares as found, and the group of each human.

    Groups that the scenario lists keep their traits and their order. Where it lists none, those of the file
    are made, in the order of their names.
    """
    found = sorted(set(names))
    listed = population.groups
    if listed == PopulationSpec.model_fields["groups"].default:
        listed = tuple(GroupSpec(name=name) for name in found)
    known = [group.name for group in listed]
    if unknown := [name for name in found if name not in known]:
        raise PopulationError(
            f"the file has a group '{unknown[0]}'{nearest(unknown[0], known) or ','} and the scenario's are "
            f"{', '.join(known)}: list it under population.groups, or list none"
        )
    if empty := [name for name in known if name not in found]:
        raise PopulationError(f"nobody is in group '{empty[0]}'; the file has {', '.join(found)}")
    number = {name: index for index, name in enumerate(known)}
    group_of = np.array([number[name] for name in names], dtype=np.int32)
    shares = np.bincount(group_of, minlength=len(listed)) / group_of.size
    return tuple(
        group.model_copy(update={"share": float(share)}) for group, share in zip(listed, shares, strict=True)
    ), group_of


# --- answers -------------------------------------------------------------------------------------


def _fill(
    answers: Floats,
    items: Sequence[str],
    respondents: Respondents,
    groups: NDArray[np.object_],
    rows: NDArray[np.int64],
) -> Floats:
    """Return the answers of some rows, missing ones being the mean of the group on that item, by weight."""
    filled = answers[rows]
    weights = np.ones(respondents.n) if respondents.weights is None else respondents.weights
    for item, name in enumerate(items):
        missing = np.isnan(filled[:, item])
        for group in sorted(set(groups[rows][missing])):
            alike = (groups == group) & ~np.isnan(answers[:, item])
            if not weights[alike].sum() > 0:
                told = f"of group {group} " if group else ""
                raise PopulationError(
                    f"{respondents.path}: nobody {told}answered '{name}', so that there is no mean to take; "
                    "set missing to drop, or leave the item out"
                )
            mean = np.average(answers[alike, item], weights=weights[alike])
            filled[missing & (groups[rows] == group), item] = mean
    return filled
