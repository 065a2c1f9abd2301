"""A scripted mind without a model, which states its persona's values in fixed sentences."""
