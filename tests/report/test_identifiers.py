"""No sentence of a report holds a raw identifier: what has an underscore is in code font, or a label."""

from html.parser import HTMLParser

import pytest

import coevolve_sim
from coevolve_sim.report import page as report_page
from coevolve_sim.report import write_report
from coevolve_sim.report.pictures import ShownPicture
from coevolve_sim.report.templates import mark_identifiers
from tests.test_scenarios import FILES, reduced

NOT_SENTENCES = {"blockquote", "code", "pre", "q", "script", "select", "style", "svg", "title"}


class Sentences(HTMLParser):
    """Collects the pieces of text that have more than one word and are in no code font."""

    def __init__(self, page):
        super().__init__()
        self.open, self.found = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if tag not in ("meta", "img", "br", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        self.open.pop()

    def handle_data(self, data):
        if not NOT_SENTENCES & set(self.open) and len(data.split()) > 1:
            self.found.append(data)


@pytest.mark.long
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_sentences_of_shipped_scenarios_have_no_raw_identifiers(path, tmp_path, monkeypatch):
    monkeypatch.setattr(
        report_page,
        "save_picture",
        lambda picture, _: ShownPicture(picture.name, picture.title, picture.caption),
    )
    run = coevolve_sim.run(path, overrides=reduced(path), results=tmp_path)
    sentences = Sentences(write_report(run).read_text("utf-8")).found
    assert len(sentences) > 50
    assert [text for text in sentences if "_" in text] == []


def test_what_is_no_sentence_of_the_report_stays_as_it_is():
    page = "<style>.a_b c { }</style><p title='a_b c'>In <b>a_b</b>, <q>some_body said</q> a_b.c_d, x.</p>"
    marked = page.replace("a_b.c_d, x", "<code>a_b.c_d</code>, x")
    assert mark_identifiers(page) == marked
    assert mark_identifiers("<p>one &amp; two_three</p>") == "<p>one &amp; <code>two_three</code></p>"


def test_a_sentence_with_an_identifier_would_be_found():
    assert Sentences("<p>This is raw_text here.</p><td>label_alone</td>").found == ["This is raw_text here."]
