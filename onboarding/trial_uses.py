"""One trial for a confirmed address and one for a business. What is remembered is a keyed digest, never the address."""

from __future__ import annotations

import unicodedata

from django.utils.crypto import salted_hmac

from accounts.models import Company, User
from onboarding.models import TrialUse

# Addresses of these say nothing about the business behind them.
ANYBODYS = frozenset({
    "aol.com", "gmail.com", "gmx.com", "gmx.de", "gmx.net", "googlemail.com", "hotmail.com", "hey.com",
    "icloud.com", "live.com", "mac.com", "mail.com", "mail.ru", "me.com", "msn.com", "outlook.com", "pm.me",
    "proton.me", "protonmail.com", "qq.com", "t-online.de", "web.de", "yahoo.com", "yahoo.co.uk", "yandex.com",
    "yandex.ru", "ymail.com", "zoho.com", "163.com",
})  # fmt: skip
DOTLESS = {"gmail.com", "googlemail.com"}  # their mailboxes are the same with and without dots
FORMS = frozenset({
    "ab", "ag", "bv", "co", "corp", "corporation", "gmbh", "inc", "incorporated", "kg", "limited", "llc", "llp",
    "ltd", "oy", "plc", "pty", "sa", "sarl", "srl",
})  # fmt: skip


def digests(email: str, business: str) -> list[str]:
    """What a trial is remembered by: the mailbox, and the business unless the address is one that anybody can have."""
    keys = [f"email {mailbox(email)}"]
    domain = domain_of(email)
    if domain not in ANYBODYS and plain_name(business):
        keys.append(f"business {plain_name(business)} {domain}")
    return [salted_hmac("onboarding.trial_uses", key, algorithm="sha256").hexdigest() for key in keys]


def mailbox(email: str) -> str:
    """An address without what providers ignore in it: "Ann.B+news@GMail.com" is "annb@gmail.com"."""
    local, _, domain = email.strip().lower().rpartition("@")
    local = local.partition("+")[0] or local
    if domain in DOTLESS:
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"


def domain_of(email: str) -> str:
    """The host of an address, without "www."."""
    return email.strip().lower().rpartition("@")[2].removeprefix("www.")


def plain_name(business: str) -> str:
    """A business's name for comparing: "Müller & Söhne, Inc." is "mullersohne"."""
    text = unicodedata.normalize("NFKD", business).casefold()
    words = "".join(letter if letter.isalnum() else " " for letter in text if not unicodedata.combining(letter)).split()
    kept = [word for word in words if word not in FORMS] or words
    return "".join(kept)


def is_used(email: str, business: str) -> bool:
    """Whether the address or the business has had its trial."""
    return TrialUse.objects.filter(digest__in=digests(email, business)).exists()


def remember(company: Company, user: User) -> bool:
    """Note the trial of a company whose owner has confirmed their address. Harmless to repeat.

    Returns:
        Whether the address and the business are this company's: False when another had its trial before.
    """
    wanted = digests(user.email, company.name)
    rows = [TrialUse(digest=digest, trial_of=company.pk) for digest in wanted]
    TrialUse.objects.bulk_create(rows, ignore_conflicts=True)
    return not TrialUse.objects.filter(digest__in=wanted).exclude(trial_of=company.pk).exists()
