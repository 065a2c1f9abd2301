"""The parts of a scenario that describe a society: values, history, network, population."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Discriminator, Field, Tag

from coevolve_sim.registry import plugin_name
from coevolve_sim.scenario.respondent_specs import RespondentsSpec, ScaleText
from coevolve_sim.scenario.spec import (
    PLUGIN_PATH,
    GroupConfidenceSpec,
    GroupRateSpec,
    Parameter,
    PerDimension,
    Spec,
    field,
)
from coevolve_sim.values.scales import SCALES

NAME_PATTERN = r"^[a-z0-9][a-z0-9_-]{0,59}$"
DEFAULT_CENTRE = 0.5
DEFAULT_SPREAD = 0.15
DEFAULT_HUMANS = 500


class CustomSpaceSpec(Spec):
    """A value space of the scenario's own."""

    name: str = field(..., "What the space is called.", pattern=NAME_PATTERN)
    dimensions: tuple[str, ...] = field(
        ..., "Names of its dimensions, each once.", min_length=1, max_length=1000
    )


class PluginSpaceSpec(Spec):
    """A value space in a file of your own."""

    plugin_group: ClassVar[str] = "coevolve_sim.value_spaces"

    kind: Literal["custom"] = field("custom", "A ValueSpace, or a function that makes one.")
    path: str = field(..., PLUGIN_PATH, min_length=1)
    parameters: dict[str, Parameter] = field({}, "Handed to the function, by name.")

    @property
    def name(self) -> str:
        """What it is called: its path without folders."""
        return plugin_name(self.path)


def _form_of_space(given: object) -> str:
    """Return in which of two forms a value space is written: with its dimensions, or as a plug-in."""
    if isinstance(given, dict):
        return "custom" if "kind" in given or "path" in given else "named"
    return "custom" if isinstance(given, PluginSpaceSpec) else "named"


SpaceSpec = Annotated[
    Annotated[CustomSpaceSpec, Tag("named")] | Annotated[PluginSpaceSpec, Tag("custom")],
    Discriminator(_form_of_space),
]


# --- histories -----------------------------------------------------------------------------------


class _MovingHistorySpec(Spec):
    """What every history that moves people has."""

    effect: Literal["shift", "attract", "none", "seed"] = field(
        "shift",
        "How history moves people without any assistant: shift adds its change to everybody, attract "
        "pulls everybody towards it, none lets it be a reference only, seed lets it tell where groups and "
        "assistants begin, and nothing else: no time passes in it.",
    )
    pull: float = field(
        0.1,
        "With effect attract: which part of the way to the history people go.",
        "share a round",
        ge=0.0,
        le=1.0,
    )


class NoHistorySpec(Spec):
    """No reference trajectory."""

    kind: Literal["none"] = field("none", "No history: nothing moves people but each other and assistants.")


class GssMoralHistorySpec(_MovingHistorySpec):
    """US moral opinion, 1972-2018."""

    kind: Literal["gss-moral"] = field("gss-moral", "The General Social Survey's moral issues.")
    interval_years: int = field(1, "Time from one era to the next.", "years", ge=1, le=23)
    minimum_surveys: int = field(
        20, "An issue is kept if asked in at least so many surveys.", "surveys", ge=2, le=32
    )
    first_year: int | None = field(None, "First era; 1972 if not given.", "year", ge=1972, le=2017)
    last_year: int | None = field(None, "Last era; 2018 if not given.", "year", ge=1973, le=2018)


class PlantedHistorySpec(_MovingHistorySpec):
    """A history made by a formula, so that what is measured can be held to what was planted."""

    kind: Literal["planted"] = field("planted", "A history made by a formula.")
    shape: Literal["linear", "logistic", "reversal", "regime_shift", "oscillation", "random_walk"] = field(
        "linear", "Form of the trajectory."
    )
    eras: int = field(10, "Number of eras.", "eras", ge=2, le=10_000)
    start: PerDimension | None = field(
        None, "Value in the first era; drawn for each dimension if not given.", "value"
    )
    end: PerDimension | None = field(
        None,
        "Value the trajectory goes to; drawn for each dimension if not given. A random walk has none.",
        "value",
    )
    turning_point: float = field(
        0.5,
        "When a reversal, a regime shift or the middle of a logistic rise comes, as a part of the history.",
        "share",
        gt=0.0,
        lt=1.0,
    )
    period: float = field(8.0, "Of an oscillation.", "eras", ge=2.0, le=1e6)
    steepness: float = field(10.0, "Of a logistic rise, over the whole history.", ge=0.1, le=1000.0)
    step_sd: float = field(0.05, "Standard deviation of a random walk's step.", "value", gt=0.0, le=1.0)


class SpreadFileSpec(Spec):
    """A table of standard deviations, era by era."""

    path: str = field(
        ...,
        "The table: a column era, and one column a dimension; has every era and dimension of the "
        "history. Relative to the scenario file.",
    )


class FileHistorySpec(_MovingHistorySpec):
    """A history read from a table of eras by dimensions."""

    kind: Literal["file"] = field("file", "A CSV or Parquet table.")
    path: str = field(
        ..., "The table: a column era, and one column a dimension. Relative to the scenario file."
    )
    scale: ScaleText = field("0-1", f"Of its cells: {SCALES}.")
    spread: SpreadFileSpec | None = field(
        None,
        "A CSV or Parquet table of standard deviations in [0, 0.5], as an elicitation's spread.csv: a group "
        "that has an era, and no spread of its own, is spread as it says.",
        "value",
    )
    encoding: str | None = field(
        None, "Of CSV that is neither UTF-8 nor, with its byte order mark, UTF-16: latin-1."
    )


HistorySpec = Annotated[
    NoHistorySpec | GssMoralHistorySpec | PlantedHistorySpec | FileHistorySpec, Field(discriminator="kind")
]


# --- networks ------------------------------------------------------------------------------------


class CompleteSpec(Spec):
    """Full mixing."""

    family: Literal["complete"] = field("complete", "Everybody hears everybody.")


class ErdosRenyiSpec(Spec):
    """Ties at random."""

    family: Literal["erdos_renyi"] = field("erdos_renyi", "Each pair tied with the same probability.")
    degree: float = field(10.0, "Mean number of ties.", "ties a human", ge=0.0, le=1e6)
    directed: bool = field(False, "Whether hearing may be one-sided.")


class WattsStrogatzSpec(Spec):
    """A small world."""

    family: Literal["watts_strogatz"] = field("watts_strogatz", "A ring whose ties are partly rewired.")
    degree: int = field(10, "Ties of a human on the ring; even.", "ties a human", ge=2, le=1_000_000)
    rewiring: float = field(0.1, "Probability that a tie is rewired.", "probability", ge=0.0, le=1.0)


class BarabasiAlbertSpec(Spec):
    """Preferential attachment."""

    family: Literal["barabasi_albert"] = field("barabasi_albert", "Newcomers tie to the well tied.")
    attachments: int = field(5, "Ties that a newcomer brings.", "ties", ge=1, le=1_000_000)


class PowerLawClusterSpec(Spec):
    """Preferential attachment with triangles."""

    family: Literal["power_law_cluster"] = field(
        "power_law_cluster", "Preferential attachment that closes triangles."
    )
    attachments: int = field(5, "Ties that a newcomer brings.", "ties", ge=1, le=1_000_000)
    triangle_probability: float = field(
        0.5, "Probability that a tie closes a triangle.", "probability", ge=0.0, le=1.0
    )


class StochasticBlockSpec(Spec):
    """Blocks denser within than between."""

    family: Literal["stochastic_block"] = field("stochastic_block", "Communities of planted membership.")
    blocks: int | tuple[float, ...] = field(
        2, "Number of equal blocks, or the share of each; shares sum to 1.", "blocks or shares"
    )
    degree_within: float = field(
        9.0, "Mean number of ties inside one's block.", "ties a human", ge=0.0, le=1e6
    )
    degree_between: float = field(1.0, "Mean number of ties to other blocks.", "ties a human", ge=0.0, le=1e6)
    directed: bool = field(False, "Whether hearing may be one-sided.")


class RandomGeometricSpec(Spec):
    """Neighbours in a square."""

    family: Literal["random_geometric"] = field(
        "random_geometric", "Humans at random in a unit square, tied when near."
    )
    degree: float = field(10.0, "Mean number of ties away from the border.", "ties a human", ge=0.0, le=1e6)


class RingSpec(Spec):
    """A ring."""

    family: Literal["ring"] = field("ring", "Each tied to the nearest on a ring.")
    degree: int = field(2, "Ties of a human; even.", "ties a human", ge=2, le=1_000_000)


class GridSpec(Spec):
    """A rectangular grid."""

    family: Literal["grid"] = field("grid", "Four neighbours on a rectangle.")
    rows: int | None = field(None, "Rows; the most square grid if not given.", "rows", ge=1)
    periodic: bool = field(False, "Whether opposite borders meet.")


class StarSpec(Spec):
    """A star."""

    family: Literal["star"] = field("star", "Human 0 is tied to everybody, nobody else to anybody else.")


class CavemanSpec(Spec):
    """Cliques in a circle."""

    family: Literal["caveman"] = field("caveman", "Cliques, loosely connected.")
    cave_size: int = field(10, "Humans of a clique; divides the population.", "humans", ge=3)
    rewiring: float = field(
        0.05, "Probability that a tie is rewired to another clique.", "probability", ge=0.0, le=1.0
    )


class DegreeSequenceSpec(Spec):
    """Degrees as given, otherwise random."""

    family: Literal["degree_sequence"] = field("degree_sequence", "Random ties, given numbers of them.")
    degrees: tuple[int, ...] | None = field(
        None, "Ties of each human; a power law is drawn if not given.", "ties a human"
    )
    exponent: float = field(2.5, "Of the power law.", gt=1.0, le=20.0)
    min_degree: int = field(3, "Least degree of the power law.", "ties a human", ge=1, le=1_000_000)


class NetworkFileSpec(Spec):
    """A network read from a file."""

    brings_humans: ClassVar[bool] = True

    family: Literal["file"] = field(
        "file", "An edge list, or GraphML, GEXF, GML, Pajek or Matrix Market; plain or gzipped."
    )
    path: str = field(..., "The file. Relative to the scenario file.")
    directed: bool = field(False, "Whether an edge of an edge list is heard by its second end only.")
    weighted: bool | Literal["auto"] = field(
        "auto",
        "Whether ties have weights: auto reads them where there are any, true requires them, false passes "
        "over them and all further columns.",
    )
    header: bool | Literal["auto"] = field(
        "auto", "Whether the first line of an edge list names the columns; auto finds it out or refuses it."
    )
    encoding: str | None = field(
        None, "Of an edge list that is neither UTF-8 nor, with its byte order mark, UTF-16: latin-1."
    )
    weight: str | None = field(
        None, "The column of an edge list, or the attribute of edges, that holds the weights of ties."
    )


class CustomNetworkSpec(Spec):
    """A network of your own."""

    plugin_group: ClassVar[str] = "coevolve_sim.networks"

    family: Literal["custom"] = field("custom", "Ties humans as a function in a file of yours does.")
    path: str = field(..., PLUGIN_PATH, min_length=1)
    parameters: dict[str, Parameter] = field({}, "Handed to it, by name, after n and seed.")


NETWORK_SPECS = (
    CompleteSpec,
    ErdosRenyiSpec,
    WattsStrogatzSpec,
    BarabasiAlbertSpec,
    PowerLawClusterSpec,
    StochasticBlockSpec,
    RandomGeometricSpec,
    RingSpec,
    GridSpec,
    StarSpec,
    CavemanSpec,
    DegreeSequenceSpec,
    NetworkFileSpec,
    CustomNetworkSpec,
)
NetworkSpec = Annotated[
    CompleteSpec
    | ErdosRenyiSpec
    | WattsStrogatzSpec
    | BarabasiAlbertSpec
    | PowerLawClusterSpec
    | StochasticBlockSpec
    | RandomGeometricSpec
    | RingSpec
    | GridSpec
    | StarSpec
    | CavemanSpec
    | DegreeSequenceSpec
    | NetworkFileSpec
    | CustomNetworkSpec,
    Field(discriminator="family"),
]


# --- population ----------------------------------------------------------------------------------


class GroupSpec(Spec):
    """A named part of the population."""

    name: str = field(..., "What the group is called.", pattern=NAME_PATTERN)
    description: str = field(
        "",
        "Who its members are, in words for prompts, as in: a member of the farmers' union; if not given, one "
        "of the name (with channel.prompts v1), or nothing (v2).",
        max_length=200,
    )
    share: float = field(1.0, "Its part of the population; shares sum to 1.", "share", gt=0.0, le=1.0)
    era: int | str | None = field(
        None,
        "Its values are centred where the history stood in this era: its name, or its number where all eras "
        "are numbers (those of a planted history count from 0).",
    )
    centre: PerDimension | None = field(
        None, f"Its values are centred here; {DEFAULT_CENTRE} if neither era nor centre is given.", "value"
    )
    spread: PerDimension | None = field(
        None,
        "Standard deviation of its initial values; if not given, that of its era where the history tells it, "
        f"else {DEFAULT_SPREAD}.",
        "value",
    )
    distribution: Literal["beta", "uniform"] = field(
        "beta",
        "beta: around the centre, never heaped at 0 or 1. uniform: over all of [0, 1], without centre or "
        "spread.",
    )
    sampling: Literal["independent", "stratified"] = field(
        "independent",
        "independent draws, or stratified ones whose mean hardly differs from the centre.",
    )
    stubbornness: float = field(
        0.0,
        "Which part of one's anchor is kept, once a round, after exchange and consultation. The anchor is "
        "one's initial values, moved along by a history that shifts and by shocks; 1 stays there.",
        "share a round",
        ge=0.0,
        le=1.0,
    )
    adoption: float = field(
        0.5, "Probability of consulting an assistant in a round.", "probability a round", ge=0.0, le=1.0
    )
    confidence: GroupConfidenceSpec = field(
        GroupConfidenceSpec(), "Instead of update.confidence, for this group.", "value distance"
    )
    rate: GroupRateSpec = field(
        GroupRateSpec(), "Instead of update.rate, for this group.", "share of the way"
    )
    placement: Literal["random", "community", "highest_degree", "lowest_degree"] = field(
        "random", "Which places of the network the group takes."
    )
    voice: str = field(
        "", "With a channel of language: the voice its humans speak and read with, an era's for one."
    )


class PopulationSpec(Spec):
    """Who lives in the society."""

    humans: int | None = field(
        None,
        "Number of humans; if not given, what the file of the network or of people says, else "
        f"{DEFAULT_HUMANS}.",
        "humans",
        ge=1,
        le=50_000_000,
    )
    groups: tuple[GroupSpec, ...] = field(
        (GroupSpec(name="everyone"),),
        "The groups; their shares sum to 1, or follow from a file that says who belongs to which.",
        min_length=1,
        max_length=1000,
    )
    file: RespondentsSpec | None = field(
        None, "A table of people of your own, with their values; its path alone, or how it is read."
    )
    groups_from: str | None = field(
        None,
        "An attribute of nodes in the network's file that says to which group a human belongs.",
        min_length=1,
    )
