"""What several tests of the contacts app share."""

from __future__ import annotations

import pytest

from contacts.tests import one_of_everything


@pytest.fixture
def world(cast, as_) -> one_of_everything.World:  # type: ignore[no-untyped-def]
    """One row of every kind in Acme's location, and an API client there."""
    return one_of_everything.build(cast, as_)
