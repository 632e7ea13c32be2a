"""Mails of this app: to addresses, since a person may be gone when one is sent."""

from __future__ import annotations

from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string


def mail(email: str, name: str, subject: str, attached: tuple[str, str, str] | None = None, **context: Any) -> None:
    """Mail `templates/mail/<name>.txt` and `.html`, with a file (name, content, type) where there is one.

    Raises:
        OSError, smtplib.SMTPException: the mail server does not take it; tasks try again.
    """
    context = {"subject": subject, **context}
    letter = EmailMultiAlternatives(subject, render_to_string(f"mail/{name}.txt", context).strip() + "\n", to=[email])
    letter.attach_alternative(render_to_string(f"mail/{name}.html", context), "text/html")
    letter.extra_headers["Auto-Submitted"] = "auto-generated"
    if attached:
        letter.attach(*attached)
    letter.send()
