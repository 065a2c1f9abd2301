"""What theory and the literature know, reproduced: ``coevolve verify``.

`verify` makes the checks of `CHECKS`, each of which returns `Row` objects: expected, measured, tolerance and
its reason, source, verdict. All that a scenario can say runs through the product's own loop
(`coevolve_sim.verification.worlds`); Bayesian trust and models trained on their own output, which no
scenario has yet, are checked as the pure functions they are. `Verified` is the outcome, as data and pages.
"""

from coevolve_sim.verification.catalogue import CHECKS, Check, checks, likely_facebook, verify
from coevolve_sim.verification.outcome import Verified, read
from coevolve_sim.verification.rows import Row

__all__ = ["CHECKS", "Check", "Row", "Verified", "checks", "likely_facebook", "read", "verify"]
