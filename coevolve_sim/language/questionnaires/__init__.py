"""Questionnaires: the items by which a mind's values are measured, and the measuring.

`shipped_questionnaire` gives the package's own questionnaire over a value space, `read_questionnaire` one of
the user's, and `read_progressgym` ProgressGym's. `measure` asks every item in every order of its options.
"""

from coevolve_sim.language.questionnaires.administer import Measurement, ReadingQuality, WrittenText, measure
from coevolve_sim.language.questionnaires.catalogue import QUESTIONNAIRES, make_questionnaire
from coevolve_sim.language.questionnaires.item import FORMATS, Format, Item, Questionnaire
from coevolve_sim.language.questionnaires.option_orders import Order, is_consistent, orders, undo_order
from coevolve_sim.language.questionnaires.personas import Persona, read_personas, system_messages
from coevolve_sim.language.questionnaires.progressgym import published_scores, read_progressgym
from coevolve_sim.language.questionnaires.requests import reading_request_for, request_for
from coevolve_sim.language.questionnaires.scoring import (
    ItemAnswer,
    combine_orders,
    consistency_rate,
    mean_of_known,
    summarize_answers,
)
from coevolve_sim.language.questionnaires.shipped_items import (
    name_for_reading,
    shipped_questionnaire,
    statements_of,
    topic_of,
)
from coevolve_sim.language.questionnaires.tables import questionnaire_table, read_questionnaire

__all__ = [
    "FORMATS",
    "QUESTIONNAIRES",
    "Format",
    "Item",
    "ItemAnswer",
    "Measurement",
    "Order",
    "Persona",
    "Questionnaire",
    "ReadingQuality",
    "WrittenText",
    "combine_orders",
    "consistency_rate",
    "is_consistent",
    "make_questionnaire",
    "mean_of_known",
    "measure",
    "name_for_reading",
    "orders",
    "published_scores",
    "questionnaire_table",
    "read_personas",
    "read_progressgym",
    "read_questionnaire",
    "reading_request_for",
    "request_for",
    "shipped_questionnaire",
    "statements_of",
    "summarize_answers",
    "system_messages",
    "topic_of",
    "undo_order",
]
