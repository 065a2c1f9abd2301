"""Questionnaires: the items by which a mind's values are measured."""
