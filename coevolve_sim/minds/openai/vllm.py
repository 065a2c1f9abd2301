"""A mind with a vLLM server of its own, which is started for it and ends when the mind is closed.

vLLM need not be installed in this Python: ``python`` names the one that has it. The server listens on this
machine only, caches common prefixes of prompts, loads adapters while it runs, and samples as each request
says, not by a model's own generation settings.
"""

from __future__ import annotations

import logging
import os
import shlex
import socket
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

import httpx

from coevolve_sim.errors import MindError
from coevolve_sim.minds.chat_templates import choose_template, stops_of, template_in
from coevolve_sim.minds.local.checkpoints import find_folder, fingerprint, read_config
from coevolve_sim.minds.local.lora import require_base
from coevolve_sim.minds.openai.client import ServerMind
from coevolve_sim.minds.openai.supervisor import SupervisedProcess
from coevolve_sim.minds.openai.vllm_platform import ask_platform, own_python
from coevolve_sim.minds.protocol import Reply, Request
from coevolve_sim.scenario.mind_specs import VllmMindSpec

_log = logging.getLogger("coevolve_sim.minds")
_RANKS = (8, 16, 32, 64, 128, 256, 320, 512)
"""Ranks of adapters that vLLM supports."""
_SPARE = 2
"""Slots beyond those of the voices: one for the successor of a voice, loaded before the voice goes, and the
last, which stays empty: on a CPU, vLLM 0.32 answers as the adapter in the last slot when a request for the
model itself is computed beside one for an adapter."""
_TELL_EVERY = 10.0
"""Seconds between log entries on the progress of a server that starts."""
_STEP = 8192
"""Least number of tokens of a step of a vLLM on a processor, where prompts are computed whole."""
_TOLD_AFTER = 6.0
"""Seconds after which it is known, once asking failed, whether the server's processes have ended."""
_QUIET = {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}
_NOT_PASSED_ON = ("PYTHONPATH", "PYTHONHOME", "COEVOLVE_API_KEY", "VLLM_API_KEY")


@dataclass(frozen=True)
class Command:
    """A command that starts a vLLM server.

    Attributes
    ----------
    environment : mapping of str to str
        Environment variables set for it.
    arguments : tuple of str
        The program and its arguments.
    """

    environment: Mapping[str, str]
    arguments: tuple[str, ...]

    def __str__(self) -> str:
        """Return the command as a line for a shell."""
        settings = [f"{name}={shlex.quote(value)}" for name, value in self.environment.items()]
        return " ".join([*settings, shlex.join(self.arguments)])


def build_command(
    model: str | Path,
    *,
    voices: Mapping[str, str | Path] | None = None,
    port: int = 8000,
    dtype: str = "auto",
    max_length: int | None = None,
    batch_invariant: bool = False,
    n_voices: int | None = None,
    on_processor: bool = False,
    python: str | Path | None = None,
    extra_arguments: Sequence[str] = (),
    chat_template: Path | None = None,
) -> Command:
    """Build the command that starts a server, to be run here or printed for another machine.

    Parameters
    ----------
    model, voices, dtype, max_length, batch_invariant, n_voices, python, extra_arguments
        As for `VllmMind`.
    port : int
        Port on which it listens.
    on_processor : bool
        Whether vLLM computes on the processor. There vLLM 0.32 ends ("CPU Generator does not use offset")
        when the prompt of a request with a seed is computed in pieces, as it is when many are in flight: it
        is told to compute prompts whole, with a step that holds the longest, where its length is known.
    chat_template : Path, optional
        Jinja file in place of the model's own.

    Raises
    ------
    MindError
        If a folder holds no adapter, or the adapter's rank is more than vLLM takes.

    Examples
    --------
    >>> extra = ["--max-num-seqs", "512"]
    >>> print(build_command("Qwen/Qwen2.5-7B-Instruct", python="python", extra_arguments=extra))
    VLLM_NO_USAGE_STATS=1 DO_NOT_TRACK=1 VLLM_ALLOW_RUNTIME_LORA_UPDATING=1 python -m
      vllm.entrypoints.openai.api_server --model Qwen/Qwen2.5-7B-Instruct --served-model-name
      Qwen2.5-7B-Instruct --host 127.0.0.1 --port 8000 --dtype auto --generation-config vllm
      --enable-prefix-caching --enable-lora --max-lora-rank 16 --max-loras 3 --uvicorn-log-level warning
      --max-num-seqs 512
    """
    environment = {**_QUIET, "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "1"}
    if Path(model).is_dir():
        environment["HF_HUB_OFFLINE"] = "1"
    if batch_invariant:
        environment["VLLM_BATCH_INVARIANT"] = "1"
    arguments = [own_python(python), "-m", "vllm.entrypoints.openai.api_server"]
    arguments += ["--model", str(model), "--served-model-name", _model_name(model)]
    arguments += ["--host", "127.0.0.1", "--port", str(port), "--dtype", dtype]
    arguments += [] if max_length is None else ["--max-model-len", str(max_length)]
    arguments += ["--generation-config", "vllm", "--enable-prefix-caching"]
    arguments += _whole_prompts(model, max_length) if on_processor else []
    arguments += [
        *_adapter_arguments(voices or {}, _count_voices(voices, n_voices)),
        "--uvicorn-log-level",
        "warning",
        *([] if chat_template is None else ["--chat-template", str(chat_template)]),
        *extra_arguments,
    ]
    return Command(environment, tuple(arguments))


class VllmMind(ServerMind):
    """A model served by a vLLM server that is started for it.

    Parameters
    ----------
    model : str or path
        A folder with weights, or a name on the Hub.
    voices : mapping of str to path
        Folders of LoRA adapters, by the name of the voice.
    dtype : str
        Of the weights: ``auto`` is the model's own.
    max_length : int, optional
        Largest number of tokens of a prompt and its reply; the model's own limit by default.
    batch_invariant : bool
        Have vLLM compute each reply independently of the others in flight (``VLLM_BATCH_INVARIANT``, which
        vLLM calls beta and supports on some GPUs only): slower, and not relied on here: `is_bitwise` is
        False.
    n_voices : int, optional
        Largest number of voices at a time, including those of `load_voice`; by default one more than are
        given.
    python : path, optional
        A Python that has vLLM; this one by default. It is asked on what its vLLM computes.
    extra_arguments : sequence of str
        Further arguments of vLLM, put last: ``["--gpu-memory-utilization", "0.8"]``.
    chat_template : Path or str, optional
        As for `coevolve_sim.minds.local.mind.LocalMind`.
    start_timeout : float
        Seconds it may take to start.
    concurrency, retries, timeout
        As for `ServerMind`.

    Raises
    ------
    MindError
        If vLLM is not installed, ends while it starts (with the last lines of its log), or takes too long.
    """

    def __init__(
        self,
        model: str | Path,
        *,
        voices: Mapping[str, str | Path] | None = None,
        dtype: str = "auto",
        max_length: int | None = None,
        batch_invariant: bool = False,
        n_voices: int | None = None,
        python: str | Path | None = None,
        extra_arguments: Sequence[str] = (),
        chat_template: Path | str | None = None,
        start_timeout: float = 1800.0,
        concurrency: int = 256,
        retries: int = 6,
        timeout: float = 600.0,
    ) -> None:
        found = ask_platform(own_python(python))
        if python is None and not found.version and find_spec("vllm") is None:
            raise MindError(
                "vllm is not installed; on Linux: pip install 'coevolve-sim[vllm]', "
                "or name a Python that has it"
            )
        folders = {voice: Path(folder) for voice, folder in (voices or {}).items()}
        self._place = model
        self._weights = {"": fingerprint(Path(model)) if Path(model).is_dir() else ""}
        for voice, folder in folders.items():
            self._require_base(voice, folder)
        port, self._n_voices = _find_free_port(), _count_voices(voices, n_voices)
        self._folder = tempfile.TemporaryDirectory(prefix="coevolve-vllm-")
        template = self._keep_template(chat_template)
        started = build_command(
            model,
            voices=folders,
            port=port,
            dtype=dtype,
            max_length=max_length,
            batch_invariant=batch_invariant,
            n_voices=n_voices,
            on_processor=found.is_on_processor,
            python=python,
            extra_arguments=extra_arguments,
            chat_template=template,
        )
        own = {name: value for name, value in os.environ.items() if name not in _NOT_PASSED_ON}
        self._kept = SupervisedProcess(
            started.arguments, own | dict(started.environment), Path(self._folder.name) / "log"
        )
        self._weights |= {voice: fingerprint(folder) for voice, folder in folders.items()}
        url = f"http://127.0.0.1:{port}"
        try:
            _wait_for(self._kept, url, start_timeout)
            super().__init__(
                url,
                _model_name(model),
                voices={voice: _served_name(voice, folder) for voice, folder in folders.items()},
                key_variable="VLLM_API_KEY",
                concurrency=concurrency,
                retries=retries,
                timeout=timeout,
                extra={"stop": list(stops)} if (stops := stops_of(chat_template)) else None,
            )
        except BaseException:
            self._stop_server()
            raise
        self.version = found.version
        # On a processor and with room for adapters, vLLM 0.32 ends when it is to tell log-probabilities of a
        # prompt that is computed beside another one ("einsum(): subscript b has size 2"): so each goes alone.
        self._scores_texts_alone = found.is_on_processor
        if found.is_on_processor:
            self._dialect.note(
                f"{found.version or 'vLLM'} computes on the processor, where prompts are computed whole"
            )

    @property
    def folder(self) -> Path:
        """Folder of the model's weights on this machine.

        Raises
        ------
        MindError
            If there is none, and the Hub does not give them.
        """
        return find_folder(self._place)

    @property
    def identity(self) -> str:
        """The model with its weights' fingerprint and vLLM's, and each voice with its weights' own."""
        voices = "".join(f"; {voice} {known}" for voice, known in sorted(self._weights.items()) if voice)
        own = f" {self._weights['']}" if self._weights[""] else ""
        served = self.accounts.answered_by[""][0].removeprefix(self.model)
        return f"vllm {self.model}{own}{self._template_mark}{served}{voices}"

    @property
    def url(self) -> str:
        """Empty: its server listens on another port of this machine each time, which is no address of it."""
        return ""

    @property
    def has_changed(self) -> bool:
        """False: voices change by `load_voice` alone, and the identity with them."""
        return False

    def load_voice(self, name: str, folder: str | Path) -> None:
        """Load an adapter into the running server as a voice, adding it or replacing the one of that name.

        Parameters
        ----------
        name : str
            The voice.
        folder : path
            Of a LoRA adapter, of a rank no larger than there is room for (`build_command` makes room for 16).

        Raises
        ------
        MindError
            If the folder holds no adapter or one trained on another base, there is no room for it, or the
            server does not take it.
        """
        self._must_be_open()
        path, models = Path(folder), self._dialect.models
        self._require_base(name, path)
        if name not in models and len(self.voices) >= self._n_voices:
            raise MindError(
                f"there is room for {self._n_voices} voices; open the mind with a larger n_voices"
            )
        served, old = _served_name(name, path), models.get(name)
        if old != served:
            self._post_adapter("load_lora_adapter", {"lora_name": served, "lora_path": str(path.resolve())})
            if old is not None:
                self._post_adapter("unload_lora_adapter", {"lora_name": old})
        self._weights[name] = fingerprint(path)
        self.endpoint.dialect = replace(self._dialect, models={**models, name: served})

    def ask(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Yield the index of each request with its reply, as replies come.

        Raises
        ------
        MindError
            As for `ServerMind`; if the server has ended, with the last lines of its log.
        """
        if not self._scores_texts_alone:
            yield from self._ask(requests)
            return
        texts = [index for index, request in enumerate(requests) if request.is_whole_text]
        for batch in ([index for index in range(len(requests)) if index not in set(texts)], *zip(texts)):
            for place, reply in self._ask([requests[index] for index in batch]):
                yield batch[place], reply

    def _ask(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Ask, and tell of a server that has ended what it said last."""
        waits = _TOLD_AFTER
        try:
            for index, reply in super().ask(requests):
                if reply.status == "given up" and self._kept.ends_within(waits):
                    raise MindError(f"a request was given up: {reply.detail}")  # noqa: TRY301 - told below
                waits = 0.0 if reply.status == "given up" else waits
                yield index, reply
        except MindError as error:
            if not self._kept.ends_within(_TOLD_AFTER):
                raise
            raise MindError(
                f"{error}\nvLLM has ended while it was asked{self._why()}; the last it said:\n"
                f"{self._kept.tail()}"
            ) from None

    def _why(self) -> str:
        error = self._kept.first_error()
        return f" ({error})" if error else ""

    def close(self) -> None:
        """Cancel what is in flight and end the server; nothing can be asked afterwards."""
        super().close()
        self._stop_server()

    def _keep_template(self, chosen: Path | str | None) -> Path | None:
        """Write a chosen chat template to where the server finds it; the identity names its fingerprint."""
        own = template_in(Path(self._place)) if Path(self._place).is_dir() else None
        template, self._template_mark = choose_template(chosen, own), ""
        if template is None:
            return None
        self._template_mark = f" template {sha256(template.encode()).hexdigest()[:16]}"
        path = Path(self._folder.name) / "chat_template.jinja"
        path.write_text(template, encoding="utf-8")
        return path

    def _require_base(self, voice: str, folder: Path) -> None:
        """Require that an adapter fits the base, if the base is a local folder and so has a fingerprint."""
        if self._weights[""]:
            require_base(folder, voice, lambda: self._weights[""])

    def _stop_server(self) -> None:
        self._kept.stop()
        self._folder.cleanup()

    def _post_adapter(self, path: str, body: dict[str, str]) -> None:
        try:
            response = self.endpoint.post(path, body)
        except (httpx.TransportError, TimeoutError) as error:
            said = self._dialect.words.clean(str(error)) or type(error).__name__
            raise MindError(f"vLLM does not take the adapter {body}: {said}") from None
        if response.status_code != 200:
            said = self._dialect.words.clean(response.text)
            raise MindError(f"vLLM does not take the adapter {body} ({response.status_code}): {said}")


def _count_voices(voices: Mapping[str, str | Path] | None, n_voices: int | None) -> int:
    return len(voices or {}) + 1 if n_voices is None else n_voices


def _whole_prompts(model: str | Path, max_length: int | None) -> list[str]:
    """Return the arguments by which prompts are computed whole, each in one step."""
    longest = max_length
    if longest is None and Path(model).is_dir():
        said = read_config(Path(model)).get("max_position_embeddings")
        longest = said if isinstance(said, int) else None
    room = [] if longest is None else ["--max-num-batched-tokens", str(max(_STEP, longest))]
    return ["--no-enable-chunked-prefill", *room]


def _model_name(model: str | Path) -> str:
    return Path(model).name


def _served_name(voice: str, folder: Path) -> str:
    """Return the name under which an adapter is served: the voice and a fingerprint of the weights."""
    return f"{voice}-{fingerprint(folder)[:8]}"


def _adapter_arguments(voices: Mapping[str, str | Path], n_voices: int) -> list[str]:
    if n_voices < len(voices):
        raise MindError(f"n_voices is {n_voices}, and {len(voices)} voices are given; it must be no less")
    ranks = [_read_rank(Path(folder)) for folder in voices.values()]
    room = next((rank for rank in _RANKS if rank >= max([16, *ranks])), None)
    if room is None:
        raise MindError(f"adapters have a rank of {max(ranks)}; vLLM takes at most {_RANKS[-1]}")
    slots = n_voices + _SPARE
    told = ["--enable-lora", "--max-lora-rank", str(room), "--max-loras", str(slots)]
    if voices:
        told += ["--lora-modules"]
        told += [
            f"{_served_name(voice, Path(folder))}={Path(folder).resolve()}"
            for voice, folder in voices.items()
        ]
    return told


def _read_rank(folder: Path) -> int:
    rank = read_config(folder, "adapter_config.json").get("r")
    if not isinstance(rank, int):
        raise MindError(f"{folder / 'adapter_config.json'} tells no rank 'r'; it is no LoRA adapter")
    return rank


def _find_free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait_for(kept: SupervisedProcess, url: str, seconds: float) -> None:
    """Wait until the server is healthy, logging its progress every 10 seconds."""
    begun, told = time.monotonic(), 0
    with httpx.Client(trust_env=False, timeout=5.0) as client:
        while True:
            if kept.has_ended:
                raise MindError(f"vLLM ended while it was starting; the last it said:\n{kept.tail()}")
            if _is_healthy(client, url):
                return
            waited = time.monotonic() - begun
            if waited > seconds:
                raise MindError(f"vLLM was not ready after {seconds:g} s; the last it said:\n{kept.tail()}")
            if waited >= _TELL_EVERY * (told + 1):
                told += 1
                _log.info("vLLM is starting (%d s): %s", waited, kept.tail(1))
            time.sleep(0.25)


def _is_healthy(client: httpx.Client, url: str) -> bool:
    try:
        with client.stream("GET", f"{url}/health") as response:  # what it says is not read
            return response.status_code == 200
    except httpx.RequestError:
        return False


def open_vllm_mind(spec: VllmMindSpec, known: object = None) -> VllmMind:  # noqa: ARG001 - it needs no telling
    """Start the server that a scenario describes."""
    return VllmMind(
        spec.model,
        voices=spec.voices,
        dtype=spec.dtype,
        max_length=spec.max_length,
        batch_invariant=spec.batch_invariant,
        python=spec.python,
        extra_arguments=spec.extra_arguments,
        chat_template=spec.chat_template,
        concurrency=spec.concurrency,
    )
