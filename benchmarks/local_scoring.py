"""How much faster options are scored than by one pass a prompt and option.

What is scored is what the package asks: items of a questionnaire in every order of their options, of humans
each with a persona. The naive way is the same model in the same arithmetic, the whole prompt with one option
at a time. Both must give the same numbers. Run alone, it prints the table; a folder's path takes that model
in place of the embedded one.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

import numpy as np
from measuring import Timing, side_by_side, table

from coevolve_sim.errors import MindError
from coevolve_sim.language.prompts import Templates
from coevolve_sim.minds import Message, Request
from coevolve_sim.minds.local.float64 import in_float64
from coevolve_sim.minds.local.mind import LocalMind

TOPICS = ("telling the truth", "keeping promises", "helping strangers", "obeying the law")
ANSWERS = {
    2: ("I am for it", "I am against it"),
    4: ("wholly for it", "rather for it", "rather against it", "wholly against it"),
}
TEMPLATE = (
    "{% for message in messages %}<|{{ message.role }}|>{{ message.content }}<|end|>{% endfor %}<|assistant|>"
)


@dataclass(frozen=True)
class Scoring:
    """One comparison: what was scored, and both ways' times."""

    dtype: str
    options: int
    prompts: int
    tokens: float
    ours: Timing
    naive: Timing

    @property
    def ratio(self) -> float:
        """How many times as fast ours is."""
        return self.naive.median / self.ours.median

    def row(self) -> list[str]:
        """Return the comparison as cells of a table."""
        each = self.prompts / self.ours.median
        cells = [self.dtype, str(self.options), str(self.prompts), f"{self.tokens:.0f}", f"{each:.0f}"]
        return [*cells, f"{self.prompts / self.naive.median:.0f}", f"{self.ratio:.1f}"]


COLUMNS = ["arithmetic", "options", "prompts", "tokens each", "prompts a second", "naive", "ratio"]


def scoring(
    given: Path | None = None, dtypes: Sequence[str] = ("float64", "float32"), humans: int = 4
) -> list[Scoring]:
    """Return the comparisons, by arithmetic and number of options, by default of the embedded model."""
    with tempfile.TemporaryDirectory() as folder:
        model = given or _model(Path(folder))
        found = []
        for dtype in dtypes:
            mind = LocalMind(model, dtype=dtype, device="cpu")
            found += [_compared(mind, dtype, items(humans, count)) for count in ANSWERS]
    return found


def _model(folder: Path) -> Path:
    """Return the folder of the embedded model, or of a random one of its size where there is none."""
    try:
        LocalMind.embedded().close()
    except MindError:
        return random_model(folder)
    import coevolve_sim.minds

    return Path(coevolve_sim.minds.__path__[0]) / "embedded" / "model"


def items(humans: int, count: int) -> list[Request]:
    """Return every topic's item for every human, in every order of its options."""
    templates = Templates.standard()
    requests = []
    for human in range(humans):
        stances = [(topic, (7 * human + place) % 10 / 10) for place, topic in enumerate(TOPICS)]
        persona = Message("system", templates.persona(f"person {human} of this town", stances))
        for topic in TOPICS:
            for order in permutations(ANSWERS[count]):
                asked = Message("user", templates.item(f"Where do you stand on {topic}?", order))
                requests.append(Request("item", (persona, asked), options=tuple("ABCD"[:count])))
    return requests


def _compared(mind: LocalMind, dtype: str, requests: list[Request]) -> Scoring:
    tokens = sum(mind.count_tokens(request.messages) for request in requests) / len(requests)
    every = max(1, len(requests) // 24)
    sample = requests[::every]
    _agree(mind, sample)
    times = side_by_side({"ours": lambda: list(mind.ask(requests)), "naive": lambda: naive(mind, sample)}, 3)
    slow = times["naive"]
    whole = Timing(slow.median * len(requests) / len(sample), slow.spread)
    return Scoring(dtype, len(requests[0].options), len(requests), tokens, times["ours"], whole)


def _agree(mind: LocalMind, requests: list[Request]) -> None:
    """Require both ways to give the same numbers: a fast wrong answer is no result."""
    ours = {number: reply.logprobs for number, reply in mind.ask(requests)}
    for number, logprobs in enumerate(naive(mind, requests)):
        if not np.allclose(ours[number] or (), logprobs, rtol=0, atol=1e-4):
            raise SystemExit(f"prompt {number}: {ours[number]} is not {logprobs}")


def naive(mind: LocalMind, requests: list[Request]) -> list[list[float]]:
    """Return the log-probability of each option by a pass of its own over prompt and option."""
    import torch

    model = mind.model
    found = []
    with torch.inference_mode(), in_float64(model):
        for request in requests:
            text = mind.prompting.render(request.messages)
            prompt = mind.prompting.encode(text)
            found.append([])
            for option in request.options:
                ends = mind.prompting.encode_option(text, option)
                logits = model(torch.tensor([prompt + ends])).logits[0]
                logprobs = torch.log_softmax(logits[len(prompt) - 1 : -1].double(), dim=-1)
                found[-1].append(sum(float(logprobs[at, token]) for at, token in enumerate(ends)))
    return found


def random_model(folder: Path) -> Path:
    """Return the folder of a random Llama of a million parameters that reads words."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    words = {
        word for request in items(8, 4) for message in request.messages for word in _words(message.content)
    }
    names = ["<unk>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>", *sorted(words)]
    names += [f"<unused {number}>" for number in range(730 - len(names))]
    tokenizer = Tokenizer(models.WordLevel({name: number for number, name in enumerate(names)}, "<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.add_special_tokens(names[1:5])
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=names[1], unk_token=names[0])
    fast.chat_template = TEMPLATE
    fast.save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(names),
        hidden_size=128,
        intermediate_size=384,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=4,
        max_position_embeddings=1024,
        initializer_range=0.1,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=1,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


def _words(text: str) -> list[str]:
    from tokenizers import pre_tokenizers

    return [word for word, _ in pre_tokenizers.Whitespace().pre_tokenize_str(text)]


if __name__ == "__main__":
    own = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    print(table(COLUMNS, [comparison.row() for comparison in scoring(own)]))
