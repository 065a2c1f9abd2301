"""Pages of the site that are made of other files as it is built: references, gallery, shipped scenarios."""

from __future__ import annotations

import ast
import re
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MADE = "made"
"""The folder of these pages, below that of all pages; it is not kept."""

_ENTRY = re.compile(r"^@\w+\{(\w+), (.*)\}$", re.MULTILINE)
_FIELD = re.compile(r"(\w+)=\{((?:[^{}]|\{[^{}]*\}|\{(?:[^{}]|\{[^{}]*\})*\})*)\}")
_PICTURE = re.compile(r"(!\[[^\]]*\]\()\.\./analysis/")
_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((\.\./[^)#\s]+)(#[^)\s]*)?\)")


def write_pages(docs: Path) -> None:
    """Write all made pages below a folder of pages."""
    made = docs / MADE
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir()
    pages = {
        "references": write_references((docs / "references.bib").read_text(encoding="utf-8")),
        "gallery": write_gallery(ROOT / "analysis", made),
        "scenarios": write_scenarios(ROOT / "scenarios"),
        "changelog": (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").replace("](docs/", "](../"),
    }
    for name, text in pages.items():
        (made / f"{name}.md").write_text(text, encoding="utf-8")


def write_references(bibliography: str) -> str:
    """Return the page of references: one citation an entry, which docstrings name by its key.

    Examples
    --------
    >>> entry = "@misc{Qiu2025, author={Qiu, T. and He, Z.}, title={The {L}ock-in}, year={2025}}"
    >>> print(write_references(entry).splitlines()[4])
    .. [Qiu2025] Qiu, T. and He, Z. (2025). The Lock-in.
    """
    lines = ["# References", "", "```{eval-rst}", ""]
    for key, fields in sorted(_ENTRY.findall(bibliography), key=lambda entry: entry[0].lower()):
        of = {name: _read_plainly(text) for name, text in _FIELD.findall(fields)}
        where = next((of[name] for name in ("journal", "booktitle", "publisher", "note") if of.get(name)), "")
        told = f".. [{key}] {of.get('author', '')} ({of.get('year', 'n.d.')}). {of.get('title', '')}."
        told += f" {where}." if where else ""
        lines.append(told + (f" https://doi.org/{of['doi']}" if of.get("doi") else ""))
    return "\n".join([*lines, "```", ""])


def _read_plainly(text: str) -> str:
    """Return BibTeX's text without its braces and escapes; what accents it writes are left out."""
    text = re.sub(r"\{?\\[`'^\"~=.Hcvuk]\{?([A-Za-z])\}?\}?", r"\1", text)
    plain = re.sub(r"[{}`]|''", "", text)
    return plain.replace("--", "-").replace("\\", "").replace("*", r"\*")


def write_gallery(folder: Path, made: Path) -> str:
    """Return the page of studies: what each asks and what came out, with its picture, copied beside it."""
    parts = [
        "# Gallery of studies",
        "",
        "Each reproduces a known result, or asks a question, with what the package offers to everybody.",
    ]
    for path in sorted(folder.glob("*.py")):
        told = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        title, _, rest = told.partition("\n\n")
        parts += ["", f"## {path.stem.replace('_', ' ').capitalize()}", "", " ".join(title.split())]
        picture = path.with_suffix(".png")
        if picture.is_file():
            shutil.copyfile(picture, made / picture.name)
            parts += ["", f"![{path.stem.replace('_', ' ')}]({picture.name})"]
        if rest:
            parts += ["", "```{eval-rst}", rest, "```"]
    return "\n".join([*parts, ""])


def write_scenarios(folder: Path) -> str:
    """Return the page of shipped scenarios: what the comment at the head of each file says."""
    parts = ["# Scenarios that ship", "", "Each runs by its name, as in `coevolve run lock_in`."]
    for path in sorted(folder.glob("*.yaml")):
        lines = path.read_text(encoding="utf-8").splitlines()
        head = []
        for line in lines:
            if not line.startswith("#"):
                break
            head.append(line[2:])
        parts += ["", f"## `{path.stem}`", "", "```text", *head, "```"]
    return "\n".join([*parts, ""])


def name_files_outside(text: str) -> str:
    """Return a page's text in which links to files that are no part of the site are their names.

    Pictures of studies are those that the gallery copies.

    Examples
    --------
    >>> name_files_outside("See [the file](../benchmarks/RESULTS.md#records), [this](minds.md).")
    'See the file (`benchmarks/RESULTS.md`), [this](minds.md).'
    >>> name_files_outside("![Harm](../analysis/adversaries_and_guards.png)")
    '![Harm](made/adversaries_and_guards.png)'
    """
    text = _PICTURE.sub(rf"\1{MADE}/", text)
    return _LINK.sub(lambda link: f"{link[1]} (`{link[2].removeprefix('../')}`)", text)
