"""Nothing of a hidden record reaches somebody who sees only what is theirs: every page, every operation of the API.

The addresses come from the tables of routes, so that a new one is asked as well. A hidden id is answered exactly like
one that does not exist, and what is visible reads the same whether or not there is something hidden beside it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.http import HttpResponse

from api.routes import ROUTES, Route
from core.tenancy import LocationModel
from hoopai.tests import two_worlds
from hoopai.tests.test_structure import routes
from hoopai.tests.two_worlds import SECRETS, SEEKS, Worlds
from oauth.tests.make import ApiClient

UNKNOWN = "0" * 20
PARAMETER = re.compile(r"<(\w+):(\w+)>")
PLACE = "l/<id:location>/"
IN_LOCATION = sorted({route for route, _ in routes() if route.startswith(PLACE)})
MEANS = (  # what `pk` is; below an address that is not named here every id is tried
    ("contacts/lists/", ("smart_list", "contact")),
    ("contacts/bulk/", ("bulk", "contact")),
    ("contacts/imports/", ("import", "contact")),
    ("contacts/companies/", ("business", "contact")),
    ("contacts/merges/", ("merge", "contact")),
    ("contacts/duplicates/", ("scan",)),
    ("contacts/<id:pk>", ("contact", "colleague")),
    ("opportunities/of/", ("contact",)),
    ("opportunities/<id:pk>", ("opportunity", "contact")),
    ("objects/relations/", ("contact", "business", "opportunity", "record")),
    ("objects/records/", ("record", "contact")),
    ("notifications/", ("notification", "contact")),
    ("settings/pipelines/", ("pipeline",)),
    ("settings/associations/", ("association",)),
    ("settings/", ("contact", "business", "opportunity", "record")),
)
CHOICES = {
    "deed": ("add", "remove"),
    "channel": ("email", "all"),
    "name": ("first_name", "email", "owner", "value", "contact"),
    "view": ("board", "list"),
    "key": ("pet", "contact", "opportunity", "business"),
}
KINDS = {
    "objects/": ("contact", "business", "opportunity"),
    "bulk/": ("add_tags", "export", "owner"),
    "address/": ("email",),
}
# Names of tags, fields and the like are the location's vocabulary: whoever may use them sees them, used or not.
TELLS = {
    "l/<id:location>/settings/usage": "how much of the plan the location uses; no names, and the plan counts all",
    "l/<id:location>/contacts/companies/<id:pk>/delete": "refuses, for contacts that are not seen would lose the company",
}
MAKES_IDS = {  # rows for the next one, each with a new id
    "l/<id:location>/settings/fields/option",
    "l/<id:location>/settings/pipelines/new",
    "l/<id:location>/settings/pipelines/stage",
}


def words_in(content: bytes) -> list[str]:
    text = content.decode(errors="replace").lower()
    return [word for word in SECRETS if word.lower() in text]


def body(answer: HttpResponse) -> bytes:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    return content + str(dict(answer.headers)).encode()


def paths(route: str, worlds: Worlds, side: str) -> Iterator[tuple[str, str]]:
    """Addresses of a route with ids of the visible or the hidden side, and the same with unknown ids.

    Where a route has several ids, all combinations in which at least one is of that side.
    """
    ids = getattr(worlds, side).ids
    values: list[list[tuple[str, str]]] = []
    for converter, name in PARAMETER.findall(route)[1:]:
        if converter == "id" and name == "pk":
            kinds = next((kinds for prefix, kinds in MEANS if route.startswith(PLACE + prefix)), tuple(ids))
            wanted = [pk for kind, pk in ids.items() if kind.partition(" ")[0] in kinds]
            values.append([(one, UNKNOWN) for one in dict.fromkeys(wanted)])
        elif converter == "id" and name == "field":
            field = worlds.vocabulary["papers"].pk
            values.append([(field, field)])
        elif converter == "id" and name == "schema":
            schema = worlds.vocabulary["pets"].pk
            values.append([(schema, schema)])
        elif converter == "id":
            values.append([(ids.get(name, UNKNOWN), UNKNOWN)])
        elif name == "kind":
            kinds = next((kinds for part, kinds in KINDS.items() if part in route), ("1",))
            kinds = (*kinds, worlds.vocabulary["pets"].key) if "objects/" in route else kinds
            values.append([(one, one) for one in kinds])
        else:
            values.append([(one, one) for one in CHOICES.get(name, ("1",))])
    for chosen in itertools.product(*values):
        pair = []
        for at in (0, 1):
            path = route.replace("<id:location>", worlds.place.pk)
            for one in chosen:
                path = PARAMETER.sub(one[at], path, count=1)
            pair.append("/" + path)
        yield pair[0], pair[1]


def has_ids(route: str) -> bool:
    return "<id:" in route.replace("<id:location>", "")


@pytest.fixture
def worlds(cast) -> Worlds:  # type: ignore[no-untyped-def]
    return two_worlds.build(cast)


def test_contacts_055_accounts_032_nothing_hidden_is_on_any_page(worlds, browse):
    two_worlds.hide(worlds)
    client = browse(worlds.restricted)
    wrong = []
    asked = 0
    for route in IN_LOCATION:
        for side in ("visible", "hidden"):
            for path, unknown in paths(route, worlds, side):
                asked += 1
                answer = client.get(path)
                if found := words_in(body(answer)):
                    wrong.append(f"GET {path} ({route}) tells {found}")
                if side == "hidden" and has_ids(route) and answer.status_code != client.get(unknown).status_code:
                    wrong.append(f"GET {path} ({route}) answers {answer.status_code}, unknown ids differ")
            if not has_ids(route):
                break
    assert asked > 500
    assert not wrong, "\n".join(wrong)


def test_contacts_055_nothing_hidden_is_found_by_asking(worlds, browse):
    two_worlds.hide(worlds)
    client = browse(worlds.restricted)
    hidden = worlds.hidden.ids
    wrong = []
    queries: list[dict[str, Any]] = [dict.fromkeys(("q", "query", "search", "text"), word) for word in SEEKS]
    queries += [dict.fromkeys(("contact", "id", "ids", "pk", "exclude"), hidden["contact"])]
    queries += [{"ids": [worlds.visible.ids["contact"], hidden["contact"]], "contact": hidden["contact"]}]
    queries += [{"business": hidden["business"], "company": hidden["business"], "tag": worlds.vocabulary["tag"].pk}]
    queries += [{"id": hidden["opportunity"], "ids": hidden["opportunity"]}, {"list": hidden["smart_list"]}]
    for route in IN_LOCATION:
        path, _ = next(paths(route, worlds, "visible"))
        for query in queries:
            answer = client.get(path, query, headers={"HX-Request": "true"})
            if found := words_in(body(answer)):
                wrong.append(f"GET {path}?{query} ({route}) tells {found}")
    assert not wrong, "\n".join(wrong)


def test_contacts_055_a_hidden_id_is_refused_like_an_unknown_one_and_stays_as_it_was(worlds, browse):
    two_worlds.hide(worlds)
    client = browse(worlds.restricted)
    before = as_they_are(worlds)
    wrong = []
    hidden = worlds.hidden.ids
    for route in IN_LOCATION:
        for path, unknown in paths(route, worlds, "hidden"):
            told = []
            for at, address in enumerate((path, unknown)):
                one = hidden["contact"] if at == 0 else UNKNOWN
                sent = dict.fromkeys(("ids", "contact", "contacts", "id", "first", "second", "record", "master"), one)
                held = transaction.savepoint()
                answer = client.post(address, sent)
                told.append(answer.status_code)
                if at == 0 and (found := words_in(body(answer))):
                    wrong.append(f"POST {path} ({route}) tells {found}")
                if at == 0 and answer.status_code < 400 and (now := as_they_are(worlds)) != before:
                    wrong.append(
                        f"POST {path} ({route}) changed {[name for name in before if now.get(name) != before[name]]}"
                    )
                transaction.savepoint_rollback(held)
            if told[0] != told[1]:
                wrong.append(f"POST {path} ({route}) answers {told[0]}, for unknown ids {told[1]}")
    assert not wrong, "\n".join(wrong)


NOISE = [
    re.compile(rb'(csrfmiddlewaretoken" value="|X-CSRFToken"?:? ?"|csrf-token" content=")[^"]+'),
    re.compile(rb"csrftoken=[^;]+|nonce-[^']+|nonce=\"[^\"]+"),
    re.compile(rb'<p class="linked__hidden.*?</p>|\'Content-Length\': \'\d+\''),  # links tell a number, never a name
    re.compile(rb'(?:"version": |version=)"[0-9a-f]+"'),  # of the board: it only says that something was written
    re.compile(rb"'Expires': '[^']+'"),
    re.compile(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),  # the id of the request, in a header and on error pages
]


def test_contacts_054_055_what_is_visible_reads_the_same_with_and_without_what_is_hidden(worlds, browse):
    client = browse(worlds.restricted)

    def look() -> dict[str, bytes]:
        found = {}
        for route in IN_LOCATION:
            if route in TELLS or route in MAKES_IDS:
                continue
            for path, _ in paths(route, worlds, "visible"):
                content = body(client.get(path))
                for noise in NOISE:
                    content = noise.sub(b"", content)
                found[path] = content
        return found

    before = look()
    two_worlds.hide(worlds, bound=False)  # of a link to what is hidden the visible end tells the number
    after = look()
    wrong = []
    for path, content in before.items():
        if after[path] != content:
            old, new = content.decode(errors="replace").split("\n"), after[path].decode(errors="replace").split("\n")
            pairs = [pair for pair in zip(old, new, strict=False) if pair[0] != pair[1]][:3]
            wrong.append(f"{path}\n" + "\n".join(f"    {apart(a, b)} -> {apart(b, a)}" for a, b in pairs))
    assert not wrong, "\n".join(wrong)


def apart(line: str, other: str) -> str:
    """The place where a line begins to differ from another."""
    at = next((at for at, (a, b) in enumerate(zip(line, other, strict=False)) if a != b), 0)
    return line[max(0, at - 80) : at + 160]


def as_they_are(worlds: Worlds) -> dict[str, str]:
    """Every hidden row as text, by its table and id."""
    ids = list(worlds.hidden.ids.values())
    found = {}
    with connection.cursor() as cursor:
        for model in apps.get_models():
            if issubclass(model, LocationModel) and "id" in {field.column for field in model._meta.concrete_fields}:
                table = connection.ops.quote_name(model._meta.db_table)
                cursor.execute(f"SELECT id, to_jsonb(held)::text FROM {table} held WHERE id = ANY(%s)", [ids])  # noqa: S608
                found.update({f"{model.__name__} {pk}": text for pk, text in cursor.fetchall()})
    return found


def api_paths(route: Route, method: str, worlds: Worlds, side: str) -> Iterator[tuple[str, str]]:
    ids = getattr(worlds, side).ids
    values = []
    for name in route.names:
        if name == "location":
            values.append([(worlds.place.pk, worlds.place.pk)])
        elif name == "schema":
            values.append([(worlds.vocabulary["pets"].key, worlds.vocabulary["pets"].key), ("business", "business")])
        elif name == "business":
            values.append([(ids["business"], UNKNOWN)])
        elif name == "tag" or name == "field":
            if method == "DELETE":
                return  # whoever may manage the words of the location may take one off every record
            held = worlds.vocabulary["tag" if name == "tag" else "text"].pk
            values.append([(held, held)])
        else:
            values.append([(ids.get(name, ids["contact"]), UNKNOWN)])
    for chosen in itertools.product(*values):
        pair = []
        for at in (0, 1):
            path = route.template
            for name, one in zip(route.names, chosen, strict=True):
                path = path.replace(f"{{{name}}}", one[at])
            pair.append(path)
        yield pair[0], pair[1]


def test_contacts_055_accounts_032_the_api_tells_a_person_nothing_hidden(worlds, settings):
    settings.API_AUTHENTICATION = "hoopai.tests.two_worlds.person"
    two_worlds.hide(worlds)
    two_worlds.tie(worlds)
    client = ApiClient(f"{worlds.restricted.pk}-{worlds.place.pk}")
    hidden, place = worlds.hidden.ids, worlds.place.pk
    before = as_they_are(worlds)
    wrong, good = [], 0
    for route in ROUTES:
        for method in route.operations:
            for side in ("visible", "hidden") if method == "GET" else ("hidden",):
                for path, unknown in api_paths(route, method, worlds, side):
                    told = []
                    for at, address in enumerate((path, unknown)):
                        one = hidden["contact"] if at == 0 else UNKNOWN
                        held = transaction.savepoint()
                        if method == "GET":
                            answer = client.get(address, {"locationId": place, "location_id": place})
                        else:
                            answer = client.send(
                                method,
                                address,
                                {"locationId": place, "contactId": one, "ids": [one], "contacts": [one], "name": "x"},
                            )
                        told.append(answer.status_code)
                        good += answer.status_code == 200
                        if at == 0 and (found := words_in(answer.content)):
                            wrong.append(f"{method} {path} ({route.path}) tells {found}")
                        if at == 0 and method != "GET" and answer.status_code < 400 and as_they_are(worlds) != before:
                            wrong.append(f"{method} {path} ({route.path}) changed something hidden")
                        transaction.savepoint_rollback(held)
                    if side == "hidden" and told[0] != told[1]:
                        wrong.append(f"{method} {path} ({route.path}) answers {told[0]}, for unknown ids {told[1]}")
    assert good > 20
    assert not wrong, "\n".join(wrong)


def test_contacts_054_055_what_a_person_works_on_does_not_name_its_hidden_contact(worlds, browse):
    two_worlds.hide(worlds)
    two_worlds.tie(worlds)
    client = browse(worlds.restricted)
    wrong = []
    for route in IN_LOCATION:
        if "opportunities" not in route and "tasks" not in route and "palette" not in route:
            continue
        for path, _ in paths(route, worlds, "visible"):
            for query in ({}, {"part": "activity"}, {"q": "Zorblat"}, {"search": "Zorblat"}):
                if found := words_in(body(client.get(path, query))):
                    wrong.append(f"GET {path} ({route}) {query} tells {found}")
    assert not wrong, "\n".join(wrong)
