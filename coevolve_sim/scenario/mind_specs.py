"""The parts of a scenario that describe language models, and the channel in which they speak and read."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from coevolve_sim.scenario.cell_specs import CellsSpec
from coevolve_sim.scenario.society_specs import NAME_PATTERN
from coevolve_sim.scenario.spec import MEDIATOR, PLUGIN_PATH, MediatorSpec, Parameter, Spec, field

VARIABLE_PATTERN = r"^[A-Z][A-Z0-9_]{0,99}$"
_VOICES = (
    "Voices by name: LoRA adapters on the model, each a folder or a name on the Hub; an era each, for one."
)
_FOLDER_OF_A_READER = (
    "A folder (written ./like/this or /like/this) with the model as safetensors, or as model.onnx or "
    "onnx/model.onnx; or a name on the Hub, of one in safetensors."
)
_CHAT_TEMPLATE = (
    "How a conversation is written: auto (the model's own), alpaca (preamble, instruction and "
    "response under headings, as ProgressGym's models want it), or a Jinja file, from the scenario's folder."
)
_MODEL = "A folder (written ./like/this or /like/this) or a name on the Hub; safetensors only."


_TRANSFORMERS = ("torch", "transformers", "tokenizers")


class _MindSpec(Spec):
    """What every mind has.

    Attributes
    ----------
    is_replay : bool
        Whether it answers from a record: then it has the voices that its run asked, and asks nobody.
    may_learn : bool
        Whether its weights may be at hand, to be trained, or are told of by a record.
    knows_shipped_spaces_only : bool
        Whether it read of the package's own value spaces only.
    counts_offline : bool
        Whether its tokenizer is at hand without anything that is asked or loaded from elsewhere.
    has_hidden_states : bool
        Whether its hidden states are at hand, so that a probe can read in them.
    made_for_prompts : str
        The version of the prompts that it was made for, which ``channel.prompts: auto`` takes: v1 if it reads
        stances as numbers, v2 if as words. A class of the user's own says it by an attribute of that name.
    """

    is_replay: ClassVar[bool] = False
    may_learn: ClassVar[bool] = False
    knows_shipped_spaces_only: ClassVar[bool] = False
    counts_offline: ClassVar[bool] = False
    has_hidden_states: ClassVar[bool] = False
    made_for_prompts: ClassVar[Literal["v1", "v2"]] = "v2"

    @property
    def libraries(self) -> tuple[str, ...]:
        """What computes its replies on this machine, beside the package; none where it is asked elsewhere."""
        return ()

    @property
    def key_variables(self) -> tuple[str, ...]:
        """The environment variables that hold keys of servers it asks."""
        return ()

    name: str = field("people", "What agents call it.", pattern=NAME_PATTERN)
    at_most_unanswered: float = field(
        0.2,
        "Largest share of its requests, once 20 were asked, that may be given up or invalid; above it the "
        "run is interrupted before the round is on record. So it is where nothing was answered, unless 1.",
        "share",
        ge=0.0,
        le=1.0,
    )
    at_most_refused: float | None = field(
        None, "The same of requests that are refused; no limit if not given.", "share", ge=0.0, le=1.0
    )
    at_most_truncated: float | None = field(
        None, "The same of requests whose reply is truncated; no limit if not given.", "share", ge=0.0, le=1.0
    )


class _CachedMindSpec(_MindSpec):
    """A mind whose replies are worth keeping."""

    cache: bool = field(
        True, "Whether replies are kept from run to run, each draw its own; see docs/minds.md for where."
    )


class EmbeddedMindSpec(_MindSpec):
    """The package's own small model."""

    may_learn: ClassVar[bool] = True
    knows_shipped_spaces_only: ClassVar[bool] = True
    counts_offline: ClassVar[bool] = True
    has_hidden_states: ClassVar[bool] = True
    made_for_prompts: ClassVar[Literal["v1", "v2"]] = "v1"

    kind: Literal["embedded"] = field(
        "embedded", "The package's own small model: a phantom that says what its persona holds."
    )

    @property
    def libraries(self) -> tuple[str, ...]:
        """Transformers, and peft for its voices."""
        return (*_TRANSFORMERS, "peft")


class LocalMindSpec(_CachedMindSpec):
    """Transformers in this process."""

    may_learn: ClassVar[bool] = True
    has_hidden_states: ClassVar[bool] = True

    kind: Literal["local"] = field("local", "A model run by transformers in this process, on CPU or GPU.")
    model: str = field(..., _MODEL)
    voices: dict[str, str] = field({}, _VOICES)
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = field("auto", "Of the weights.")
    device: str = field("auto", "auto, cpu, cuda or cuda:1.", pattern=r"^(auto|cpu|cuda(:\d{1,2})?)$")
    chat_template: str = field("auto", _CHAT_TEMPLATE, min_length=1)

    @property
    def libraries(self) -> tuple[str, ...]:
        """Transformers, and peft where it has voices.

        Examples
        --------
        >>> LocalMindSpec(model="./model", voices={"C013": "./voice"}).libraries
        ('torch', 'transformers', 'tokenizers', 'peft')
        """
        return (*_TRANSFORMERS, *(("peft",) if self.voices else ()))


Url = Annotated[str, Field(pattern=r"^https?://\S+$")]


class ServerParametersSpec(Spec):
    """What requests to a server have besides, or lack."""

    leave_out: tuple[Literal["temperature", "seed", "logprobs"], ...] = field(
        (),
        "Parameters that it is not sent. What a server refuses is left out anyway; without a temperature or "
        "a seed replies are not repeatable, without logprobs options are asked for as a choice.",
    )
    extra: dict[str, Any] = field(
        {},
        "Further keys of every request, sent as they are, such as {chat_template_kwargs: {enable_thinking: "
        "false}}; not those that the package sets.",
    )


class ServerMindSpec(_CachedMindSpec):
    """Any server that speaks OpenAI's dialect."""

    kind: Literal["server"] = field("server", "A server that speaks OpenAI's dialect.")
    url: Url | Annotated[tuple[Url, ...], Field(min_length=1)] = field(
        ...,
        "Its address up to and with /v1; or several, of servers of the same model: requests are spread "
        "over them, and one that fails is left out.",
    )
    model: str = field(..., "Name of the served model.")
    voices: dict[str, str] = field({}, "Voices by name: the served model that speaks as each.")
    key_variable: str = field(
        "COEVOLVE_API_KEY",
        "The environment variable that holds the key; nothing is sent where it is not set.",
        pattern=VARIABLE_PATTERN,
    )
    share_cache: bool = field(
        False,
        "Whether replies of a server that gives no log-probabilities are kept from run to run by its name "
        "alone; then nothing notices that it serves another model.",
    )
    concurrency: int = field(64, "Most requests in flight.", "requests", ge=1, le=4096)
    retries: int = field(6, "How often a request is tried again.", "tries", ge=0, le=20)
    timeout: float = field(120.0, "Until an unanswered request is tried again.", "seconds", gt=0.0, le=3600.0)
    request_seconds: float | None = field(
        None,
        "Budget of one request, tries and waits included; all open requests are given up, too, once nothing "
        "was answered for so long. Five timeouts if not given.",
        "seconds",
        gt=0.0,
        le=1e6,
    )
    asking_seconds: float = field(
        86_400.0,
        "Budget of all requests that are asked together, such as the messages of a round.",
        "seconds",
        gt=0.0,
        le=1e7,
    )
    parameters: ServerParametersSpec = field(
        ServerParametersSpec(), "What requests to it have besides, or lack."
    )

    @property
    def urls(self) -> tuple[str, ...]:
        """The addresses of all servers."""
        return (self.url,) if isinstance(self.url, str) else self.url

    @property
    def key_variables(self) -> tuple[str, ...]:
        """The environment variables that hold keys of servers it asks."""
        return (self.key_variable,)


class VllmMindSpec(_CachedMindSpec):
    """A vLLM server, started for the run and stopped after it."""

    may_learn: ClassVar[bool] = True

    kind: Literal["vllm"] = field("vllm", "A vLLM server, started for the run and stopped after it.")
    model: str = field(..., _MODEL)
    voices: dict[str, str] = field({}, _VOICES)
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = field("auto", "Of the weights.")
    max_length: int | None = field(
        None, "Longest prompt and reply together; the model's own if not given.", "tokens", ge=64
    )
    batch_invariant: bool = field(
        False, "Whether a reply must not depend on what else is asked; on GPUs that vLLM can do it on."
    )
    concurrency: int = field(256, "Most requests in flight.", "requests", ge=1, le=4096)
    chat_template: str = field("auto", _CHAT_TEMPLATE, min_length=1)
    python: str | None = field(
        None, "A Python that has vLLM, such as /opt/vllm/bin/python; this one if not given.", min_length=1
    )
    extra_arguments: tuple[str, ...] = field(
        (),
        "Further arguments of vLLM, put last, such as [--gpu-memory-utilization, '0.8']; not those that this "
        "mind sets itself.",
    )

    @property
    def libraries(self) -> tuple[str, ...]:
        """Transformers and vLLM."""
        return (*_TRANSFORMERS, "vllm")


class ScriptedMindSpec(_MindSpec):
    """Not a model: says in fixed words what its persona holds."""

    made_for_prompts: ClassVar[Literal["v1", "v2"]] = "v1"

    kind: Literal["scripted"] = field(
        "scripted", "No model: says in fixed words what its persona holds; for trying things out."
    )


class ReplayMindSpec(_MindSpec):
    """Answers from a run's record."""

    is_replay: ClassVar[bool] = True
    may_learn: ClassVar[bool] = True

    kind: Literal["replay"] = field("replay", "Answers from the record of a run; asks nobody.")
    path: str = field(..., "Folder of the run. Relative to the scenario file.")


class CustomMindSpec(_MindSpec):
    """A mind of your own."""

    plugin_group: ClassVar[str] = "coevolve_sim.minds"
    may_learn: ClassVar[bool] = True

    kind: Literal["custom"] = field("custom", "Answers as a class in a file of yours does.")
    path: str = field(..., PLUGIN_PATH, min_length=1)
    parameters: dict[str, Parameter] = field({}, "Handed to the class when it is made, by name.")
    cache: bool = field(
        False,
        "Whether replies are kept from run to run; then its identity has to change with all that changes "
        "what it replies, its parameters too.",
    )


MindSpec = Annotated[
    EmbeddedMindSpec
    | LocalMindSpec
    | ServerMindSpec
    | VllmMindSpec
    | ScriptedMindSpec
    | ReplayMindSpec
    | CustomMindSpec,
    Field(discriminator="kind"),
]


class TemplateFileSpec(Spec):
    """A template of prompts in a file."""

    path: str = field(..., "A text file with the same $places. Relative to the scenario file.")


class _ReaderSpec(Spec):
    """What every reader has."""

    mind: str | None = field(
        None, "The mind that reads for all, with its own voice; each listener's own mind if not given."
    )


class LettersReaderSpec(_ReaderSpec):
    """Items of a questionnaire, whose options stand behind letters."""

    kind: Literal["letters"] = field(
        "letters", "By what the writer would answer to items, in every order of their options."
    )


class _CalibratedReaderSpec(_ReaderSpec):
    """A reader whose own number becomes a value by a calibration."""

    calibration: Literal["line", "isotonic"] = field(
        "line",
        "How its number becomes a value: by a line read backwards, right on average; or by a monotone map, "
        "of least error, drawn towards the middle.",
    )


class ContrastReaderSpec(_CalibratedReaderSpec):
    """For or against, in one word."""

    kind: Literal["contrast"] = field(
        "contrast", "By how much likelier a mind calls the writer for than against, in both orders."
    )


class ListenerReaderSpec(_CalibratedReaderSpec):
    """Which writer would have said just that."""

    kind: Literal["listener"] = field(
        "listener", "By how much likelier the text is of a writer for than of one against."
    )


class ProbeReaderSpec(_CalibratedReaderSpec):
    """A linear probe of hidden states."""

    kind: Literal["probe"] = field(
        "probe", "By a linear probe of the reading mind's hidden states, learnt from statements of our own."
    )


class EntailmentReaderSpec(_CalibratedReaderSpec):
    """A model of entailment."""

    kind: Literal["entailment"] = field(
        "entailment", "By a model that tells what a text entails: that its writer is for, or against."
    )
    model: str = field(..., _FOLDER_OF_A_READER)


class EmbeddingReaderSpec(_CalibratedReaderSpec):
    """A model that embeds sentences."""

    kind: Literal["embedding"] = field(
        "embedding", "By how much nearer a text is to sentences for than to sentences against, as embedded."
    )
    model: str = field(..., _FOLDER_OF_A_READER)


class CombinedReaderSpec(_CalibratedReaderSpec):
    """Several readers as one."""

    kind: Literal["combined"] = field("combined", "By a weighted sum of readers, the weights found.")
    of: list[Literal["contrast", "listener", "probe"]] = field(
        ["listener", "probe"], "Which readers it adds up.", min_length=2, max_length=3
    )


class AutomaticReaderSpec(_CalibratedReaderSpec):
    """The best that the mind can serve."""

    kind: Literal["auto"] = field(
        "auto", "Tries what the mind can serve on statements held out, and reads by what errs least."
    )


class CustomReaderSpec(_ReaderSpec):
    """A reader of your own."""

    plugin_group: ClassVar[str] = "coevolve_sim.readers"

    kind: Literal["custom"] = field("custom", "Reads as a class in a file of yours does.")
    path: str = field(..., PLUGIN_PATH, min_length=1)
    parameters: dict[str, Parameter] = field({}, "Handed to the class when it is made, by name.")


ReaderSpec = Annotated[
    LettersReaderSpec
    | ContrastReaderSpec
    | ListenerReaderSpec
    | ProbeReaderSpec
    | EntailmentReaderSpec
    | EmbeddingReaderSpec
    | CombinedReaderSpec
    | AutomaticReaderSpec
    | CustomReaderSpec,
    Field(discriminator="kind"),
]


class CustomQuestionnaireSpec(Spec):
    """A questionnaire of your own."""

    plugin_group: ClassVar[str] = "coevolve_sim.questionnaires"

    kind: Literal["custom"] = field("custom", "Items that a function in a file of yours makes.")
    path: str = field(..., PLUGIN_PATH, min_length=1)
    parameters: dict[str, Parameter] = field({}, "Handed to the function by name, after the value space.")


class LanguageChannelSpec(Spec):
    """Values are said in words and read from them."""

    kind: Literal["language"] = field(
        "language", "A mind writes what a speaker holds; the listener's mind reads what the writer holds."
    )
    mind: str | None = field(None, "The mind that speaks and reads for humans; the first if not given.")
    topics: Literal["rotating", "random"] = field(
        "rotating", "Which dimensions a round is about: in their order, or drawn."
    )
    topics_per_round: int = field(1, "How many dimensions a round is about.", "dimensions", ge=1, le=100)
    items: Literal["likert", "pair"] = field(
        "likert", "By which items a reader tells where a writer stands: agreement, or a choice of two."
    )
    items_per_topic: int = field(2, "How many items a topic is read by.", "items", ge=1, le=20)
    memory: int = field(
        2, "How many of the last messages on a topic a human remembers.", "messages", ge=0, le=20
    )
    temperature: float = field(0.7, "Of what is written; 0 takes the likeliest words.", ge=0.0, le=2.0)
    max_tokens: int = field(96, "Longest message.", "tokens", ge=8, le=2000)
    bias_map: bool = field(
        True, "Whether, before the first round, the mind's own bias is measured by topic and stance."
    )
    subtract_bias: bool = field(
        False, "Whether what the bias map found is taken off what humans and assistants perceive."
    )
    prompts: Literal["v1", "v2", "auto"] = field(
        "v1",
        "How prompts state what a persona holds: as numbers from 0 to 100 (v1), which the embedded and the "
        "scripted mind read; or in words, strongly against to strongly for (v2); or (auto) as numbers where "
        "a mind that is asked was made for them, and in words where none was.",
    )
    examples: int = field(
        0,
        "How many messages by others, on topics of their own, are shown before one is asked for, each with "
        "the stance that it states, in words: with prompts v2 only.",
        "messages",
        ge=0,
        le=2,
    )
    templates: dict[str, TemplateFileSpec] = field(
        {}, "Templates of prompts to use instead of the package's."
    )
    least_option_mass: float = field(
        0.5,
        "Share of a reply's probability that the options of an item should hold: a run says where they hold "
        "less on average, so that a mind would rather say something else than any of them.",
        ge=0.0,
        le=1.0,
    )
    reader: ReaderSpec = field(LettersReaderSpec(), "How a text becomes a value that is perceived.")
    opening: Literal["none", "stance"] = field(
        "none",
        "How a message begins: as the mind likes; or with words for its stance that are put there for it and "
        "marked so, where a mind does not say what its persona holds.",
    )
    unfit: Literal["refuse", "allow", "unmeasured"] = field(
        "refuse",
        "What happens where a mind is shown before the first round not to speak or read: the run is refused, "
        "or goes on and says so first in its report. unmeasured: nothing is asked to show it, and the report "
        "says that.",
    )
    population: CellsSpec = field(CellsSpec(), "Who is asked: every human, or cells of humans.")
    mediator: MediatorSpec | None = field(None, MEDIATOR)
    questionnaire: CustomQuestionnaireSpec | None = field(
        None, "A questionnaire of your own to read by; the package's, as items says, if not given."
    )
