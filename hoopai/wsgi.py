"""The web server's way in."""

import os
import re
from collections.abc import Callable
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hoopai.settings")

CHARSET = re.compile(r";\s*charset=[^;]*", re.IGNORECASE)
django = get_wsgi_application()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
    """Everything is UTF-8 here. Django would believe a request that claims another charset, even one that is no text
    encoding such as base64, and break on it before any of our code runs."""
    if "charset" in (kind := environ.get("CONTENT_TYPE", "")).lower():
        environ["CONTENT_TYPE"] = CHARSET.sub("", kind)
    return django(environ, start_response)
