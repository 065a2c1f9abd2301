"""What is found by its name when it is first used: kinds of a concept, names of a room, plug-ins of users.

A target is a text ``package.module:Name``. Naming it loads nothing; `resolve` imports the module. So a
`Registry` can name kinds whose modules are heavy, and a lower room can offer users a shortcut to a higher one
(`UPWARDS`) without importing it.

**Plug-ins.** A concept is open in three ways: a distribution announces an entry point in the registry's group
(``coevolve_sim.rules`` and so on), a scenario names a file or module of the user's (`load_plugin`), or an
object is handed over in Python.

**Trust.** Naming a plug-in runs its code, with all the rights of whoever runs the scenario. It is loaded when
the society is built, and so by ``coevolve check`` too. Read a file that you did not write before you run it,
as any program.
"""

from __future__ import annotations

import difflib
import gc
import hashlib
import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache, cached_property, partial
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

from coevolve_sim.errors import CoevolveError
from coevolve_sim.input_files import read_input

CUSTOM = "custom"
"""What a scenario calls a kind of the user's own; no distribution can announce one of this name."""

OWN = "coevolve-sim"
"""Who brought what comes with the package."""

LONGEST_TOLD = 300
"""Characters in which an object is told by its own words; beyond them a hash stands for it."""

MOST_PLUGIN_BYTES = 16 << 20
"""Bytes that a file of a plug-in may have."""

UPWARDS: dict[str, str] = {
    "RunPlots": "coevolve_sim.report.plots:RunPlots",
    "StudyPlots": "coevolve_sim.report.study_plots:StudyPlots",
    "verify_run": "coevolve_sim.runs.results:verify_run",
    "write_report": "coevolve_sim.report:write_report",
    "write_study_report": "coevolve_sim.report.study_page:write_study_report",
}
"""Shortcuts for users from a lower room to a higher one, by name; a test permits exactly these."""


def resolve(target: str) -> Any:
    """Return what a target ``package.module:Name`` names, importing the module.

    Raises
    ------
    ImportError
        If the module cannot be imported.
    AttributeError
        If it has no such name.

    Examples
    --------
    >>> resolve("math:floor")(2.5)
    2
    """
    module, _, name = target.partition(":")
    return getattr(importlib.import_module(module), name)


def upwards(name: str) -> Any:
    """Return what one of `UPWARDS` names."""
    return resolve(UPWARDS[name])


@contextmanager
def pause_collection() -> Iterator[None]:
    """Look for no garbage within a ``with`` that makes many objects which stay: modules, parts of figures.

    Python would go through all of them again and again, which took a tenth of the time of a report.

    Examples
    --------
    >>> import gc
    >>> with pause_collection():
    ...     gc.isenabled()
    False
    >>> gc.isenabled()
    True
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def front_door(
    package: str, homes: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return ``__getattr__`` and ``__dir__`` of a package whose public names are imported when first used.

    Parameters
    ----------
    package : str
        Name of the package.
    homes : mapping of str to str
        The module in which each public name is defined.

    Examples
    --------
    >>> attribute, names = front_door("some_package", {"floor": "math"})
    >>> names(), attribute("floor")(1.5)
    (['floor'], 1)
    >>> attribute("ceil")
    Traceback (most recent call last):
    AttributeError: module 'some_package' has no attribute 'ceil'
    """

    def attribute(name: str) -> Any:
        if name in homes:
            return getattr(importlib.import_module(homes[name]), name)
        raise AttributeError(f"module '{package}' has no attribute '{name}'")

    return attribute, lambda: sorted(homes)


def nearest(word: str, known: Iterable[str]) -> str:
    """Return ``; did you mean 'x'?`` for the nearest known word, or nothing.

    Examples
    --------
    >>> nearest("nosie", ["noise", "rate"]), nearest("RATE", ["noise", "rate"])
    ("; did you mean 'noise'?", "; did you mean 'rate'?")
    """
    lowered = {name.lower(): name for name in reversed(list(known))}
    found = difflib.get_close_matches(word.lower(), lowered, n=1, cutoff=0.6)
    return f"; did you mean '{lowered[found[0]]}'?" if found else ""


def describe_exception(error: BaseException) -> str:
    r"""Return an exception in one line: its class and what it says.

    Examples
    --------
    >>> describe_exception(ValueError("two\nlines"))
    'ValueError: two lines'
    """
    return f"{type(error).__name__}: {' '.join(str(error).split())}".rstrip(": ")


# --- kinds of a concept --------------------------------------------------------------------------


@dataclass(frozen=True)
class Entry:
    """One kind of a concept.

    Attributes
    ----------
    kind : str
        What a scenario calls it.
    target : str
        ``package.module:Name``.
    brought_by : str
        `OWN`, or the name and version of the distribution that announces it.
    """

    kind: str
    target: str
    brought_by: str


class Registry(Mapping[str, Any]):
    """The kinds of one concept, by name: the package's own, then those of installed distributions.

    A mapping of kind to what its target names, loaded when it is asked for.

    Parameters
    ----------
    concept : str
        What a kind is, in the singular: ``rule``.
    group : str
        Group of entry points in which distributions announce theirs: ``coevolve_sim.rules``.
    error : type of CoevolveError
        What is raised for a kind that is not there or cannot be loaded.
    own : mapping of str to str
        Targets of the package's own kinds.
    objects : type, optional
        What a target may name besides functions and classes: an object of this type.

    Examples
    --------
    >>> shapes = Registry("shape", "coevolve_sim.shapes", CoevolveError, {"floor": "math:floor"})
    >>> shapes["floor"](2.5), list(shapes), shapes.entry("floor").brought_by
    (2, ['floor'], 'coevolve-sim')
    >>> shapes["flor"]
    Traceback (most recent call last):
    coevolve_sim.errors.CoevolveError: unknown shape 'flor'; did you mean 'floor'? There are: floor
    """

    def __init__(
        self,
        concept: str,
        group: str,
        error: type[CoevolveError],
        own: Mapping[str, str],
        objects: type | None = None,
    ) -> None:
        self.concept, self.group, self.objects = concept, group, objects
        self._error, self._own = error, dict(own)
        self._loaded: dict[str, Any] = {}
        self._own_loaded: dict[str, Any] = {}
        self._replaced: dict[str, Any] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries | self._replaced)

    def __len__(self) -> int:
        return len(self._entries | self._replaced)

    def __contains__(self, kind: object) -> bool:
        return kind in self._entries or kind in self._replaced

    def __getitem__(self, kind: str) -> Any:
        if kind in self._replaced:
            return self._replaced[kind]
        if kind in self._loaded:  # rounds ask again and again
            return self._loaded[kind]
        self._loaded[kind] = self._load(self.entry(kind))
        return self._loaded[kind]

    def _load(self, entry: Entry) -> Any:
        kind = entry.kind
        if entry.brought_by == OWN:
            return resolve(entry.target)
        try:
            return resolve(entry.target)
        except (Exception, SystemExit) as error:
            raise self._error(
                f"{self.concept} '{kind}' of {entry.brought_by} ({entry.target}) cannot be loaded: "
                f"{describe_exception(error)}; mend that distribution, or uninstall it"
            ) from error

    def load_own(self, kind: str) -> Any:
        """Return what one of the package's own kinds names, whatever else announces a kind of that name.

        For defaults: a scenario that names no kind is not to fail for a distribution it does not know of.
        """
        if kind in self._replaced:
            return self._replaced[kind]
        if kind not in self._own_loaded:  # rounds ask again and again
            self._own_loaded[kind] = resolve(self._own[kind])
        return self._own_loaded[kind]

    @contextmanager
    def replaced(self, kind: str, thing: Any) -> Iterator[None]:
        """Let a kind be something else for as long as the context lasts: for tests.

        Examples
        --------
        >>> shapes = Registry("shape", "coevolve_sim.shapes", CoevolveError, {"floor": "math:floor"})
        >>> with shapes.replaced("floor", round):
        ...     shapes["floor"](2.6)
        3
        >>> shapes["floor"](2.6)
        2
        """
        before = dict(self._replaced)
        self._replaced[kind] = thing
        try:
            yield
        finally:
            self._replaced = before

    def load(self, path: str) -> Any:
        """Return what a scenario's ``path`` names: a file's or module's NAME, or a kind that is installed.

        Raises
        ------
        CoevolveError
            Of the registry's type, if it cannot be had.
        """
        kind = plugin_name(path)
        if ":" not in kind and (kind in self.installed or kind in self.taken):
            return self[kind]
        return load_plugin(path, self.concept, self._error, self.objects)

    def entry(self, kind: str) -> Entry:
        """Return what is known of a kind without loading it.

        Raises
        ------
        CoevolveError
            Of the registry's type, if there is no such kind, or an installed distribution took its name.
        """
        if kind not in self._entries:
            listed = ", ".join(self._entries)
            raise self._error(
                f"unknown {self.concept} '{kind}'{nearest(kind, self) or '.'} There are: {listed}"
            )
        if kind in self.taken:
            raise self._error(self.taken_message(kind))
        return self._entries[kind]

    def taken_message(self, kind: str) -> str:
        """Return what to say of a kind whose name two bring."""
        holder = self._entries[kind].brought_by if kind in self._entries else "one's own in a scenario"
        return (
            f"{self.taken[kind]} announces a {self.concept} '{kind}', a name that {holder} has; "
            "uninstall it, or have it renamed"
        )

    @property
    def own(self) -> tuple[str, ...]:
        """The package's own kinds."""
        return tuple(self._own)

    @property
    def installed(self) -> tuple[str, ...]:
        """The kinds that other distributions bring."""
        return tuple(kind for kind in self._entries if kind not in self._own)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All kinds, without loading any."""
        return tuple(self._entries.values())

    @cached_property
    def taken(self) -> dict[str, str]:
        """Which distribution announces a kind whose name was there before, by kind."""
        seen, taken = {*self._own, CUSTOM}, {}
        for point in self._points:
            if point.name in seen:
                taken[point.name] = _distribution_of(point)
            seen.add(point.name)
        return taken

    @cached_property
    def _entries(self) -> dict[str, Entry]:
        found = {kind: Entry(kind, target, OWN) for kind, target in self._own.items()}
        for point in self._points:
            if point.name == CUSTOM:
                continue
            found.setdefault(point.name, Entry(point.name, point.value, _distribution_of(point)))
        return found

    @cached_property
    def _points(self) -> tuple[metadata.EntryPoint, ...]:
        """Entry points of the group, in the order of their names, whatever order the file system has."""
        found = {(point.name, point.value): point for point in metadata.entry_points(group=self.group)}
        return tuple(found[key] for key in sorted(found))


@cache
def installed_kinds(group: str) -> frozenset[str]:
    """Return the kinds that installed distributions announce in a group of entry points; none is loaded."""
    return frozenset(point.name for point in metadata.entry_points(group=group)) - {CUSTOM}


def _distribution_of(point: metadata.EntryPoint) -> str:
    """Return name and version of the distribution that announces an entry point."""
    distribution = point.dist
    return (
        "an unknown distribution" if distribution is None else f"{distribution.name} {distribution.version}"
    )


# --- plug-ins in a file or module of the user's --------------------------------------------------


def load_plugin(path: str, concept: str, error: type[CoevolveError], objects: type | None = None) -> Any:
    """Return the function or class that a path names, running the file it is in.

    Parameters
    ----------
    path : str
        ``FILE.py:NAME`` or ``FILE:NAME``, relative to the scenario, or ``package.module:NAME`` of an
        installed package.
    concept : str
        What it is to be, in the singular: ``policy``.
    error : type of CoevolveError
        What is raised if it cannot be had.
    objects : type, optional
        What it may be besides a function or class: an object of this type.

    Raises
    ------
    CoevolveError
        Of that type, if there is no such file, module or name, the file fails, or the name cannot be called.
    """
    place, colon, name = path.rpartition(":")
    if not colon or not name.isidentifier() or not place:
        raise error(
            f"'{path}' names no {concept}; write FILE.py:NAME, or package.module:NAME, as in mine.py:Stubborn"
        )
    file = plugin_file(path)
    if file is None:
        module = _installed_module(place, error)
    else:
        content = read_input(file, error, MOST_PLUGIN_BYTES)
        module = _module_at(file, hashlib.sha256(content).hexdigest(), concept, error)
    found = getattr(module, name, None)
    if found is None:
        known = ", ".join(key for key, thing in vars(module).items() if _is_own(thing, module)) or "none"
        raise error(f"'{plugin_name(path)}': there is no '{name}'; there are: {known}")
    if not callable(found) and not (objects is not None and isinstance(found, objects)):
        wanted = "a function or a class" if objects is None else f"a {objects.__name__}, or a function,"
        raise error(f"'{plugin_name(path)}' is a {type(found).__name__}; {wanted} is wanted")
    return found


def plugin_name(path: str) -> str:
    """Return the name of a plug-in without its folder.

    Examples
    --------
    >>> plugin_name("/some/where/mine:Stubborn")
    'mine:Stubborn'
    """
    return Path(path).name


def plugin_file(path: str) -> Path | None:
    """Return the file that a plug-in is read from; None if it is a module's.

    Examples
    --------
    >>> plugin_file("no_such_folder/mine:Stubborn") is None
    True
    """
    place = path.rpartition(":")[0]
    for candidate in (Path(place), Path(f"{place}.py")):
        if place and candidate.is_file():
            return candidate.resolve()
    return None


def plugin_version(path: str, group: str) -> str:
    """Return what tells one state of a plug-in from another: its file's SHA-256, else its version.

    Parameters
    ----------
    path : str
        As for `Registry.load`; a module that it names has been loaded.
    group : str
        Group of entry points of its concept: another concept may have a kind of the same name.

    Returns
    -------
    str
        Empty for a kind that no installed distribution announces.
    """
    if file := plugin_file(path):
        return hashlib.sha256(file.read_bytes()).hexdigest()
    module, colon, _ = plugin_name(path).partition(":")
    if colon:
        return _version_of(None, module)
    announced = sorted(metadata.entry_points(group=group, name=module), key=lambda point: point.value)
    return _distribution_of(announced[0]) if announced else ""


def identity_of(thing: object) -> str:
    """Return what an object is: module, class or function, version, and how it writes itself.

    Where no distribution brings it, the hash of its file stands for the version, or of its source where there
    is no file, as in a notebook. An object whose class says how it is written (`repr`, as dataclasses do) is
    told by that, too, and any other by its attributes, so that other parameters are another object.

    Examples
    --------
    >>> identity_of(Path).startswith("pathlib:Path ")
    True
    >>> identity_of(Path("a")).endswith("('a')")
    True
    """
    if isinstance(thing, partial):
        return f"{identity_of(thing.func)} with {thing.args!r} {thing.keywords!r}"
    kind = thing if hasattr(thing, "__qualname__") else type(thing)
    module = kind.__module__ or "an unnamed module"
    told = f"{module}:{getattr(kind, '__qualname__', kind)} {_version_of(kind, module)}"
    if kind is thing:
        return told
    plain = type(thing).__repr__ is object.__repr__
    written = repr(dict(sorted(vars(thing).items()))) if plain and hasattr(thing, "__dict__") else repr(thing)
    if " at 0x" in written or written == "{}":
        return told
    if len(written) > LONGEST_TOLD:
        written = f"sha256 {hashlib.sha256(written.encode()).hexdigest()[:16]}"
    return f"{told} {written}"


def _version_of(kind: object, module: str) -> str:
    for name in _distributions().get(module.partition(".")[0], ()):
        return metadata.version(name)
    file = getattr(sys.modules.get(module), "__file__", None)
    if file is not None and Path(file).is_file():
        return f"sha256 {hashlib.sha256(Path(file).read_bytes()).hexdigest()[:16]}"
    with suppress(OSError, TypeError):
        return f"sha256 {hashlib.sha256(inspect.getsource(kind).encode()).hexdigest()[:16]}"  # type: ignore[arg-type]
    return "of unknown source"


@cache
def _distributions() -> Mapping[str, list[str]]:
    return metadata.packages_distributions()


def _is_own(thing: object, module: ModuleType) -> bool:
    return callable(thing) and getattr(thing, "__module__", None) == module.__name__


_MODULES: dict[tuple[Path, str], ModuleType] = {}


def _module_at(file: Path, content: str, concept: str, error: type[CoevolveError]) -> ModuleType:
    """Run a file as a module of its own; once for as long as its content stays."""
    if (file, content) in _MODULES:
        return _MODULES[file, content]
    name = f"coevolve_{concept.replace(' ', '_')}_{file.stem}_{content[:8]}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise error(f"{file} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and inspect look a class's module up there
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as failure:
        del sys.modules[name]
        raise error(f"{file.name} cannot be run: {describe_exception(failure)}") from failure
    _MODULES[file, content] = module
    return module


def _installed_module(place: str, error: type[CoevolveError]) -> ModuleType:
    name = Path(place).name
    try:
        return importlib.import_module(name)
    except ImportError as failure:
        raise error(
            f"neither a file {place.removesuffix('.py')}.py nor a module '{name}' can be had ({failure}); a "
            "relative file is looked for beside the scenario"
        ) from None
    except (Exception, SystemExit) as failure:
        raise error(f"module '{name}' cannot be imported: {describe_exception(failure)}") from failure
