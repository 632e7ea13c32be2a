"""The demo's custom fields, one of nearly every type, and custom values; and what people answer in them."""

from __future__ import annotations

import random
from typing import Any

from core.text import slug
from hoopai.demo import phones, words
from objects.models import CustomField, CustomValue, FieldFolder

Options = list[str]
FOLDERS: list[tuple[str, list[tuple[str, str, Options]]]] = [
    ("Project", [
        ("Project type", "SINGLE_OPTIONS", ["Kitchen", "Bathroom", "Loft", "Extension", "Whole house", "Garden room"]),
        ("Budget", "MONETORY", []),
        ("Rooms", "NUMERICAL", []),
        ("Floor area", "FLOAT", []),
        ("Materials", "MULTIPLE_OPTIONS", ["Oak", "Walnut", "Linoleum", "Terrazzo", "Brass", "Lime plaster", "Cork"]),
        ("Preferred start", "DATE", []),
        ("Brief", "LARGE_TEXT", []),
        ("Measurements", "TEXTBOX_LIST", ["Length", "Width", "Ceiling height"]),
    ]),
    ("Getting in touch", [
        ("Best time to call", "TIME", []),
        ("Second contact's e-mail", "EMAIL", []),
        ("Phone on site", "PHONE", []),
        ("Newsletter topics", "CHECKBOX", ["Projects", "Materials", "Events", "Before and after"]),
        ("Heard of us through", "RADIO", ["A friend", "Social media", "A fair", "Search", "The press"]),
    ]),
    ("Papers", [
        ("Permit reference", "TEXT", []),
        ("Floor plan", "FILE_UPLOAD", []),
        ("Agreement", "SIGNATURE", []),
    ]),
]  # fmt: skip
VALUES = [
    ("Company phone", "+1 503-555-0140"),
    ("Booking link", "https://studio.brightwater.example/visit"),
    ("Opening hours", "Monday to Friday, 9 to 17"),
    ("Review link", "https://studio.brightwater.example/review"),
]


def define() -> dict[str, CustomField]:
    """Create folders, fields and custom values in the present location; {name: field}."""
    made: dict[str, CustomField] = {}
    for number, (folder_name, fields) in enumerate(FOLDERS):
        folder = FieldFolder.record_new(name=folder_name, position=number)
        for position, (name, kind, options) in enumerate(fields):
            made[name] = CustomField.record_new(
                name=name,
                key=slug(name),
                type=kind,
                folder=folder,
                position=position,
                options=[{"key": slug(option), "label": option} for option in options],
                is_unique=name == "Permit reference",
                accepted_formats=["pdf", "png", "jpg"] if kind == "FILE_UPLOAD" else [],
            )
    for name, value in VALUES:
        CustomValue.record_new(name=name, key=slug(name), value=value)
    return made


def answers(draw: random.Random, fields: dict[str, CustomField], number: int, year: int) -> dict[str, Any]:
    """What one contact has in the custom fields: most have a few, some have all."""

    def labels(name: str) -> list[str]:
        return fields[name].labels

    drawn: dict[str, Any] = {
        "Project type": draw.choice(labels("Project type")),
        "Budget": draw.choice([8, 12, 18, 25, 40, 60, 95, 150]) * 1000,
        "Rooms": draw.randint(1, 7),
        "Floor area": round(draw.uniform(9, 210), 1),
        "Materials": sorted(draw.sample(labels("Materials"), draw.randint(1, 3))),
        "Preferred start": f"{year + draw.randint(0, 1)}-{draw.randint(1, 12):02d}-{draw.randint(1, 28):02d}",
        "Brief": draw.choice(words.BRIEFS),
        "Measurements": {"length": f"{draw.uniform(2, 9):.2f} m", "width": f"{draw.uniform(2, 6):.2f} m"},
        "Best time to call": f"{draw.randint(8, 19):02d}:{draw.choice(['00', '30'])}",
        "Second contact's e-mail": f"home{number}@family.example",
        "Phone on site": phones.us(draw.randint(0, 2999)),
        "Newsletter topics": sorted(draw.sample(labels("Newsletter topics"), draw.randint(1, 3))),
        "Heard of us through": draw.choice(labels("Heard of us through")),
        "Permit reference": f"P-{year}-{number:05d}",
    }
    share = draw.choice([0.0, 0.2, 0.4, 0.4, 0.6, 0.9])
    return {fields[name].pk: value for name, value in drawn.items() if draw.random() < share}
