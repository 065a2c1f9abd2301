"""Read scenario text from a safe subset of YAML, with the place of every key.

The text becomes YAML nodes, never objects, and only what cannot be misread is allowed: mappings, lists and
plain scalars. A plain scalar is a number, ``true``, ``false`` or ``null`` if it is written as in JSON or as
an ordinary decimal (``1e-3`` is a number); anything else, such as ``NO``, ``010``, ``12:30:45`` or
``2001-01-01``, is text. Tags, anchors, aliases, merge keys, repeated keys, several documents and nesting
beyond 20 levels are errors, each with its place.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from typing import Any

import yaml

from coevolve_sim.errors import ScenarioError

MAX_DEPTH = 20
MAX_BYTES = 4_000_000

Path = tuple[str | int, ...]
Plain = str | int | float | bool | None

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_NUMBER = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)([eE][-+]?[0-9]+)?")
_ESCAPE = re.compile(r"\\U([0-9A-Fa-f]{8})")
_LINE_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+")
_WORDS: dict[str, Plain] = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(frozen=True)
class Mark:
    """A place in a source: the source's name, and line and column from 1."""

    source: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Node:
    """A node with its place: a mapping (key -> place of the key, node), a list of nodes, or a scalar."""

    content: dict[str, tuple[Mark, Node]] | list[Node] | Plain
    mark: Mark

    def plain(self) -> Any:
        """Return the node as dicts, lists and scalars, without places."""
        if isinstance(self.content, dict):
            return {key: node.plain() for key, (_, node) in self.content.items()}
        if isinstance(self.content, list):
            return [node.plain() for node in self.content]
        return self.content

    def locate(self, path: Path, *, key: bool = False) -> Mark:
        """Return the place of the node at a path, or of the last node on the way that exists."""
        node, mark = self, self.mark
        for step in path:
            if isinstance(node.content, dict) and step in node.content:
                key_mark, node = node.content[str(step)]
                mark = key_mark if key else node.mark
            elif isinstance(node.content, list) and isinstance(step, int) and step < len(node.content):
                node = node.content[step]
                mark = node.mark
            else:
                break
        return mark


def read_parameter(pair: str) -> tuple[str, Any]:
    """Return the key and the value of ``KEY=VALUE``, the value written as in a scenario.

    Raises
    ------
    ScenarioError
        If it is no such pair, or the value cannot be read.

    Examples
    --------
    >>> read_parameter("rate=.5"), read_parameter("weights=[1, 2]"), read_parameter("annotator=people")
    (('rate', 0.5), ('weights', [1, 2]), ('annotator', 'people'))
    """
    key, equals, value = (part.strip() for part in pair.partition("="))
    if not equals or not key or not value:
        raise ScenarioError(f"'{pair}' is no parameter; write KEY=VALUE, as in rate=0.5")
    try:
        return key, read_node(value, pair).plain()
    except ScenarioError as error:
        raise ScenarioError(f"'{pair}': {error.problem}") from None


def read_node(text: str, source: str) -> Node:
    """Read text into nodes.

    Raises
    ------
    ScenarioError
        At ``source:line:column``, if the text is not YAML or uses more of YAML than is allowed.

    Examples
    --------
    >>> read_node("{a: 1e-3, b: NO, c: [true, '2']}", "here").plain()
    {'a': 0.001, 'b': 'NO', 'c': [True, '2']}
    """
    if len(text.encode(errors="surrogatepass")) > MAX_BYTES:
        raise ScenarioError(f"larger than {MAX_BYTES} bytes; a scenario is a short text", f"{source}:1:1")
    try:
        _refuse_what_is_not_plain(text, source)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = _mark(mark, source) if mark else Mark(source, 1, 1)
        raise ScenarioError(f"not well-formed YAML: {error.problem or error.context}", str(where)) from None
    except (ValueError, OverflowError):  # a character that there is not, written as \U and eight digits
        raise _no_such_character(text, source) from None
    except yaml.reader.ReaderError as error:
        *above, line = _LINE_BREAK.split(text[: error.position])
        where = Mark(source, len(above) + 1, len(line) + 1)
        raise ScenarioError(
            f"character U+{ord(text[error.position]):04X} cannot stand in YAML; take it out", str(where)
        ) from None
    if root is None:
        raise ScenarioError("the file is empty; `coevolve new NAME` writes a starting file", f"{source}:1:1")
    return _node(root, source)


def _no_such_character(text: str, source: str) -> ScenarioError:
    r"""Return the error for an escape ``\U`` of a number beyond the last character, at its place."""
    found = next((at for at in _ESCAPE.finditer(text) if int(at[1], 16) > sys.maxunicode), None)
    if found is None:
        return ScenarioError(
            "not well-formed YAML: a character is written that there is not", f"{source}:1:1"
        )
    *above, line = _LINE_BREAK.split(text[: found.start()])
    return ScenarioError(
        f"{found[0]} is no character; the last is \\U0010FFFF",
        str(Mark(source, len(above) + 1, len(line) + 1)),
    )


def _mark(mark: Any, source: str) -> Mark:
    return Mark(source, mark.line + 1, mark.column + 1)


def _refuse_what_is_not_plain(text: str, source: str) -> None:
    """Refuse parts of YAML that a scenario does not use.

    It goes through parser events, which needs no recursion, so that deep nesting cannot exhaust the stack.
    """
    depth = documents = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        where = str(_mark(event.start_mark, source))
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise ScenarioError("a second YAML document begins here; a scenario is one document", where)
        elif isinstance(event, yaml.AliasEvent):
            raise ScenarioError(f"alias *{event.anchor}: write the value out instead", where)
        elif isinstance(event, yaml.NodeEvent):
            if event.anchor:
                raise ScenarioError(f"anchor &{event.anchor}: anchors and aliases are not taken", where)
            if tag := getattr(event, "tag", None):
                raise ScenarioError(f"tag {tag}: tags are not taken; write the plain value", where)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise ScenarioError(f"nested more than {MAX_DEPTH} deep; no scenario is", where)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _node(node: yaml.Node, source: str) -> Node:
    mark = _mark(node.start_mark, source)
    if isinstance(node, yaml.ScalarNode):
        return Node(_scalar(node, mark), mark)
    if isinstance(node, yaml.SequenceNode):
        return Node([_node(item, source) for item in node.value], mark)
    entries: dict[str, tuple[Mark, Node]] = {}
    for key_node, value_node in node.value:
        key, key_mark = _key(key_node, source), _mark(key_node.start_mark, source)
        if key in entries:
            raise ScenarioError(
                f"key '{key}' is given twice, first at line {entries[key][0].line}; keep one", str(key_mark)
            )
        entries[key] = (key_mark, _node(value_node, source))
    return Node(entries, mark)


def _key(node: yaml.Node, source: str) -> str:
    where = str(_mark(node.start_mark, source))
    if not isinstance(node, yaml.ScalarNode):
        raise ScenarioError("a key must be a word, not a list or a mapping", where)
    if node.value == "<<" and node.style is None:
        raise ScenarioError("merge key <<: use `extends: other.yaml` to build on another file", where)
    if node.value == "":
        raise ScenarioError("a key is missing before the colon", where)
    if not node.value.isprintable():
        raise ScenarioError(f"key {node.value[:30]!a} holds a character that is not printed", where)
    return str(node.value)


def _scalar(node: yaml.ScalarNode, mark: Mark) -> Plain:
    text = str(node.value)
    if node.style is not None:
        return _without_surrogates(text, mark)
    try:
        return plainly_meant(text)
    except OverflowError:
        raise ScenarioError(f"{text[:30]} is too large a number", str(mark)) from None


def _without_surrogates(text: str, mark: Mark) -> str:
    """Join surrogate pairs, as JSON writes one character in two halves; a lone half is an error."""
    try:
        return text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise ScenarioError("half a character (a lone \\ud800-\\udfff) is no text", str(mark)) from None


def plainly_meant(text: str) -> Plain:
    """Return the value of an unquoted scalar: number, bool, None or text.

    Raises
    ------
    OverflowError
        If it is a number beyond 30 digits or beyond float64.

    Examples
    --------
    >>> [plainly_meant(word) for word in ("1e-3", "010", "NO", "true", "12:30")]
    [0.001, '010', 'NO', True, '12:30']
    """
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        if len(text) > 30:
            raise OverflowError
        return int(text)
    if _NUMBER.fullmatch(text) and not _LEADING_ZERO.fullmatch(text):
        number = float(text)
        if number in (float("inf"), float("-inf")):
            raise OverflowError
        return number
    return text
