"""Mails to people who sign in. Each has a subject, a text and an HTML part under templates/mail/."""

from __future__ import annotations

from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from accounts.models import User


def send(user: User, name: str, subject: str, *, headers: dict[str, str] | None = None, **context: Any) -> None:
    """Mail `templates/mail/<name>.txt` and `.html` to a user, with more `headers` where there are any.

    Raises:
        OSError, smtplib.SMTPException: the mail server does not take it; tasks try again.
    """
    context = {"person": user, "subject": subject, **context}
    mail = EmailMultiAlternatives(
        subject, render_to_string(f"mail/{name}.txt", context).strip() + "\n", to=[user.email]
    )
    mail.attach_alternative(render_to_string(f"mail/{name}.html", context), "text/html")
    mail.extra_headers |= {"Auto-Submitted": "auto-generated", **(headers or {})}
    mail.send()
