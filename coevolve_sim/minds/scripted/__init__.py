"""A mind without a model, which says in fixed words what its persona holds."""
