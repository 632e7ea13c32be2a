"""The form of an endpoint."""

from __future__ import annotations

from typing import Any

from django import forms

from webhooks import events
from webhooks.models import Endpoint
from webhooks.models.endpoint import LONGEST_SECRET


class EndpointForm(forms.Form):
    url = forms.CharField(
        label="Address",
        max_length=1000,
        widget=forms.URLInput(
            attrs={"inputmode": "url", "spellcheck": "false", "placeholder": "https://example.com/hooks"}
        ),
        help_text="Events are sent here as JSON by POST. It must answer with a 2xx status within 10 seconds.",
    )
    name = forms.CharField(label="Name", max_length=100, required=False, help_text="So that you know it in the list.")
    secret = forms.CharField(
        label="Secret",
        max_length=LONGEST_SECRET,
        required=False,
        help_text="Signs each delivery with HMAC-SHA-256 in x-wl-signature, beside the signatures everybody gets.",
    )
    legacy_signature = forms.BooleanField(
        label="Also sign with RSA",
        required=False,
        initial=True,
        help_text="For receivers that check x-wh-signature. Those that check X-GHL-Signature do without.",
    )
    every_event = forms.BooleanField(label="Every event", required=False, help_text="Also those that are added later.")
    events = forms.MultipleChoiceField(label="Events", required=False)

    def __init__(self, *args: Any, endpoint: Endpoint | None = None, for_app: bool = False, **kwargs: Any) -> None:
        if endpoint is not None:
            kwargs["initial"] = {
                "url": endpoint.url,
                "name": endpoint.name,
                "secret": endpoint.secret_text,
                "legacy_signature": endpoint.legacy_signature,
                "every_event": endpoint.every_event,
                "events": endpoint.events,
            }
        super().__init__(*args, **kwargs)
        self.groups = events.offered(for_app)
        self.fields["events"].choices = [(one.name, one.words) for _, rows in self.groups for one in rows]  # type: ignore[attr-defined]

    @property
    def chosen(self) -> set[str]:
        """The names that are ticked."""
        return set(self["events"].value() or ())

    def values(self) -> dict[str, Any]:
        """What `Endpoint.add` and `edit` take."""
        found = dict(self.cleaned_data)
        chosen = found.pop("events")
        return {**found, "chosen": chosen}

    def say(self, errors: dict[str, str]) -> None:
        """Show what a verb refused."""
        for field, sentence in errors.items():
            self.add_error(field if field in self.fields else None, sentence)
