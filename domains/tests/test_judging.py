"""What is wrong with the records of a name is named, with what was found and what is wanted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domains.asking import Answers
from domains.judging import Wanted, faults

SUB = Wanted("www.example.com", False, "sites.example.net", "203.0.113.10", ("letsencrypt.org",))
ROOT = Wanted("example.com", True, "sites.example.net", "203.0.113.10", ("letsencrypt.org",))
RIGHT = Answers(cnames=("sites.example.net",), addresses=("203.0.113.10",))


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (SUB, RIGHT),
        (SUB, Answers(cnames=("alias.example.com", "sites.example.net"))),
        (SUB, Answers(addresses=("203.0.113.10",))),  # providers that flatten an alias
        (ROOT, Answers(addresses=("203.0.113.10",))),
        (SUB, Answers(cnames=("sites.example.net",), six=("2001:db8::1",))),  # ours, at the end of the chain
        (SUB, Answers(cnames=("sites.example.net",), issuers=("letsencrypt.org", "pki.goog"))),
        (SUB, Answers(cnames=("sites.example.net",), issuers=None)),
    ],
)
def test_the_right_record_has_no_fault(wanted, said):
    assert faults(wanted, said) == []


@pytest.mark.parametrize(
    ("wanted", "said", "code", "words"),
    [
        (SUB, Answers(), "nothing", "No record for www.example.com"),
        (SUB, Answers(cnames=("old.host.com",)), "wrong_target", "points to old.host.com, not to sites.example.net"),
        (SUB, Answers(addresses=("198.51.100.7",)), "wrong_target", "198.51.100.7, not to sites.example.net"),
        (ROOT, Answers(addresses=("198.51.100.7",)), "wrong_target", "198.51.100.7, not to 203.0.113.10"),
        (ROOT, Answers(addresses=("198.51.100.7", "203.0.113.10")), "several_a", "198.51.100.7, 203.0.113.10"),
        (ROOT, Answers(addresses=("203.0.113.10",), six=("2001:db8::1",)), "aaaa", "2001:db8::1"),
        (ROOT, Answers(cnames=("sites.example.net",), addresses=("203.0.113.10",)), "cname_at_root", "CNAME"),
        (SUB, Answers(addresses=("104.16.1.1", "104.16.2.1")), "proxied", "Cloudflare"),
        (SUB, Answers(cnames=("d1.cloudfront.net",), addresses=("198.51.100.7",)), "proxied", "CloudFront"),
        (SUB, Answers(cnames=("sites.example.net",), issuers=("pki.goog",)), "caa", "pki.goog"),
        (SUB, Answers(cnames=("sites.example.net",), issuers=()), "caa", "nobody"),
        (SUB, Answers(is_known=False), "no_answer", "did not answer"),
    ],
)
def test_accounts_107_every_fault_has_its_name(wanted, said, code, words):
    found = faults(wanted, said)
    assert [fault.code for fault in found] == [code] and words in found[0].text


def test_accounts_107_several_faults_are_all_named():
    said = Answers(addresses=("198.51.100.7", "198.51.100.8"), six=("2001:db8::1",), issuers=("pki.goog",))
    assert [fault.code for fault in faults(ROOT, said)] == ["several_a", "aaaa", "caa"]


def test_a_name_that_was_another_accounts_needs_the_txt_record():
    wanted = Wanted("www.example.com", False, SUB.target, SUB.address, (), "_hoopai.www.example.com", "hoopai-verify=1")
    assert [fault.code for fault in faults(wanted, RIGHT)] == ["no_proof"]
    other = Answers(cnames=RIGHT.cnames, texts=("v=spf1 -all",))
    assert [fault.code for fault in faults(wanted, other)] == ["wrong_proof"]
    assert faults(wanted, Answers(cnames=RIGHT.cnames, texts=("v=spf1 -all", "hoopai-verify=1"))) == []


ADDRESSES = st.lists(st.ip_addresses(v=4).map(str) | st.just("203.0.113.10"), max_size=4, unique=True).map(tuple)
SIX = st.lists(st.ip_addresses(v=6).map(str), max_size=2).map(tuple)
CHAINS = st.lists(st.sampled_from(["sites.example.net", "a.com", "x.cloudfront.net"]), max_size=2, unique=True).map(
    tuple
)


@given(st.sampled_from([SUB, ROOT]), st.builds(Answers, cnames=CHAINS, addresses=ADDRESSES, six=SIX))
def test_what_passes_leads_to_us_and_every_fault_is_a_sentence(wanted, said):
    found = faults(wanted, said)
    if not found:
        leads = said.addresses == (wanted.address,) and not said.six and not said.cnames
        assert leads or (wanted.target in said.cnames and not wanted.is_root)
    assert all(fault.text.endswith(".") and wanted.host in fault.text for fault in found)
