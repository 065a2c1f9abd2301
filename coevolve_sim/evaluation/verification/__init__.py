"""What theory and the literature know, reproduced: ``coevolve verify``.

`verify` makes the checks of `CHECKS`, each of which returns `Row` objects: expected, measured, tolerance and
its reason, source, verdict. All of it runs through the product's own loop
(`coevolve_sim.evaluation.verification.worlds`). `Verified` is the outcome, as data and pages.
"""

from coevolve_sim.evaluation.verification.catalogue import (
    CHECKS,
    Check,
    checks,
    likely_facebook,
    likely_ndlib,
    verify,
)
from coevolve_sim.evaluation.verification.outcome import Verified, read
from coevolve_sim.evaluation.verification.rows import Independent, Row

__all__ = [
    "CHECKS",
    "Check",
    "Independent",
    "Row",
    "Verified",
    "checks",
    "likely_facebook",
    "likely_ndlib",
    "read",
    "verify",
]
