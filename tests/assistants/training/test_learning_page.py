"""The page on learning: its example is run, its table has every setting with its default."""

from __future__ import annotations

import doctest
import re
from dataclasses import fields

import pytest

from coevolve_sim.assistants.training import DpoSettings
from tests import ROOT

pytestmark = pytest.mark.models

PAGE = ROOT / "docs" / "learning.md"


def test_the_example_of_the_page_gives_what_it_says():
    for library in ("torch", "transformers", "peft"):
        pytest.importorskip(library)
    failed, tried = doctest.testfile(str(PAGE), module_relative=False)
    assert failed == 0
    assert tried >= 10


def test_every_setting_is_on_the_page_with_its_default():
    rows = re.findall(r"^\| (`.*?) \| (.*?) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    told = {}
    for names, defaults in rows:
        told |= dict(zip(re.findall(r"`(\w+)`", names), defaults.split(", "), strict=True))
    assert told.keys() == {field.name for field in fields(DpoSettings)}
    for field in fields(DpoSettings):
        kind = type(field.default)
        assert kind(told[field.name]) == field.default, field.name
