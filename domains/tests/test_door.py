"""What visitors of a custom domain get, and what they never get; and what the front server is told."""

from __future__ import annotations

import datetime as dt
import io
import urllib.request
from urllib.error import HTTPError

import pytest
from django.core.management import call_command
from django.test import Client

from accounts import standing
from accounts.tests.make import PASSWORD
from core import access, clock, scope
from domains import checking, checks, redirecting
from domains.models import Domain
from domains.tests import make
from domains.tests.conftest import TARGET, again

HOST = "www.example.com"


@pytest.fixture(autouse=True)
def _hosts(settings):
    settings.ALLOWED_HOSTS = ["crm.example.net", "testserver", "127.0.0.1", "localhost"]


def ask(path: str = "/", host: str = HOST, **more):
    with scope.fresh():
        return Client(headers={"host": host}).get(path, **more)


def test_an_active_domain_answers_with_a_plain_page(cast):
    make.active()
    answer = ask()
    assert answer.status_code == 200 and b"Nothing is published here yet" in answer.content
    assert answer["X-Robots-Tag"] == "noindex" and "default-src 'none'" in answer["Content-Security-Policy"]
    assert ask("/nowhere").status_code == 404
    assert ask(host="WWW.Example.com.:8443").status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/account/sign-in", "/admin/", "/contacts/", "/oauth/token", "/healthz", "/metrics", "/docs/api", "/pricing/",
     "/internal/certificates?domain=www.example.com", "/static/css/app.css", "/sign-up/"],
)  # fmt: skip
def test_the_crm_and_its_api_are_never_there(cast, path):
    make.active()
    answer = ask(path)
    assert answer.status_code == 404 and b"There is no such page" in answer.content and not answer.cookies


def test_nobody_signs_in_there(cast):
    make.active()
    with scope.fresh():
        client = Client(headers={"host": HOST})
        answer = client.post("/account/sign-in", {"email": cast.alice.email, "password": PASSWORD})
        assert answer.status_code == 404 and not client.cookies
        client.force_login(cast.alice)
        assert client.get(f"/l/{cast.location.pk}/contacts/").status_code == 404


@pytest.mark.parametrize("build", [make.waiting, make.issuing])
def test_a_domain_that_is_not_active_serves_nothing(cast, build):
    row = build()
    redirecting.add(row, "/old", "https://example.org/new")
    for path in ("/", "/old", "/robots.txt", "/account/sign-in"):
        answer = ask(path)
        assert answer.status_code == 404 and b"not set up yet" in answer.content


def test_a_broken_domain_is_still_served(cast):
    row = make.active()
    gone = [type("F", (), {"code": "nothing", "text": "gone.", "plain": lambda self: {"text": "gone."}})()]
    for _ in range(3):
        row.judge(gone, {}, by_clock=True)
    assert again(row).state == "broken" and ask().status_code == 200


def test_an_unknown_host_is_refused_as_ever_and_our_own_is_not_touched(cast, django_assert_num_queries):
    assert ask(host="www.example.org").status_code == 400
    assert ask("/account/sign-in", host="crm.example.net").status_code == 200
    make.active()
    with django_assert_num_queries(0):
        ask("/docs/nothing", host="crm.example.net")


def test_redirects_are_followed_with_their_status_and_the_first_counts(cast):
    row = make.active()
    redirecting.add(row, "/old", "https://example.org/new")
    redirecting.add(row, "/soon", "https://example.org/later", is_permanent=False)
    redirecting.add(row, "/*", "https://example.org/*")
    for path, status, leads in (
        ("/OLD?a=1", 301, "https://example.org/new?a=1"),
        ("/soon", 302, "https://example.org/later"),
        ("/x/y", 301, "https://example.org/x/y"),
        ("/", 301, "https://example.org/"),
    ):
        answer = ask(path)
        assert (answer.status_code, answer["Location"]) == (status, leads)


def test_robots_text_is_served_and_wins_over_redirects(cast):
    row = make.active()
    redirecting.add(row, "/*", "https://example.org/*")
    assert ask("/robots.txt").content == b"User-agent: *\nDisallow:\n"
    row.set_robots("User-agent: *\r\nDisallow: /private")
    answer = ask("/robots.txt")
    assert answer.content == b"User-agent: *\nDisallow: /private\n" and answer["Content-Type"].startswith("text/plain")


def test_http_leads_to_https(cast, settings):
    settings.SECURE = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    make.active()
    answer = ask("/a%20b?c=d")
    assert (answer.status_code, answer["Location"]) == (301, "https://www.example.com/a%20b?c=d")
    assert ask("/", headers={"x-forwarded-proto": "https"}).status_code == 200


@pytest.mark.parametrize("level", [access.READ_ONLY, access.NONE])
def test_while_the_account_is_read_only_visitors_get_503_that_is_not_indexed(cast, level):
    row = make.active()
    redirecting.add(row, "/old", "https://example.org/new")
    standing.set_standing(cast.company, level, reason="suspended")
    answer = ask("/old")
    assert answer.status_code == 503 and b"temporarily unavailable" in answer.content
    assert answer["X-Robots-Tag"] == "noindex" and answer["Retry-After"]


def test_each_domain_has_its_own_redirects(cast, as_):
    redirecting.add(make.active(), "/a", "https://one.example.org/")
    with as_(cast.charlie, cast.globex_location):
        redirecting.add(make.active("www.example.org"), "/a", "https://two.example.org/")
    assert ask("/a")["Location"] == "https://one.example.org/"
    assert ask("/a", host="www.example.org")["Location"] == "https://two.example.org/"


# the question of the front server


def question(host: str, **more) -> int:
    with scope.fresh():
        return Client().get("/internal/certificates", {"domain": host, **more}).status_code


def test_a_certificate_is_had_only_for_verified_names(cast, fresh_counts):
    waiting, issuing, active = (
        make.waiting("a.example.com"),
        make.issuing("b.example.com"),
        make.active("c.example.com"),
    )
    told = {row.host: question(row.host) for row in (waiting, issuing, active)}
    assert told == {"a.example.com": 404, "b.example.com": 200, "c.example.com": 200}
    assert question("C.EXAMPLE.COM.") == 200
    assert question("d.example.com") == question("") == question("a" * 300) == question("x\x00y") == 404
    active.remove_it()
    assert question("c.example.com") == 404


def test_the_question_is_answered_to_this_machine_or_with_the_token_only(cast, settings, fresh_counts):
    make.active()
    with scope.fresh():
        far = Client(REMOTE_ADDR="198.51.100.7").get("/internal/certificates", {"domain": HOST})
        behind = Client(headers={"x-forwarded-for": "127.0.0.1"}).get("/internal/certificates", {"domain": HOST})
    assert far.status_code == behind.status_code == 403
    settings.DOMAINS_ASK_TOKEN = "a long secret"
    assert question(HOST) == question(HOST, token="another") == 403
    assert question(HOST, token="a long secret") == 200
    settings.DOMAINS_CERTIFICATES = "elsewhere"
    assert question(HOST, token="a long secret") == 404


def test_the_names_that_need_a_certificate_are_printed_for_those_who_get_them_elsewhere(cast, as_):
    make.waiting("a.example.com")
    make.issuing("c.example.com")
    with as_(cast.charlie, cast.globex_location):
        make.active("b.example.org")
    out = io.StringIO()
    with scope.fresh():
        call_command("certificate_names", stdout=out)
    assert out.getvalue().split() == ["b.example.org", "c.example.com"]


def test_settings_that_could_not_work_are_named(settings):
    assert checks.domains_can_work() == []
    settings.DOMAINS_CERTIFICATES, settings.DOMAINS_ADDRESS = "somehow", "2001:db8::1"
    assert [one.id for one in checks.domains_can_work()] == ["domains.E001", "domains.E002"]


def test_too_many_questions_are_refused(cast, monkeypatch, fresh_counts):
    monkeypatch.setattr("domains.views.asked.RATE", "2/m")
    make.active()
    assert [question(HOST) for _ in range(3)] == [200, 200, 429]


@pytest.mark.django_db(transaction=True)
def test_accounts_107_the_front_server_asks_gets_a_certificate_and_the_domain_is_active(
    cast, zones, front, live_server, fresh_counts
):
    """The whole way over real servers: DNS, the front server's question to this installation, the TLS handshake."""

    def may(host: str) -> bool:
        url = f"{live_server.url}/internal/certificates?domain={host}"
        try:
            return bool(urllib.request.urlopen(url, timeout=60).status == 200)  # noqa: S310
        except HTTPError:
            return False

    front.may = may
    row = Domain.add(HOST)
    checking.check(row.pk, by_clock=True)
    assert again(row).state == "pending_dns" and front.asked == [] and not may(HOST)
    zones.set(HOST, CNAME=TARGET)
    with clock.moved(dt.timedelta(minutes=1)):
        checking.check(row.pk, by_clock=True)
    assert again(row).state == "active" and front.asked == [HOST]
