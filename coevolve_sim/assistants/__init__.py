"""What assistants make of what they have heard; all policies are in one place."""

from coevolve_sim.assistants.policies import POLICIES, Observation, frozen, learned, lifelong

__all__ = ["POLICIES", "Observation", "frozen", "learned", "lifelong"]
