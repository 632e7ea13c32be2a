"""Which host names may be added, and how they are kept."""

from __future__ import annotations

import re

import idna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid
from domains import names

LABELS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True).filter(lambda word: word[2:4] != "--")
HOSTS = st.builds(lambda labels, ending: ".".join([*labels, ending]), st.lists(LABELS, min_size=1, max_size=3),
                  st.sampled_from(["com", "org", "co.uk", "de"]))  # fmt: skip


@pytest.fixture(autouse=True)
def _ours(settings):
    settings.BASE_URL = "https://crm.hoop-host.net"
    settings.API_HOST = "api.hoop-api.net"
    settings.ALLOWED_HOSTS = ["crm.hoop-host.net", ".also-hoop.org", "127.0.0.1"]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("www.example.com", "www.example.com"),
        ("  WWW.Example.COM. ", "www.example.com"),
        ("https://www.example.com/", "www.example.com"),
        ("HTTP://example.co.uk", "example.co.uk"),
        ("blumen-köln.de", "xn--blumen-kln-lcb.de"),
        ("Straße.de", "xn--strae-oqa.de"),
        ("例え.jp", "xn--r8jz45g.jp"),
        ("xn--blumen-kln-lcb.de", "xn--blumen-kln-lcb.de"),
        ("acme.github.io", "acme.github.io"),
    ],
)
def test_a_name_is_kept_in_lower_case_ascii(typed, kept):
    assert names.cleaned(typed) == kept


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "Give a domain"),
        ("   ", "Give a domain"),
        ("*.example.com", "wildcard"),
        ("www.*.com", "wildcard"),
        ("192.0.2.7", "IP address"),
        ("[2001:db8::1]", "IP address"),
        ("2001:db8::1", "IP address"),
        ("127.1", "no ending"),
        ("example.com/path", "without path"),
        ("example.com:8000", "without path"),
        ("ann@example.com", "without path"),
        ("two words.com", "without path"),
        ("localhost", "no ending"),
        ("printer.local", "no ending"),
        ("acme.internal", "no ending"),
        ("com", "no ending"),
        ("-acme.com", "no domain"),
        ("acme-.com", "no domain"),
        ("a..com", "no domain"),
        ("my_shop.com", "no domain"),
        ("a" * 64 + ".com", "no domain"),
        (".".join(["abcdefgh"] * 40) + ".com", "no domain"),
        ("\u202ecom.elpmaxe", "no domain"),
        ("co.uk", "many share"),
        ("github.io", "many share"),
        ("crm.hoop-host.net", "HoopAI itself"),
        ("hoop-host.net", "HoopAI itself"),
        ("shop.hoop-host.net", "HoopAI itself"),
        ("api.hoop-api.net", "HoopAI itself"),
        ("x.also-hoop.org", "HoopAI itself"),
        ("sites.example.net", "HoopAI itself"),
        ("www.example.net", "HoopAI itself"),
    ],
)
def test_what_is_no_name_of_ones_own_is_refused_with_the_reason(typed, why):
    with pytest.raises(Invalid) as refused:
        names.cleaned(typed)
    assert why in refused.value.errors["host"]


@given(HOSTS)
def test_cleaning_twice_changes_nothing_and_every_way_of_writing_is_one_name(host):
    try:
        kept = names.cleaned(host)
    except Invalid:
        return
    assert names.cleaned(kept) == kept == names.cleaned(host.upper()) == names.cleaned(f"https://{host}./")
    assert re.fullmatch(r"[a-z0-9.-]{3,253}", kept)
    assert kept.endswith(names.registrable(kept))


@given(st.text(max_size=80))
def test_whatever_is_typed_becomes_a_plain_name_or_a_sentence(typed):
    try:
        kept = names.cleaned(typed)
    except Invalid as refused:
        assert refused.errors["host"]
    else:
        assert re.fullmatch(r"[a-z0-9.-]{3,253}", kept) and "." in kept and ".." not in kept


@given(st.text(alphabet="äöüßéñçabc", min_size=1, max_size=15))
def test_letters_of_other_alphabets_are_shown_again_as_they_were(word):
    host = f"{word}.de"
    try:
        kept = names.cleaned(host)
    except Invalid:
        return
    assert names.shown(kept) == idna.decode(idna.encode(host, uts46=True))


def test_roots_sub_domains_and_pairs():
    assert names.is_root("example.co.uk") and not names.is_root("www.example.co.uk")
    assert not names.is_root("acme.github.io")  # its zone is not ours to say: a CNAME it is
    assert names.twin("example.com") == "www.example.com" and names.twin("www.example.com") == "example.com"
    assert names.twin("blog.example.com") == names.twin("www.blog.example.com") == ""
    assert (names.part_before("example.com"), names.part_before("a.b.example.com")) == ("@", "a.b")
