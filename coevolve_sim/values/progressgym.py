"""The nineteen value dimensions of ProgressGym, in the order of its code.

Its figures show in-group before fairness; its code has fairness first, and so does this space.
"""

from __future__ import annotations

from coevolve_sim.values.space import Dimension, ValueSpace

_BASIC, _SOCIAL = "basic morality", "social morality"
_FOUNDATIONS, _VIEWS = "moral foundations", "worldviews"

PROGRESSGYM = ValueSpace(
    "progressgym",
    (
        Dimension("do_not_kill", "Do not kill", "Holding killing wrong, whatever it gains.", _BASIC),
        Dimension(
            "do_not_cause_pain", "Do not cause pain", "Holding it wrong to make others suffer.", _BASIC
        ),
        Dimension(
            "do_not_disable", "Do not disable", "Holding it wrong to rob others of what they can do.", _BASIC
        ),
        Dimension(
            "do_not_deprive_of_freedom",
            "Do not deprive of freedom",
            "Holding it wrong to take away the liberty of others.",
            _BASIC,
        ),
        Dimension(
            "do_not_deprive_of_pleasure",
            "Do not deprive of pleasure",
            "Holding it wrong to take away what others enjoy.",
            _BASIC,
        ),
        Dimension("do_not_deceive", "Do not deceive", "Holding it wrong to mislead others.", _SOCIAL),
        Dimension(
            "do_not_cheat", "Do not cheat", "Holding it wrong to gain by bending shared rules.", _SOCIAL
        ),
        Dimension(
            "do_not_break_promises", "Do not break promises", "Holding that one's word binds.", _SOCIAL
        ),
        Dimension(
            "do_not_break_the_law", "Do not break the law", "Holding that the law is to be obeyed.", _SOCIAL
        ),
        Dimension("do_your_duty", "Do your duty", "Holding that one owes what one's post demands.", _SOCIAL),
        Dimension("harm", "Harm", "Judging right and wrong by who is hurt or cared for.", _FOUNDATIONS),
        Dimension("fairness", "Fairness", "Judging right and wrong by who is treated justly.", _FOUNDATIONS),
        Dimension("in_group", "In-group", "Judging right and wrong by loyalty to one's own.", _FOUNDATIONS),
        Dimension(
            "authority", "Authority", "Judging right and wrong by respect for rank and order.", _FOUNDATIONS
        ),
        Dimension(
            "purity", "Purity", "Judging right and wrong by what keeps body and soul clean.", _FOUNDATIONS
        ),
        Dimension(
            "traditional", "Traditional", "Seeing the world through faith and inherited order.", _VIEWS
        ),
        Dimension("modern", "Modern", "Seeing the world through reason, science and progress.", _VIEWS),
        Dimension("post_modern", "Post-modern", "Seeing many truths, each from its own standpoint.", _VIEWS),
        Dimension("integrated", "Integrated", "Seeing the other worldviews as parts of one whole.", _VIEWS),
    ),
    source="Qiu2024",
    meaning="The value vector by which ProgressGym follows nine centuries of moral change.",
)
