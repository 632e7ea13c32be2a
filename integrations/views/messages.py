"""What a channel hears of, in which words."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from core import access
from core.errors import Invalid, NotFound
from core.pages import allowed, link
from integrations import connecting, sending, slack, wording
from integrations.forms import MessageForm
from integrations.happenings import HAPPENINGS, Happening
from integrations.models import Connection, Mapping
from integrations.troubles import Trouble

MANAGE = allowed("integrations.write")


def _named(provider: str, happening: str) -> tuple[Connection, Happening]:
    service = connecting.named(provider)
    row = Connection.of(provider)
    if row is None or happening not in HAPPENINGS:
        raise NotFound(f"{service.name} is not connected, or there is no such message.")
    return row, HAPPENINGS[happening]


@MANAGE
@never_cache
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, provider: str, happening: str) -> HttpResponse:
    """Choose a channel and write the message."""
    row, what = _named(provider, happening)
    if not row.may_call:
        messages.error(request, f"Connect {row.service.name} first: its channels cannot be read now.")
        return redirect(link("settings:integration", provider))
    mapping = Mapping.objects.filter(connection=row, happening=happening).first()
    channels, away = [], ""
    try:
        channels = slack.channels(row.secret)
    except Trouble as trouble:
        away = str(trouble)
    form = MessageForm(request.POST or None, what=what, row=mapping, channels=channels)
    if request.method == "POST" and form.is_valid():
        try:
            Mapping.put(row, happening, **form.values())
        except Invalid as error:
            form.say(error.errors)
        else:
            messages.success(request, f"The message {what.label} is saved.")
            return redirect(link("settings:integration", provider))
    context = {
        "settings_title": row.service.name,
        "settings_url": link("settings:integration", provider),
        "form": form,
        "what": what,
        "mapping": mapping,
        "provider": row.service,
        "away": away,
        "may_save": access.is_full(),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "integrations/message.html", context, status=status)


@MANAGE
@require_POST
def test(request: HttpRequest, provider: str, happening: str) -> HttpResponse:
    """Post the message about somebody made up, now."""
    row, what = _named(provider, happening)
    if not access.is_full():
        raise access.refusal()
    back = redirect(link("settings:integration", provider))
    mapping = Mapping.objects.filter(connection=row, happening=happening).exclude(channel_id="").first()
    if mapping is None:
        messages.error(request, "Choose a channel for this message first.")
    elif not row.may_call:
        messages.error(request, f"Connect {row.service.name} first.")
    else:
        try:
            sending.test(row, mapping, wording.sample(mapping.template))
        except Trouble as trouble:
            messages.error(request, f"The test did not arrive. {trouble}")
        else:
            messages.success(request, f"A test is in #{mapping.channel_name}.")
    return back
