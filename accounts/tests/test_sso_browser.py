"""Single sign-on in a real browser: the provider is another site, so its POST comes without our session cookie."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core.cache import cache

from accounts.tests.identity_provider import IdentityProvider, asked
from accounts.tests.test_security_browser import looked_at, sign_in, sign_out
from billing.tests import make as billing
from core.pages import link
from hoopai.tests.browsing import Visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def provider():
    """A provider at an address of its own where somebody is signed in as dora: it answers every request at once."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self):
            request = asked(self.path)
            response = begun.response(request, "dora@example.com")
            page = (
                f'<form method="post" action="{request.answer_to}"><input name="SAMLResponse" value="{response}">'
                f'<input name="RelayState" value="{request.relay}"></form><script>document.forms[0].submit()</script>'
            ).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    begun = IdentityProvider(address=f"http://127.0.0.1:{server.server_port}/sso")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield begun
    server.shutdown()
    server.server_close()


@pytest.fixture
def visit(chromium, live_server, cast, settings):
    cache.clear()
    settings.BASE_URL = live_server.url
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(60_000)
    begun = Visit(context.new_page(), live_server.url)
    yield begun
    context.close()
    mild = ("inline style", "status of 400")  # axe measures; a refused answer is a bad request
    assert [one for one in begun.complaints if not any(word in one for word in mild)] == []


def test_an_admin_sets_it_up_and_a_person_comes_in_from_the_provider(visit, cast, provider):
    assert "localhost" in visit.root and "127.0.0.1" in provider.address  # two sites
    cast.company.change("company.owner_changed", owner=cast.alice)
    billing.subscription(cast.company, "enterprise")
    page = visit.page
    sign_in(visit, cast.alice, link("settings:security"))
    found = looked_at(visit, "security")
    page.get_by_role("link", name="Open single sign-on").click()
    found += looked_at(visit, "empty")
    page.get_by_role("button", name="Save the metadata").click()
    page.get_by_text("Paste the metadata of your identity provider, or").first.wait_for()
    page.get_by_label("Metadata (XML)").fill(provider.metadata())
    page.get_by_role("button", name="Save the metadata").click()
    page.get_by_role("radio", name="Optional").check()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("may use single sign-on now").wait_for()
    found += looked_at(visit, "set-up")

    sign_out(visit)
    visit.open(f"/account/sign-in?next={link('contacts:list')}")
    found += looked_at(visit, "sign-in")
    page.get_by_role("link", name="Sign in with single sign-on").click()
    found += looked_at(visit, "enter")
    page.get_by_label("E-mail").fill("dora@example.com")
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url(visit.root + link("contacts:list"))
    visit.open("/account/profile")
    assert page.get_by_label("First name").input_value() == "Dora"

    visit.open("/account/single-sign-on/back?ticket=old")
    found += looked_at(visit, "refused")
    assert found == []
