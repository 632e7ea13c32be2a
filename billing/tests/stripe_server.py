"""A Stripe of our own on this machine: it keeps state, speaks Stripe's wire for the calls we make, and tells of events.

What it is asked is checked against the parameters in Stripe's own library, and what it answers against the fields there;
so neither we nor this server can drift from them unnoticed.
"""

from __future__ import annotations

import hashlib
import hmac
import html
import itertools
import json
import re
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qsl, urlsplit

import stripe
from stripe import params as wishes

Told = dict[str, Any]
SECRET = "sk_test_of_our_own_stripe"
SIGNING = "whsec_of_our_own_stripe"
NUMBERS = {  # Stripe's own test cards
    "4242424242424242": ("visa", "succeeds"),
    "5555555555554444": ("mastercard", "succeeds"),
    "4000000000000341": ("visa", "generic_decline"),
    "4000002760003184": ("visa", "asks"),
}
NOT_A_WISH = set(stripe.RequestOptions.__annotations__)
LEAST = 50  # of the smallest coin


class Problem(Exception):
    def __init__(self, status: int, **error: Any) -> None:
        super().__init__(error.get("message"))
        self.status, self.error = status, error


class Fault(NamedTuple):
    """What goes wrong with a request: `drop`, `500` or `hang`, before it is carried out or after."""

    wanted: str
    kind: str
    is_after: bool


class OurStripe:
    """`with OurStripe() as it:` listens at `it.url`."""

    def __init__(self) -> None:
        self.things: dict[str, Told] = {}  # everything there is, by id
        self.behaviours: dict[str, str] = {}  # of cards
        self.events: list[Told] = []
        self.asked: list[tuple[str, Told, str]] = []  # method and path, parameters, key
        self.broken: list[str] = []  # what we asked or answered that Stripe would not
        self.faults: list[Fault] = []
        self.pause: threading.Event | None = None  # payments wait for it
        self.paused = threading.Event()
        self.released = threading.Event()
        self._keys: dict[str, tuple[str, int, Told]] = {}
        self._running: set[str] = set()
        self._numbers = itertools.count(1)
        self._lock = threading.RLock()
        ours = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.do_POST()

            def do_POST(self) -> None:
                try:
                    ours._answer(self, self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode())
                except (AssertionError, LookupError) as error:
                    ours.broken.append(repr(error))
                    raise

            def log_message(self, *_: Any) -> None:
                """Quietly."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: Any) -> None:
                """A client that hangs up is part of the play."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.released.set()
        self.server.shutdown()
        self.server.server_close()
        assert not self.broken, self.broken

    # What a test does and looks at.

    def all(self, kind: str) -> list[Told]:
        """The objects of a kind, oldest first."""
        return [thing for thing in self.things.values() if thing["object"] == kind]

    def charged(self, **metadata: str) -> list[Told]:
        """The payments that went through."""
        return [one for one in self.all("payment_intent") if one["status"] == "succeeded"]

    def behave(self, behaviour: str) -> None:
        """Every card behaves so from now on: succeeds, asks, processing, or a decline code."""
        self.behaviours = dict.fromkeys(self.behaviours, behaviour)

    def fail(self, wanted: str, kind: str, *, is_after: bool, times: int = 1) -> None:
        """Let the next requests whose method and path begin with `wanted` go wrong."""
        self.faults += [Fault(wanted, kind, is_after)] * times

    def type_card(self, address: str, number: str = "4242424242424242", behaviour: str = "") -> str:
        """What a person does on the page of a visit; the address they are sent to."""
        with self._lock:
            visit = self.things[address.rsplit("/", 1)[1]]
            brand, usual = NUMBERS[number]
            card = self._new(
                "pm", "payment_method", type="card", customer=visit["customer"],
                card={"brand": brand, "last4": number[-4:], "exp_month": 12, "exp_year": time.gmtime().tm_year + 5,
                      "country": "US", "funding": "credit"},
            )  # fmt: skip
            self.behaviours[card["id"]] = behaviour or usual
            visit["status"] = "complete"
            self.things[visit["setup_intent"]] |= {"status": "succeeded", "payment_method": card["id"]}
            self.note("checkout.session.completed", visit)
        return str(visit["success_url"]).replace("{CHECKOUT_SESSION_ID}", visit["id"])

    def answer_bank(self, intent_id: str, is_yes: bool) -> str:
        """What a person answers their bank; the address they are sent back to."""
        with self._lock:
            intent = self.things[intent_id]
            back = intent["next_action"]["redirect_to_url"]["return_url"]
            if is_yes:
                self._succeed(intent)
            else:
                self._decline(intent, "payment_intent_authentication_failure", "")
        return str(back)

    def end(self, intent_id: str, is_paid: bool) -> None:
        """The bank comes to a result about a payment in progress."""
        with self._lock:
            intent = self.things[intent_id]
            self._succeed(intent) if is_paid else self._decline(intent, "card_declined", "generic_decline")

    def dispute(self, intent_id: str, status: str) -> Told:
        """The bank disputes a payment, or comes to another state of it."""
        with self._lock:
            known = [one for one in self.all("dispute") if one["payment_intent"] == intent_id]
            intent = self.things[intent_id]
            found = known[0] if known else self._new(
                "dp", "dispute", payment_intent=intent_id, charge=intent["latest_charge"], amount=intent["amount"],
                currency=intent["currency"], reason="fraudulent",
            )  # fmt: skip
            found["status"] = status
            kind = "closed" if status in ("won", "lost", "warning_closed") else "updated" if known else "created"
            return self.note(f"charge.dispute.{kind}", found)

    def note(self, kind: str, thing: Told) -> Told:
        """An event about a thing as it is now, to be told later."""
        event = {
            "id": f"evt_{next(self._numbers)}", "object": "event", "type": kind, "created": int(time.time()),
            "livemode": False, "api_version": "2026-10-28.endive", "data": {"object": json.loads(json.dumps(thing))},
        }  # fmt: skip
        self.events.append(event)
        return event

    def tell(self, address: str, events: list[Told] | None = None) -> list[int]:
        """Post events, or all there are, to an address; the statuses that were answered."""
        return [self._post(address, *signed(event)) for event in (self.events if events is None else events)]

    def _post(self, address: str, body: bytes, headers: dict[str, str]) -> int:
        request = urllib.request.Request(address, body, {"Content-Type": "application/json", **headers})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return int(error.code)

    # The wire.

    def _answer(self, request: BaseHTTPRequestHandler, body: str) -> None:
        parts = urlsplit(request.path)
        wish = _nested(body or parts.query)
        if not parts.path.startswith("/v1/"):
            return self._page(request, parts.path, wish)
        name, key = f"{request.command} {parts.path}", request.headers.get("Idempotency-Key", "")
        fault = next((one for one in self.faults if name.startswith(one.wanted)), None)
        if fault:
            self.faults.remove(fault)
        status, told = 500, _error(type="api_error", message="An unknown error occurred")
        if fault is None or fault.is_after:
            status, told = self._carry_out(request, name, wish, key)
        if fault and fault.kind == "500":
            status, told = 500, _error(type="api_error", message="An unknown error occurred")
            if key:
                self._keys[key] = (_print(name, wish), status, told)
        if fault and fault.kind == "hang":
            self.released.wait(120)
        if fault and fault.kind in ("drop", "hang"):
            request.close_connection = True
            request.connection.close()
            return None
        return _send(request, status, json.dumps(told), "application/json")

    def _carry_out(self, request: BaseHTTPRequestHandler, name: str, wish: Told, key: str) -> tuple[int, Told]:
        if request.headers.get("Authorization") != f"Bearer {SECRET}":
            return 401, _error(type="invalid_request_error", message="Invalid API Key provided")
        assert request.headers["Stripe-Version"] == "2026-10-28.endive"
        with self._lock:
            self.asked.append((name, wish, key))
            if key in self._running:
                message = "There is currently another in-progress request using this key"
                return 409, _error(type="idempotency_error", code="idempotency_key_in_use", message=message)
            if key in self._keys:
                mark, status, told = self._keys[key]
                if mark != _print(name, wish):
                    message = "Keys for idempotent requests can only be used with the same parameters"
                    return 400, _error(type="idempotency_error", message=message)
                return status, told
            self._running.add(key) if key else None
        try:
            if self.pause is not None and name == "POST /v1/payment_intents":
                self.paused.set()
                self.pause.wait(120)
            with self._lock:
                status, told = self._routed(name, wish)
                if key and status in (200, 402):
                    self._keys[key] = (_print(name, wish), status, json.loads(json.dumps(told)))
        finally:
            self._running.discard(key)
        return status, told

    def _routed(self, name: str, wish: Told) -> tuple[int, Told]:
        for pattern, known, deed in self._routes():
            found = re.fullmatch(pattern, name)
            if found:
                strange = set(wish) - set(known.__annotations__) | set(wish) & NOT_A_WISH
                if strange:
                    return 400, _error(type="invalid_request_error", code="parameter_unknown", param=min(strange))
                try:
                    return 200, _true(deed(*found.groups(), wish))
                except Problem as problem:
                    return problem.status, _error(**problem.error)
        return 404, _error(type="invalid_request_error", message=f"Unrecognized request URL ({name})")

    def _routes(self) -> list[tuple[str, Any, Callable[..., Told]]]:
        own = r"/([A-Za-z0-9_]+)"
        return [
            ("POST /v1/customers", wishes.CustomerCreateParams, self._make_customer),
            ("POST /v1/checkout/sessions", wishes.checkout.SessionCreateParams, self._make_session),
            (f"GET /v1/checkout/sessions{own}", wishes.checkout.SessionRetrieveParams, self._show_session),
            ("POST /v1/payment_intents", wishes.PaymentIntentCreateParams, self._make_intent),
            ("GET /v1/payment_intents", wishes.PaymentIntentListParams, self._list_intents),
            (
                f"GET /v1/payment_intents{own}",
                wishes.PaymentIntentRetrieveParams,
                self._show("payment_intent", "intent"),
            ),
            (f"POST /v1/payment_intents{own}/confirm", wishes.PaymentIntentConfirmParams, self._confirm_intent),
            (f"POST /v1/payment_intents{own}/cancel", wishes.PaymentIntentCancelParams, self._cancel_intent),
            ("POST /v1/refunds", wishes.RefundCreateParams, self._make_refund),
            ("GET /v1/refunds", wishes.RefundListParams, self._list_refunds),
            (f"GET /v1/payment_methods{own}", wishes.PaymentMethodRetrieveParams, self._show("payment_method")),
            (f"POST /v1/payment_methods{own}/detach", wishes.PaymentMethodDetachParams, self._detach),
            (f"GET /v1/disputes{own}", wishes.DisputeRetrieveParams, self._show("dispute")),
        ]

    def _new(self, prefix: str, kind: str, **fields: Any) -> Told:
        number = next(self._numbers)
        made = {"id": f"{prefix}_test_{number:08d}", "object": kind, "created": int(time.time())}
        self.things[made["id"]] = made | fields
        return self.things[made["id"]]

    def _one(self, kind: str, pk: Any, param: str = "") -> Told:
        found = self.things.get(pk)
        if found is None or found["object"] != kind:
            message = f"No such {kind}: '{pk}'"
            raise Problem(404 if not param or param in (kind, "intent") else 400, type="invalid_request_error",
                          code="resource_missing", param=param or "id", message=message)  # fmt: skip
        return found

    def _show(self, kind: str, param: str = "") -> Callable[[str, Told], Told]:
        return lambda pk, wish: self._one(kind, pk, param)

    def _make_customer(self, wish: Told) -> Told:
        return self._new("cus", "customer", metadata=wish.get("metadata", {}))

    def _make_session(self, wish: Told) -> Told:
        assert wish["mode"] == "setup" and wish["allowed_payment_method_types"] == ["card"]
        self._one("customer", wish["customer"], "customer")
        setup = self._new(
            "seti", "setup_intent", status="requires_payment_method", payment_method=None, usage="off_session"
        )
        made = self._new(
            "cs", "checkout.session", mode="setup", status="open", customer=wish["customer"], setup_intent=setup["id"],
            client_reference_id=wish.get("client_reference_id"), success_url=wish["success_url"],
            cancel_url=wish["cancel_url"], payment_method_types=["card"],
        )  # fmt: skip
        made["url"] = f"{self.url}/pay/{made['id']}"
        return made

    def _show_session(self, pk: str, wish: Told) -> Told:
        found = dict(self._one("checkout.session", pk, "session"))
        if "setup_intent.payment_method" in wish.get("expand", []):
            setup = dict(self.things[found["setup_intent"]])
            if setup["payment_method"]:
                setup["payment_method"] = self.things[setup["payment_method"]]
            found["setup_intent"] = setup
        return found

    def _make_intent(self, wish: Told) -> Told:
        amount, card = int(wish["amount"]), wish["payment_method"]
        self._one("customer", wish["customer"], "customer")
        self._card(card, wish["customer"])
        if amount < LEAST:
            raise Problem(400, type="invalid_request_error", code="amount_too_small", param="amount")
        intent = self._new(
            "pi", "payment_intent", amount=amount, currency=wish["currency"], customer=wish["customer"],
            payment_method=card, description=wish.get("description"), metadata=wish.get("metadata", {}),
            status="requires_confirmation", next_action=None, last_payment_error=None, latest_charge=None,
            payment_method_types=wish["allowed_payment_method_types"],
        )  # fmt: skip
        assert wish["confirm"] == "true"
        return self._confirm(intent, wish)

    def _confirm_intent(self, pk: str, wish: Told) -> Told:
        intent = self._one("payment_intent", pk, "intent")
        if intent["status"] not in ("requires_payment_method", "requires_confirmation"):
            raise Problem(
                400, type="invalid_request_error", code="payment_intent_unexpected_state", payment_intent=intent
            )
        self._card(wish["payment_method"], intent["customer"])
        intent["payment_method"] = wish["payment_method"]
        return self._confirm(intent, wish)

    def _cancel_intent(self, pk: str, wish: Told) -> Told:
        intent = self._one("payment_intent", pk, "intent")
        if intent["status"] in ("succeeded", "canceled"):
            raise Problem(
                400, type="invalid_request_error", code="payment_intent_unexpected_state", payment_intent=intent
            )
        intent |= {"status": "canceled", "next_action": None}
        self.note("payment_intent.canceled", intent)
        return intent

    def _card(self, pk: str, customer: str) -> None:
        if self._one("payment_method", pk, "payment_method")["customer"] != customer:
            message = f"The customer does not have a payment method with the ID {pk}."
            raise Problem(400, type="invalid_request_error", param="payment_method", message=message)

    def _confirm(self, intent: Told, wish: Told) -> Told:
        behaviour = self.behaviours[intent["payment_method"]]
        is_absent = wish.get("off_session") == "true"
        if behaviour == "succeeds":
            return self._succeed(intent)
        if behaviour == "processing":
            intent["status"] = "processing"
            return intent
        if behaviour == "asks" and not is_absent:
            way = {"url": f"{self.url}/3ds/{intent['id']}", "return_url": wish["return_url"]}
            intent |= {"status": "requires_action", "next_action": {"type": "redirect_to_url", "redirect_to_url": way}}
            self.note("payment_intent.requires_action", intent)
            return intent
        code = "authentication_required" if behaviour == "asks" else behaviour
        error = self._decline(intent, *((code, code) if code == "authentication_required" else ("card_declined", code)))
        raise Problem(402, **error, payment_intent=intent)

    def _succeed(self, intent: Told) -> Told:
        charge = self._new("ch", "charge", payment_intent=intent["id"], amount=intent["amount"], amount_refunded=0,
                           currency=intent["currency"], metadata=intent["metadata"], status="succeeded")  # fmt: skip
        intent |= {
            "status": "succeeded",
            "next_action": None,
            "latest_charge": charge["id"],
            "last_payment_error": None,
        }
        self.note("payment_intent.succeeded", intent)
        return intent

    def _decline(self, intent: Told, code: str, declined: str) -> Told:
        error = {"type": "card_error", "code": code, "message": "Your card was declined."}
        if code == "expired_card" or declined == "expired_card":
            error["code"] = "expired_card"
        elif declined:
            error["decline_code"] = declined
        intent |= {"status": "requires_payment_method", "next_action": None, "last_payment_error": dict(error)}
        self.note("payment_intent.payment_failed", intent)
        return error

    def _list_intents(self, wish: Told) -> Told:
        found = [one for one in self.all("payment_intent") if one["customer"] == wish["customer"]]
        return _list(found[::-1][: int(wish["limit"])], "/v1/payment_intents")

    def _make_refund(self, wish: Told) -> Told:
        intent = self._one("payment_intent", wish["payment_intent"], "payment_intent")
        charge, amount = self.things[intent["latest_charge"]], int(wish["amount"])
        if charge["amount_refunded"] + amount > charge["amount"]:
            raise Problem(400, type="invalid_request_error", param="amount", message="greater than unrefunded amount")
        charge["amount_refunded"] += amount
        refund = self._new("re", "refund", payment_intent=intent["id"], charge=charge["id"], amount=amount,
                           currency=intent["currency"], metadata=wish.get("metadata", {}), status="succeeded")  # fmt: skip
        self.note("charge.refunded", charge)
        return refund

    def _list_refunds(self, wish: Told) -> Told:
        found = [one for one in self.all("refund") if one["payment_intent"] == wish["payment_intent"]]
        return _list(found[: int(wish["limit"])], "/v1/refunds")

    def _detach(self, pk: str, wish: Told) -> Told:
        card = self._one("payment_method", pk, "payment_method")
        if card["customer"] is None:
            raise Problem(400, type="invalid_request_error", message="The payment method you provided is not attached")
        card["customer"] = None
        self.note("payment_method.detached", card)
        return card

    # The pages for people.

    def _page(self, request: BaseHTTPRequestHandler, path: str, given: Told) -> None:
        kind, _, pk = path.strip("/").partition("/")
        if pk not in self.things:
            return _send(request, 204, "", "text/html")  # a browser asks for an icon
        if request.command == "POST":
            to = (
                self.type_card(path, given["number"].replace(" ", ""))
                if kind == "pay"
                else self.answer_bank(pk, given["answer"] == "yes")
            )
            return _send(request, 303, "", "text/html", Location=to)
        if kind == "pay":
            back = html.escape(self.things[pk]["cancel_url"])
            inner = (
                f'<label>Card number <input name="number"></label><button>Save card</button><a href="{back}">Back</a>'
            )
        else:
            inner = '<button name="answer" value="yes">Confirm</button><button name="answer" value="no">Refuse</button>'
        page = f'<!doctype html><title>Our own Stripe</title><h1>Our own Stripe</h1><form method="post">{inner}</form>'
        return _send(request, 200, page, "text/html")


def signed(event: Told, secret: str = SIGNING, at: float | None = None) -> tuple[bytes, dict[str, str]]:
    """The body and the headers with which Stripe would tell of an event."""
    body, moment = json.dumps(event).encode(), int(at or time.time())
    mac = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return body, {"Stripe-Signature": f"t={moment},v1={mac}"}


def _nested(text: str) -> Told:
    """a[b]=1&c[0]=2 as {"a": {"b": "1"}, "c": ["2"]}."""
    found: Told = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        first, *rest = re.findall(r"[^\[\]]+", name)
        if not rest:
            found[first] = value
        elif rest[0].isdigit():
            found.setdefault(first, []).append(value)
        else:
            found.setdefault(first, {})[rest[0]] = value
    return found


def _print(name: str, wish: Told) -> str:
    return f"{name} {json.dumps(wish, sort_keys=True)}"


def _error(**error: Any) -> Told:
    return {"error": error}


def _list(rows: list[Told], url: str) -> Told:
    return {"object": "list", "data": rows, "has_more": False, "url": url}


RESOURCES = {
    "customer": stripe.Customer,
    "checkout.session": stripe.checkout.Session,
    "payment_intent": stripe.PaymentIntent,
    "payment_method": stripe.PaymentMethod,
    "refund": stripe.Refund,
    "dispute": stripe.Dispute,
}


def _true(told: Told) -> Told:
    """What is answered, if Stripe's library knows every field of it."""
    known = RESOURCES.get(told["object"])
    strange = set(told) - set(known.__annotations__) if known else set()
    assert not strange, f"Stripe's {told['object']} has no {strange}"
    return told


def _send(request: BaseHTTPRequestHandler, status: int, text: str, kind: str, **headers: str) -> None:
    body = text.encode()
    request.send_response(status)
    for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(body)
