"""The page on questionnaires is run."""

import doctest

from tests import ROOT

PAGE = ROOT / "docs" / "questionnaires.md"


def test_the_examples_of_the_page_give_what_it_says():
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    failed, tried = doctest.testfile(str(PAGE), module_relative=False, optionflags=flags)
    assert failed == 0
    assert tried > 25
