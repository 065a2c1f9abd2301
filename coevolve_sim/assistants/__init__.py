"""Assistants: policies by values, preferences, training of weights, and assistants tuned by them."""
