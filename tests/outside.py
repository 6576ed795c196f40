"""Which tests need files from outside the project."""

import os

import pytest

# Where they are not, a skip; where MMCL_REQUIRE has data, the test runs, and fails without them.
real = pytest.mark.skipif(
    not os.environ.get("MMCL_DATA") and "data" not in os.environ.get("MMCL_REQUIRE", ""),
    reason="needs MMCL_DATA",
)
