"""How servers and providers answer what they do not take: scripts for fake servers, by their own words."""

from __future__ import annotations

from typing import Any

from coevolve_sim.testing.fake_server import Answer, FakeServer, completion


def roles(body: dict[str, Any]) -> list[str]:
    """Return the roles of a conversation's turns."""
    return [turn["role"] for turn in body["messages"]]


def refused(message: str, status: int = 400, **parts: Any) -> Answer:
    """Return an error as OpenAI sends it."""
    return Answer(status, {"error": {"message": message, "type": "invalid_request_error", **parts}})


def gemma_on_vllm(body):
    if "system" in roles(body):
        said = {"object": "error", "message": "System role not supported", "type": "BadRequestError"}
        return Answer(400, {**said, "code": 400})
    return None


def mistral_on_vllm(body):
    wanted = ["user", "assistant"] * len(body["messages"])
    if roles(body) != wanted[: len(body["messages"])]:
        said = "Conversation roles must alternate user/assistant/user/assistant/..."
        return Answer(400, {"object": "error", "message": said, "code": 400})
    return None


def gemma_on_llama_cpp(body):
    if "system" in roles(body):
        said = "Error: Jinja Exception: System role not supported"
        return Answer(500, {"error": {"code": 500, "message": said, "type": "server_error"}})
    return None


def lm_studio(body):
    if "system" in roles(body):
        return Answer(400, {"error": 'Error rendering prompt with jinja template: "Only user and assistant"'})
    return None


def ollama(body):
    """It takes everything, ignores what it does not know, and tells its thoughts in a field of their own."""
    body = {
        key: value for key, value in body.items() if "logprobs" not in key and key != "structured_outputs"
    }
    if "response_format" in body:
        return None
    told = completion("I am for it.", model=body["model"])
    told["choices"][0]["message"]["reasoning"] = "The user wants to hear where I stand."
    return Answer(200, told)


def tgi(body):
    if body.get("temperature") == 0.0:
        return Answer(422, {"error": "Input validation error: `temperature` must be strictly positive"})
    if body.get("top_logprobs", 0) > 5:
        said = f"Input validation error: `top_n_tokens` must be >= 0 and <= 5. Given: {body['top_logprobs']}"
        return Answer(422, {"error": said, "error_type": "validation"})
    return None


def openai_reasoning(body):
    if "max_tokens" in body:
        said = (
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
            "'max_completion_tokens' instead."
        )
        return refused(said, param="max_tokens", code="unsupported_parameter")
    if body.get("temperature", 1) != 1:
        said = (
            f"Unsupported value: 'temperature' does not support {body['temperature']} with this model. Only "
            "the default (1) value is supported."
        )
        return refused(said, param="temperature", code="unsupported_value")
    if "logprobs" in body:
        return refused("You are not allowed to request logprobs from this model.", 403)
    return None


def mistral(body):
    for key in ("seed", "logprobs", "top_logprobs", "structured_outputs"):
        if key in body:
            detail = [
                {"type": "extra_forbidden", "loc": ["body", key], "msg": "Extra inputs are not permitted"}
            ]
            return Answer(422, {"object": "error", "message": {"detail": detail}, "type": "invalid_request"})
    parts = [
        {"type": "thinking", "thinking": [{"type": "text", "text": "Where do I stand?"}]},
        {"type": "text", "text": "I am for it."},
    ]
    done = completion("I am for it.", model=body["model"])
    done["choices"][0]["message"]["content"] = parts
    return None if "response_format" in body else Answer(200, done)


def gemini(body):
    for key in ("seed", "logprobs"):
        if key in body:
            said = f'Invalid JSON payload received. Unknown name "{key}": Cannot find field.'
            return Answer(400, [{"error": {"code": 400, "message": said, "status": "INVALID_ARGUMENT"}}])
    return None


PROVIDERS = {
    "Gemma on vLLM": (gemma_on_vllm, {}),
    "Mistral on vLLM": (mistral_on_vllm, {}),
    "Gemma on llama.cpp": (gemma_on_llama_cpp, {"choice": "response_format"}),
    "LM Studio": (lm_studio, {"logprobs": 0, "choice": "response_format"}),
    "Ollama": (ollama, {"logprobs": 0, "choice": "response_format"}),
    "TGI": (tgi, {"choice": "none"}),
    "OpenAI's reasoning models": (
        openai_reasoning,
        {"limit": "max_completion_tokens", "choice": "response_format"},
    ),
    "Mistral": (mistral, {"choice": "response_format"}),
    "Gemini": (gemini, {"choice": "response_format"}),
}
"""Their scripts, and what else a fake server has to be."""


def provider(name: str) -> FakeServer:
    """Return a fake server that speaks as a provider does."""
    script, settings = PROVIDERS[name]
    return FakeServer(script=script, **settings)
