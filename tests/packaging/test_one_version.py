"""The version, the extras and the addresses of the package are each said once."""

import re
import tomllib

import pytest
import yaml

import coevolve_sim
from tests import ROOT

pytestmark = pytest.mark.sdist


PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "CITATION.cff")


def test_the_version_is_the_packages_own_and_the_citation_agrees():
    dynamic = PROJECT["tool"]["setuptools"]["dynamic"]
    assert PROJECT["project"]["dynamic"] == ["version"]
    assert dynamic["version"] == {"attr": "coevolve_sim.__version__"}
    assert CITATION["version"] == coevolve_sim.__version__


def test_the_changelog_has_a_heading_of_the_version():
    released = re.match(r"\d+\.\d+\.\d+", coevolve_sim.__version__).group()
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[0] == released


def imported_as(distribution):
    """Return the name under which a distribution is imported."""
    return {"scikit-learn": "sklearn"}.get(distribution, distribution)


def test_an_extra_brings_only_what_the_package_names():
    """``sweep`` comes with the studies that import it, ``view`` with the live view."""
    text = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "coevolve_sim").rglob("*.py"))
    extras = PROJECT["project"]["optional-dependencies"]
    idle = [
        f"{extra}: {library}"
        for extra in extras.keys() - {"dev", "site"}
        for library in (imported_as(re.match(r"[\w-]+", line).group()) for line in extras[extra])
        if not re.search(rf"(import|from) {library}\b|\"{library}\"", text)
    ]
    assert not idle


def test_the_pages_name_the_extras_that_there_are_and_no_other():
    extras = PROJECT["project"]["optional-dependencies"].keys()
    named = set()
    kept = [page for page in (ROOT / "docs").rglob("*.md") if page.parent.name != "made"]
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *kept):
        named |= set(
            re.findall(r"`\[([a-z]+)\]`|'(?:\.|coevolve-sim)\[([a-z]+)\]'", page.read_text(encoding="utf-8"))
        )
    assert {one or other for one, other in named} == set(extras)


def test_addresses_are_said_in_one_place_or_not_at_all():
    """While ``[project.urls]`` is left out, nothing else names a home of the project, an index or a mail."""
    urls = PROJECT["project"].get("urls", {})
    assert CITATION.get("repository-code") == urls.get("Source")
    assert not any("email" in author for author in PROJECT["project"]["authors"] + CITATION["authors"])
    if not urls:
        text = "".join((ROOT / page).read_text(encoding="utf-8") for page in PAGES)
        assert not re.findall(r"https?://\S*coevolve\S*|\S+@\S+\.\w+", text)
