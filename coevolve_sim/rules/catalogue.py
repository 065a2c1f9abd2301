"""The registry of rules: those of the package and of installed plug-ins, by name."""

from __future__ import annotations

from coevolve_sim.errors import RuleError
from coevolve_sim.registry import Registry

RULES = Registry(
    "rule",
    "coevolve_sim.rules",
    RuleError,
    {
        "hegselmann_krause": "coevolve_sim.rules.scheduled:HegselmannKrause",
        "weighted_hegselmann_krause": "coevolve_sim.rules.scheduled:WeightedHegselmannKrause",
        "deffuant_weisbuch": "coevolve_sim.rules.scheduled:DeffuantWeisbuch",
        "algorithmic_bias": "coevolve_sim.rules.scheduled:AlgorithmicBias",
        "friedkin_johnsen": "coevolve_sim.rules.scheduled:FriedkinJohnsen",
        "degroot": "coevolve_sim.rules.scheduled:DeGroot",
        "attraction_repulsion": "coevolve_sim.rules.scheduled:AttractionRepulsion",
        "moral_argument": "coevolve_sim.rules.moral_argument:MoralArgument",
        "bayesian_trust": "coevolve_sim.rules.bayesian_trust:BayesianTrust",
        "performative": "coevolve_sim.rules.performative:Performative",
        "performative_peers": "coevolve_sim.rules.performative:PerformativePeers",
        "weighs_facts": "coevolve_sim.rules.facts:WeighsFacts",
    },
)
"""Classes that derive from `coevolve_sim.rules.rule.Rule`, by the name that a scenario gives them."""
