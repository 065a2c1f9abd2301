"""The scenario: one frozen description of a society and a study."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from coevolve_sim.notebook import build_html, join_some
from coevolve_sim.scenario.fairness_specs import FairnessSpec
from coevolve_sim.scenario.games_specs import GamesSpec
from coevolve_sim.scenario.guard_specs import AdversariesSpec
from coevolve_sim.scenario.media_specs import MediaSpec
from coevolve_sim.scenario.mind_specs import LanguageChannelSpec, MindSpec
from coevolve_sim.scenario.process_specs import (
    AssistantSpec,
    ConsultingSpec,
    CustomChannelSpec,
    DriveSpec,
    HegselmannKrauseSpec,
    InterventionSpec,
    MeasuresSpec,
    MesaSpec,
    NumericChannelSpec,
    RecordSpec,
    UpdateSpec,
)
from coevolve_sim.scenario.society_specs import (
    NAME_PATTERN,
    HistorySpec,
    NetworkSpec,
    NoHistorySpec,
    PopulationSpec,
    SpaceSpec,
    WattsStrogatzSpec,
)
from coevolve_sim.scenario.spec import Spec, field

ChannelSpec = Annotated[
    NumericChannelSpec | LanguageChannelSpec | CustomChannelSpec,
    Field(discriminator="kind"),
]


class Scenario(Spec):
    """A society and what happens to it.

    Read one with `coevolve_sim.load`; keys and their ranges are in ``docs/scenario.md``.
    """

    name: str = field(
        ...,
        "What the scenario is called: lower-case letters, digits, - and _; names the run's folder.",
        pattern=NAME_PATTERN,
    )
    description: str = field("", "The question it asks and what to expect; printed in the report.")
    seed: int = field(1, "Everything random follows from it.", ge=0, le=2**63 - 1)
    rounds: int | None = field(
        None,
        "How long it runs; as long as the history if not given, so it must be given without a history.",
        "rounds",
        ge=1,
        le=10_000_000,
    )
    rounds_per_era: int = field(1, "How long an era lasts.", "rounds an era", ge=1, le=1_000_000)
    value_space: str | SpaceSpec = field(
        "progressgym",
        "On which axes values lie: a space built in or installed, a name and dimensions, or one in a file.",
    )
    dimensions: tuple[str, ...] | None = field(
        None, "Of the value space, only these, in this order; all if not given.", min_length=1
    )
    history: HistorySpec = field(NoHistorySpec(), "The reference trajectory of values.")
    network: NetworkSpec = field(WattsStrogatzSpec(), "Who hears whom.")
    population: PopulationSpec = field(PopulationSpec(), "Who lives in the society.")
    update: UpdateSpec = field(HegselmannKrauseSpec(), "How listeners' values move.")
    minds: tuple[MindSpec, ...] = field(
        (), "Language models, for a channel of kind language.", max_length=100
    )
    channel: ChannelSpec = field(NumericChannelSpec(), "What listeners perceive of speakers' values.")
    assistants: tuple[AssistantSpec, ...] = field((), "The assistants, if any.", max_length=1000)
    consulting: ConsultingSpec = field(ConsultingSpec(), "How humans come to the assistant they consult.")
    media: MediaSpec = field((), "Outlets, which people follow and nobody moves, if any.")
    games: GamesSpec | None = field(None, "Games that people play with those they are tied to, if any.")
    adversaries: AdversariesSpec | None = field(
        None, "Humans who try to carry assistants out of what these are permitted, if any."
    )
    drive: DriveSpec | None = field(None, "A course that one dimension of one assistant follows, if any.")
    interventions: tuple[InterventionSpec, ...] = field((), "What is done to the society, and when.")
    measures: MeasuresSpec = field(MeasuresSpec(), "What is measured, and when.")
    fairness: FairnessSpec | None = field(
        None, "What is meant by fair, if the report is to say who is followed."
    )
    record: RecordSpec = field(RecordSpec(), "What is kept of the run.")
    mesa: MesaSpec = field(MesaSpec(), "Which of Mesa's objects a society in Python has.")

    def describe_society(self, n_humans: int | None, dimensions: Sequence[str]) -> list[tuple[str, str]]:
        """Return who lives in the society, on what network and by which rule, as names and texts.

        Parameters
        ----------
        n_humans : int or None
            Number of humans, where it is known.
        dimensions : sequence of str
            Names of the dimensions, as far as they are known.
        """
        groups = [group.name for group in self.population.groups]
        kinds = [f"{one.name} ({one.policy.kind})" for one in self.assistants]
        within = f" in {join_some(groups)}" if len(groups) > 1 else ""
        return [
            ("humans", "" if n_humans is None else f"{n_humans:,}{within}"),
            ("assistants", join_some(kinds) or "none"),
            ("dimensions", f"{len(dimensions)}: {join_some(dimensions)}" if dimensions else ""),
            ("network", self.network.family),
            ("rule", self.update.rule),
            ("channel", self.channel.kind),
        ]

    def _repr_html_(self) -> str:
        """Return what a notebook shows of the scenario."""
        space, rounds = self.value_space, self.rounds
        facts = [
            ("rounds", "as long as its history" if rounds is None else f"{rounds:,}"),
            ("seed", str(self.seed)),
            ("values", space if isinstance(space, str) else getattr(space, "name", "")),
            ("history", self.history.kind),
            *self.describe_society(self.population.humans, self.dimensions or ()),
            ("interventions", str(len(self.interventions) or "")),
        ]
        return build_html(f"Scenario {self.name}", facts, [" ".join(self.description.split())])
