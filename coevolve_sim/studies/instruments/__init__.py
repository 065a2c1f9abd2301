"""Instruments of lock-in and polarization: pure functions of arrays whose first axis is replications."""
