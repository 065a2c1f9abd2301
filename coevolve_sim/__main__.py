"""``python -m coevolve_sim`` is ``coevolve``."""

from coevolve_sim.cli.main import main

main()
