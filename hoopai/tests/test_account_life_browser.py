"""An account's life in a real browser, from signing up over a bill that fails to being back, on a turned clock."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from django.core import mail
from django.core.cache import cache

from accounts.models import Company
from accounts.tests.factors import code_of
from accounts.tests.make import PASSWORD as OPERATORS_PASSWORD
from accounts.tests.make import user
from billing.models import Attempt, Invoice, Subscription
from contacts.models import Contact
from core import clock, scope
from hoopai.tests.browsing import Visit, home

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PICTURES = os.environ.get("PICTURES", "")
PASSWORD = "Warm-bread-7-oclock"
GOOD_CARD, GOOD_AGAIN, LACKS_FUNDS = "4242 4242 4242 4242", "5555 5555 5555 4444", "4000 0000 0000 0341"
RED = range(15, 40)  # hues


class Person(Visit):
    """Somebody at a browser of their own; every stop is looked at."""

    def __init__(self, page, root: str) -> None:  # type: ignore[no-untyped-def]
        super().__init__(page, root)
        self.findings: list[str] = []

    def stop(self, name: str) -> None:
        """A main stop: light and wide, dark and narrow; pictures where PICTURES names a folder."""
        if PICTURES:
            for width, theme in ((1440, "light"), (375, "dark")):
                self.page.set_viewport_size({"width": width, "height": 900 if width > 400 else 812})
                self.page.emulate_media(color_scheme=theme)
                self.page.screenshot(path=Path(PICTURES) / f"life-{name}-{width}.png", full_page=True)
            self.page.set_viewport_size({"width": 1440, "height": 900})
            self.page.emulate_media(color_scheme="light")
        self.findings += self.check_both()

    def look(self) -> None:
        """A page on the way: as it stands."""
        self.findings += self.check()

    def press(self, name: str) -> None:
        """A button that leads to another page."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=name, exact=True).click()

    def sign_in(self, email: str, password: str, to: str = "/") -> None:
        self.open(f"/account/sign-in?next={to}")
        self.page.get_by_label("E-mail").fill(email)
        self.page.get_by_label("Password", exact=True).fill(password)
        self.press("Sign in")
        self.page.wait_for_load_state("networkidle")

    def type_card(self, number: str) -> None:
        """On the gateway's page, where the card's number is typed, and back."""
        self.page.wait_for_url("**/sandbox/cards/*")
        self.page.get_by_label("Card number").fill(number)
        self.page.get_by_label("Expiry").fill(f"12/{clock.now().year + 5 - 2000}")
        self.page.get_by_label("Security code").fill("123")
        self.look()
        self.press("Save the card")
        self.page.wait_for_url("**/billing/methods")

    def bar(self) -> str:
        """What the red bar of the page says; "" when there is none."""
        found = self.page.locator(".strip--danger", has_text="Read only")
        if not found.count() or not found.is_visible():
            return ""
        shown = found.locator(".strip__name").evaluate("name => getComputedStyle(name).color")
        hue = re.fullmatch(r"oklch\(\S+ \S+ ([\d.]+)\)", shown)
        assert hue and int(float(hue[1])) in RED, shown
        return found.inner_text()

    def menu(self) -> list[str]:
        """The pages of the location that the menus of the page lead to."""
        paths = self.page.evaluate(
            "[...document.querySelectorAll('nav a[href]')].map(one => new URL(one.href).pathname)"
        )
        return [path for path in dict.fromkeys(paths) if path.startswith(home(self))]


@pytest.fixture
def person(chromium, live_server, settings) -> Iterator[Callable[[], Person]]:
    """`person()`: somebody who has just opened a browser. Mails are in the outbox; the gateway's events are posted."""
    settings.CELERY_TASK_ALWAYS_EAGER = True
    settings.BASE_URL = live_server.url
    cache.clear()
    clock.ahead.clear()
    contexts = []

    def begin() -> Person:
        context = chromium.new_context(
            viewport={"width": 1440, "height": 900},
            reduced_motion="reduce",
            timezone_id="Europe/Lisbon",
            locale="pt-PT",
        )
        context.set_default_timeout(60_000)
        contexts.append(context)
        return Person(context.new_page(), live_server.url)

    with scope.fresh():
        yield begin
    for context in contexts:
        context.close()
    clock.ahead.clear()


def inside() -> AbstractContextManager[object]:
    """In the one company there is."""
    return scope.use(company_id=Company.objects.everywhere(reason="test").get().pk)


def state() -> str:
    with inside():
        return Subscription.objects.get().state


def link_to(address: str) -> str:
    """The path of the link in the last mail to an address."""
    last = [one for one in mail.outbox if one.to == [address]][-1]
    found = re.search(r"https?://[^/\s]+(/\S+)", last.body)
    assert found, last.body
    return found[1]


def mails_about_the_bill() -> list[str]:
    """What Rita was told of the bill, in order."""
    words = re.compile("^(Payment failed|Account at risk|Action required|Suspension tomorrow|Account suspended)")
    found = [words.match(one.subject) for one in mail.outbox if one.to == ["rita@lopes.example"]]
    return [one[0] for one in found if one]


def sign_up(rita: Person) -> None:
    page = rita.page
    rita.open("/sign-up/")
    page.get_by_label("First name").fill("Rita")
    page.get_by_label("Last name").fill("Lopes")
    page.get_by_label("Business name").fill("Lopes Óptica")
    page.get_by_label("Work e-mail").fill("rita@lopes.example")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("radio", name="Professional").check()
    page.get_by_role("checkbox").check()
    rita.stop("sign-up")
    rita.press("Open the account")
    page.get_by_role("heading", name="First steps").wait_for()
    page.get_by_text("14 days left").wait_for()
    page.locator(".start-card").wait_for()
    rita.stop("start")


def confirm(rita: Person) -> None:
    rita.open(link_to("rita@lopes.example"))
    rita.stop("confirm")
    rita.press("Confirm the address")
    rita.page.get_by_text("is confirmed").wait_for()
    rita.look()


def set_up_second_step(rita: Person) -> None:
    """And sign in with it."""
    page = rita.page
    rita.open("/account/security")
    rita.stop("security")
    page.get_by_role("link", name="Set up").click()
    page.get_by_text("Cannot scan?").click()
    key = page.locator(".secret code").inner_text().replace(" ", "")
    rita.look()
    page.get_by_label("The code your app shows").fill(code_of(key))
    rita.press("Switch on")
    page.get_by_role("heading", name="Keep these backup codes").wait_for()
    rita.look()
    page.get_by_role("link", name="I have kept them").click()
    page.get_by_text("10 of 10 left").wait_for()
    page.context.clear_cookies(name="session")
    rita.sign_in("rita@lopes.example", PASSWORD)
    page.get_by_role("heading", name="One more step").wait_for()
    rita.stop("second-step")
    page.get_by_label("Code").fill(code_of(key, 1))  # the one before is used up
    rita.press("Sign in")
    page.wait_for_url("**/l/**")


def invite(rita: Person, nina: Person, base: str) -> None:
    page = rita.page
    rita.open(f"{base}settings/people")
    page.get_by_role("link", name="Invite", exact=True).click()
    page.get_by_role("heading", name="Invite somebody").wait_for()
    page.get_by_label("E-mail").fill("nina@lopes.example")
    rita.stop("invite")
    rita.press("Send the invitation")
    page.get_by_text("is on its way").wait_for()
    rita.look()
    page = nina.page
    nina.open(link_to("nina@lopes.example"))
    page.get_by_label("First name").fill("Nina")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    nina.stop("join")
    nina.press("Join")
    nina.sign_in("nina@lopes.example", PASSWORD)
    assert home(nina) == base
    nina.look()


def subscribe(rita: Person, base: str) -> None:
    page = rita.page
    rita.open(f"{base}settings/billing/plans")
    rita.stop("plans")
    offer = page.get_by_role("region", name="Professional").get_by_role("link", name="Subscribe")
    offer.click()
    page.get_by_role("button", name="Add a card first").click()
    rita.type_card(GOOD_CARD)
    page.get_by_text("Visa ending 4242 is saved").wait_for()
    rita.open(f"{base}settings/billing/plans")
    offer.click()
    rita.stop("offer")
    rita.press("Pay $297.00")
    page.get_by_text("Paid. The plan holds from now on.").wait_for()
    rita.stop("subscribed")


def change_card(rita: Person, base: str, number: str) -> None:
    rita.open(f"{base}settings/billing/methods")
    rita.look()
    rita.page.get_by_role("button", name="Add a card").click()
    rita.type_card(number)
    rita.page.get_by_text(f"ending {number[-4:]} is saved").wait_for()


def turn_clock(olga: Person, base: str, to: dt.datetime) -> None:
    """An operator lets time go by, on the page of the clock."""
    olga.open(f"{base}settings/billing/clock")
    olga.page.get_by_label("To a moment, in UTC").fill(to.isoformat())
    olga.press("Move")
    olga.page.get_by_text("things happened.").wait_for()


def refused_on_a_form_that_was_open(rita: Person) -> None:
    """It was filled in on day 20 and is sent on day 21."""
    before = len(rita.complaints)
    rita.press("Save")
    rita.page.get_by_text("suspended because a payment is overdue").first.wait_for()
    rita.look()
    rita.until(lambda: len(rita.complaints) > before)
    assert not Contact.objects.everywhere(reason="test").exists()
    said = rita.complaints[before:]
    del rita.complaints[before:]
    assert all("status of 403" in one for one in said), said  # how a browser tells of the refusal itself


def sees_read_only_everywhere(rita: Person, base: str) -> None:
    rita.open(f"{base}contacts/")
    main = rita.menu()
    rita.open(f"{base}settings/people")
    settings = [path for path in rita.menu() if path not in main]
    assert len(main) >= 5 and len(settings) >= 10, (main, settings)
    for path in main + settings:
        rita.open(path)
        said = rita.bar()
        assert "suspended" in said and "Data is kept until" in said, path
        if path in main:
            made = rita.page.locator("main a[href$='/new'], main a[href$='/imports']")
            assert made.count() == 0, (path, made.evaluate_all("all => all.map(one => one.outerHTML)"))
            rita.stop("suspended-" + "-".join(path.strip("/").split("/")[2:]))
        else:
            rita.look()


def test_an_account_lives_from_sign_up_over_a_bill_that_fails_to_suspension_and_back(person):
    rita, nina, olga = person(), person(), person()
    page, day = rita.page, dt.timedelta(days=1)
    sign_up(rita)
    base = home(rita)
    confirm(rita)
    set_up_second_step(rita)
    invite(rita, nina, base)
    subscribe(rita, base)
    assert state() == "active"
    change_card(rita, base, LACKS_FUNDS)

    # the renewal fails; so do the retries, and the account goes on for 21 days
    company = Company.objects.everywhere(reason="test").get()
    user(company, "Olga", agency_role="admin", is_staff=True)
    olga.sign_in("olga@example.com", OPERATORS_PASSWORD)
    with inside():
        renewal = Subscription.objects.get().period_end
    turn_clock(olga, base, renewal)
    assert state() == "past_due"
    with inside():
        late = Invoice.objects.get(state="overdue")
    rita.open(f"{base}contacts/")
    page.get_by_text("Payment of $297.00 failed").wait_for()
    rita.stop("past-due")
    turn_clock(olga, base, late.overdue_since + 14 * day)
    nina.open(f"{base}contacts/")
    nina.page.get_by_text("needs the attention of an administrator").wait_for()
    nina.look()
    turn_clock(olga, base, late.overdue_since + 20.9 * day)
    assert state() == "past_due"
    rita.open(f"{base}contacts/")
    assert not rita.bar()
    rita.open(f"{base}contacts/new")
    page.get_by_label("First name").fill("Odalys")
    rita.look()

    # day 21
    turn_clock(olga, base, late.overdue_since + 21 * day)
    olga.stop("clock")
    assert state() == "suspended"
    with inside():
        tried = Attempt.objects.filter(invoice=late).order_by("number")
        days = [round((one.began_at - late.overdue_since) / day) for one in tried]
        assert days == [0, 3, 7, 14, 21] and {one.state for one in tried} == {"failed"}
    assert mails_about_the_bill() == [
        "Payment failed",
        "Account at risk",
        "Action required",
        "Suspension tomorrow",
        "Account suspended",
    ]
    refused_on_a_form_that_was_open(rita)
    sees_read_only_everywhere(rita, base)
    nina.open(f"{base}contacts/")
    assert "Contact Rita" in nina.bar()
    nina.stop("suspended-colleague")

    # the same card is declined again; another one pays, and everything is back
    rita.open(f"{base}opportunities/")
    page.locator(".strip--danger").get_by_role("link", name="Pay now").click()
    rita.press("Pay $297.00 now")
    page.get_by_text("The payment failed: the bank answered “insufficient funds”").first.wait_for()
    rita.look()
    assert state() == "suspended"
    change_card(rita, base, GOOD_AGAIN)
    assert state() == "active"
    with inside():
        assert set(Invoice.objects.values_list("state", flat=True)) == {"paid"}
    assert not rita.bar()
    rita.open(f"{base}settings/billing")
    page.get_by_text("Paid", exact=True).first.wait_for()
    rita.stop("back")
    for one in (rita, nina):
        one.open(f"{base}contacts/")
        assert not one.bar()
    rita.open(f"{base}contacts/new")
    page.get_by_label("First name").fill("Odalys")
    rita.press("Save")
    page.get_by_role("heading", name="Odalys").first.wait_for()
    rita.look()
    with inside():
        assert Contact.objects.everywhere(reason="test").get().first_name == "Odalys"
    for one in (rita, nina, olga):
        assert one.findings == [], "\n".join(one.findings)
        assert one.complaints == [], "\n".join(one.complaints)
