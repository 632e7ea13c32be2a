from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models

from core.errors import Invalid, LimitReached, NotFound, Refused
from core.phones import LABELS
from journal.recorded import locked

MOST = 11
# what was known about the former primary address says nothing about the new one
NEW_EMAIL = {"email_validity": "", "has_bounced": False}
NEW_PHONE = {"phone_validity": ""}


def same(first: str, second: str) -> bool:
    return first.strip().lower() == second.strip().lower()


class Addressed(models.Model):
    """Up to eleven e-mails and eleven phones, one of each primary. E-mails are lower case, phones E.164."""

    email = models.CharField(max_length=254, blank=True, default="")
    more_emails = ArrayField(models.CharField(max_length=254), default=list, blank=True)
    phone = models.CharField(max_length=20, blank=True, default="")
    phone_label = models.CharField(max_length=10, blank=True, default="")
    more_phones = models.JSONField(default=list, blank=True)  # [{"number", "label"}]

    class Meta:
        abstract = True

    @property
    def emails(self) -> list[str]:
        """All, the primary first."""
        return [found for found in (self.email, *self.more_emails) if found]

    @property
    def phones(self) -> list[dict[str, str]]:
        """All as {"number", "label"}, the primary first."""
        first = [{"number": self.phone, "label": self.phone_label}] if self.phone else []
        return first + list(self.more_phones)

    @locked
    def add_email(self, email: str) -> None:
        """Append an e-mail; the first becomes the primary one.

        Raises:
            LimitReached: there are eleven. Invalid: it is there already.
        """
        if len(self.emails) >= MOST:
            raise LimitReached(f"A contact can hold {MOST} e-mail addresses.")
        if any(same(email, held) for held in self.emails):
            raise Invalid({"email": "this contact has that e-mail already"})
        if self.email:
            self.change(more_emails=[*self.more_emails, email])
        else:
            self.change(email=email, **NEW_EMAIL)

    @locked
    def add_phone(self, number: str, label: str = "") -> None:
        """Append a phone; the first becomes the primary one.

        Raises:
            LimitReached: there are eleven. Invalid: it is there already, or its label is taken.
        """
        if len(self.phones) >= MOST:
            raise LimitReached(f"A contact can hold {MOST} phone numbers.")
        if any(held["number"] == number for held in self.phones):
            raise Invalid({"phone": "this contact has that number already"})
        if self.phone:
            self.change(more_phones=[*self.more_phones, {"number": number, "label": label}])
        else:
            self.change(phone=number, phone_label=label, **NEW_PHONE)

    @locked
    def remove_email(self, email: str) -> None:
        """Take an e-mail away.

        Raises:
            Refused: it is the primary one and there are others. NotFound: the contact has no such e-mail.
        """
        if self.email == email:
            if self.more_emails:
                raise Refused("Choose another primary e-mail first.")
            self.change(email="")
        elif email in self.more_emails:
            self.change(more_emails=[held for held in self.more_emails if held != email])
        else:
            raise NotFound("This contact has no such e-mail.")

    @locked
    def remove_phone(self, number: str) -> None:
        """Take a phone away.

        Raises:
            Refused: it is the primary one and there are others. NotFound: the contact has no such number.
        """
        if self.phone == number:
            if self.more_phones:
                raise Refused("Choose another primary phone first.")
            self.change(phone="", phone_label="")
        elif any(held["number"] == number for held in self.more_phones):
            self.change(more_phones=[held for held in self.more_phones if held["number"] != number])
        else:
            raise NotFound("This contact has no such phone number.")

    @locked
    def make_primary_email(self, email: str) -> None:
        """Let one of the additional e-mails change places with the primary one."""
        if email == self.email:
            return
        if email not in self.more_emails:
            raise NotFound("This contact has no such e-mail.")
        rest = [held for held in self.more_emails if held != email]
        self.change(email=email, more_emails=([self.email] if self.email else []) + rest, **NEW_EMAIL)

    @locked
    def make_primary_phone(self, number: str) -> None:
        """Let one of the additional phones change places with the primary one."""
        if number == self.phone:
            return
        chosen = next((held for held in self.more_phones if held["number"] == number), None)
        if chosen is None:
            raise NotFound("This contact has no such phone number.")
        rest = [held for held in self.more_phones if held is not chosen]
        former = [{"number": self.phone, "label": self.phone_label}] if self.phone else []
        self.change(phone=chosen["number"], phone_label=chosen["label"], more_phones=former + rest, **NEW_PHONE)

    @locked
    def label_phone(self, number: str, label: str) -> None:
        """Give a phone one of the four labels, or none.

        Raises:
            Invalid: unknown label, or another number of this contact has it.
        """
        if number == self.phone:
            self.change(phone_label=label)
        else:
            self.change(
                more_phones=[
                    {**held, "label": label} if held["number"] == number else held for held in self.more_phones
                ]
            )

    def clean(self) -> None:
        super().clean()
        labels = [held["label"] for held in self.phones if held["label"]]
        if set(labels) - set(LABELS):
            raise ValidationError({"phone": f"a phone's label is one of {', '.join(LABELS)}"})
        for label in LABELS:
            if labels.count(label) > 1:
                raise ValidationError({"phone": f"another number of this contact is labelled {label}; free it first"})
        if len(self.phones) > MOST:
            raise ValidationError({"phone": f"a contact can hold {MOST} phone numbers"})
        if len(self.emails) > MOST:
            raise ValidationError({"email": f"a contact can hold {MOST} e-mail addresses"})
        if len(set(self.emails)) < len(self.emails):
            raise ValidationError({"email": "two of the e-mails are the same"})
        numbers = [held["number"] for held in self.phones]
        if len(set(numbers)) < len(numbers):
            raise ValidationError({"phone": "two of the phone numbers are the same"})
