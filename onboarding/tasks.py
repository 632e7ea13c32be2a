"""What happens in the background: accounts are told of changes in the list of sub-processors."""

from __future__ import annotations

from core.tasks import task
from onboarding import subprocessors


@task
def tell_of_subprocessors() -> None:
    """See `subprocessors.tell`."""
    subprocessors.tell()
