"""Where a visitor of a path is sent: matching, and the rules for what may be written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import idna
from django.db import transaction
from django.utils.encoding import iri_to_uri

from core.errors import Invalid, LimitReached
from domains.models import Domain, Redirect
from domains.models.domain import of_company
from domains.models.redirect import LONGEST_PATH, LONGEST_TARGET

MOST = 200  # of one domain
HOPS = 5
SAFE = "/-._~!$&'()*+,;=:@%"


def match(path: str, rules: Iterable[Redirect]) -> tuple[Redirect, str] | None:
    """The first rule for a decoded path, and what stands in place of its star. Case and a last slash do not matter."""
    for rule in rules:
        if rule.path.endswith("/*"):
            start = rule.path[:-1]
            if path.lower().startswith(start.lower()):
                return rule, path[len(start) :]
            if path.lower() == start[:-1].lower():
                return rule, ""
        elif (path.rstrip("/") or "/").lower() == rule.path.lower():
            return rule, ""
    return None


def address(rule: Redirect, rest: str, query: str) -> str:
    """Where a visitor goes: the star of the target is what the star of the path stood for; the query goes along."""
    found = rule.target
    if found.endswith("*"):
        found = found[:-1] + quote(rest.lstrip("/"), safe=SAFE.replace("%", ""))
    if query:
        start, hash_, fragment = found.partition("#")
        found = f"{start}{'&' if '?' in start else '?'}{query}{hash_}{fragment}"
    return str(iri_to_uri(found))


def add(domain: Domain, path: str, target: str, *, is_permanent: bool = True) -> Redirect:
    """A new redirect, after those there are.

    Raises:
        Invalid: path or target cannot be used, the path has one, or visitors would go in circles. LimitReached: too many.
    """
    with transaction.atomic():
        domain.lock()
        rules = list(domain.redirects.all())
        if len(rules) >= MOST:
            raise LimitReached(f"A domain may have {MOST} redirects. Delete one that nobody needs.")
        values = _cleaned(domain, path, target, rules)
        row = Redirect(domain=domain, is_permanent=is_permanent, **values)
        _refuse_circles(domain, [*rules, row], row)
        return Redirect.record_new(
            domain=domain,
            is_permanent=is_permanent,
            position=max((rule.position for rule in rules), default=-1) + 1,
            facts={"name": str(domain)},
            **values,
        )


def edit(rule: Redirect, path: str, target: str, *, is_permanent: bool) -> None:
    """Change a redirect.

    Raises:
        Invalid: as `add`.
    """
    with transaction.atomic():
        domain: Domain = rule.domain
        domain.lock()
        others = [one for one in domain.redirects.all() if one.pk != rule.pk]
        values = _cleaned(domain, path, target, others)
        fresh = Redirect(pk=rule.pk, domain=domain, is_permanent=is_permanent, position=rule.position, **values)
        rules = sorted([*others, fresh], key=lambda one: (one.position, one.pk))
        _refuse_circles(domain, rules, fresh)
        rule.change(facts={"name": str(domain), "path": values["path"]}, is_permanent=is_permanent, **values)


def delete(rule: Redirect) -> None:
    rule.remove(facts={"name": str(rule.domain), "path": rule.path})


def arrange(domain: Domain, order: list[str]) -> None:
    """Put the redirects in this order; ids that are none are passed over, redirects not named come last."""
    with transaction.atomic():
        domain.lock()
        rows = {row.pk: row for row in domain.redirects.all()}
        named = [pk for pk in dict.fromkeys(order) if pk in rows]
        for place, pk in enumerate([*named, *(pk for pk in rows if pk not in named)]):
            rows[pk].change(position=place)


def add_twin(domain: Domain) -> Domain:
    """Add the name with or without www as well, and send its visitors to `domain`.

    Raises:
        Invalid: the name has no twin, or it cannot be added. LimitReached: the plan allows no more.
    """
    if not domain.twin:
        raise Invalid({"twin": "Only a root domain and its www name come as a pair."})
    with transaction.atomic():
        try:
            made = Domain.add(domain.twin)
        except Invalid as error:
            raise Invalid({"twin": " ".join(error.errors.values())}) from error
        add(made, "/*", f"https://{domain.host}/*")
        return made


def _cleaned(domain: Domain, path: str, target: str, others: list[Redirect]) -> dict[str, str]:
    errors = {}
    path, target = unquote(path.strip()), _in_ascii(target.strip())
    path = path if path.startswith("/") else f"/{path}"
    path = path if path == "/" or path.endswith("/*") else path.rstrip("/") or "/"
    if not path.isprintable() or any(sign in path for sign in "?#"):
        errors["path"] = "Give a path alone, such as /old-page; what follows ? goes along by itself."
    elif "*" in path.removesuffix("/*"):
        errors["path"] = "A star may only stand at the end, after a slash: /blog/*."
    elif len(path) > LONGEST_PATH:
        errors["path"] = f"The path may have at most {LONGEST_PATH} characters."
    elif any(one.path.lower() == path.lower() for one in others):
        errors["path"] = "There is a redirect of this path already."
    wrong = _wrong_target(target, path)
    if wrong:
        errors["target"] = wrong
    if errors:
        raise Invalid(errors)
    return {"path": path, "target": target}


def _in_ascii(target: str) -> str:
    """An address whose host is written with letters of its own, with punycode instead; others as they are."""
    try:
        host = urlsplit(target).hostname or ""
        return target if host.isascii() else target.replace(host, idna.encode(host, uts46=True).decode(), 1)
    except (ValueError, UnicodeError):
        return target


def _wrong_target(target: str, path: str) -> str:
    try:
        parts = urlsplit(target)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        is_address = False
    if not is_address or not target.isprintable() or " " in target or "@" in urlsplit(target).netloc:
        return "Give a whole web address, such as https://example.com/new-page."
    if len(target) > LONGEST_TARGET:
        return f"The address may have at most {LONGEST_TARGET:,} characters."
    if "*" in target and (target.count("*") > 1 or not target.endswith("/*") or urlsplit(target).path[-2:] != "/*"):
        return "A star may only stand at the end of the address, after a slash: https://example.com/*."
    if target.endswith("*") and not path.endswith("/*"):
        return "The address ends with a star, so the path must as well."
    return ""


def _refuse_circles(domain: Domain, rules: list[Redirect], begin: Redirect) -> None:
    """Follow a visitor of the redirect through the company's own domains, at most five hops.

    Raises:
        Invalid: they come back to where they were.
    """
    tables: dict[str, list[Redirect]] = {domain.host: rules}
    host, path = domain.host, begin.path.replace("*", "x")
    been = set()
    for _ in range(HOPS + 1):
        if (host, path.lower()) in been:
            raise Invalid({"target": "Visitors would go in circles: this leads back to where it begins."})
        been.add((host, path.lower()))
        found = match(path, _rules(host, tables))
        if found is None:
            return
        parts = urlsplit(address(*found, ""))
        host, path = parts.hostname or "", unquote(parts.path) or "/"
        path = path.rstrip("/") or "/"
    raise Invalid({"target": f"Visitors would be sent on more than {HOPS} times."})


def _rules(host: str, tables: dict[str, list[Redirect]]) -> list[Redirect]:
    if host not in tables:
        held: Any = of_company().filter(host=host).first()
        rows = Redirect.objects.everywhere(reason="a domain of the same company")
        tables[host] = list(rows.filter(domain=held)[:MOST]) if held else []
    return tables[host]
