"""Appeals: to which values, rights and duties a text appeals, and which way it speaks of them.

- `candidates`: what a text may appeal to; 57 of our own, or a file.
- `lexicon`, `asked_mind`, `kaleido`: three readers, which say how relevant a candidate is to a text, and
  whether the text supports or opposes it.
- `deduplication`: of candidates that say the same, one is kept.
- `reading`: all of it together, for many texts.
- `planted`: does a reader tell what a sentence appeals to from what it does not?
"""

from coevolve_sim.language.appeals.candidates import TYPES, Candidate, Candidates, read_candidates
from coevolve_sim.language.appeals.deduplication import Appeal, Thresholds, deduplicate
from coevolve_sim.language.appeals.lexicon import Lexicon
from coevolve_sim.language.appeals.reading import AppealReader, Appeals, read_appeals

__all__ = [
    "TYPES",
    "Appeal",
    "AppealReader",
    "Appeals",
    "Candidate",
    "Candidates",
    "Lexicon",
    "Thresholds",
    "deduplicate",
    "read_appeals",
    "read_candidates",
]
