"""Data flows one way, and the front door is guarded."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import coevolve_sim

PACKAGE = Path(coevolve_sim.__file__).parent
LAYERS = [
    {"errors"},
    {"streams", "compiled"},
    {"values"},
    {"scenario"},
    {"histories", "networks"},
    {"rules", "prompts"},
    {"minds"},
    {"reading"},
    {"questionnaires"},
    {"population", "channels", "assistants", "measures", "demand", "trust", "elicitation"},
    {"preferences"},
    {"learning"},
    {"talk"},
    {"tuning"},
    {"pupils_of_a_run"},
    {"weights_of_a_run"},
    {"foundation", "consulting"},
    {"state"},
    {"interventions", "beliefs"},
    {"consultation"},
    {"rounds"},
    {"society"},
    {"record", "estimating"},
    {"run_folder"},
    {"resuming"},
    {"runs"},
    {"challenges"},
    {"report"},
    {"verification"},
    {"listing"},
    {"terminal", "naming_minds"},
    {"laying_out"},
    {"mind_commands", "challenge_commands"},
    {"cli"},
    {"__main__"},
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
HEAVY = {"torch", "transformers", "vllm", "ray", "peft", "safetensors"}
FILES = sorted(p for p in PACKAGE.rglob("*.py") if p != PACKAGE / "__init__.py")


def imported(tree, *, everywhere):
    """Return the full names a module imports: when it is itself imported, or anywhere in it."""
    waiting, found = list(tree.body), []
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            if node.module == "coevolve_sim":
                found += [f"coevolve_sim.{alias.name}" for alias in node.names]
            else:
                found.append(node.module)
        elif everywhere or not is_deferred(node):
            waiting += list(ast.iter_child_nodes(node))
    return found


def is_deferred(node):
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        return True
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def layer_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def parsed(path):
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_module_imports_only_from_the_layers_below_it(path):
    assert layer_of(path) in LEVEL, "give the new module its place in LAYERS and docs/design"
    own = layer_of(path)
    for name in imported(parsed(path), everywhere=False):
        parts = name.split(".")
        if parts[0] == "coevolve_sim" and len(parts) > 1 and parts[1] not in {own, "__version__"}:
            assert LEVEL[parts[1]] < LEVEL[own], f"{own} imports {name}"


def test_the_page_on_design_has_every_layer():
    page = (PACKAGE.parent / "docs" / "design.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"[a-z_]+", page.split("```")[1]))
    assert set(LEVEL) - {"__main__"} <= listed


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_only_the_society_knows_mesa_and_no_module_loads_what_is_heavy(path):
    everywhere = {name.split(".")[0] for name in imported(parsed(path), everywhere=True)}
    assert ("mesa" in everywhere) == (path.name == "society.py")
    assert not HEAVY & {name.split(".")[0] for name in imported(parsed(path), everywhere=False)}


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


def test_the_front_door_has_at_most_twelve_names_sorted_and_each_resolves():
    names = coevolve_sim.__all__
    assert names == sorted(names)
    assert len(names) == len(set(names)) <= 12
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
