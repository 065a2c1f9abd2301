"""The notebooks of examples run from their first cell to their last, as they are."""

import ast
import importlib.util
import json
from pathlib import Path

import pytest
from matplotlib import pyplot as plt

from tests import ROOT

pytestmark = pytest.mark.filterwarnings("ignore:The `iterations` keyword:DeprecationWarning")
"""Mesa 3.5 prefers another word for iterations; 3.3 has this one only."""

FOLDER = ROOT / "examples" / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
HAS_CLIENT = all(importlib.util.find_spec(name) for name in ("nbclient", "nbformat", "ipykernel"))


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def code_of(path):
    return ["".join(cell["source"]) for cell in read(path)["cells"] if cell["cell_type"] == "code"]


def execute(code, names, where):
    """Execute a cell; return what its last line is worth, unless that ends with ``;``, as a notebook does."""
    tree = ast.parse(code, where)
    last = tree.body[-1] if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    body = tree.body[:-1] if last else tree.body
    exec(compile(ast.Module(body, []), where, "exec"), names)  # noqa: S102 - our own cells
    if last is None:
        return None
    worth = eval(compile(ast.Expression(last.value), where, "eval"), names)  # noqa: S307 - our own cells
    return None if code.rstrip().endswith(";") else worth


def test_there_are_three_notebooks_without_outputs():
    names = {path.stem for path in NOTEBOOKS}
    assert names == {"first_society", "with_and_without_ai", "your_own_network"}
    for path in NOTEBOOKS:
        book = read(path)
        assert (book["nbformat"], book["nbformat_minor"]) == (4, 5)
        cells = [cell for cell in book["cells"] if cell["cell_type"] == "code"]
        assert not any(cell["outputs"] or cell["execution_count"] for cell in cells)
        assert len({cell["id"] for cell in book["cells"]}) == len(book["cells"])


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_shows_what_it_computes(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names, shown = {"__name__": "__main__"}, []
    for number, code in enumerate(code_of(path)):
        worth = execute(code, names, f"{path.name}, code cell {number}")
        if worth is not None:
            html = getattr(worth, "_repr_html_", None)
            shown.append(html() if html else repr(worth))
    plt.close("all")
    assert len(shown) >= 3
    assert all(shown)
    assert Path("results").is_dir()


@pytest.mark.slow
@pytest.mark.skipif(not HAS_CLIENT, reason="nbclient, nbformat and ipykernel are not installed")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_in_a_kernel(path, tmp_path):
    import nbclient
    import nbformat

    book = nbformat.read(path, as_version=4)
    nbclient.NotebookClient(book, timeout=600, resources={"metadata": {"path": str(tmp_path)}}).execute()
