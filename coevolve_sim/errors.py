"""Every error this package raises on purpose.

An error says where, what was given, what is allowed, and what to do about it.
Whoever wants to catch them all catches `CoevolveError`::

    CoevolveError
    ├── ScenarioError       a scenario file that cannot be read, or describes what cannot be
    ├── ValueSpaceError     a value space or dimension that does not exist, or is not well formed
    ├── HistoryError        a history that cannot be read, or holds what is not a value
    ├── NetworkError        a network that cannot exist, or a network file that cannot be read
    ├── PopulationError     groups that cannot be drawn or placed
    ├── RuleError           arrays or parameters that a rule cannot work on
    ├── ChannelError        arrays or parameters that a channel cannot carry
    ├── PolicyError         an assistant's policy that is unknown, or returned what is not values
    ├── MindError           a language model or server that cannot be had, or speaks another dialect
    ├── PromptError         a template of a prompt that cannot be read, or lacks a place
    ├── QuestionnaireError  a questionnaire that cannot be read, or items that cannot be scored
    ├── PreferenceError     preferences that cannot be asked for, or that no pair can be made of
    ├── TrainingError       weights that cannot be trained: cases, settings, a loss that is no number
    ├── MeasureError        arrays that a measure cannot be taken of
    ├── PluginError         a plug-in that cannot be had or made, or that is none
    ├── RoundError          a round that went wrong; the finished rounds before it stand
    └── RecordError         a run's folder that cannot be made, read, resumed or exported
"""

from __future__ import annotations


class CoevolveError(Exception):
    """The root of the tree."""


class ScenarioError(CoevolveError):
    """A scenario that cannot be read or cannot be.

    Parameters
    ----------
    message : str
        What was given, what is allowed, what to do.
    where : str, optional
        ``file:line:column``; put in front of the message.
    path : tuple of str and int
        Keys that lead to the culprit, from the top of the scenario; empty where there are none.
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
    """A history that cannot be read or holds what is not a value."""


class NetworkError(CoevolveError):
    """A network that cannot exist, or a network file that cannot be read."""


class PopulationError(CoevolveError):
    """Groups that cannot be drawn or placed."""


class RuleError(CoevolveError):
    """Arrays or parameters that a rule cannot work on."""


class ChannelError(CoevolveError):
    """Arrays or parameters that a channel cannot carry."""


class PolicyError(CoevolveError):
    """A policy that is unknown, or returned what is not values."""


class MindError(CoevolveError):
    """A language model or server that cannot be had, or speaks another dialect."""


class PromptError(CoevolveError):
    """A template of a prompt that cannot be read or lacks a place."""


class QuestionnaireError(CoevolveError):
    """A questionnaire that cannot be read, or items that cannot be scored."""


class PreferenceError(CoevolveError):
    """Preferences that cannot be asked for, or that no pair can be made of."""


class TrainingError(CoevolveError):
    """Weights that cannot be trained: cases or settings that cannot be, or a loss that is no number."""


class MeasureError(CoevolveError):
    """Arrays that a measure cannot be taken of."""


class PluginError(CoevolveError):
    """A plug-in that cannot be had or made, or of which cannot be told what it is."""


class RoundError(CoevolveError):
    """A round that went wrong; the finished rounds before it stand."""


class RecordError(CoevolveError):
    """A run's folder that cannot be made, read, resumed or exported."""
