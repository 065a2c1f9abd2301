"""The catalogue: every measure of a round, with a description for readers of a report.

`CATALOGUE` is ordered: polarization of the distribution, of clusters, of groups; disagreement; diversity.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from coevolve_sim.errors import MeasureError
from coevolve_sim.measures import sorted_columns as columns
from coevolve_sim.measures.appeals import OF_APPEALS
from coevolve_sim.measures.assistant_alignment import OF_ASSISTANTS
from coevolve_sim.measures.diversity import ratio_of_covariance
from coevolve_sim.measures.group_polarization import parity
from coevolve_sim.measures.guards import OF_GUARDS
from coevolve_sim.measures.measure import Compute, Measure
from coevolve_sim.measures.media_exposure import OF_MEDIA
from coevolve_sim.measures.trust import OF_GAMES
from coevolve_sim.registry import Registry

SIZE_FREE = ("density_modes", "density_modes_on_first_axis", "polarization_disagreement_per_head")
"""Measures that a run takes if its scenario names them; reports compute them from the people on record."""
_OF_PARTS = {
    "assistant_alignment": OF_ASSISTANTS,
    "media_exposure": OF_MEDIA,
    "appeals": OF_APPEALS,
    "trust": OF_GAMES,
    "guards": OF_GUARDS,
}


def _of_groups(column: int) -> Compute:
    return lambda a: None if a.given_groups is None else a.given_groups[:, column]


_of_columns = partial(Measure, by_column=True)
_SORTED = "O(D N log N), one sort shared by all such measures"
_GAPS = "Changes with N: among more people somebody stands in the gaps. `density_modes` does not need them."
VARIANCE = _of_columns(
    "variance",
    "The mean squared deviation of people from society's mean.",
    "people differ, a few extremes enough",
    "[0, 0.25]",
    "Bramson2016",
    _SORTED,
    True,
    lambda a: a.moments[:, columns.VARIANCE],
)
SPREAD = _of_columns(
    "spread",
    "The distance between the two most extreme people.",
    "somebody stands far from somebody else",
    "[0, 1]",
    "Bramson2016",
    _SORTED,
    True,
    lambda a: a.sorted_values[:, -1] - a.sorted_values[:, 0],
    "Grows with N: among more people somebody stands further out.",
)
DISPERSION = _of_columns(
    "dispersion",
    "The mean absolute deviation of people from society's mean.",
    "people are on average far from the middle",
    "[0, 0.5]",
    "Bramson2016",
    _SORTED,
    True,
    lambda a: a.moments[:, columns.DISPERSION],
)
COVERAGE = _of_columns(
    "coverage",
    "The share of equal bins of the scale that anybody stands in.",
    "views fill the scale (low is the more polarized)",
    "[1 / bins, 1]",
    "Bramson2016",
    _SORTED,
    True,
    lambda a: a.occupancy[:, columns.OCCUPIED] / a.bins,
    "Grows with N: among more people somebody stands in every bin.",
)
REGIONALIZATION = _of_columns(
    "regionalization",
    "The number of stretches of the scale where nobody stands, between people.",
    "empty regions cut society into many pieces",
    "[0, (bins - 1) / 2]",
    "Bramson2016",
    _SORTED,
    True,
    lambda a: a.occupancy[:, columns.EMPTY_STRETCHES],
    "Falls with N: among more people somebody stands in every bin.",
)
COMMUNITY_FRACTURING = _of_columns(
    "community_fracturing",
    "The number of clusters, separated by gaps in value, stragglers included.",
    "society has broken into many camps",
    "[1, 1 + 1 / gap]",
    "Bramson2016",
    _SORTED,
    True,
    lambda a: a.clusters[:, columns.N_CLUSTERS],
    _GAPS,
)
EFFECTIVE_CLUSTERS = _of_columns(
    "effective_clusters",
    "The number of equal clusters that would be as concentrated as those there are.",
    "society has broken into many camps of like size",
    "[1, 1 + 1 / gap]",
    "Laakso1979",
    _SORTED,
    True,
    lambda a: a.clusters[:, columns.EFFECTIVE],
    _GAPS,
)
DISTINCTNESS = _of_columns(
    "distinctness",
    "How little two clusters overlap on a binned scale.",
    "clusters stand clear of each other; 0 with one cluster",
    "[0, 1]",
    "Bramson2016",
    _SORTED,
    True,
    lambda a: a.clusters[:, columns.DISTINCTNESS],
    _GAPS,
)
GROUP_DIVERGENCE = _of_columns(
    "group_divergence",
    "The mean distance between the means of two clusters.",
    "clusters stand for different things; 0 with one cluster",
    "[0, 1]",
    "Bramson2016",
    _SORTED,
    True,
    lambda a: a.clusters[:, columns.DIVERGENCE],
    _GAPS,
)
GROUP_CONSENSUS = _of_columns(
    "group_consensus",
    "How united clusters are within: 1 less twice their mean absolute deviation.",
    "members of a cluster are of one mind",
    "[0, 1]",
    "Bramson2016",
    _SORTED,
    True,
    lambda a: a.clusters[:, columns.CONSENSUS],
    _GAPS,
)
SIZE_PARITY = Measure(
    "size_parity",
    "How equal the sizes of the clusters are.",
    "no cluster dominates; 0 with one cluster",
    "[0, 1]",
    "Bramson2016",
    _SORTED,
    True,
    lambda a: parity(a.clusters[:, columns.ENTROPY], a.clusters[:, columns.N_CLUSTERS]),
    _GAPS,
)
DISTINCTNESS_OF_GROUPS = Measure(
    "distinctness_of_groups",
    "How little two of the population's groups overlap on a binned scale.",
    "a person's value tells their group",
    "[0, 1]",
    "Bramson2016",
    "O(N D)",
    True,
    _of_groups(0),
    "Falls with N: a few people of one and the same distribution fill different bins.",
)
DIVERGENCE_OF_GROUPS = Measure(
    "divergence_of_groups",
    "The mean distance between the means of two of the population's groups.",
    "groups stand for different things",
    "[0, 1]",
    "Bramson2016",
    "O(N D)",
    True,
    _of_groups(1),
)
CONSENSUS_OF_GROUPS = Measure(
    "consensus_of_groups",
    "How united the population's groups are within: 1 less twice their mean absolute deviation.",
    "members of a group are of one mind",
    "[0, 1]",
    "Bramson2016",
    "O(N D)",
    True,
    _of_groups(2),
)
ESTEBAN_RAY = _of_columns(
    "esteban_ray",
    "Identification within camps times alienation between them, at alpha 1.6 over bins.",
    "few large camps stand far apart; two equal ones at the ends give the most",
    "[0, 0.165]",
    "EstebanRay1994",
    _SORTED,
    True,
    lambda a: columns.esteban_ray_of_columns(a.sorted_values, 1.6, a.bins),
)
BIMODALITY = _of_columns(
    "bimodality",
    "Sarle's coefficient, (skewness squared + 1) / kurtosis: 5/9 if uniform, 1 at two points.",
    "two heaps, or one with a long tail",
    "[0, 1]",
    "Pfister2013",
    _SORTED,
    True,
    lambda a: a.moments[:, columns.BIMODALITY],
)
DISAGREEMENT_OF_INDIVIDUALS = Measure(
    "disagreement_of_individuals",
    "The mean squared distance of two people taken at random.",
    "people differ, whoever they know",
    "[0, 1], near [0, 0.5] for many humans",
    "Rao1982",
    "O(N D)",
    True,
    lambda a: a.individuals,
)
DISAGREEMENT_OF_TIES = Measure(
    "disagreement_of_ties",
    "The mean squared distance of two people who are tied, by weight of the tie.",
    "people hear others unlike themselves",
    "[0, 1]",
    "Musco2018",
    "O(E D)",
    True,
    lambda a: a.tied,
)
DISAGREEMENT_OF_COMMUNITIES = Measure(
    "disagreement_of_communities",
    "The mean squared distance between communities (those that the network plants, else the "
    "population's groups) over that within them, minus one.",
    "communities differ more than their members do; 0 if communities do not matter",
    "[-1, inf]",
    "Rao1982",
    "O(N D)",
    False,
    lambda a: a.community_disagreement,
)
ASSORTATIVITY = Measure(
    "assortativity",
    "The correlation of the values of two people who are tied.",
    "people hear those who think as they do",
    "[-1, 1]",
    "Newman2003",
    "O(E D), sums shared with disagreement_of_ties",
    True,
    lambda a: a.assortativity,
)
TOTAL_VARIANCE = Measure(
    "total_variance",
    "The sum of the variances of all dimensions.",
    "people differ, in whichever values",
    "[0, dimensions / 4]",
    "Recanatesi2022",
    "O(N D^2), shared with participation_ratio",
    False,
    lambda a: float(np.trace(a.covariance)),
)
CLUSTER_ENTROPY = _of_columns(
    "cluster_entropy",
    "The Shannon entropy of the sizes of the clusters, in nats.",
    "many camps, evenly sized",
    "[0, ln(1 + 1 / gap)]",
    "Jost2006",
    _SORTED,
    True,
    lambda a: a.clusters[:, columns.ENTROPY],
    _GAPS,
)
PARTICIPATION_RATIO = Measure(
    "participation_ratio",
    "The effective number of independent directions in which people differ.",
    "people's values vary independently; 1 if all lie on one axis, 0 if all agree",
    "[0, dimensions]",
    "Recanatesi2022",
    "O(N D^2)",
    False,
    lambda a: ratio_of_covariance(a.covariance),
)
MEAN_PAIRWISE_DISTANCE = Measure(
    "mean_pairwise_distance",
    "The mean distance of two people over all dimensions at once.",
    "people are far from each other",
    "[0, 1]",
    "Rao1982",
    "O(N^2 D) to 2,000 humans, then O(200,000 D) on seeded pairs",
    False,
    lambda a: a.pairwise.mean,
)

CATALOGUE = Registry(
    "measure",
    "coevolve_sim.measures",
    MeasureError,
    {
        "variance": "coevolve_sim.measures.catalogue:VARIANCE",
        "spread": "coevolve_sim.measures.catalogue:SPREAD",
        "dispersion": "coevolve_sim.measures.catalogue:DISPERSION",
        "coverage": "coevolve_sim.measures.catalogue:COVERAGE",
        "regionalization": "coevolve_sim.measures.catalogue:REGIONALIZATION",
        "community_fracturing": "coevolve_sim.measures.catalogue:COMMUNITY_FRACTURING",
        "effective_clusters": "coevolve_sim.measures.catalogue:EFFECTIVE_CLUSTERS",
        "distinctness": "coevolve_sim.measures.catalogue:DISTINCTNESS",
        "group_divergence": "coevolve_sim.measures.catalogue:GROUP_DIVERGENCE",
        "group_consensus": "coevolve_sim.measures.catalogue:GROUP_CONSENSUS",
        "size_parity": "coevolve_sim.measures.catalogue:SIZE_PARITY",
        "distinctness_of_groups": "coevolve_sim.measures.catalogue:DISTINCTNESS_OF_GROUPS",
        "divergence_of_groups": "coevolve_sim.measures.catalogue:DIVERGENCE_OF_GROUPS",
        "consensus_of_groups": "coevolve_sim.measures.catalogue:CONSENSUS_OF_GROUPS",
        "esteban_ray": "coevolve_sim.measures.catalogue:ESTEBAN_RAY",
        "bimodality": "coevolve_sim.measures.catalogue:BIMODALITY",
        "disagreement_of_individuals": "coevolve_sim.measures.catalogue:DISAGREEMENT_OF_INDIVIDUALS",
        "disagreement_of_ties": "coevolve_sim.measures.catalogue:DISAGREEMENT_OF_TIES",
        "disagreement_of_communities": "coevolve_sim.measures.catalogue:DISAGREEMENT_OF_COMMUNITIES",
        "assortativity": "coevolve_sim.measures.catalogue:ASSORTATIVITY",
        "polarization_disagreement_index": "coevolve_sim.measures.conflict:POLARIZATION_DISAGREEMENT_INDEX",
        "total_variance": "coevolve_sim.measures.catalogue:TOTAL_VARIANCE",
        "cluster_entropy": "coevolve_sim.measures.catalogue:CLUSTER_ENTROPY",
        "participation_ratio": "coevolve_sim.measures.catalogue:PARTICIPATION_RATIO",
        "mean_pairwise_distance": "coevolve_sim.measures.catalogue:MEAN_PAIRWISE_DISTANCE",
        "density_modes": "coevolve_sim.measures.size_free:DENSITY_MODES",
        "density_modes_on_first_axis": "coevolve_sim.measures.size_free:DENSITY_MODES_ON_FIRST_AXIS",
        "polarization_disagreement_per_head": "coevolve_sim.measures.size_free:PER_HEAD",
        **{n: f"coevolve_sim.measures.{of}:{n.upper()}" for of, names in _OF_PARTS.items() for n in names},
    },
    Measure,
)
"""Every measure of a round, by name: a `Measure`, or what is installed may be a function of the arrays."""

TAKEN_UNLESS_NAMED = tuple(n for n in CATALOGUE.own if n not in {*SIZE_FREE, *sum(_OF_PARTS.values(), ())})
"""The measures that a run takes if its scenario names none; one of people who play takes `OF_GAMES` too."""
