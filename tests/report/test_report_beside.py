"""Another run beside a run: what is drawn and said, and what is refused."""

import html
import re

import numpy as np
import pytest
from typer.testing import CliRunner

from coevolve_sim.cli.main import app
from coevolve_sim.errors import RecordError
from coevolve_sim.report import write_report
from coevolve_sim.report.comparison import RunComparison
from coevolve_sim.report.run_data import RunData
from tests.report.report_talking import NUMBERS, a_talk, numbers

HELPER = "assistants: [{{name: helper}}]"
PAST = NUMBERS.replace(HELPER, HELPER + ", history: {{kind: planted, eras: 3}}, rounds_per_era: 1")


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return tmp_path_factory.mktemp("results")


@pytest.fixture(scope="module")
def twin(results):
    return numbers(results, "twin", rounds=5)


@pytest.fixture(scope="module")
def run(results):
    with pytest.MonkeyPatch.context() as monkeypatch:
        return a_talk(monkeypatch, results, faults=None)


@pytest.fixture
def few_pictures(monkeypatch):
    monkeypatch.setattr("coevolve_sim.report.page._save_pictures", lambda *_: [])


@pytest.mark.long
def test_a_run_of_words_is_laid_beside_its_numeric_twin(run, twin):
    page = write_report(run, twin).read_text("utf-8")
    text = html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.split("</style>")[1])))
    assert "Beside it: twin, seed 1, finished, channel numeric, 8 humans, 5 rounds" in text
    assert twin.digest() in text
    assert "A round here is about 1 dimension, there about 2" in text
    assert "after round 3, the last that both have" in text
    assert 'id="figure-beside-values"' in page
    assert 'id="figure-beside-measures"' in page
    assert (run.folder / "figures" / "beside-values.svg").is_file()
    assert re.findall(r"Figure (\d+)\.", text) == [str(n) for n in range(1, 12)]


def test_a_report_alone_says_nothing_of_another_run(run, few_pictures):
    assert "Beside another run" not in write_report(run).read_text("utf-8")


def test_means_and_measures_are_those_of_the_two_records(run, twin):
    beside = RunComparison(RunData(run), twin)
    apart = beside.distance()
    both = [one.means[one.means["kind"] == "people"][["thrift", "mercy"]].to_numpy() for one in (run, twin)]
    assert beside.n_common == 4
    assert apart == pytest.approx(np.sqrt(((both[0][:4] - both[1][:4]) ** 2).mean(axis=1)))
    assert apart[0] == 0.0 < apart[3]
    last, rows = beside.rows()
    assert last == 3
    variance = next(row for row in rows if row.name == "variance")
    assert variance.here == f"{run.measures.loc[3, 'variance']:.4f}"
    assert variance.there == f"{twin.measures.loc[3, 'variance']:.4f}"
    found, more = beside.differences()
    assert ("channel.kind", "language", "numeric") in found
    assert more >= 0
    assert beside.groups() == ["young", "old"]


def test_a_run_beside_itself_is_refused(run):
    with pytest.raises(RecordError, match="it is the same run; name another"):
        write_report(run, run)


def test_other_dimensions_are_refused_and_both_are_named(results, run):
    other = numbers(results, "other", rounds=1, text=NUMBERS.replace("mercy", "candour"))
    with pytest.raises(RecordError, match="its dimensions are thrift, candour, here they are thrift, mercy"):
        write_report(run, other)


def test_rounds_that_are_another_stretch_of_history_are_refused(results):
    one = numbers(results, "one", text=PAST)
    two = numbers(results, "two", text=PAST.replace("rounds_per_era: 1", "rounds_per_era: 2"))
    with pytest.raises(RecordError, match="an era lasts 2 rounds there and 1 here"):
        write_report(one, two)
    assert not (one.folder / "report.html").exists()


@pytest.mark.long
def test_the_command_lays_a_run_beside_another_and_refuses_in_words(run, twin, results, few_pictures):
    def typed(*arguments):
        return CliRunner().invoke(app, ["report", *arguments, "--results", str(results)])

    done = typed(run.folder.name, "--beside", twin.folder.name)
    assert done.exit_code == 0, done.output
    assert "Beside it: twin" in (run.folder / "report.html").read_text("utf-8")
    refused = typed(twin.folder.name, "--beside", twin.folder.name)
    assert refused.exit_code == 5
    assert "RecordError" in refused.output
    assert "it is the same run" in refused.output.replace("\n", " ")
