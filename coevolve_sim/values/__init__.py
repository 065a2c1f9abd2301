"""Value spaces: the named dimensions on which values lie.

Six come with the package (`SPACES`); `get` returns one of them, `custom` builds one from your own names.
"""

from coevolve_sim.values.builtin import SPACES, get, made_space
from coevolve_sim.values.space import Dimension, ValueSpace, custom
from coevolve_sim.values.theories import HIGHER_ORDER

__all__ = ["HIGHER_ORDER", "SPACES", "Dimension", "ValueSpace", "custom", "get", "made_space"]
