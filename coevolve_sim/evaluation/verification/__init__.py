"""What theory and the literature know, reproduced: ``coevolve verify``.

`verify` makes the checks of `CHECKS`, each of which returns `CheckRow` objects: expected, measured, tolerance
and its reason, source, verdict. All of it runs through the product's own loop
(`coevolve_sim.evaluation.verification.worlds`). `VerificationReport` is the outcome, as data and pages.
"""

from coevolve_sim.evaluation.verification.catalogue import (
    CHECKS,
    Check,
    find_facebook,
    find_ndlib,
    list_checks,
    verify,
)
from coevolve_sim.evaluation.verification.outcome import VerificationReport, read_verification
from coevolve_sim.evaluation.verification.rows import CheckRow, Independent

__all__ = [
    "CHECKS",
    "Check",
    "CheckRow",
    "Independent",
    "VerificationReport",
    "find_facebook",
    "find_ndlib",
    "list_checks",
    "read_verification",
    "verify",
]
