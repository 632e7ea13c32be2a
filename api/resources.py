"""Resource: one class per path, one method per HTTP verb. The kernel runs every check before the method is called."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse

from api import credentials, limits, throttles
from api.bodies import Body
from api.credentials import Credential
from api.errors import ApiError, from_exception, unknown_path, unprocessable
from api.parsing import body_of
from api.rendering import answer
from core import access
from core.errors import NotFound

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
VERSIONS = frozenset({"2021-04-15", "2021-07-28", "2023-02-21", "v3"})
CLASSES = {
    # name -> (agency tokens, location tokens, agency's private integrations, location's private integrations)
    "location": (False, True, False, True),
    "agency": (True, False, True, False),
    "either": (True, True, True, True),
    "location-only": (False, True, False, False),
    "agency-only": (True, False, False, False),
    "either-only": (True, True, False, False),
}
WRONG_SCOPE = "The token is not authorized for this scope."
WRONG_CLASS = "This authClass type is not allowed to access this scope."
WRONG_LOCATION = "The token does not have access to this location."
IN_PATH = {"location": "location", "locationId": "location", "company": "company", "companyId": "company"}


@dataclass(frozen=True)
class Operation:
    """What one method takes and gives."""

    body: type[Body] | None = None
    query: type[Body] | None = None
    status: int = 200
    scope: str | None = None
    access: str = ""
    trace: bool = True
    atomic: bool | None = None
    files: tuple[str, ...] = ()
    title: str = ""
    about: str = ""
    example: Any = None
    method: str = ""


PLAIN = Operation()


def operation(**details: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Say what a method takes and gives.

    Args:
        body, query: classes of fields; their values are in `self.body` and `self.query`.
        status: of the answer, 200 unless said.
        scope: instead of the class's `reads` or `writes`.
        access: instead of the class's.
        trace: False leaves `traceId` out, for objects keyed by data.
        atomic: whether the method runs in one transaction; the default is yes for all but GET.
        files: names of file parts, for the documentation of an upload; its resource overrides `parse`.
        title, about, example: for the documentation; `example` is an answer.
    """

    def mark(method: Callable[..., Any]) -> Callable[..., Any]:
        method.operation = Operation(**details)  # type: ignore[attr-defined]
        return method

    return mark


class Resource:
    """The operations of one path.

    `reads` and `writes` name the scopes that GET and the other methods need. A class without them is refused, unless
    `any_scope` (any token of the right class) or `public` (no token at all) says so. Methods are called as
    `get(request, **ids)` and return data, or (data, status), or an HttpResponse.
    """

    reads: ClassVar[str] = ""
    writes: ClassVar[str] = ""
    access: ClassVar[str] = "location"
    any_scope: ClassVar[bool] = False
    public: ClassVar[bool] = False
    location_in: ClassVar[tuple[str, ...]] = ("locationId", "location_id", "altId")
    company_in: ClassVar[tuple[str, ...]] = ("companyId",)
    names: ClassVar[dict[str, str]] = {}  # our field names -> the wire's, where a hump does not do
    methods: ClassVar[dict[str, Operation]] = {}

    credential: Credential
    body: dict[str, Any]
    query: dict[str, Any]

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.methods = {}
        for name in METHODS:
            method = getattr(cls, name.lower(), None)
            if method is None:
                continue
            told = getattr(method, "operation", PLAIN)
            scope = told.scope if told.scope is not None else (cls.reads if name == "GET" else cls.writes)
            access = told.access or cls.access
            if not scope and not cls.any_scope and not cls.public:
                raise TypeError(f"{cls.__name__}.{name.lower()} names no scope: set reads and writes")
            if access not in CLASSES:
                raise TypeError(f"{cls.__name__}.{name.lower()}: no access class is called {access}")
            atomic = name != "GET" if told.atomic is None else told.atomic
            cls.methods[name] = Operation(
                **{**told.__dict__, "scope": scope, "access": access, "atomic": atomic, "method": name.lower()}
            )

    @classmethod
    def view(cls, operations: dict[str, str]) -> Callable[..., HttpResponse]:
        """The Django view; `operations` maps the methods that are routed to their operation ids."""

        def view(request: HttpRequest, **ids: str) -> HttpResponse:
            return cls(request).respond(operations, ids)

        view.csrf_exempt = True  # type: ignore[attr-defined]
        view.ability = "public" if cls.public else "token"  # type: ignore[attr-defined]
        view.resource = cls  # type: ignore[attr-defined]
        return view

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.rates: throttles.Rates | None = None
        self._sent: Any = None
        self._parsed = False

    def find(self, rows: models.QuerySet[Any], pk: str, noun: str) -> Any:
        """The row of `rows` with that key.

        Raises:
            NotFound: `Contact with id … not found`.
        """
        for found in rows.filter(pk=pk).order_by():
            return found
        raise NotFound(f"{noun} with id {pk} not found")

    def respond(self, operations: dict[str, str], ids: dict[str, str]) -> HttpResponse:
        request = self.request
        method = request.method or ""
        if method not in operations:
            return error_answer(unknown_path(request))
        told = self.methods[method]
        try:
            response = self._public(told, ids) if self.public else self._guarded(told, ids)
        except Exception as error:
            response = error_answer(from_exception(error, self.names))
        throttles.put_headers(response, self.rates)
        if settings.API_SHOW_OPERATION:
            response["X-Operation-Id"] = operations[method]
        return response

    def _public(self, told: Operation, ids: dict[str, str]) -> HttpResponse:
        self._validate(told)
        return self._call(told, ids)

    def _guarded(self, told: Operation, ids: dict[str, str]) -> HttpResponse:
        try:
            check_version(self.request)
            self.credential = credentials.read(self.request)
            check_class(self.credential, told.access)
            if told.scope and told.scope not in self.credential.scopes:
                raise ApiError(403, WRONG_SCOPE)
            location = self._owner(ids)
        except ApiError as error:
            if error.status in (401, 403):
                throttles.count_failure(self.request)
            raise
        self.rates = throttles.count(self.credential, location)
        with self.credential.open(location):
            if access.is_shut():
                raise access.refusal()
            if told.method != "get" and not told.scope.endswith(".readonly") and not access.is_full():  # type: ignore[union-attr]
                raise access.refusal()
            self._validate(told)
            return self._call(told, ids)

    def _owner(self, ids: dict[str, str]) -> str | None:
        """The location the request is about: the token's, or the one an agency's token names.

        Raises:
            ApiError: 403 when path, query or body names a location or company that the token does not reach.
        """
        mine = self.credential
        location = mine.location_id
        for what, value in self._named(ids):
            if what == "company":
                if value != mine.company_id:
                    raise ApiError(403, WRONG_LOCATION)
            elif value != location:
                if location is not None or not mine.reaches(value):
                    raise ApiError(403, WRONG_LOCATION)
                location = value
        return location

    def _named(self, ids: dict[str, str]) -> list[tuple[str, str]]:
        found = [(IN_PATH[name], value) for name, value in ids.items() if name in IN_PATH]
        query = self.request.GET
        for what, names in (("location", self.location_in), ("company", self.company_in)):
            found += [(what, query[name]) for name in names if query.get(name)]
            if self.request.method != "GET":
                sent = self.sent()
                if type(sent) is dict:
                    values = [sent[name] for name in names if name in sent]
                    found += [(what, value) for value in values if type(value) is str and value]
        return found

    def sent(self) -> Any:
        """The body as it came, parsed once."""
        if not self._parsed:
            self._sent = self.parse()
            self._parsed = True
        return self._sent

    def parse(self) -> Any:
        """How the body is read; a resource that takes files overrides it."""
        return body_of(self.request)

    def _validate(self, told: Operation) -> None:
        errors: list[str] = []
        self.query = told.query.read_query(self.request.GET, errors) if told.query is not None else {}
        self.body = told.body.read(self.sent(), errors) if told.body is not None else {}
        if errors:
            raise unprocessable(errors)

    def _call(self, told: Operation, ids: dict[str, str]) -> HttpResponse:
        handler = getattr(self, told.method)
        with transaction.atomic() if told.atomic else nullcontext():
            result = handler(self.request, **ids)
        if isinstance(result, HttpResponse):
            return result
        status = told.status
        if type(result) is tuple:
            result, status = result
        return answer(result, status, trace=told.trace)


def check_version(request: HttpRequest) -> None:
    """All dated versions are answered alike; a missing or unknown one is refused."""
    version = request.headers.get("Version")
    if version not in VERSIONS:
        raise ApiError(400, "version header was not found." if not version else "version header is invalid")


def check_class(credential: Credential, access: str) -> None:
    """Whether a token of this kind may use the operation at all."""
    place = (0 if credential.location_id is None else 1) + (2 if credential.is_private else 0)
    if not CLASSES[access][place]:
        raise ApiError(401, WRONG_CLASS)


def error_answer(error: ApiError) -> HttpResponse:
    """The error as a response. Paths nobody has carry the limits too, untouched."""
    response = answer(error.body, error.status)
    for name, value in error.headers.items():
        response[name] = value
    throttles.put_headers(response, None)
    return response


__all__ = ["METHODS", "Operation", "Resource", "check_version", "error_answer", "limits", "operation"]
