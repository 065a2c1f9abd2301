"""Preferences between two texts, and the preference pairs that training takes.

`compare` asks a mind which text is closer to what it holds, `compare_by_distance` computes the same from
values, `annotate` lets a mind answer first and choose by its own answer, `judge` votes by a rubric. Whoever
is asked sees the texts in both orders. `extrapolate_preferences` extrapolates the preferences of eras, and
`build_pairs` turns any of these into pairs for training.
"""

from coevolve_sim.assistants.preferences.annotation import MARGIN, Annotation, Sample, strength
from coevolve_sim.assistants.preferences.comparison import Comparison, compare, compare_by_distance
from coevolve_sim.assistants.preferences.extrapolation import ExtrapolatedPreference, extrapolate_preferences
from coevolve_sim.assistants.preferences.judge import (
    Judgement,
    JudgeSummary,
    ToJudge,
    judge,
    summarize_judgements,
)
from coevolve_sim.assistants.preferences.pairs import Preference, PreferencePair, build_pairs
from coevolve_sim.assistants.preferences.requests import CHOICE_LOGIT, ToCompare
from coevolve_sim.assistants.preferences.self_reference import annotate
from coevolve_sim.assistants.preferences.self_reference_check import (
    AccuracyRow,
    both_orders_accuracy,
    check_position_bias,
    draw_logits,
    one_order_accuracy,
)
from coevolve_sim.assistants.preferences.tables import (
    COLUMNS,
    Summary,
    comparisons_table,
    read_comparisons,
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
    "build_pairs",
    "check_position_bias",
    "compare",
    "compare_by_distance",
    "comparisons_table",
    "draw_logits",
    "extrapolate_preferences",
    "judge",
    "one_order_accuracy",
    "read_comparisons",
    "strength",
    "summarize_comparisons",
    "summarize_judgements",
]
