"""Messages can be searched where a page may run its one script; nothing else on it runs."""

import base64
import hashlib
import re

import pytest

from coevolve_sim.report import message_list, write_report
from tests.report.report_talking import a_talk, numbers

POLICY = re.compile(
    r"default-src 'none'; img-src data:; style-src 'unsafe-inline'(?:; script-src '([^']+)')?"
)


@pytest.fixture(scope="module")
def talk(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        yield a_talk(patch, tmp_path_factory.mktemp("results"))


@pytest.fixture(scope="module")
def page(talk):
    return write_report(talk).read_text("utf-8")


def test_the_page_allows_the_script_that_it_holds_and_no_other(page):
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    (policy,) = re.findall(r"http-equiv=\"Content-Security-Policy\" content=\"([^\"]+)\"", page)
    assert POLICY.fullmatch(policy)[1] == f"sha256-{digest}"


def test_the_script_writes_no_markup_and_asks_for_nothing():
    script, _ = message_list.read_script()
    for way in (
        "innerHTML",
        "outerHTML",
        "insertAdjacent",
        "document.write",
        "eval",
        "fetch",
        "import",
        "http",
    ):
        assert way not in script


def test_without_a_script_there_is_no_search_to_be_seen(page):
    assert re.search(r"<form class=\"search\" id=\"search-box\" role=\"search\" hidden>", page)


def test_all_that_was_said_is_listed_with_speaker_and_status(page, talk):
    listed = re.findall(r"<p class=\"line\" data-who=\"([^\"]+)\" data-status=\"([^\"]+)\">", page)
    assert len(listed) == len(talk.messages)
    assert sorted(status for _, status in listed) == sorted(talk.messages["status"])
    assert {"refused", "answered"} <= {status for _, status in listed}


def test_hostile_messages_stay_text_in_the_list(page):
    of_list = page.split('id="search-all"')[1].split("</details>")[0]
    assert "&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt;" in of_list
    assert "<script" not in of_list
    assert "<img" not in of_list
    assert page.count("<script") == 1


def test_of_very_many_messages_some_are_drawn_and_the_page_says_so(talk, monkeypatch):
    monkeypatch.setattr(message_list, "MOST_LISTED", 5)
    page = write_report(talk).read_text("utf-8")
    assert page.count('<p class="line"') == 5
    assert f"5 of {len(talk.messages):,} messages, drawn at random" in page


def test_where_nobody_speaks_no_script_is_allowed(tmp_path):
    page = write_report(numbers(tmp_path)).read_text("utf-8")
    assert "script" not in page.split("</head>")[0]
    assert "<script" not in page
