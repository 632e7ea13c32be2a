"""What a verb may raise. Pages show these, the API answers with them; neither needs to know who raised them."""

from __future__ import annotations

from typing import Any


class Problem(Exception):
    """A sentence for a person. `status` is the HTTP code of an API answer."""

    status = 400
    code = ""  # what the API calls it, where that is more than the phrase of the status

    def __init__(self, message: str, **extra: Any) -> None:
        super().__init__(message)
        self.message = message
        self.extra = extra


class Refused(Problem):
    """Well-formed, but a rule says no (a duplicate, a closed record, a wrong state)."""


class LimitReached(Refused):
    """A plan or product limit stands in the way; the message names it.

    One that is counted for the whole company says `meter`, `used` and `limit`: the API calls it limit_reached. The most
    that one record, file or list can hold is over_cap.
    """

    status = 422

    def __init__(self, message: str, **extra: Any) -> None:
        super().__init__(message, **extra)
        self.code = "limit_reached" if "meter" in extra else "over_cap"


class Forbidden(Problem):
    """The actor lacks the ability."""

    status = 403


class NotFound(Problem):
    """There is no such thing in this scope."""

    status = 404


class Invalid(Problem):
    """Values that cannot be accepted. `errors` is {field: sentence}; nothing has been written."""

    status = 422

    def __init__(self, errors: dict[str, str] | str, **extra: Any) -> None:
        self.errors = {"": errors} if isinstance(errors, str) else errors
        super().__init__("; ".join(self.errors.values()), **extra)


class TooLarge(Invalid):
    """A file or a value that is larger than may be kept."""

    code = "too_large"
