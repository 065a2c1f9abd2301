"""Instruments of lock-in and polarization: pure functions of trajectories, each with a null and a planted value."""
