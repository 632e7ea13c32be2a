"""Scanning for duplicates against Splink.

Both get the same contacts: a tenth of the people are there twice, the second time as somebody types who does not look. The
floor is Splink 4 on DuckDB with every core, over the same rows in memory, with the same blocking rules and fields; it
estimates its model and predicts. The contestant is the scan as people start it: from the table to stored groups.

The planted pairs tell recall and precision of both. They are told of near matches alone: equal e-mails, phones and names are
proposed by definition, by both. Of the floor the threshold counts that gives the best F1. Figures are wall seconds, medians
of interleaved rounds.
"""

from __future__ import annotations

import importlib
import logging
import random
import resource
import statistics
import time
from itertools import combinations
from typing import Any

from django.db import connection

from accounts.models import Company, Location
from contacts.merging import scanning
from contacts.models import DuplicateGroup
from core import ids, scope

AIM = 0.6
TWICE = 0.1  # people who are there twice
THRESHOLDS = (0.5, 0.8, 0.9, 0.95, 0.99, 0.999)
COLUMNS = ("id", "first_name", "last_name", "email", "phone", "company_name")
PROVIDERS = ("gmail.com", "yahoo.com", "outlook.com", "icloud.com", "aol.com")
STARTS = [
    "b",
    "br",
    "c",
    "ch",
    "d",
    "dr",
    "f",
    "fl",
    "g",
    "gr",
    "h",
    "j",
    "k",
    "kl",
    "l",
    "m",
    "n",
    "p",
    "pr",
    "r",
    "s",
    "sch",
    "st",
    "t",
    "tr",
    "v",
    "w",
    "z",
]
MIDDLES = ["a", "ai", "e", "ei", "i", "ia", "o", "oa", "u", "ue"]
ENDS = [
    "ber",
    "dal",
    "ger",
    "han",
    "kow",
    "lin",
    "man",
    "mer",
    "nard",
    "nell",
    "ner",
    "rick",
    "sen",
    "ski",
    "son",
    "stein",
    "ter",
    "ton",
    "vic",
    "well",
]

Row = tuple[str, str, str, str, str, str]
Pairs = set[tuple[str, str]]


def run(rows: int, rounds: int = 3) -> dict[str, Any]:
    """The measured figures of both, and their ratio."""
    people, truth = contacts(rows)
    known = {row[0]: row for row in people}
    near = {pair for pair in truth if not is_equal(known, pair)}
    place = load(people)
    ours: list[float] = []
    theirs: list[float] = []
    predicting: list[float] = []
    found: Pairs = set()
    floor: dict[str, Any] = {}
    for _ in range(rounds):
        seconds, found = scan(place)
        ours.append(seconds)
        seconds, only, floor = splink(people, near, known)
        theirs.append(seconds)
        predicting.append(only)
    everything = quality(found, truth)
    mine = quality({pair for pair in found if not is_equal(known, pair)}, near)
    ratio = statistics.median(ours) / statistics.median(theirs)
    no_worse = mine["recall"] >= floor["recall"] and mine["precision"] >= floor["precision"]
    return {
        "contacts": len(people),
        "planted": len(truth),
        "planted_near": len(near),
        "recall_with_equal_ones": everything["recall"],
        "seconds": round(statistics.median(ours), 2),
        "splink_seconds": round(statistics.median(theirs), 2),
        "splink_predict_only": round(statistics.median(predicting), 2),
        "ratio": round(ratio, 3),
        **mine,
        "splink_recall": floor["recall"],
        "splink_precision": floor["precision"],
        "splink_threshold": floor["threshold"],
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "aim": f"<= {AIM}, recall and precision no worse",
        "met": ratio <= AIM and no_worse,
    }


def contacts(number: int, seed: int = 7) -> tuple[list[Row], Pairs]:
    """People, some of them twice, and the pairs of ids that are one person."""
    dice = random.Random(seed)
    lasts = [
        f"{dice.choice(STARTS)}{dice.choice(MIDDLES)}{dice.choice(ENDS)}{dice.choice(['', 's', 'er', 'a'])}"
        for _ in range(60_000)
    ]
    firsts = [
        f"{dice.choice(STARTS)}{dice.choice(MIDDLES)}{dice.choice(['la', 'na', 'ris', 'ko', 'win', 'ra', 'lio'])}"
        for _ in range(4_000)
    ]
    prefix = ids.id_prefix()
    rows: list[Row] = []
    truth: Pairs = set()
    taken: set[str | None] = set()
    singles = int(number / (1 + TWICE))
    for at in range(singles):
        first, last = dice.choice(firsts), dice.choice(lasts)
        firm = f"{dice.choice(lasts)} {dice.choice(['ltd', 'group', 'labs', 'partners'])}"
        domain = dice.choice(PROVIDERS) if dice.random() < 0.6 else f"{firm.replace(' ', '')}.com"
        local = dice.choice([f"{first}.{last}", f"{first[0]}{last}", f"{first}{last}{dice.randrange(100)}"])
        email = f"{local}@{domain}" if dice.random() < 0.9 else ""
        while email in taken:  # an address is one person's
            email = f"{local}{dice.randrange(10_000)}@{domain}"
        taken.add(email or None)
        phone = (
            f"+1{dice.randrange(201, 990)}{dice.randrange(2_000_000, 10_000_000)}"
            if dice.random() < 0.8 or not email
            else ""
        )
        rows.append((f"{prefix}{len(rows):06x}", first.title(), last.title(), email, phone, firm.title()))
        if at < number - singles:
            truth.add((rows[-1][0], f"{prefix}{len(rows):06x}"))
            rows.append((f"{prefix}{len(rows):06x}", *mistyped(dice, rows[-1])))
    return rows, truth


def mistyped(dice: random.Random, row: Row) -> tuple[str, str, str, str, str]:
    """The same person once more: one to three fields are wrong or missing, never all that identify."""
    _, first, last, email, phone, firm = row
    deed = dice.random()
    if deed < 0.35 and email:  # same e-mail, much else different
        return (
            dice.choice([first[0], slip(dice, first)]),
            last,
            email,
            "" if dice.random() < 0.5 else phone,
            dice.choice([firm, ""]),
        )
    if deed < 0.55 and phone:  # same phone
        return slip(dice, first), last, "" if dice.random() < 0.5 else email, phone, dice.choice([firm, ""])
    if deed < 0.65:  # same name and nothing else but a company
        return first, last, "", "", firm
    name = (slip(dice, first), last) if dice.random() < 0.5 else (first, slip(dice, last))
    if deed < 0.80 and email:  # a wrong letter in the name and in the e-mail
        local, _, domain = email.partition("@")
        return (
            *name,
            f"{slip(dice, local)}@{domain}"
            if dice.random() < 0.7
            else f"{local}@{slip(dice, domain[:-4])}{domain[-4:]}",
            "",
            firm,
        )
    if deed < 0.92 and phone:  # a wrong letter and a wrong digit
        at = dice.randrange(5, len(phone))
        return *name, "", phone[:at] + str((int(phone[at]) + 1) % 10) + phone[at + 1 :], ""
    return *name, "", "", firm


def slip(dice: random.Random, word: str) -> str:
    """One letter doubled, dropped, changed or swapped, not the first."""
    if len(word) < 4:
        return word + word[-1]
    at = dice.randrange(1, len(word) - 1)
    return dice.choice(
        [
            word[:at] + word[at] + word[at:],
            word[:at] + word[at + 1 :],
            word[:at] + dice.choice("aeinorst") + word[at + 1 :],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        ]
    )


def load(people: list[Row]) -> Location:
    """A fresh location with these contacts."""
    with scope.fresh():
        company = Company.record_new(name="Bench")
        with scope.use(company_id=company.pk):
            place = Location.record_new(company=company, name="Bench")
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE people (id text, first_name text, last_name text, email text, phone text, company text)"
        )
        with cursor.copy("COPY people FROM STDIN") as copy:
            for row in people:
                copy.write_row(row)
        cursor.execute(
            """INSERT INTO contacts_contact (id, location_id, first_name, last_name, email, more_emails, phone, phone_label,
                more_phones, tags, followers, dnd, dnd_settings, inbound_dnd, deleted_by, merged_into, type, source, company_name,
                address, city, state, postal_code, country, website, gender, timezone, custom, email_validity,
                phone_validity, has_bounced, has_unsubscribed, score, picture, created_via, created_by, last_activity_at,
                date_added, date_updated)
            SELECT id, %s, first_name, last_name, email, '{}', phone, '', '[]', '{}', '{}', false, '{}', '{}', '', '', 'lead', '',
                company, '', '', '', '', '', '', '', '', '{}', '', '', false, false, 0, '', 'ui', 'Bench', now(), now(), now()
            FROM people""",
            [place.pk],
        )
        cursor.execute("DROP TABLE people")
        cursor.execute("VACUUM ANALYZE contacts_contact")
    return place


def scan(place: Location) -> tuple[float, Pairs]:
    """Seconds of a whole scan, and the pairs it proposes."""
    with scope.fresh(company_id=place.company_id, location_id=place.pk):
        row = scanning.begin(None)
        began = time.monotonic()
        while not scanning.run(row, seconds=3600, most=10_000_000):
            pass
        took = time.monotonic() - began
        found: Pairs = set()
        for members in DuplicateGroup.objects.filter(scan=row).values_list("members", flat=True).iterator():
            found.update(combinations(sorted(members), 2))
    return took, found


def is_equal(known: dict[str, Row], pair: tuple[str, str]) -> bool:
    """Whether the two share an e-mail, a phone or a whole name."""
    one, two = known[pair[0]], known[pair[1]]
    name = (one[1].lower(), one[2].lower()) == (two[1].lower(), two[2].lower())
    return name or bool(one[3] and one[3] == two[3]) or bool(one[4] and one[4] == two[4])


def splink(people: list[Row], near: Pairs, known: dict[str, Row]) -> tuple[float, float, dict[str, Any]]:
    """Seconds of all and of predicting alone, and the quality at the best of a few thresholds."""
    pandas = importlib.import_module("pandas")
    cl = importlib.import_module("splink.comparison_library")
    splink_parts = importlib.import_module("splink")  # the floor is installed for development only

    logging.getLogger("splink").setLevel(logging.ERROR)
    frame = pandas.DataFrame(people, columns=["unique_id", *COLUMNS[1:]]).replace("", None)
    began = time.monotonic()
    for name in ("first_name", "last_name", "company_name"):
        frame[name] = frame[name].str.lower()
    frame["name"] = (frame["first_name"].fillna("") + " " + frame["last_name"].fillna("")).str.strip()
    frame["local"], frame["domain"] = frame["email"].str.split("@").str[0], frame["email"].str.split("@").str[1]
    frame["number"], frame["head"], frame["tail"] = (
        frame["phone"].str[-7:],
        frame["phone"].str[:-4],
        frame["phone"].str[-4:],
    )
    frame["initials"] = frame["first_name"].str[:1] + frame["last_name"].str[:1]
    frame["start"] = frame["first_name"].str[:1] + frame["last_name"].str[:3]
    rules = [("email",), ("phone",), ("name",), ("number",), ("local",), ("start", "domain"), ("initials", "company_name"),
        ("initials", "head"), ("initials", "tail")]  # fmt: skip
    settings = splink_parts.SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            cl.JaroWinklerAtThresholds("name", [0.95, 0.88]),
            cl.LevenshteinAtThresholds("email", [1, 2]),
            cl.LevenshteinAtThresholds("phone", [1]),
            cl.ExactMatch("company_name"),
        ],
        blocking_rules_to_generate_predictions=[splink_parts.block_on(*rule) for rule in rules],
    )
    linker = splink_parts.Linker(frame, settings, db_api=splink_parts.DuckDBAPI())
    linker.training.estimate_probability_two_random_records_match(
        [splink_parts.block_on("email"), splink_parts.block_on("phone")], recall=0.6
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=7)
    linker.training.estimate_parameters_using_expectation_maximisation(splink_parts.block_on("email"))
    linker.training.estimate_parameters_using_expectation_maximisation(splink_parts.block_on("name"))
    predicting = time.monotonic()
    table = linker.inference.predict(threshold_match_probability=min(THRESHOLDS))
    ended = time.monotonic()
    held = table.as_pandas_dataframe()[["unique_id_l", "unique_id_r", "match_probability"]]
    best: dict[str, Any] = {"f1": -1.0}
    for threshold in THRESHOLDS:
        kept = held[held["match_probability"] >= threshold]
        pairs = {(min(pair), max(pair)) for pair in zip(kept["unique_id_l"], kept["unique_id_r"], strict=True)}
        figures = quality({pair for pair in pairs if not is_equal(known, pair)}, near)
        total = figures["recall"] + figures["precision"]
        f1 = 2 * figures["recall"] * figures["precision"] / total if total else 0.0
        if f1 > best["f1"]:
            best = {**figures, "threshold": threshold, "f1": f1}
    return ended - began, ended - predicting, best


def quality(found: Pairs, truth: Pairs) -> dict[str, float]:
    right = len(found & truth)
    return {"recall": round(right / max(1, len(truth)), 4), "precision": round(right / max(1, len(found)), 4)}
