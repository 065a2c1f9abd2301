"""Policies: pure functions that turn what an assistant heard into its new values; users add their own."""

from coevolve_sim.assistants.policies.aggregating import borda, mean, median, mirror
from coevolve_sim.assistants.policies.catalogue import (
    apply_policy,
    frozen,
    independent,
    lifelong,
    looks_at_means,
    say_to_each,
    speaks_to_each,
)
from coevolve_sim.assistants.policies.custom import (
    POLICIES,
    bind_parameters,
    check_policy_at,
    custom,
    file_of,
    load_bound_policy,
    load_policy,
)
from coevolve_sim.assistants.policies.facts import selects_facts
from coevolve_sim.assistants.policies.feedback import bayesian_trust, self_consuming
from coevolve_sim.assistants.policies.forecasting import (
    damped,
    drift,
    extrapolate,
    extrapolative,
    inverse_logit,
    logit,
    logit_trend,
    vote_weights,
)
from coevolve_sim.assistants.policies.moral_graph import moral_graph
from coevolve_sim.assistants.policies.named import NamedPolicy, parse_policy
from coevolve_sim.assistants.policies.norms import contractualist, role
from coevolve_sim.assistants.policies.observation import Learnt, Listeners, Memory, Observation, declare

__all__ = [
    "POLICIES",
    "Learnt",
    "Listeners",
    "Memory",
    "NamedPolicy",
    "Observation",
    "apply_policy",
    "bayesian_trust",
    "bind_parameters",
    "borda",
    "check_policy_at",
    "contractualist",
    "custom",
    "damped",
    "declare",
    "drift",
    "extrapolate",
    "extrapolative",
    "file_of",
    "frozen",
    "independent",
    "inverse_logit",
    "lifelong",
    "load_bound_policy",
    "load_policy",
    "logit",
    "logit_trend",
    "looks_at_means",
    "mean",
    "median",
    "mirror",
    "moral_graph",
    "parse_policy",
    "role",
    "say_to_each",
    "selects_facts",
    "self_consuming",
    "speaks_to_each",
    "vote_weights",
]
