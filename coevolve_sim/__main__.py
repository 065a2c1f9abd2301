"""``python -m coevolve_sim`` is ``coevolve``."""

from coevolve_sim.cli import main

main()
