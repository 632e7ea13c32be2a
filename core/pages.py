"""Pages: who may open one, links within the location, and the keyset pager."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from core import access, ids, scope
from core.errors import Forbidden

View = Callable[..., HttpResponse]


def allowed(ability: str) -> Callable[[View], View]:
    """Let a page be used only by an actor with `ability`; others get 403. `anyone` means any signed-in person."""

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            actor = scope.current().actor
            if actor.kind != "user":
                raise Forbidden("Sign in first.")
            if ability != "anyone" and not actor.may(ability):
                if not access.is_full():
                    raise access.refusal()
                raise Forbidden("You do not have the permission for this. An admin of this location can grant it.")
            return view(request, *args, **kwargs)

        checked.ability = ability  # type: ignore[attr-defined]
        return checked

    return decorate


def public(view: View) -> View:
    """Mark a page as open to everybody; a structure test wants every page marked or `allowed`."""
    view.ability = "public"  # type: ignore[attr-defined]
    return view


def link(name: str, *args: Any, **kwargs: Any) -> str:
    """The address of a page of the present location: `link("contacts:show", contact.pk)`."""
    if kwargs:
        return reverse(name, kwargs={"location": scope.location_id(), **kwargs})
    address = _form(name, *(None if ids.is_id(value) else str(value) for value in args))
    address = address.replace(_PLACE, scope.location_id(), 1)
    for mark, value in zip(_MARKS, args, strict=False):
        address = address.replace(mark, str(value), 1)
    return address


_PLACE = "Location".ljust(ids.LENGTH, "0")
_MARKS = [f"Mark{number}".ljust(ids.LENGTH, "0") for number in range(4)]


@lru_cache(maxsize=2000)
def _form(name: str, *words: str | None) -> str:
    """The address with marks in place of the location and of ids (None): a list page has a hundred links, and reversing
    each costs a tenth of it."""
    marked = [mark if word is None else word for mark, word in zip(_MARKS, words, strict=False)]
    return reverse(name, args=[_PLACE, *marked, *words[len(_MARKS) :]])


def is_partial(request: HttpRequest) -> bool:
    """Whether htmx asks for a fragment rather than a page."""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true"
