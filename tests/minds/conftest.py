"""What tests of minds share."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("conformance")
