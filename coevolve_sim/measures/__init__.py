"""Measures: pure functions of arrays that describe the values of people and assistants over time.

- `progress`: follow, predict and coevolve, over the eras of a run; `measure_progress` computes them
  together, `PROGRESS` describes them.
- `polarization`, `group_polarization`, `clusters`: the nine senses of polarization, variance,
  Esteban-Ray and bimodality, of the values in a round.
- `disagreement`, `assortative_mixing`, `conflict`: of individuals, ties and communities.
- `diversity`: how much of the value space people occupy.
- `density_modes`: the number of camps, whatever the number of people.
- `history_way`: how far people have come along the way that their history has gone.
- `alignment`: whether an assistant answers as people would; `dilemmas`: what is chosen between values;
  `framings`: what a question's framing does to answers; `shares`: intervals of what is counted.
- `media_exposure`: how far people stand from the outlets that they follow.
- `linguistic_distance`, `linear_shapley`: how far apart two sets of texts are in their words, and what each
  word adds to telling them apart.
- `appeals`, `appeal_intervals`: to how many values, rights and duties texts appeal, what grew and shrank.
- `trust`: what tied people did in games, and how far they trust each other.
- `guards`: how far assistants stand outside their role, how many attacks succeed, and what guards hold back.
- `CATALOGUE` describes the measures of a round; `measure_round` computes them with one sort and one
  pass over the ties for all.

Values are float64 in [0, 1], of shape (humans,) or (humans, dimensions). An undefined measure is nan;
malformed input raises `MeasureError`. Only `mean_pairwise_distance` may sample, from a named stream, and its
result says whether it did.
"""

from coevolve_sim.measures.appeals import OF_APPEALS
from coevolve_sim.measures.assistant_alignment import OF_ASSISTANTS
from coevolve_sim.measures.assortative_mixing import assortativity
from coevolve_sim.measures.catalogue import CATALOGUE, SIZE_FREE, TAKEN_UNLESS_NAMED
from coevolve_sim.measures.clusters import cluster_entropy, clusters_1d, effective_clusters
from coevolve_sim.measures.conflict import (
    expressed_values,
    polarization_disagreement_index,
    polarization_disagreement_per_head,
)
from coevolve_sim.measures.density_modes import density_modes, density_modes_on_first_axis
from coevolve_sim.measures.disagreement import (
    disagreement_of_communities,
    disagreement_of_individuals,
    disagreement_of_ties,
    without_each_dimension,
)
from coevolve_sim.measures.diversity import (
    PairwiseDistance,
    mean_pairwise_distance,
    participation_ratio,
    total_variance,
)
from coevolve_sim.measures.group_polarization import (
    community_fracturing,
    distinctness,
    group_consensus,
    group_divergence,
    size_parity,
)
from coevolve_sim.measures.guards import OF_GUARDS
from coevolve_sim.measures.history_way import (
    distance_across_way,
    share_of_way,
    share_of_way_by_dimension,
    share_over_eras,
)
from coevolve_sim.measures.measure import Measure
from coevolve_sim.measures.measured_progress import (
    PROGRESS,
    ProgressMeasure,
    measure_errors,
    measure_people,
    measure_progress,
    measure_way,
    progress_measure,
)
from coevolve_sim.measures.measured_round import RoundMeasures, measure_round
from coevolve_sim.measures.media_exposure import OF_MEDIA
from coevolve_sim.measures.polarization import (
    bimodality,
    coverage,
    dispersion,
    esteban_ray,
    regionalization,
    spread,
    variance,
)
from coevolve_sim.measures.progress import (
    coevolve,
    coevolve_aligned,
    cosine,
    count_directed_eras,
    follow,
    predict,
    progress_error,
)
from coevolve_sim.measures.trust import OF_GAMES, trust_in_groups

__all__ = [
    "CATALOGUE",
    "OF_APPEALS",
    "OF_ASSISTANTS",
    "OF_GAMES",
    "OF_GUARDS",
    "OF_MEDIA",
    "PROGRESS",
    "SIZE_FREE",
    "TAKEN_UNLESS_NAMED",
    "Measure",
    "PairwiseDistance",
    "ProgressMeasure",
    "RoundMeasures",
    "assortativity",
    "bimodality",
    "cluster_entropy",
    "clusters_1d",
    "coevolve",
    "coevolve_aligned",
    "community_fracturing",
    "cosine",
    "count_directed_eras",
    "coverage",
    "density_modes",
    "density_modes_on_first_axis",
    "disagreement_of_communities",
    "disagreement_of_individuals",
    "disagreement_of_ties",
    "dispersion",
    "distance_across_way",
    "distinctness",
    "effective_clusters",
    "esteban_ray",
    "expressed_values",
    "follow",
    "group_consensus",
    "group_divergence",
    "mean_pairwise_distance",
    "measure_errors",
    "measure_people",
    "measure_progress",
    "measure_round",
    "measure_way",
    "participation_ratio",
    "polarization_disagreement_index",
    "polarization_disagreement_per_head",
    "predict",
    "progress_error",
    "progress_measure",
    "regionalization",
    "share_of_way",
    "share_of_way_by_dimension",
    "share_over_eras",
    "size_parity",
    "spread",
    "total_variance",
    "trust_in_groups",
    "variance",
    "without_each_dimension",
]
