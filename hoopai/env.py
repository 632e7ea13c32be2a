"""Typed readers of the environment. Each value may also come from a file named by NAME_FILE."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str | None = None) -> str:
    """NAME, or the content of the file NAME_FILE, or the default.

    Raises:
        ImproperlyConfigured: it is missing and has no default, or the file cannot be read.
    """
    if name in os.environ:
        return os.environ[name]
    path = os.environ.get(f"{name}_FILE")
    if path:
        try:
            return Path(path).read_text().strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE: {error}") from error
    if default is None:
        raise ImproperlyConfigured(
            f"{name} is not set. Start HoopAI with bin/run, or set it; docs/deploy.md tells how."
        )
    return default


def flag(name: str, default: bool = False) -> bool:
    """1, true, yes, on or 0, false, no, off; anything else is refused."""
    value = text(name, "1" if default else "0").strip().lower()
    if value in ("1", "true", "yes", "on"):
        return True
    if value in ("0", "false", "no", "off", ""):
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}: use 1 or 0")


def number(name: str, default: int) -> int:
    value = text(name, str(default))
    try:
        return int(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is {value!r}: use a whole number") from error


def words(name: str, default: str = "") -> list[str]:
    """A list separated by commas."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def database(name: str) -> dict[str, Any]:
    """postgres://user:password@host:port/name?option=value as a Django database."""
    url = urlsplit(text(name))
    if url.scheme not in ("postgres", "postgresql"):
        raise ImproperlyConfigured(f"{name} must start with postgres://; PostgreSQL is the only database")
    options: dict[str, Any] = dict(parse_qsl(url.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(url.path.lstrip("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": unquote(url.hostname or ""),
        "PORT": str(url.port or ""),
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,  # a pooled connection may have died with its server
        "OPTIONS": options,
    }


def mail(name: str, outbox: Path) -> dict[str, Any]:
    """smtp://user:password@host:port, smtps://…, smtp+tls://…, or outbox: for files in the data directory."""
    url = urlsplit(text(name, "outbox:"))
    if url.scheme == "outbox":
        return {"EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend", "EMAIL_FILE_PATH": str(outbox)}
    if url.scheme not in ("smtp", "smtps", "smtp+tls"):
        raise ImproperlyConfigured(f"{name}: use smtp://, smtps://, smtp+tls:// or outbox:")
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": url.hostname or "localhost",
        "EMAIL_PORT": url.port or (465 if url.scheme == "smtps" else 587 if url.scheme == "smtp+tls" else 25),
        "EMAIL_HOST_USER": unquote(url.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(url.password or ""),
        "EMAIL_USE_SSL": url.scheme == "smtps",
        "EMAIL_USE_TLS": url.scheme == "smtp+tls",
    }


def files(name: str, default: Path) -> dict[str, Any]:
    """A directory (file:///dir or a path) or s3://bucket?endpoint=https://… as a Django storage."""
    value = text(name, str(default))
    url = urlsplit(value)
    if url.scheme == "s3":
        options = dict(parse_qsl(url.query))
        return {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {
                "bucket_name": url.netloc,
                "endpoint_url": options.get("endpoint"),
                "region_name": options.get("region"),
                "querystring_auth": True,
                "file_overwrite": False,
                "default_acl": None,
            },
        }
    if url.scheme not in ("", "file"):
        raise ImproperlyConfigured(f"{name}: use a directory or s3://bucket")
    return {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": url.path, "file_permissions_mode": 0o600, "directory_permissions_mode": 0o700},
    }
