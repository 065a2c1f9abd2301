"""Servers that speak OpenAI's dialect: the client, its transport, and vLLM started for a run."""
