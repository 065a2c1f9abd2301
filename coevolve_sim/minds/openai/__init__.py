"""OpenAI-compatible servers: the client, its transport, and a vLLM server started for a run."""
