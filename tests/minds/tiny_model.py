"""A language model small enough to be made in a test: random weights, one token a byte, a chat template."""

from __future__ import annotations

import warnings
from pathlib import Path

TEMPLATE = (
    "{% for message in messages %}<|{{ message.role }}|>{{ message.content }}<|end|>{% endfor %}<|assistant|>"
)
SPECIAL = ["<|end|>", "<|system|>", "<|user|>", "<|assistant|>"]


def write_tokenizer(folder: Path, template: str | None = TEMPLATE) -> int:
    """Write a tokenizer of bytes; return the size of its vocabulary."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(
        models.BPE(vocab={letter: number for number, letter in enumerate(letters)}, merges=[])
    )
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(SPECIAL)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=SPECIAL[0])
    fast.chat_template = template
    fast.save_pretrained(folder)
    return len(letters) + len(SPECIAL)


def write_model(
    folder: Path, *, hidden: int = 64, layers: int = 2, template: str | None = TEMPLATE, seed: int = 0
):
    """Write a random Llama with its tokenizer; return its folder."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    vocabulary = write_tokenizer(folder, template)
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=vocabulary,
        hidden_size=hidden,
        intermediate_size=2 * hidden,
        num_hidden_layers=layers,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=512,
        initializer_range=0.2,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=vocabulary - len(SPECIAL),
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


def write_family(folder: Path, family: str, settings: dict):
    """Write a random model of another family, by the name of its config; return its folder."""
    import torch
    import transformers

    folder.mkdir()
    config = getattr(transformers, f"{family}Config")(
        vocab_size=write_tokenizer(folder),
        pad_token_id=0,
        bos_token_id=None,
        eos_token_id=256,
        initializer_range=0.2,
        **(_SIZES if "n_embd" not in settings else {}),
        **settings,
    )
    torch.manual_seed(0)
    transformers.AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    return folder


_SIZES = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "max_position_embeddings": 512,
}


def write_adapter(folder: Path, model: Path, seed: int):
    """Write a LoRA adapter that changes the model, with random weights; return its folder."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(seed)
    config = LoraConfig(r=2, target_modules="all-linear", init_lora_weights=False, task_type="CAUSAL_LM")
    base = AutoModelForCausalLM.from_pretrained(model, local_files_only=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # peft lags behind transformers
        get_peft_model(base, config).save_pretrained(folder)
    return folder
