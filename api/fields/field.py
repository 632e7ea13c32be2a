"""What every member has: whether it must be there, what null means, and its place in the documentation."""

from __future__ import annotations

from typing import Any

BAD: Any = object()
ABSENT: Any = object()


class Field:
    """One member.

    Args:
        required: absent, null and empty are refused.
        null: null is taken as None. Elsewhere null on an optional member counts as absent.
        to: the key in the values the handler gets; the wire name when empty.
        also: other spellings that are read.
        default: the value when absent; without one an absent member is left out.
        about: a line for the documentation; example: a value for it.
    """

    kind: str = "a string"
    type: str = "string"

    def __init__(
        self,
        *,
        required: bool = False,
        null: bool = False,
        to: str = "",
        also: tuple[str, ...] = (),
        default: Any = ABSENT,
        about: str = "",
        example: Any = ABSENT,
    ) -> None:
        self.required = required
        self.null = null
        self.to = to
        self.also = also
        self.default = default
        self.about = about
        self.example = example

    def take(self, value: Any, name: str, errors: list[str]) -> Any:
        """`value` as Python, or BAD with a sentence added to `errors`. Never called with None."""
        raise NotImplementedError

    def take_text(self, values: list[str], name: str, errors: list[str]) -> Any:
        """The same from a query string; the last spelling wins, as everywhere on the web."""
        return self.take(values[-1], name, errors)

    def missing(self, name: str, errors: list[str]) -> None:
        errors.append(f"{name} should not be empty")
        errors.append(f"{name} must be {self.kind}")

    def schema(self) -> dict[str, Any]:
        """The member in an OpenAPI document."""
        found: dict[str, Any] = {"type": self.type, **self.limits()}
        if self.null:
            found["nullable"] = True
        if self.about:
            found["description"] = self.about
        if self.default is not ABSENT and self.default is not None:
            found["default"] = self.default
        found["example"] = self.sample()
        return found

    def limits(self) -> dict[str, Any]:
        return {}

    def sample(self) -> Any:
        return "text" if self.example is ABSENT else self.example
