"""What assistants make of what they have heard; all policies are in one place."""

from coevolve_sim.assistants.policies import POLICIES, Memory, Observation, frozen, learned, lifelong

__all__ = ["POLICIES", "Memory", "Observation", "frozen", "learned", "lifelong"]
