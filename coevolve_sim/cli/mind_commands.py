"""Commands that ask language models, or estimate what asking them would take."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from coevolve_sim.cli.console import (
    AsJson,
    Settings,
    aside,
    find_named_scenario,
    interruptible,
    is_study,
    jsonable,
    said,
    show_progress,
    with_errors_in_words,
)
from coevolve_sim.errors import QuestionnaireError, ScenarioError, UnansweredError
from coevolve_sim.minds.option_mass import LEAST_MASS

if TYPE_CHECKING:
    from coevolve_sim.language.arms import Arm
    from coevolve_sim.language.bias import BiasRow
    from coevolve_sim.language.elicitation import Elicitation, Words
    from coevolve_sim.language.fitness import Fitness
    from coevolve_sim.language.questionnaires import Questionnaire
    from coevolve_sim.minds.answers import Answers
    from coevolve_sim.minds.usage import Usage
    from coevolve_sim.runs.estimate import RequestEstimate
    from coevolve_sim.society.setup import Setup
    from coevolve_sim.values import ValueSpace

ScenarioFile = Annotated[
    Path, typer.Argument(metavar="SCENARIO", help="Scenario file (YAML), or the name of a shipped scenario.")
]


VoicesOfAMind = Annotated[
    list[str] | None,
    typer.Option(
        "--voice",
        metavar="NAME=FOLDER",
        help="A LoRA adapter, as a voice of this name; of a server NAME=MODEL; repeatable.",
    ),
]
Dtype = Annotated[str, typer.Option(help="Of the weights: auto, float32, bfloat16, float16.")]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda.")]
AtMostUnanswered = Annotated[
    float,
    typer.Option(help="Largest share of requests that may be given up or invalid.", min=0.0, max=1.0),
]
VoicesToServe = Annotated[
    list[str] | None,
    typer.Option(
        "--voice", metavar="NAME=FOLDER", help="A LoRA adapter, as a voice of this name; repeatable."
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module to the command line."""
    for command in (estimate, preflight, elicit, serve):
        app.command()(command)


@with_errors_in_words
def estimate(
    scenario: ScenarioFile,
    settings: Settings = None,
    rate: Annotated[
        float | None, typer.Option(help="Tokens a second, as measured on your machine.", min=0.001)
    ] = None,
    price_in: Annotated[float, typer.Option(help="Price of a million tokens of prompt.", min=0.0)] = 0.0,
    price_out: Annotated[float, typer.Option(help="Price of a million tokens written.", min=0.0)] = 0.0,
    as_json: AsJson = False,
) -> None:
    """Say what a scenario or a study will ask of its minds: requests, tokens, time and price; ask nothing.

    Of a study's folder: what the runs that are left will ask, by what those that are done did.
    """
    from coevolve_sim.runs import estimate

    if is_study(scenario) or _is_study_file(scenario):
        _estimate_study(scenario, settings or (), rate, (price_in, price_out), as_json=as_json)
        return
    setup = _load_setup(scenario, settings)
    with show_progress("Rounds counted") as shown:
        asked = estimate.estimate_requests(setup, shown.show_rounds)
    tokens_in, tokens_out = (sum(getattr(row, way) for row in asked) for way in ("tokens_in", "tokens_out"))
    totals = {
        "requests": sum(row.requests for row in asked),
        "tokens_in": tokens_in,
        "tokens_out": tokens_out,
        "seconds": None if rate is None else (tokens_in + tokens_out) / rate,
        "price": (tokens_in * price_in + tokens_out * price_out) / 1e6,
    }
    if as_json:
        said.print_json(json.dumps({"kinds": [vars(row) for row in asked], "total": totals}))
        return
    _print_asked(asked)
    said.print(
        f"\nAt most {totals['requests']:,} requests, about {tokens_in:,} tokens in and {tokens_out:,} out; "
        "the same deterministic prompt is asked once."
    )
    if rate is not None:
        said.print(f"At {rate:,g} tokens/s: {(tokens_in + tokens_out) / rate / 60:,.1f} minutes.")
    if totals["price"]:
        said.print(f"At these prices: {totals['price']:,.2f}.")


def _is_study_file(path: Path) -> bool:
    from coevolve_sim.studies.study_file import is_study_file

    return path.is_file() and is_study_file(path)


def _estimate_study(
    path: Path,
    settings: Sequence[str],
    rate: float | None,
    prices: tuple[float, float],
    *,
    as_json: bool,
) -> None:
    """Print what the runs of a study will ask that are not done yet."""
    from coevolve_sim.studies.study import open_study
    from coevolve_sim.studies.study_estimate import estimate_left, estimate_plan
    from coevolve_sim.studies.study_file import read_study_file

    with show_progress("Rounds counted") as shown:
        if is_study(path):
            found = estimate_left(open_study(path))
        else:
            found = estimate_plan(read_study_file(path, settings), shown.show_rounds)
    tokens = found.tokens_in + found.tokens_out
    price = (found.tokens_in * prices[0] + found.tokens_out * prices[1]) / 1e6
    if as_json:
        seconds = None if rate is None else tokens / rate
        said.print_json(json.dumps({**vars(found), "seconds": seconds, "price": price}))
        return
    if found.used_requests:
        said.print(f"So far {found.used_requests:,} requests and {found.used_tokens:,} tokens.")
    how = "At most" if found.basis == "bound" else "By what was used so far,"
    said.print(
        f"{how} {found.requests:,} requests, about {found.tokens_in:,} tokens in and {found.tokens_out:,} "
        f"out, for {found.tasks_left:,} seeds and points that are left."
    )
    if found.basis == "bound":
        said.print("What worlds ask alike is asked once, so that less is used; ask again of the folder.")
    if rate is not None:
        said.print(f"At {rate:,g} tokens/s: {tokens / rate / 60:,.1f} minutes.")
    if price:
        said.print(f"At these prices: {price:,.2f}.")


def _print_asked(asked: list[RequestEstimate]) -> None:
    table = Table(box=None, header_style="bold")
    for column in ("mind", "kind"):
        table.add_column(column)
    for column in ("requests", "tokens in", "tokens out"):
        table.add_column(column, justify="right")
    for row in asked:
        numbers = (f"{number:,}" for number in (row.requests, row.tokens_in, row.tokens_out))
        table.add_row(row.mind, row.kind, *numbers)
    said.print(table)


@with_errors_in_words
def preflight(
    scenario: ScenarioFile,
    settings: Settings = None,
    bias: Annotated[
        bool, typer.Option("--bias/--no-bias", help="Whether the bias by topic and stance is measured, too.")
    ] = True,
    arms: Annotated[
        bool,
        typer.Option(
            "--arms",
            help="Measure what is the mind's and not people's, too: its pull, agreement, anchors, others, "
            "unfinished sentences.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Tell whether a scenario's minds are fit to speak and be read, and their own bias by topic and stance.

    Personas of known stances write, and the scenario's reader reads that; nobody influences anybody.
    Exit code 12: a mind is unfit, and channel.unfit does not allow it. Exit code 10: it left more unanswered
    than minds.N.at_most_unanswered allows.
    """
    from coevolve_sim.language.endings import CountedMind, require_answers
    from coevolve_sim.language.fitness import require_fit
    from coevolve_sim.minds.answers import Answers
    from coevolve_sim.runs import runner
    from coevolve_sim.runs.attempts import limits_of

    setup = _load_setup(scenario, settings)
    channel = setup.channel
    if channel.minds is None:
        raise ScenarioError("there is no mind to measure: the channel is numeric", path=("channel", "kind"))
    index = [part.name for part in setup.scenario.minds].index(setup.mind_names[0])
    answers, unanswered = Answers(), None
    opener = channel.minds.opener
    channel.minds.opener = lambda part: CountedMind(opener(part), answers)
    with interruptible(), show_progress("Preflight") as shown, runner.open_minds(setup, shown.show_usage):
        try:
            fitness = channel.measure_fitness(always=True)
        except UnansweredError as error:  # what was asked besides may say more of it
            fitness, unanswered = [], error
        rows = channel.measure_bias() if bias and unanswered is None else []
        more = channel.measure_arms() if arms and unanswered is None else []
    limits = limits_of(setup.scenario.minds[index])
    require_answers(answers, limits, "no bias is shown", f"minds.{index}.at_most_unanswered")
    if unanswered is not None:
        raise unanswered
    _tell_unanswered(answers)
    _print_notes(channel.minds.usage, setup)
    if as_json:
        named = [vars(row) | {"dimension": setup.space.names[row.dimension]} for row in rows]
        told = {"fitness": [asdict(one) for one in fitness], "bias": named, "arms": [vars(a) for a in more]}
        said.print_json(json.dumps(jsonable(told)))
    else:
        _print_fitness(fitness, setup)
        if rows:
            _print_bias(rows, setup)
        if more:
            _print_arms(more)
    require_fit(fitness, setup.scenario.channel)


_BY_TOPIC = ("slope", "r", "auc", "error", "heard")
"""The quantities that are shown by voice and topic."""


def _print_fitness(fitness: Sequence[Fitness], setup: Setup) -> None:
    """Print the verdict on each mind, the numbers that it rests on, and the chief ones by voice and topic."""
    from coevolve_sim.language.fitness import ALL_TOPICS

    for one in fitness:
        said.print(f"Mind '{one.mind}' is {one.sentence}.", soft_wrap=True)
        said.print(f"Reader: {one.reader}.", soft_wrap=True)
        table, by_topic = Table(box=None, header_style="bold"), Table(box=None, header_style="bold")
        table.add_column("of all texts")
        for name in ("found", "low", "high", "texts"):
            table.add_column(name, justify="right")
        for name in ("voice", "topic"):
            by_topic.add_column(name)
        for name in _BY_TOPIC:
            by_topic.add_column(name, justify="right")
        cells: dict[tuple[str, int], dict[str, float]] = {}
        for row in one.rows:
            if row.voice == "*":
                numbers = (_short(row.value), _short(row.low), _short(row.high), f"{row.n_texts:,}")
                table.add_row(row.quantity.replace("_", " "), *numbers)
            else:
                cells.setdefault((row.voice, row.dimension), {})[row.quantity] = row.value
        for (voice, d), found in cells.items():
            topic = "all" if d == ALL_TOPICS else setup.space.labels[d]
            by_topic.add_row(voice or "(its own)", topic, *(_short(found.get(name)) for name in _BY_TOPIC))
        said.print(table)
        said.print(by_topic)


def _short(value: float | None) -> str:
    return "" if value is None or math.isnan(value) else f"{value:.2f}"


def _print_arms(arms: Sequence[Arm]) -> None:
    """Print what is the mind's own and not people's."""
    table = Table(box=None, header_style="bold")
    for name in ("arm", "given"):
        table.add_column(name)
    for name in ("read", "low", "high", "texts"):
        table.add_column(name, justify="right")
    for arm in arms:
        table.add_row(
            arm.name, arm.given, _short(arm.value), _short(arm.low), _short(arm.high), str(arm.n_texts)
        )
    said.print(table)


def _tell_unanswered(answers: Answers) -> None:
    """Print on standard error what was not answered, if anything was not."""
    if warning := answers.describe():
        aside.print(f"{warning}.", soft_wrap=True)


def _print_notes(usage: Usage, setup: Setup) -> None:
    """Say on standard error what is kept from earlier runs, and whether options held little probability."""
    least = float(getattr(setup.scenario.channel, "least_option_mass", LEAST_MASS))
    if usage.scored and usage.mass / usage.scored < least:
        held = f"the options held {usage.mass / usage.scored:.2g} of the probability on average"
        aside.print(
            f"Note: {held}, less than {least:g}: the mind would rather say something else, so that what is "
            "read is doubtful.",
            soft_wrap=True,
        )
    if usage.earlier:
        kept = f"{usage.earlier:,} of {usage.done:,} replies were kept from earlier runs"
        aside.print(f"Note: {kept}, and not asked for again.", soft_wrap=True)


def _print_bias(rows: list[BiasRow], setup: Setup) -> None:
    """Print, for each voice and topic, bias (perceived minus held), drift, and readings of claims."""
    table = Table(box=None, header_style="bold")
    table.add_column("voice")
    table.add_column("topic")
    stances = sorted({row.stance for row in rows if row.arm == "written"})
    for stance in stances:
        table.add_column(f"{stance:g}", justify="right")
    for column in ("alone", "claim", "negation"):
        table.add_column(column, justify="right")
    found = {(row.arm, row.voice, row.dimension, row.stance, row.passes): row.perceived for row in rows}
    last = max((row.passes for row in rows if row.arm == "alone"), default=1)
    for voice in sorted({row.voice for row in rows}):
        for d, label in enumerate(setup.space.labels):
            biases = [found["written", voice, d, stance, 1] - stance for stance in stances]
            drift = max(abs(found["alone", voice, d, stance, last] - stance) for stance in stances)
            fair = (found["claim", voice, d, 1.0, 1], found["negation", voice, d, 0.0, 1])
            cells = [
                *(f"{bias:+.2f}" for bias in biases),
                f"{drift:.2f}",
                *(f"{value:.2f}" for value in fair),
            ]
            table.add_row(voice or "(its own)", label, *cells)
    said.print(table)
    said.print(
        "\nColumns of numbers: what was read less the stance (head of the column) that the writer held; the "
        f"furthest a stance walked when a persona read only its own words, {last} times; what was read in a "
        "claim (1 would be fair) and in its negation (0)."
    )


def _load_setup(scenario: Path, settings: list[str] | None) -> Setup:
    from coevolve_sim.runs import runner

    return runner.load_setup(find_named_scenario(scenario), overrides=settings or ())[1]


@with_errors_in_words
def elicit(
    mind: Annotated[
        str,
        typer.Option(
            "--mind",
            help="embedded, a folder, a Hub name, progressgym-8B, progressgym-70B, or http://HOST:PORT/v1#MODEL.",
        ),
    ] = "embedded",
    eras: Annotated[
        str | None,
        typer.Option(
            help="Era after era, as in C013..C021: a voice each, or a model each of progressgym-8B."
        ),
    ] = None,
    space: Annotated[str, typer.Option(help="Value space; see `coevolve list spaces`.")] = "progressgym",
    questionnaire: Annotated[
        str | None,
        typer.Option(
            help="likert (if not given), pair, four, an installed one, FILE.py:NAME of your own, a CSV "
            "file, or ProgressGym's folder of questions."
        ),
    ] = None,
    items: Annotated[
        int | None, typer.Option(help="At most so many items on a dimension, the first ones.", min=1)
    ] = None,
    personas: Annotated[
        int | None, typer.Option(help="The first so many of the 24 personas; all if not given.", min=1)
    ] = None,
    voices: VoicesOfAMind = None,
    dtype: Dtype = "auto",
    device: Device = "auto",
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the files.")] = Path(
        "results/elicited"
    ),
    at_most_unanswered: Annotated[
        float,
        typer.Option(
            help="Largest share of an era's requests that may be given up or invalid.", min=0.0, max=1.0
        ),
    ] = 0.2,
    allow_unfit: Annotated[
        bool,
        typer.Option(
            "--allow-unfit",
            help="Write values of a mind that answers by an option's place, or that is hardly read, too.",
        ),
    ] = False,
    instrument: Annotated[
        str,
        typer.Option(
            help="items: it answers a questionnaire. words: it writes on each topic, and a reader reads that."
        ),
    ] = "items",
    reader: Annotated[
        str | None, typer.Option(help="By words: which reader reads; auto if not given, see channel.reader.")
    ] = None,
    texts: Annotated[
        int | None, typer.Option(help="By words: texts of each persona on each topic; 1 if not given.", min=1)
    ] = None,
    begin: Annotated[
        str | None,
        typer.Option(help="By words: how each text is begun for the mind; {topic} in it is its topic."),
    ] = None,
    read_by: Annotated[
        str | None,
        typer.Option("--read-by", help="By words: the mind that reads; the one that writes if not given."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure a mind's values over personas; era after era they make a history that scenarios read.

    Exit code 10: more was left unanswered than --at-most-unanswered allows; nothing is written of that era.
    Exit code 12: a mind answers by an option's place, or a reader hardly reads stances; nothing is written.
    """
    from coevolve_sim.cli import mind_names
    from coevolve_sim.language import elicitation
    from coevolve_sim.language.questionnaires import read_personas

    by_words = {"--reader": reader, "--texts": texts, "--begin": begin, "--read-by": read_by}
    if instrument == "items":
        _refuse_given(by_words, "goes with --instrument words")
        own = _questionnaire(questionnaire or "likert", space)
        asked: Questionnaire | Words = own if items is None else own.at_most(items)
    elif instrument == "words":
        _refuse_given({"--items": items, "--questionnaire": questionnaire}, "goes with --instrument items")
        asked = _words(space, reader, texts, begin)
    else:
        raise QuestionnaireError(f"--instrument {instrument}: there is items, and words")
    people = read_personas()[:personas]
    named = mind_names.eras_of_mind(
        mind, mind_names.parse_eras(eras), mind_names.parse_voices(voices), dtype=dtype, device=device
    )
    with interruptible(), show_progress("Requests") as shown, ExitStack() as opened:
        if isinstance(asked, elicitation.Words) and read_by is not None:
            reading, _ = opened.enter_context(mind_names.one_mind(read_by, None, dtype=dtype, device=device))
            asked = replace(asked, read_by=reading)
        found = elicitation.elicit(
            named,
            asked,
            out,
            personas=people,
            progress=lambda _era, done, total: shown.show_rounds(done, total),
            at_most_unanswered=at_most_unanswered,
            allow_unfit=allow_unfit,
        )
    _tell_unanswered(found.answers)
    written = [path for path in (found.values, found.history, found.spread, found.texts) if path is not None]
    for note in found.notes:
        aside.print(f"Note: {note}.", soft_wrap=True)
    if as_json:
        said.print_json(json.dumps([str(path) for path in written]))
        return
    _print_values(found, asked.space)
    for path in written:
        said.print(str(path), soft_wrap=True)


def _print_values(found: Elicitation, space: ValueSpace) -> None:
    """Print the mean of each era on each dimension, and its standard deviation over personas."""
    table = Table(box=None, header_style="bold")
    table.add_column("dimension")
    for era in found.eras:
        table.add_column(era.name, justify="right")
    for label, centres, spreads in zip(space.labels, found.centres.T, found.spreads.T, strict=True):
        table.add_row(label, *(f"{c:.2f} ±{s:.2f}" for c, s in zip(centres, spreads, strict=True)))
    said.print(table)
    said.print("\nMean over personas ± their standard deviation. Written:")


def _refuse_given(options: Mapping[str, object], why: str) -> None:
    """Refuse options that were given though they mean nothing beside the others."""
    for name, value in options.items():
        if value is not None:
            raise QuestionnaireError(f"{name} {why}")


def _words(
    space: str,
    reader: str | None,
    texts: int | None,
    begin: str | None,
) -> Words:
    """Return the instrument by words that the command line describes."""
    from coevolve_sim import values
    from coevolve_sim.language.elicitation import Words

    return Words(
        values.get(space),
        reader=reader or "auto",
        texts=texts or 1,
        begin=begin or "",
    )


def _questionnaire(name: str, space: str) -> Questionnaire:
    from coevolve_sim import values
    from coevolve_sim.language import questionnaires

    path = Path(name)
    is_named = name in questionnaires.QUESTIONNAIRES or (":" in name and not path.exists())
    if is_named:
        return questionnaires.make_questionnaire(name, values.get(space))
    if path.is_dir():
        return questionnaires.read_progressgym(path)
    return questionnaires.read_questionnaire(path, values.get(space))


@with_errors_in_words
def serve(
    model: Annotated[str, typer.Argument(help="embedded, a folder, or a name on the Hub.")] = "embedded",
    voices: VoicesToServe = None,
    port: Annotated[int, typer.Option(help="On this machine; 0 takes a free one.")] = 8000,
    dtype: Dtype = "auto",
    device: Device = "auto",
    only_print: Annotated[
        bool, typer.Option("--print", help="Print the command that serves it by vLLM instead.")
    ] = False,
) -> None:
    """Serve a model in OpenAI's dialect, on this machine only, until interrupted."""
    from coevolve_sim.cli.mind_names import parse_voices

    named = parse_voices(voices)
    if only_print:
        from coevolve_sim.minds.openai.vllm import build_command

        place = model if model != "embedded" else _embedded_folder()
        command = build_command(
            place, voices=named, port=port, dtype=dtype, on_processor=device == "cpu", python="python"
        )
        said.print(str(command), soft_wrap=True)
        return
    from coevolve_sim.minds.serve.server import run_server

    settings: dict[str, Any] = {} if model == "embedded" else {"voices": named, "dtype": dtype}
    run_server(model, port=port, device=device, say=lambda line: said.print(line, soft_wrap=True), **settings)


def _embedded_folder() -> str:
    from importlib import resources

    return str(resources.files("coevolve_sim.minds") / "embedded" / "model")
