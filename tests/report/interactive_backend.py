"""A backend that turns interactive mode on when it is chosen, as a notebook's does."""

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg as FigureCanvas  # noqa: F401 - what a backend is

mpl.interactive(True)
