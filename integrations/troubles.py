"""How a call to a provider can fail, by what has to follow."""

from __future__ import annotations


class Trouble(Exception):
    """The message says to a person what the provider answered."""


class Later(Trouble):
    """Nothing was done, and asking again later helps."""

    def __init__(self, message: str, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds


class Expired(Trouble):
    """The access is over; renewing it may help. Nothing was done."""


class Withdrawn(Trouble):
    """The access or a permission was taken back; only a person can give it again. Nothing was done."""


class Mismatch(Trouble):
    """What a mapping names is not there. Nothing was done."""


class Rejected(Trouble):
    """This one call is not accepted, and will not be. Nothing was done."""


class Unclear(Trouble):
    """No answer, or none that tells whether it was done."""
