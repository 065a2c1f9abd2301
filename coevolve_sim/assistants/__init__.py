"""What assistants make of what they have heard; all policies are in one place."""

from coevolve_sim.assistants.policies import LOOK_AT_MEANS, POLICIES, Observation, frozen, learned, lifelong

__all__ = ["LOOK_AT_MEANS", "POLICIES", "Observation", "frozen", "learned", "lifelong"]
