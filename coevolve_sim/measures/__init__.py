"""Measures: pure functions of arrays that describe the values of people and assistants over time.

- `progress`: follow, predict and coevolve, over the eras of a run; `measure_progress` computes them
  together, `PROGRESS` describes them.
- `polarization`, `group_polarization`, `clusters`: the nine senses of polarization, variance,
  Esteban-Ray and bimodality, of the values in a round.
- `disagreement`, `assortative_mixing`, `conflict`: of individuals, ties and communities.
- `diversity`: how much of the value space people occupy.
- `CATALOGUE` describes the measures of a round; `measure_round` computes them with one sort and one
  pass over the ties for all.

Values are float64 in [0, 1], of shape (humans,) or (humans, dimensions). An undefined measure is nan;
malformed input raises `MeasureError`. Only `mean_pairwise_distance` may sample, from a named stream, and its
result says whether it did.
"""

from coevolve_sim.measures.assortative_mixing import assortativity
from coevolve_sim.measures.catalogue import CATALOGUE
from coevolve_sim.measures.clusters import cluster_entropy, clusters_1d, effective_clusters
from coevolve_sim.measures.conflict import expressed_values, polarization_disagreement_index
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
from coevolve_sim.measures.measure import Measure
from coevolve_sim.measures.measured_progress import (
    PROGRESS,
    ProgressMeasure,
    measure_people,
    measure_progress,
    progress_measure,
)
from coevolve_sim.measures.measured_round import RoundMeasures, measure_round
from coevolve_sim.measures.polarization import (
    bimodality,
    coverage,
    dispersion,
    esteban_ray,
    regionalization,
    spread,
    variance,
)
from coevolve_sim.measures.progress import coevolve, coevolve_aligned, cosine, follow, predict

__all__ = [
    "CATALOGUE",
    "PROGRESS",
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
    "coverage",
    "disagreement_of_communities",
    "disagreement_of_individuals",
    "disagreement_of_ties",
    "dispersion",
    "distinctness",
    "effective_clusters",
    "esteban_ray",
    "expressed_values",
    "follow",
    "group_consensus",
    "group_divergence",
    "mean_pairwise_distance",
    "measure_people",
    "measure_progress",
    "measure_round",
    "participation_ratio",
    "polarization_disagreement_index",
    "predict",
    "progress_measure",
    "regionalization",
    "size_parity",
    "spread",
    "total_variance",
    "variance",
    "without_each_dimension",
]
