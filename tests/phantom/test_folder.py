"""phantom/ stands on the package and not the other way round, and its page names every module and command."""

import ast
import re
from pathlib import Path

import coevolve_sim
import phantom

PACKAGE, FOLDER = Path(coevolve_sim.__file__).parent, Path(phantom.__file__).parent
PAGE = (FOLDER / "README.md").read_text(encoding="utf-8")


def imported_by(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def is_of_phantom(name):
    return name.split(".")[0] == "phantom"


def test_no_module_of_the_package_imports_phantom():
    assert not [
        str(path) for path in PACKAGE.rglob("*.py") for name in imported_by(path) if is_of_phantom(name)
    ]
    assert any(is_of_phantom(name) for path in FOLDER.glob("*.py") for name in imported_by(path))


def test_the_page_names_every_module():
    modules = {path.stem for path in FOLDER.glob("*.py")} - {"__init__"}
    rows = re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == modules


def test_every_command_that_is_told_is_there():
    root = FOLDER.parent
    pages = [*FOLDER.glob("*.md"), *FOLDER.glob("*.py"), *(root / "docs").glob("*.md")]
    told = {name for page in pages for name in re.findall(r"-m phantom\.(\w+)", page.read_text("utf-8"))}
    assert told == {"train", "calibrate", "card", "judge"}
    for name in told:
        assert '__name__ == "__main__"' in (FOLDER / f"{name}.py").read_text(encoding="utf-8")
