"""A question in a dialog, which is a page of its own where no script runs."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from core.pages import is_partial


def ask(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """The inside of the dialog for htmx, the same on a page otherwise. `template` extends components/dialog.html."""
    if is_partial(request):
        return render(request, template, context, status=status)
    page = "objects/alone.html" if "/settings/" in request.path else "layouts/dialog-page.html"
    return render(request, page, {**context, "inside": template}, status=status)


def done(request: HttpRequest, url: str, sentence: str) -> HttpResponse:
    """Say what was done and go to `url`; out of a dialog or from a form alike."""
    if sentence:
        messages.success(request, sentence)
    if is_partial(request):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return redirect(url)
