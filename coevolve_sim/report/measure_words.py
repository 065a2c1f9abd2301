"""What measures are called in a sentence; tables keep the names by which records and scenarios know them."""

from __future__ import annotations

_WORDS = {
    "mean_pairwise_distance": "distance of two people",
    "total_variance": "variety",
    "esteban_ray": "polarization after Esteban and Ray",
    "effective_clusters": "effective number of clusters",
    "density_modes": "modes of the density",
    "density_modes_on_first_axis": "modes along the first axis",
    "disagreement_of_ties": "disagreement along ties",
    "disagreement_of_communities": "disagreement between communities",
}


def name_measure(name: str) -> str:
    """Return what a measure of a round is called in a sentence.

    Examples
    --------
    >>> name_measure("esteban_ray"), name_measure("variance"), name_measure("size_parity")
    ('polarization after Esteban and Ray', 'variance', 'size parity')
    """
    return _WORDS.get(name, name.replace("_", " "))
