"""Which of two texts a mind is nearer to, and pairs to learn from.

`compare` asks a mind, `by_distance` works it out from values, `annotate` lets a mind answer first and choose
by its own answer, `judge` votes by a rubric. All who are asked see the texts in both orders.
`extrapolated_pairs` carries on what eras prefer to the next, and `pairs_of` makes of any of them what
learning takes.
"""

from coevolve_sim.assistants.preferences.annotation import MARGIN, Annotation, Sample, strength
from coevolve_sim.assistants.preferences.comparison import Comparison, by_distance, compare
from coevolve_sim.assistants.preferences.extrapolation import ExtrapolatedPreference, extrapolated_pairs
from coevolve_sim.assistants.preferences.judge import (
    Judgement,
    JudgeSummary,
    ToJudge,
    judge,
    summarize_judgements,
)
from coevolve_sim.assistants.preferences.pairs import Preference, PreferencePair, pairs_of
from coevolve_sim.assistants.preferences.requests import CHOICE_LOGIT, ToCompare
from coevolve_sim.assistants.preferences.self_reference import annotate
from coevolve_sim.assistants.preferences.self_reference_check import (
    AccuracyRow,
    both_orders_accuracy,
    drawn_logits,
    one_order_accuracy,
    position_bias_check,
)
from coevolve_sim.assistants.preferences.tables import (
    COLUMNS,
    Summary,
    comparisons_from,
    comparisons_table,
    summarize_comparisons,
)

__all__ = [
    "CHOICE_LOGIT",
    "COLUMNS",
    "MARGIN",
    "AccuracyRow",
    "Annotation",
    "Comparison",
    "ExtrapolatedPreference",
    "JudgeSummary",
    "Judgement",
    "Preference",
    "PreferencePair",
    "Sample",
    "Summary",
    "ToCompare",
    "ToJudge",
    "annotate",
    "both_orders_accuracy",
    "by_distance",
    "compare",
    "comparisons_from",
    "comparisons_table",
    "drawn_logits",
    "extrapolated_pairs",
    "judge",
    "one_order_accuracy",
    "pairs_of",
    "position_bias_check",
    "strength",
    "summarize_comparisons",
    "summarize_judgements",
]
