"""A language model in this process, on a CPU or a GPU: `LocalMind`.

A reply depends on its request alone, up to rounding: sums are rounded differently in batches of other shapes,
in float32 by some 1e-6 of a log-probability. So small models on a CPU are computed in float64 throughout
(differences of some 1e-15), log-probabilities are rounded to six decimals, and a token is the one at which
the cumulative probability passes a number drawn beforehand. Then another batch or number of threads changes a
number with a chance of about 1e-8, and `is_bitwise` is true. In float32 or bfloat16, or on a GPU, replies to
the same request agree only to the precision of the type.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from coevolve_sim.errors import MindError, RecordError
from coevolve_sim.minds.chat_templates import choose_template, cut_at, stops_of
from coevolve_sim.minds.linear_probe import ProbeCard, ProbeTask
from coevolve_sim.minds.local.batching import TokenBudget
from coevolve_sim.minds.local.chat_template import ChatPrompts
from coevolve_sim.minds.local.checkpoints import find_folder, fingerprint
from coevolve_sim.minds.local.forbidden_tokens import read_forbidden
from coevolve_sim.minds.local.generation import GeneratedText, GenerationRequest, Sampler, top_tokens
from coevolve_sim.minds.local.loader import open_model
from coevolve_sim.minds.local.lora import require_base
from coevolve_sim.minds.local.probing import (
    LinearProbe,
    ProbeRequest,
    choose_layers,
    compute_states,
    fit_probe,
)
from coevolve_sim.minds.local.scoring import DECIMALS, OptionScorer, ScoringRequest
from coevolve_sim.minds.option_mass import problem_of_logprob
from coevolve_sim.minds.places import cache_folder
from coevolve_sim.minds.protocol import Message, Reply, Request
from coevolve_sim.scenario.mind_specs import EmbeddedMindSpec, LocalMindSpec

_BATCH_TOKENS = {"cpu": 4096}
_BATCH_TOKENS_OF_A_GPU = 32_768


class LocalMind:
    """A mind that is a language model in this process.

    Options are scored by log-probability; what prompts share is computed once. Replies are drawn from the
    whole distribution at the request's temperature; a model's own advice on sampling (top_p and the like) is
    not followed, but for tokens that it says are never to be written
    (`coevolve_sim.minds.local.forbidden_tokens`).

    Parameters
    ----------
    model : str or Path
        A folder in transformers' format, or the name of a model on the Hub.
    voices : mapping of str to (str or Path)
        LoRA adapters by the name of their voice.
    dtype : str
        ``float64``, ``float32``, ``bfloat16``, ``float16``; ``auto`` is the stored type on a GPU, and on a
        CPU float64 up to 100 million parameters, float32 above.
    device : str
        ``cpu``, ``cuda``, ``cuda:1``, ``mps``; ``auto`` is the GPU if there is one.
    chat_template : Path or str, optional
        Jinja file in place of the tokenizer's own, or ``alpaca`` (see `coevolve_sim.minds.chat_templates`).
    batch_tokens : int, optional
        Tokens computed at a time: 4,096 on a CPU and 32,768 on a GPU unless given. Halved where memory runs
        out.
    max_length : int, optional
        Tokens of prompt and reply together; the model's own limit unless given.
    name : str, optional
        Its name in replies; the folder's or Hub's name unless given.
    shares_prefixes : bool
        Whether what prompts share is computed once.

    Raises
    ------
    MindError
        If model or voices cannot be loaded, are not safetensors, or do not fit; if there is no chat template;
        or if torch, transformers or peft are not installed.

    Examples
    --------
    >>> from coevolve_sim.minds.local.mind import LocalMind
    >>> LocalMind("no/such/folder/anywhere")
    Traceback (most recent call last):
    coevolve_sim.errors.MindError: the model: there is no folder no/such/folder/anywhere; give a folder ...
    """

    def __init__(
        self,
        model: str | Path,
        *,
        voices: Mapping[str, str | Path] | None = None,
        dtype: str = "auto",
        device: str = "auto",
        chat_template: Path | str | None = None,
        batch_tokens: int | None = None,
        max_length: int | None = None,
        name: str | None = None,
        shares_prefixes: bool = True,
    ) -> None:
        choose_template(chat_template, None)  # a file that cannot be read is told before weights are loaded
        self._opened, folder = open_model(model, _require_names(voices or {}), dtype, device)
        template = choose_template(chat_template, _own_template(self._opened.tokenizer))
        self.prompting = ChatPrompts(self._opened.tokenizer, template)
        self._stops = stops_of(chat_template)
        place = self._opened.device.split(":")[0]
        self.budget = TokenBudget(batch_tokens or _BATCH_TOKENS.get(place, _BATCH_TOKENS_OF_A_GPU))
        self.max_length = max_length or self._opened.longest
        self._scoring = OptionScorer(
            self.budget, shares=shares_prefixes and not _has_sliding_window(self._opened.model.config)
        )
        ends = self._opened.ends
        forbidden = read_forbidden(folder, self._opened.tokenizer, self.vocabulary, ends)
        self._generating = Sampler(self.budget, ends, forbidden)
        self._name = name or (folder.name if Path(model).expanduser().is_dir() else str(model))
        self._fingerprint = fingerprint(folder, template or "")
        self._base_fingerprint, self._folder = "" if template else self._fingerprint, folder
        for voice, path in self._opened.voices.items():
            require_base(path, voice, self._base)
        self._voices = {voice: fingerprint(path) for voice, path in self._opened.voices.items()}
        self._probes: dict[str, LinearProbe] = {}
        self._cards: dict[str, ProbeCard] = {}
        self._learning = threading.Lock()
        self._is_open = True

    @classmethod
    def embedded(cls, **settings: object) -> LocalMind:
        """Load the small model that comes with the package, with its voices, one for each era.

        Raises
        ------
        MindError
            If this copy of the package has none.
        """
        folder = Path(str(resources.files("coevolve_sim.minds"))) / "embedded"
        if not (folder / "model" / "config.json").is_file():
            raise MindError(f"there is no embedded model in {folder}; install the package with its data")
        adapters = sorted(path for path in (folder / "adapters").glob("*") if path.is_dir())
        chosen: dict[str, object] = {"voices": {path.name: path for path in adapters}, "name": "embedded"}
        return cls(folder / "model", **(chosen | settings))  # type: ignore[arg-type]

    @property
    def name(self) -> str:
        """Its name."""
        return self._name

    @property
    def model(self) -> Any:
        """The transformers model without a voice."""
        return self._opened.model

    @property
    def folder(self) -> Path:
        """Folder with the weights of the model without a voice."""
        return self._folder

    @property
    def identity(self) -> str:
        """Name, fingerprint of weights, config and tokenizer, dtype, and each voice's fingerprint."""
        voices = "".join(f" {voice}:{mark}" for voice, mark in sorted(self._voices.items()))
        # Where the template drops the system message, a request had another prompt before it was folded.
        folded = ", its system message folded" if self.prompting.drops_system else ""
        return f"{self._name} {self._fingerprint} {self._opened.dtype}{voices}{folded}"

    @property
    def is_bitwise(self) -> bool:
        """Whether replies repeat to the last bit: on a CPU in float64."""
        return self._opened.device == "cpu" and self._opened.dtype == "float64"

    @property
    def voices(self) -> tuple[str, ...]:
        """The names of its voices."""
        return tuple(self._voices)

    @property
    def notes(self) -> tuple[str, ...]:
        """Deviations from what was asked for, such as smaller batches, or a conversation told otherwise."""
        return (*self.budget.notes, *self.prompting.notes)

    def load_voice(self, name: str, folder: str | Path) -> None:
        """Load an adapter as a voice, adding it or replacing the one of that name; the identity changes.

        Parameters
        ----------
        name : str
            The voice; not empty.
        folder : str or Path
            Of a LoRA adapter on this model.

        Raises
        ------
        MindError
            If the mind is closed, or the folder holds no adapter or one that does not fit; the voices then
            stay as they were.
        """
        self._must_be_open()
        _require_names({name: folder})
        path = find_folder(folder, f"voice {name}")
        require_base(path, name, self._base)
        self._opened.load_voice(name, path)
        self._voices[name] = fingerprint(path)

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Return how many tokens a prompt has."""
        return len(self.prompting.encode(self.prompting.render(messages)))

    def ask(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Yield the index of each request with its reply, as replies come."""
        self._must_be_open()
        scored: dict[str, list[tuple[int, ScoringRequest]]] = {}
        probed: dict[str, list[tuple[int, ProbeRequest]]] = {}
        written: dict[str, list[tuple[int, GenerationRequest]]] = {}
        for number, request in enumerate(requests):
            job = self.prepare(request)
            if isinstance(job, Reply):
                yield number, job
            elif isinstance(job, ScoringRequest):
                scored.setdefault(request.voice, []).append((number, job))
            elif isinstance(job, ProbeRequest):
                probed.setdefault(request.voice, []).append((number, job))
            else:
                written.setdefault(request.voice, []).append((number, job))
        for voice, jobs in scored.items():
            yield from self._score(requests, voice, jobs)
        for voice, waiting in probed.items():
            yield from self._probe(requests, voice, waiting)
        for voice, rows in written.items():
            for number, job, result in self.write(voice, rows):
                yield number, self._reply(requests[number], job, result)

    def write(
        self, voice: str, jobs: Sequence[tuple[int, GenerationRequest]]
    ) -> Iterator[tuple[int, GenerationRequest, GeneratedText | None]]:
        """Yield generated texts, with log-probabilities of their tokens; None where memory ran out.

        Parameters
        ----------
        voice : str
            One of `voices`, or empty.
        jobs : sequence of (int, GenerationRequest)
            Texts to generate, each with a number of the caller's own.
        """
        results = self._generating.generate(self._opened.passes(voice), [job for _, job in jobs])
        for at, result in results:
            yield *jobs[at], result

    def read(self, voice: str, writing: GenerationRequest) -> list[tuple[float, list[tuple[int, float]]]]:
        """Return each prompt token's log-probability, except the first's, with the likeliest tokens there."""
        import torch

        with torch.inference_mode():
            logprobs = self._opened.passes(voice).read(None, [], [writing.prompt], len(writing.prompt))[0]
        return [
            (min(float(after[token]), 0.0), top_tokens(after, writing.top or 0))
            for token, after in zip(writing.prompt[1:], logprobs, strict=False)
        ]

    @property
    def vocabulary(self) -> int:
        """Size of the vocabulary, in tokens."""
        return int(self._opened.model.config.get_text_config().vocab_size)

    def close(self) -> None:
        """Release the model's memory; nothing can be asked afterwards."""
        self._is_open = False
        self._opened.close()

    def _base(self) -> str:
        """Return the fingerprint of the model's folder, without that of a chat template of one's own."""
        return self._base_fingerprint or fingerprint(self._folder)

    def _must_be_open(self) -> None:
        if not self._is_open:
            raise MindError(f"{self._name} is closed; open it again to ask")

    def fit_probe(self, task: ProbeTask, tell: Callable[[int], None] | None = None) -> ProbeCard:
        """Learn a linear probe of the model without a voice, or load the one learnt from this task before.

        Parameters
        ----------
        task : ProbeTask
        tell : callable, optional
            Called with the number of texts read so far.

        Raises
        ------
        MindError
            If a text does not fit the model, or its states are no numbers.
        """
        self._must_be_open()
        own = hashlib.sha256(f"{self._fingerprint} {self._opened.dtype} {task.digest}".encode()).hexdigest()
        kept = cache_folder() / "probes" / f"{own[:32]}.npz"
        with self._learning:  # worlds of a study ask for the same at once
            if task.digest not in self._cards:
                probe = LinearProbe.load(kept) if kept.is_file() else None
                if probe is None:
                    probe = self._learn_probe(task, own[:16], tell)
                    with contextlib.suppress(OSError, RecordError):  # then it is learnt again another time
                        probe.save(kept)
                self._probes[probe.card.name] = probe
                self._cards[task.digest] = probe.card
        return self._cards[task.digest]

    def _learn_probe(self, task: ProbeTask, name: str, tell: Callable[[int], None] | None) -> LinearProbe:
        layers = choose_layers(int(self._opened.model.config.get_text_config().num_hidden_layers))
        prompts = [self.prompting.encode(self.prompting.render(prompt)) for prompt in task.prompts]
        found = dict(compute_states(self._opened.passes(""), self.budget, prompts, layers, tell))
        states = [found[number] for number in range(len(prompts))]
        if any(state is None for state in states):
            raise MindError(f"{self._name}: memory ran out on a text that its probe was to learn from")
        return fit_probe(np.array(states), task, layers, name)

    def _probe(
        self, requests: Sequence[Request], voice: str, jobs: Sequence[tuple[int, ProbeRequest]]
    ) -> Iterator[tuple[int, Reply]]:
        """Yield what probes read; each layer is computed for all that want it."""
        by_probe: dict[str, list[tuple[int, ProbeRequest]]] = {}
        for number, job in jobs:
            by_probe.setdefault(job.probe, []).append((number, job))
        for name, some in by_probe.items():
            probe = self._probes[name]
            prompts = [job.prompt for _, job in some]
            for at, states in compute_states(
                self._opened.passes(voice), self.budget, prompts, probe.card.layers
            ):
                number = some[at][0]
                if states is None:
                    yield number, self._given_up(requests[number], len(prompts[at]))
                    continue
                read = f"{probe.read(states):.{DECIMALS}f}"
                yield number, Reply("answered", read, None, len(prompts[at]), 0, self.model_of(voice))

    def _prepare_probe(self, request: Request) -> Reply | ProbeRequest:
        """Return a request that names a probe as tokens; of no conversation, the reply with its card."""
        if not request.messages:
            card = self._cards.get(request.linear_probe)
            if card is not None:
                return Reply("answered", card.as_text(), model=self.model_of(""))
        elif request.linear_probe in self._probes:
            prompt = self.prompting.encode(self.prompting.render(request.messages))
            if self.max_length is None or len(prompt) <= self.max_length:
                return ProbeRequest(prompt, request.linear_probe)
            return self._invalid(
                request, f"the text has {len(prompt):,} tokens, the model takes {self.max_length:,}"
            )
        return self._invalid(request, f"there is no linear probe {request.linear_probe}; fit it first")

    def prepare(self, request: Request) -> Reply | ScoringRequest | GenerationRequest | ProbeRequest:
        """Convert a request to tokens; return a reply of status ``invalid`` if the model cannot take it."""
        if request.voice and request.voice not in self._voices:
            known = ", ".join(self._voices) or "none"
            return self._invalid(request, f"there is no voice {request.voice}; there are: {known}")
        if request.linear_probe:
            return self._prepare_probe(request)
        try:
            text = self.prompting.render(request.messages)
        except MindError as error:
            return self._invalid(request, str(error))
        prompt = self.prompting.encode(text)
        options = self._spell_options(text, request)
        if not all(options):
            return self._invalid(request, "an option has no tokens; options must not be empty")
        spelled = [len(spelling) - 1 for option in options for spelling in option]
        length = len(prompt) + max(spelled, default=1)
        if self.max_length is not None and length > self.max_length:
            return self._invalid(
                request,
                f"the prompt has {len(prompt):,} tokens, the model takes {self.max_length:,} with the reply; "
                "shorten it (less memory, shorter messages)",
            )
        if options:
            return ScoringRequest(prompt, options)
        most = request.max_tokens
        if self.max_length is not None:
            most = min(most, self.max_length - len(prompt))
        return GenerationRequest(prompt, most, request.temperature, request.seed, request.draw)

    def _spell_options(self, text: str, request: Request) -> tuple[tuple[tuple[int, ...], ...], ...]:
        """Return each option's spellings as tokens; a whole text has the one that is given."""
        if request.is_whole_text:
            tokens = self.prompting.encode_whole_text(text, request.options[0])
            return ((tokens,),) if tokens else ((),)
        return tuple(self.prompting.spell_option(text, option, self.vocabulary) for option in request.options)

    def _score(
        self, requests: Sequence[Request], voice: str, jobs: Sequence[tuple[int, ScoringRequest]]
    ) -> Iterator[tuple[int, Reply]]:
        results = self._scoring.score(self._opened.passes(voice), [job for _, job in jobs])
        for at, logprobs in results:
            number, job = jobs[at]
            if logprobs is None:
                yield number, self._given_up(requests[number], len(job.prompt))
                continue
            text = requests[number].options[logprobs.index(max(logprobs))]
            reply = Reply("answered", text, logprobs, len(job.prompt), 0, self.model_of(voice))
            problem = next(filter(None, map(problem_of_logprob, logprobs)), "")
            yield (
                number,
                self._invalid(requests[number], f"the model computed that {problem}") if problem else reply,
            )

    def _reply(self, request: Request, job: GenerationRequest, result: GeneratedText | None) -> Reply:
        if result is None:
            return self._given_up(request, len(job.prompt))
        text, has_stopped = cut_at(
            self.text_of(job, result.tokens, is_begun=bool(request.begun)), self._stops
        )
        has_ended = result.has_ended or has_stopped
        return Reply(
            "answered" if has_ended else "truncated",
            text,
            None,
            len(job.prompt),
            len(result.tokens),
            self.model_of(request.voice),
            "" if has_ended else f"it was cut after {len(result.tokens)} tokens",
        )

    def text_of(self, job: GenerationRequest, tokens: Sequence[int], *, is_begun: bool) -> str:
        """Return the text of generated tokens; of a turn that was begun, with the blanks that join it."""
        return self.prompting.decode_added(job.prompt, tokens) if is_begun else self.prompting.decode(tokens)

    def model_of(self, voice: str) -> str:
        """Return the name of the model in replies of a voice: name and fingerprint."""
        own = f"{self._name} {self._fingerprint}"
        return f"{own} {voice}:{self._voices[voice]}" if voice else own

    def _invalid(self, request: Request, detail: str) -> Reply:
        voice = request.voice if request.voice in self._voices else ""
        return Reply("invalid", model=self.model_of(voice), detail=detail)

    def _given_up(self, request: Request, tokens: int) -> Reply:
        detail = f"memory ran out on this prompt alone ({tokens:,} tokens)"
        return Reply("given up", tokens_in=tokens, model=self.model_of(request.voice), detail=detail)


def _require_names(voices: Mapping[str, str | Path]) -> Mapping[str, str | Path]:
    if "" in voices:
        raise MindError("a voice needs a name; the empty one is the model's own")
    return voices


def _own_template(tokenizer: Any) -> str | None:
    own = getattr(tokenizer, "chat_template", None)
    return own if isinstance(own, str) else None


def _has_sliding_window(config: object) -> bool:
    """Return whether attention has a sliding window, which padding between prefix and end would use up."""
    return getattr(config, "sliding_window", None) is not None


def open_local_mind(spec: LocalMindSpec, known: object = None) -> LocalMind:  # noqa: ARG001 - it needs no telling
    """Open the mind that a scenario describes."""
    return LocalMind(
        spec.model,
        voices=spec.voices,
        dtype=spec.dtype,
        device=spec.device,
        chat_template=spec.chat_template,
    )


def open_embedded_mind(spec: EmbeddedMindSpec, known: object = None) -> LocalMind:  # noqa: ARG001 - there is one
    """Open the package's own small model."""
    return LocalMind.embedded()
