"""All errors that this package raises on purpose.

The text of an error says where the problem is, what was given, what is allowed, and what to do. To catch all
of them, catch `CoevolveError`::

    CoevolveError
    ├── ScenarioError       a scenario file that cannot be read, or describes something impossible
    ├── ValueSpaceError     a value space or dimension that does not exist, or is not well formed
    ├── HistoryError        a history that cannot be read, or holds something that is not a value
    ├── NetworkError        a network that cannot exist, or a network file that cannot be read
    ├── PopulationError     groups that cannot be drawn or placed
    ├── RuleError           arrays or parameters that a rule cannot work on
    ├── ChannelError        arrays or parameters that a channel cannot carry
    ├── PolicyError         an assistant's policy that is unknown, or returned something other than values
    ├── MindError           a language model or server that cannot be reached, or answers in another format
    │   ├── UnansweredError more requests not answered than the scenario allows; asked again on resume
    │   └── LimitReachedError  a limit on requests or tokens was reached; resume goes on with a higher one
    ├── PromptError         a prompt template that cannot be read, or lacks a placeholder
    ├── QuestionnaireError  a questionnaire that cannot be read, or items that cannot be scored
    ├── PreferenceError     preferences that cannot be asked for, or that give no pair to learn from
    ├── TrainingError       weights that cannot be trained: bad cases or settings, or a loss not finite
    ├── MeasureError        arrays for which a measure cannot be computed
    ├── StudyError          runs or scores that cannot be compared
    ├── PlotError           a picture of what is not on record, or on axes that do not fit it
    ├── ViewError           a live view of nothing that can be shown, or that cannot be served
    ├── PluginError         a plug-in that cannot be loaded or built, or is not a plug-in
    ├── RoundError          a round that failed; the rounds finished before it are kept
    └── RecordError         a run's folder that cannot be created, read, resumed or exported
"""

from __future__ import annotations


class CoevolveError(Exception):
    """The base class of all errors of this package."""


class ScenarioError(CoevolveError):
    """A scenario that cannot be read, or describes something impossible.

    Parameters
    ----------
    message : str
        What was given, what is allowed, what to do.
    where : str, optional
        ``file:line:column``; put in front of the message.
    path : tuple of str and int
        Keys that lead to the wrong entry, from the top of the scenario; empty where there are none.
    """

    def __init__(self, message: str, where: str | None = None, path: tuple[str | int, ...] = ()) -> None:
        place = where or ".".join(str(key) for key in path)
        super().__init__(f"{place}: {message}" if place else message)
        self.where = where
        self.path = path
        self.problem = message


class ValueSpaceError(CoevolveError):
    """A value space or dimension that does not exist or is not well formed."""


class HistoryError(CoevolveError):
    """A history that cannot be read, or holds something that is not a value."""


class NetworkError(CoevolveError):
    """A network that cannot exist, or a network file that cannot be read."""


class PopulationError(CoevolveError):
    """Groups that cannot be drawn or placed."""


class RuleError(CoevolveError):
    """Arrays or parameters that a rule cannot work on."""


class ChannelError(CoevolveError):
    """Arrays or parameters that a channel cannot carry."""


class PolicyError(CoevolveError):
    """A policy that is unknown, or returned something other than values."""


class MindError(CoevolveError):
    """A language model or server that cannot be reached, or answers in another format."""


class UnansweredError(MindError):
    """More of what a mind was asked was not answered than the scenario allows.

    The round in which that was so is not on record; `coevolve_sim.resume` asks it again.
    """


class UnfitError(MindError):
    """A mind is shown, before the first round, not to speak or read as the society needs."""


class UnservedError(MindError):
    """A mind cannot serve what a reader needs."""


class LimitReachedError(MindError):
    """A limit on what minds may be asked is reached; what was finished is kept, and can be gone on with."""


class PromptError(CoevolveError):
    """A prompt template that cannot be read, or lacks a placeholder."""


class QuestionnaireError(CoevolveError):
    """A questionnaire that cannot be read, or items that cannot be scored."""


class PreferenceError(CoevolveError):
    """Preferences that cannot be asked for, or that give no pair to learn from."""


class TrainingError(CoevolveError):
    """Weights that cannot be trained: bad cases or settings, or a loss that is not finite."""


class MeasureError(CoevolveError):
    """Arrays for which a measure cannot be computed."""


class StudyError(CoevolveError):
    """Runs or scores that cannot be compared."""


class PlotError(CoevolveError):
    """A picture that cannot be drawn: what it shows is not on record, or the axes given do not fit it."""


class ViewError(CoevolveError):
    """A live view that cannot be shown: of what is no run, on a port in use, or without its extra."""


class PluginError(CoevolveError):
    """A plug-in that cannot be loaded or built, or whose kind cannot be determined."""


class RoundError(CoevolveError):
    """A round that failed; the rounds finished before it are kept."""


class RecordError(CoevolveError):
    """A run's folder that cannot be created, read, resumed or exported."""
