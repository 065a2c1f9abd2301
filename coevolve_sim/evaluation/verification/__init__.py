"""Verification: known results of theory and the literature, reproduced by ``coevolve verify``.

`verify` runs the checks of `CHECKS`, each of which returns `CheckRow` objects: expected, measured, tolerance
and its reason, source, verdict. All societies run through the same loop as any other run
(`coevolve_sim.evaluation.verification.worlds`). `VerificationReport` is the result, as data and pages.
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
