"""The rules of docs/ARCHITECTURE.md that a machine can hold us to."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver

from core.tenancy import CompanyModel, LocationModel
from journal import verbs

ROOT: Path = settings.ROOT
LAYERS = [
    "core", "journal", "api", "accounts", "oauth", "billing", "webhooks", "objects", "domains", "contacts",
    "opportunities", "notifications", "integrations", "support", "privacy", "onboarding", "hoopai",
]  # fmt: skip
OURS = [model for label in LAYERS for model in apps.get_app_config(label).get_models()]

GLOBAL_BECAUSE = {
    "journal.Entry": "outlives its subjects: plain ids, scoped by its own manager",
    "accounts.Company": "the root of a tenant",
    "accounts.Location": "the root of a location, scoped by company",
    "accounts.User": "scoped by company; operators have none",
    "accounts.Membership": "scoped by its location",
    "accounts.Session": "exists before anybody is known",
    "accounts.Authenticator": "a person's own, reached only through them; operators have no company",
    "accounts.BackupCode": "a person's own, reached only through them; operators have no company",
    "accounts.KnownBrowser": "a person's own, reached only through them; operators have no company",
    "accounts.Passkey": "found by its credential before anybody is known",
    "accounts.PastPassword": "a person's own, reached only through them; operators have no company",
    "billing.AddOn": "the catalogue: the same for everybody",
    "billing.Plan": "the catalogue: the same for everybody",
    "billing.Price": "the catalogue: the same for everybody",
    "billing.Series": "invoice numbers run through all companies, without gaps",
    "billing.TaxRate": "the law's, not a tenant's",
    "billing.ProviderEvent": "posted by a gateway before any company is known",
    "billing.SandboxSetup": "the sandbox's own books: it stands for a provider outside",
    "billing.SandboxCard": "the sandbox's own books",
    "billing.SandboxCharge": "the sandbox's own books",
    "billing.SandboxRefund": "the sandbox's own books",
    "billing.SandboxEvent": "the sandbox's own books",
    "webhooks.Endpoint": "of a location, or of an app wherever it is installed; scoped by its own manager",
    "webhooks.Delivery": "of a location, or of none where an agency is told; scoped by its own manager",
    "webhooks.Line": "the queue of all tenants, reached only through an endpoint",
    "webhooks.Hour": "counts, reached only through an endpoint",
    "webhooks.SigningKey": "the installation's own keys: receivers know one, not one a tenant",
    "domains.PastName": "keyed digests that outlive the account: a name that changes hands is proved anew",
    "onboarding.TrialUse": "keyed digests that outlive the account: nobody gets a second trial",
    "contacts.ImportRow": "staging, reached only through its import",
    "contacts.MergeMove": "a log, reached only through its merge",
    "contacts.DuplicatePair": "staging, reached only through its scan",
}


def python_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    found = [ROOT / name for name in listed.split()] or [
        path for label in LAYERS for path in (ROOT / label).rglob("*.py")
    ]
    return [path for path in found if path.exists()]


def code_files() -> list[Path]:
    return [
        path
        for path in python_files()
        if "tests" not in path.parts and "migrations" not in path.parts and path.name != "conftest.py"
    ]


def routes(patterns=None, prefix=""):  # type: ignore[no-untyped-def]
    for entry in patterns if patterns is not None else get_resolver().url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            if not str(entry.pattern).startswith("admin/"):
                yield from routes(entry.url_patterns, route)
        elif isinstance(entry, URLPattern):
            yield route, entry.callback


def test_every_table_belongs_to_a_tenant_or_says_why_not():
    homeless = {model._meta.label for model in OURS if not issubclass(model, (LocationModel, CompanyModel))}
    homeless = {label for label in homeless if not label.startswith("oauth.")}  # see the oauth app's own test
    assert homeless == set(GLOBAL_BECAUSE)


def test_foreign_keys_point_down_and_leave_no_way_back_up():
    def layer(model) -> int:  # type: ignore[no-untyped-def]
        label = model._meta.app_label
        return LAYERS.index(label) if label in LAYERS else -1

    for model in OURS:
        for field in model._meta.local_concrete_fields:
            if field.is_relation:
                assert layer(field.related_model) <= layer(model), field
                if field.related_model._meta.app_label != model._meta.app_label and layer(field.related_model) >= 0:
                    assert field.remote_field.hidden, f"{field} needs related_name='+'"


def test_every_page_says_who_may_open_it():
    silent = [route for route, view in routes() if not hasattr(view, "ability") and not hasattr(view, "cls")]
    assert silent == []


def test_every_verb_declared_is_written_somewhere_and_the_other_way_round():
    source = "\n".join(path.read_text() for path in code_files() if path.name != "verbs.py")
    nouns = {model.NOUN for model in OURS if getattr(model, "NOUN", "")}
    implied = {f"{noun}.{what}" for noun in nouns for what in ("created", "updated", "deleted")}
    unused = [
        name for name in verbs.VERBS if name not in implied and f'"{name}"' not in source and f"'{name}'" not in source
    ]
    assert unused == []


@pytest.mark.parametrize(
    ("pattern", "what"),
    [
        (r"<style|\sstyle=", "inline style"),
        (r"<script(?![^>]*\ssrc=)(?![^>]*type=\"application/json\")", "inline script"),
        (r"\son(click|change|submit|load|input|keydown)=", "inline handler"),
        (r"\|safe\b|autoescape off", "trusted HTML"),
        (r"https?://(?!www\.w3\.org)[a-z]", "address of another host"),
    ],
)
def test_templates_are_free_of(pattern, what):
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in (ROOT / "templates").rglob("*.html")
        if not {"layouts/email.html"} & {str(path.relative_to(ROOT / "templates"))}
        and "mail" not in path.parts
        and "email" not in path.name
        for match in [re.search(pattern, path.read_text())]
        if match
    ]
    assert found == [], what


def test_imports_stay_at_the_top_of_files():
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in code_files()
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.match(r"^\s+(from [\w.]+ import|import \w)", line)
        and path.name not in ("apps.py", "conftest.py", "manage.py")
        and "launch" not in path.parts
        and "Django's own circular shape" not in line
    ]
    guarded = {name for name in found if _is_type_checking(name)}
    assert sorted(set(found) - guarded) == []


def _is_type_checking(where: str) -> bool:
    name, _, number = where.rpartition(":")
    lines = (ROOT / name).read_text().splitlines()[: int(number) - 1]
    for line in reversed(lines):
        if line and not line.startswith((" ", ")")):
            return line.startswith(("if TYPE_CHECKING", "try:", "except ImportError"))
    return False


def test_outgoing_http_goes_through_core_http():
    found = [
        str(path.relative_to(ROOT))
        for path in code_files()
        if re.search(r"^\s*(import|from) (requests|httpx|urllib3|urllib\.request|aiohttp)\b", path.read_text(), re.M)
    ]
    assert [name for name in found if not name.startswith(("core/http", "hoopai/launch/", "bench/"))] == []


def test_the_clock_is_read_in_one_place():
    found = [
        str(path.relative_to(ROOT))
        for path in code_files()
        if re.search(r"datetime\.now\(|timezone\.now|date\.today\(|utcnow\(", path.read_text())
    ]
    assert [name for name in found if name != "core/clock.py" and not name.startswith("hoopai/launch/")] == []


def test_every_escape_from_scope_or_journal_carries_its_reason():
    for path in code_files():
        text = path.read_text()
        for call in re.finditer(r"\.(?:everywhere)\((.*?)\)|\bquietly\((.*?)\)", text, re.S):
            inside = (call[1] or call[2] or "").strip()
            if inside.startswith("self") or path.name in ("tenancy.py", "recorded.py"):
                continue
            assert inside.startswith("reason=") or inside == "", f"{path}: {call[0]}"
