"""The sdist is complete and the wheel is lean: both are built, and what was built is run.

Nothing is fetched: setuptools builds in the environment that runs the tests, and what the package stands on
is lent from there to the fresh environment that the wheel is installed into.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from fnmatch import fnmatch
from pathlib import Path

import pytest

import coevolve_sim
from tests import ROOT

pytestmark = [pytest.mark.packaging, pytest.mark.xdist_group("packaging")]


JUNK = ("__pycache__", "*.pyc", "*.nbi", "*.nbc", "build", "dist", "*.egg-info", ".*_cache", ".hypothesis")
NOT_COPIED = (*JUNK, ".git", ".venv*", "node_modules")
SHIPPED = (
    "coevolve_sim/py.typed",
    "coevolve_sim/*.py",
    "coevolve_sim/*.css",
    "coevolve_sim/*.csv",
    "coevolve_sim/*.j2",
    "coevolve_sim/*.json",
    "coevolve_sim/*.md",
    "coevolve_sim/*.safetensors",
    "coevolve_sim/*.txt",
    "coevolve_sim/*.vue",
    "coevolve_sim/scenarios/*.csv",
    "coevolve_sim/scenarios/*.yaml",
    "coevolve_sim-*.dist-info/*",
)
"""All that a wheel may hold (``*`` stands for folders too), and of each of which it holds something."""


def called(*arguments, cwd, python=sys.executable, **environment):
    """Run Python somewhere else, with none of this checkout on its path; return what it said."""
    inherited = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(
        [str(python), *map(str, arguments)],
        cwd=cwd,
        env=inherited | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout + done.stderr


def files_below(folder):
    """Return the files of a folder, links followed, without what tools leave behind."""
    found = set()
    for at, folders, names in os.walk(folder, followlinks=True):
        folders[:] = [name for name in folders if not any(fnmatch(name, junk) for junk in JUNK)]
        for name in names:
            if not any(fnmatch(name, junk) for junk in JUNK):
                found.add((Path(at) / name).relative_to(folder).as_posix())
    return found


def files_of_the_repository(tree):
    """Return what the sdist owes: tracked files; where there is no repository (an sdist itself), all."""
    if not (ROOT / ".git").exists():
        return files_below(tree) - {"results/a_run/run.sqlite"}
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return {name for name in listed.stdout.split("\0") if name and (tree / name).is_file()}


@pytest.fixture(scope="session")
def tree(tmp_path_factory):
    """Return a copy of the repository as a user has it: with runs in results/ and caches about."""
    copied = tmp_path_factory.mktemp("repository") / "tree"

    def left_out(folder, names):
        out = {name for name in names if any(fnmatch(name, junk) for junk in NOT_COPIED)}
        return out | ({*names} - {"README.md"} if Path(folder) == ROOT / "results" else set())

    shutil.copytree(ROOT, copied, symlinks=True, ignore=left_out)
    for litter in ("results/a_run/run.sqlite", "tests/__pycache__/x.pyc", "coevolve_sim/__pycache__/x.nbi"):
        (copied / litter).parent.mkdir(parents=True, exist_ok=True)
        (copied / litter).write_text("litter")
    return copied


@pytest.fixture(scope="session")
def sdist(tree, tmp_path_factory):
    """Build the sdist; return the folder that it unpacks to."""
    out = tmp_path_factory.mktemp("sdist")
    called("-c", f"from setuptools import build_meta; build_meta.build_sdist({str(out)!r})", cwd=tree)
    (archive,) = out.iterdir()
    with tarfile.open(archive) as opened:
        opened.extractall(out, filter="data")
    return out / archive.name.removesuffix(".tar.gz")


@pytest.fixture(scope="session")
def wheel(sdist, tmp_path_factory):
    """Build the wheel as pip would: from the sdist, in a copy of it that is thrown away."""
    out, copied = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("building") / "sdist"
    shutil.copytree(sdist, copied)
    called("-c", f"from setuptools import build_meta; build_meta.build_wheel({str(out)!r})", cwd=copied)
    (built,) = out.iterdir()
    return built


@pytest.fixture(scope="session")
def contents(wheel):
    with zipfile.ZipFile(wheel) as opened:
        return {name for name in opened.namelist() if not name.endswith("/")}


def test_the_sdist_holds_every_file_of_the_repository_and_no_litter(tree, sdist):
    built = files_below(sdist)
    assert not files_of_the_repository(tree) - built
    assert not {name for name in built if name.startswith("results/")} - {"results/README.md"}
    assert not [path for path in sdist.rglob("*") if path.name == "__pycache__" or path.suffix == ".nbi"]


def test_the_wheel_holds_the_package_whole_and_nothing_else(tree, contents):
    """Neither training of the embedded model nor tests: what is under ``coevolve_sim/``, links followed."""
    of_package = {name for name in contents if ".dist-info/" not in name}
    assert of_package == {f"coevolve_sim/{name}" for name in files_below(tree / "coevolve_sim")}
    assert not {name for name in contents if name.startswith(("phantom", "tests", "analysis", "benchmarks"))}


def test_the_wheel_holds_code_and_data_of_known_kinds_only(contents):
    hit = {pattern: [name for name in contents if fnmatch(name, pattern)] for pattern in SHIPPED}
    assert not [pattern for pattern, names in hit.items() if not names]
    assert not contents - {name for names in hit.values() for name in names}


def test_the_wheel_is_called_by_the_packages_version(wheel, contents):
    version = coevolve_sim.__version__
    assert wheel.name == f"coevolve_sim-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as opened:
        metadata = opened.read(f"coevolve_sim-{version}.dist-info/METADATA").decode()
    said = metadata.partition("\n\n")[0].splitlines()
    assert f"Version: {version}" in said
    assert not [line for line in said if line.startswith(("Project-URL", "Home-page", "Author-email"))]


@pytest.fixture(scope="session")
def installed(wheel, tmp_path_factory):
    """Install the wheel into a fresh environment, lend it what the package stands on; return its folder."""
    folder = tmp_path_factory.mktemp("fresh") / "venv"
    venv.create(folder, with_pip=False)
    paths = {"base": str(folder), "platbase": str(folder)}
    options = ("--no-deps", "--no-index", "--no-compile", "--disable-pip-version-check", "--quiet")
    called("-m", "pip", "--python", folder / "bin" / "python", "install", *options, wheel, cwd=folder)
    own = Path(sysconfig.get_path("purelib", "venv", vars=paths))
    lent = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (own / "lent.pth").write_text("\n".join(lent) + "\n")  # paths only: editable installs among them stay out
    return folder


@pytest.mark.slow
def test_an_installed_wheel_runs_a_shipped_scenario_by_name_from_an_empty_folder(installed, tmp_path):
    bare = ("-c", "import coevolve_sim; print(coevolve_sim.__file__, coevolve_sim.__version__)")
    python, coevolve = installed / "bin" / "python", installed / "bin" / "coevolve"
    file, version = called(*bare, cwd=tmp_path, python=python).split()
    assert Path(file).is_relative_to(installed)
    assert version == coevolve_sim.__version__
    small = ("--set", "rounds=2", "--set", "population.humans=20")
    said = called(coevolve, "run", "moral_progress", *small, "--only-record", cwd=tmp_path, python=python)
    home = Path(file).parent / "scenarios" / "moral_progress.yaml"
    assert f"moral_progress: the scenario that ships with coevolve-sim, {home}\n" in said
    assert "finished, 2 of 2 rounds, 20 humans" in said
    assert [path.name for path in tmp_path.iterdir()] == ["results"]


@pytest.mark.slow
def test_the_marked_tests_of_the_sdist_pass_from_it(sdist):
    files = sorted((sdist / "tests").rglob("test_*.py"))
    marked = [path for path in files if "pytest.mark.sdist" in path.read_text(encoding="utf-8")]
    said = called("-m", "pytest", "-q", "-m", "sdist", "-p", "no:cacheprovider", *marked, cwd=sdist)
    verdict = said.strip().splitlines()[-1]
    assert " passed" in verdict
    assert "skipped" not in verdict
