"""Fixtures for the tests of dosimetry."""

import pytest
from toy_body import make_library


@pytest.fixture(scope="session")
def toy():
    return make_library()
