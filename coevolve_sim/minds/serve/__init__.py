"""``coevolve serve``: a small OpenAI-compatible server over a mind."""
