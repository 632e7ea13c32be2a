"""Redirects: what matches, what goes along, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid, LimitReached
from domains import redirecting
from domains.models import Redirect
from domains.tests import make


def rules(*pairs: tuple[str, str]) -> list[Redirect]:
    return [Redirect(path=path, target=target) for path, target in pairs]


def leads(path: str, query: str, *pairs: tuple[str, str]) -> str | None:
    found = redirecting.match(path, rules(*pairs))
    return redirecting.address(*found, query) if found else None


@pytest.mark.parametrize(
    ("asked", "query", "pairs", "answer"),
    [
        ("/old", "", [("/old", "https://b.com/new")], "https://b.com/new"),
        ("/OLD/", "", [("/old", "https://b.com/new")], "https://b.com/new"),
        ("/older", "", [("/old", "https://b.com/new")], None),
        ("/", "", [("/", "https://b.com/")], "https://b.com/"),
        ("/old", "a=1&b=2", [("/old", "https://b.com/new")], "https://b.com/new?a=1&b=2"),
        ("/old", "a=1", [("/old", "https://b.com/new?x=y#part")], "https://b.com/new?x=y&a=1#part"),
        ("/blog/2024/Über uns", "", [("/blog/*", "https://b.com/*")], "https://b.com/2024/%C3%9Cber%20uns"),
        ("/blog", "", [("/blog/*", "https://b.com/*")], "https://b.com/"),
        ("/Blog/A", "", [("/blog/*", "https://b.com/news")], "https://b.com/news"),
        ("/a", "", [("/a", "https://one.com/"), ("/*", "https://two.com/*")], "https://one.com/"),
        ("/a", "", [("/*", "https://two.com/*"), ("/a", "https://one.com/")], "https://two.com/a"),
        ("//evil.com/x", "", [("/*", "https://b.com/*")], "https://b.com/evil.com/x"),
        ("/100%25", "", [("/*", "https://b.com/*")], "https://b.com/100%2525"),
    ],
)
def test_the_first_that_matches_leads_on_with_what_goes_along(asked, query, pairs, answer):
    assert leads(asked, query, *pairs) == answer


@given(st.text(max_size=60), st.text(alphabet="abc=&%20\n", max_size=20))
def test_whatever_is_asked_the_target_keeps_its_host(path, query):
    found = leads(f"/{path}", query.replace("\n", ""), ("/*", "https://b.com/*"))
    assert found is not None and found.startswith("https://b.com/") and found.isascii()
    assert "\n" not in found and "\r" not in found


@pytest.mark.parametrize(
    ("path", "target", "field"),
    [
        ("/a?b", "https://b.com/", "path"),
        ("/a*b", "https://b.com/", "path"),
        ("/*/b", "https://b.com/", "path"),
        ("/a\nb", "https://b.com/", "path"),
        ("/" + "a" * 600, "https://b.com/", "path"),
        ("/a", "b.com", "target"),
        ("/a", "javascript:alert(1)", "target"),
        ("/a", "//b.com/", "target"),
        ("/a", "https://", "target"),
        ("/a", "https://ann:secret@b.com/", "target"),
        ("/a", "https://b.com/\r\nSet-Cookie: x", "target"),
        ("/a", "https://b.com:99999/", "target"),
        ("/a", "https://b.com/*", "target"),
        ("/*", "https://*/x/*", "target"),
        ("/*", "https://b.com/?q=/*", "target"),
        ("/a", "https://b.com/" + "a" * 1000, "target"),
    ],
)
def test_what_cannot_work_is_refused_at_its_field(cast, path, target, field):
    row = make.waiting()
    with pytest.raises(Invalid) as refused:
        redirecting.add(row, path, target)
    assert list(refused.value.errors) == [field] and Redirect.objects.count() == 0


def test_a_path_has_one_redirect_whatever_its_case(cast):
    row = make.waiting()
    first = redirecting.add(row, "old/", "https://b.com/")
    assert first.path == "/old"
    with pytest.raises(Invalid, match="already"):
        redirecting.add(row, "/OLD", "https://c.com/")
    redirecting.edit(first, "/Old", "https://c.com/", is_permanent=False)
    first.refresh_from_db()
    assert (first.path, first.target, first.is_permanent) == ("/Old", "https://c.com/", False)


def test_a_target_with_letters_of_its_own_is_kept_in_ascii(cast):
    row = make.waiting()
    assert redirecting.add(row, "/a", "https://blumen-köln.de/x").target == "https://xn--blumen-kln-lcb.de/x"


@pytest.mark.parametrize(
    "chain",
    [
        [("/a", "https://www.example.com/a")],
        [("/a", "https://www.example.com/b"), ("/b", "http://www.example.com/A/?x=1")],
        [("/*", "https://www.example.com/x/*")],
        [("/a", "https://www.example.org/a")],
    ],
)
def test_circles_are_refused(cast, chain):
    row, other = make.waiting(), make.waiting("www.example.org")
    redirecting.add(other, "/*", "https://www.example.com/*")
    *fine, last = chain
    for one in fine:
        redirecting.add(row, *one)
    with pytest.raises(Invalid) as refused:
        redirecting.add(row, *last)
    assert "target" in refused.value.errors and row.redirects.count() == len(fine)


def test_five_hops_are_enough(cast):
    row = make.waiting()
    for number in range(5, 0, -1):
        redirecting.add(row, f"/{number}", f"https://www.example.com/{number + 1}")
    with pytest.raises(Invalid, match="more than 5"):
        redirecting.add(row, "/0", "https://www.example.com/1")


def test_a_circle_through_another_account_is_not_looked_into(cast, as_):
    with as_(cast.charlie, cast.globex_location):
        redirecting.add(make.waiting("www.example.org"), "/*", "https://www.example.com/*")
    assert redirecting.add(make.waiting(), "/*", "https://www.example.org/*").pk


def test_the_order_is_kept_and_new_ones_come_last(cast):
    row = make.waiting()
    one, two, three = (redirecting.add(row, path, "https://b.com/") for path in ("/1", "/2", "/3"))
    redirecting.arrange(row, [three.pk, "0" * 20, one.pk])
    assert [rule.path for rule in row.redirects.all()] == ["/3", "/1", "/2"]
    redirecting.add(row, "/4", "https://b.com/")
    assert [rule.path for rule in row.redirects.all()][-1] == "/4" and two.pk


def test_a_domain_has_at_most_two_hundred(cast, monkeypatch):
    monkeypatch.setattr(redirecting, "MOST", 2)
    row = make.waiting()
    for path in ("/1", "/2"):
        redirecting.add(row, path, "https://b.com/")
    with pytest.raises(LimitReached):
        redirecting.add(row, "/3", "https://b.com/")
    assert row.redirects.count() == 2
