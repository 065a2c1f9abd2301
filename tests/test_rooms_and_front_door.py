"""Data flows one way through the rooms, and the front door is guarded."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import networkx as nx
import pytest

import coevolve_sim
from coevolve_sim.registry import UPWARDS

PACKAGE = Path(coevolve_sim.__file__).parent
GROUND = (
    "arrays",
    "compiled",
    "delimited",
    "errors",
    "input_files",
    "notebook",
    "output_files",
    "plugin_calls",
    "registry",
    "streams",
    "threads",
)
ROOMS = (
    "values",
    "networks",
    "rules",
    "measures",
    "scenario",
    "minds",
    "language",
    "assistants",
    "society",
    "runs",
    "studies",
    "report",
    "view",
    "evaluation",
    "testing",
    "cli",
)
"""From the ground up: a room imports the rooms before it, never one after it."""

LEVEL = dict.fromkeys(GROUND, 0) | {name: level for level, name in enumerate(ROOMS, 1)}
HEAVY = {"torch", "transformers", "vllm", "ray", "peft", "safetensors"}
OF_VIEW = {"solara", "reacton", "ipyvuetify", "uvicorn"}
FRONT_DOOR = {PACKAGE / "__init__.py", PACKAGE / "__main__.py"}
FILES = sorted({*PACKAGE.rglob("*.py")} - FRONT_DOOR)
TARGET = re.compile(r"(coevolve_sim(?:\.\w+)+):\w+")


def imported(tree, *, everywhere):
    """Return the full names a module imports: when it is itself imported, or anywhere in it."""
    waiting, found = list(tree.body), []
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            found += [f"{node.module}.{alias.name}" for alias in node.names]
        elif everywhere or not is_deferred(node):
            waiting += list(ast.iter_child_nodes(node))
    return found


def is_deferred(node):
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        return True
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def module_of(path):
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")


def room_of(module):
    """Return the room of a module's full name; nothing for what is not of this package."""
    first, *rest = module.split(".")
    return rest[0] if first == "coevolve_sim" and rest else ""


def parsed(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def files_imported(path, modules):
    """Return the modules of the package that a file imports, wherever in it it does."""
    names = imported(parsed(path), everywhere=True)
    return {found for name in names if (found := module_named(name, modules))}


def module_named(name, modules):
    """Return the module that a full name is, or lies in; nothing if that is none of the package's."""
    while name not in modules and "." in name:
        name = name.rpartition(".")[0]
    return name if name in modules else ""


def strings(path):
    nodes = (node for node in ast.walk(parsed(path)) if isinstance(node, ast.Constant))
    return [node.value for node in nodes if isinstance(node.value, str)]


def test_every_file_stands_in_a_room():
    found = {room_of(module_of(path)) for path in FILES}
    assert found == {*LEVEL}, "give a new room its place in ROOMS and docs/design.md"


def test_a_room_imports_only_from_rooms_below_it():
    """All imports count: those at the top, those in functions, those for type checkers."""
    offenders = [
        f"{module_of(path)} imports {name}"
        for path in FILES
        for name in imported(parsed(path), everywhere=True)
        if (own := room_of(module_of(path))) != (other := room_of(name))
        and other in LEVEL
        and LEVEL[other] >= LEVEL[own]
        and not {own, other} <= set(GROUND)
    ]
    assert not offenders


def test_no_files_and_no_rooms_import_each_other_in_a_circle():
    modules = {module_of(path): path for path in FILES}
    files = nx.DiGraph(
        (name, other) for name, path in modules.items() for other in files_imported(path, modules)
    )
    rooms = nx.DiGraph((room_of(one), room_of(other)) for one, other in files.edges)
    files.remove_edges_from([*nx.selfloop_edges(files)])
    rooms.remove_edges_from([*nx.selfloop_edges(rooms)])
    circles = [sorted(found) for graph in (files, rooms) for found in nx.strongly_connected_components(graph)]
    assert not [found for found in circles if len(found) > 1]


def test_what_reaches_upwards_by_name_is_listed_in_the_registry_and_nowhere_else():
    """A text ``package.module:Name`` loads a module without an import; none but the listed leads upwards."""
    leading_up = {
        text
        for path in FILES
        for text in strings(path)
        if (found := TARGET.fullmatch(text))
        and LEVEL[room_of(found[1])] >= LEVEL[own := room_of(module_of(path))]
        and room_of(found[1]) != own
    }
    assert leading_up == set(UPWARDS.values())


def test_the_page_on_design_has_every_room():
    page = (PACKAGE.parent / "docs" / "design.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"`([a-z_]+)(?:/|\.py)`", page))
    assert set(LEVEL) <= listed


def test_only_the_society_knows_mesa_and_no_module_loads_what_is_heavy():
    everywhere = {path: {n.split(".")[0] for n in imported(parsed(path), everywhere=True)} for path in FILES}
    at_import = {path: {n.split(".")[0] for n in imported(parsed(path), everywhere=False)} for path in FILES}
    with_mesa = [module_of(path) for path in FILES if "mesa" in everywhere[path]]
    assert with_mesa == [f"coevolve_sim.society.{name}" for name in ("agents", "model", "page")]
    assert not [module_of(path) for path in FILES if HEAVY & at_import[path]]


def test_only_the_live_view_knows_solara_and_nothing_but_the_command_line_knows_the_live_view():
    everywhere = {path: imported(parsed(path), everywhere=True) for path in FILES}
    with_solara = {
        room_of(module_of(path)) for path in FILES if OF_VIEW & {n.split(".")[0] for n in everywhere[path]}
    }
    knowing = {
        room_of(module_of(path)) for path in FILES if any(room_of(n) == "view" for n in everywhere[path])
    }
    at_import = [
        module_of(path)
        for path in FILES
        if any(room_of(n) == "view" for n in imported(parsed(path), everywhere=False))
        and room_of(module_of(path)) != "view"
    ]
    assert with_solara <= {"view", "minds"}
    assert knowing == {"view", "cli"}
    assert not at_import


def test_the_reader_of_imports_sees_them_all_and_knows_which_are_deferred():
    tree = ast.parse(
        "import a.b\nfrom coevolve_sim import networks\ntry:\n    import c\nexcept E:\n    pass\n"
        "if TYPE_CHECKING:\n    import d\ndef f():\n    import e\nclass G:\n    import g\n"
    )
    assert sorted(imported(tree, everywhere=False)) == ["a.b", "c", "coevolve_sim.networks", "g"]
    assert sorted(imported(tree, everywhere=True)) == ["a.b", "c", "coevolve_sim.networks", "d", "e", "g"]


def loaded_by(statement):
    done = subprocess.run(
        [sys.executable, "-c", f"{statement}\nimport sys\nprint(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
        cwd=PACKAGE.parent,
    )
    return {name.split(".")[0] for name in done.stdout.split()}


def test_importing_the_package_loads_nothing_slow():
    slow = {
        "mesa",
        "matplotlib",
        "pandas",
        "numba",
        "torch",
        "scipy",
        "networkx",
        "numpy",
        "pydantic",
        "yaml",
    }
    loaded = loaded_by("import coevolve_sim")
    assert "coevolve_sim" in loaded
    assert not loaded & slow


def test_reading_a_scenario_loads_no_simulation():
    loaded = loaded_by("import coevolve_sim\ncoevolve_sim.load")
    assert "yaml" in loaded
    assert not loaded & {"mesa", "matplotlib", "pandas", "numba", "torch", "networkx"}


def test_the_front_door_has_at_most_twenty_names_sorted_and_each_resolves():
    names = coevolve_sim.__all__
    assert names == sorted(names)
    assert len(names) == len(set(names)) <= 20
    for name in names:
        assert getattr(coevolve_sim, name) is not None
    assert dir(coevolve_sim) == names


def test_the_front_door_is_complete():
    """Every name of the lazy table, and of what a type checker is told, is announced, and no other."""
    tree = parsed(PACKAGE / "__init__.py")
    guarded = next(n for n in tree.body if isinstance(n, ast.If) and is_deferred(n))
    told = {alias.name: node.module for node in guarded.body for alias in node.names}
    assert {*coevolve_sim._HOMES, "__version__"} == set(coevolve_sim.__all__)
    assert told.keys() == coevolve_sim._HOMES.keys()
    assert {name: coevolve_sim._HOMES[name] for name in told} == told


def test_a_name_that_is_not_there_is_said_not_to_be():
    with pytest.raises(AttributeError, match=r"^module 'coevolve_sim' has no attribute 'nosuch'$"):
        _ = coevolve_sim.nosuch
