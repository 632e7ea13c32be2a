"""The form of a message."""

from __future__ import annotations

from typing import Any

from django import forms

from integrations.happenings import Happening
from integrations.models import Mapping
from integrations.models.mapping import LONGEST


class MessageForm(forms.Form):
    channel = forms.ChoiceField(label="Channel", required=False)
    template = forms.CharField(
        label="Message", max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "true"})
    )
    is_on = forms.BooleanField(label="Post this message", required=False)

    def __init__(
        self, *args: Any, what: Happening, row: Mapping | None, channels: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        kwargs["initial"] = {
            "channel": row.channel_id if row else "",
            "template": row.template if row else what.template,
            "is_on": row.is_on if row else True,
        }
        super().__init__(*args, **kwargs)
        self.names = dict(channels)
        if row and row.channel_id and not row.broken:
            self.names.setdefault(row.channel_id, row.channel_name)
        self.fields["channel"].choices = [  # type: ignore[attr-defined]
            ("", "Choose a channel"), *((pk, f"#{name}") for pk, name in self.names.items())
        ]  # fmt: skip

    def values(self) -> dict[str, Any]:
        """What `Mapping.put` takes."""
        found = dict(self.cleaned_data)
        channel = found.pop("channel")
        return {**found, "channel_id": channel, "channel_name": self.names.get(channel, "")}

    def say(self, errors: dict[str, str]) -> None:
        """Show what a verb refused."""
        for field, sentence in errors.items():
            self.add_error(field if field in self.fields else None, sentence)
