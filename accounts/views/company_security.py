"""Settings → Security: what the company asks of its people's sign-in, and who has a second step already."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts import current, hipaa
from accounts.confirming import confirm_recently, confirmed
from accounts.forms import SecurityForm, show_errors
from accounts.models import Authenticator, Company, Membership, Passkey, User
from accounts.second_factor import policy
from accounts.sso import state
from core.errors import Forbidden, Invalid, NotFound, Refused
from core.pages import allowed, link

MOST_SHOWN = 100


@allowed("settings.write")
def rules(request: HttpRequest) -> HttpResponse:
    """The company's rules; read only for admins of a part of it."""
    company = Company.objects.everywhere(reason="the location in scope names it").get(pk=current.location().company_id)
    may_write = policy.may_decide(request.user, company)
    if request.method == "POST" and not may_write:
        raise Forbidden("Only an agency admin, or an admin of every location, can change these rules.")
    if request.method == "POST" and (answer := confirm_recently(request)):
        return answer
    form = SecurityForm(
        request.POST or None, initial={name: getattr(company, name) for name in SecurityForm.base_fields}
    )
    if hipaa.is_on(company.pk):
        form.fields["second_step"].disabled = form.fields["second_step_grace"].disabled = True
    if request.method == "POST" and form.is_valid():
        try:
            policy.set_rules(company, request.user, **form.cleaned_data)
        except Invalid as error:
            show_errors(form, error)
        else:
            messages.success(request, "The rules are saved.")
            return redirect(link("settings:security"))
    if not may_write:
        for field in form.fields.values():
            field.disabled = True
    context = {
        "form": form,
        "company": company,
        "may_write": may_write,
        "is_hipaa": hipaa.is_on(company.pk),
        **covered(company),
    }
    if state.is_offered(company.pk):
        context |= {"has_single_sign_on": True, "single_sign_on": state.kept(company.pk)}
    return render(request, "settings/security.html", context, status=422 if form.errors else 200)


def covered(company: Company) -> dict[str, Any]:
    """How many people have a second step, and the first of those who lack it. Two queries."""
    people = User.objects.everywhere(reason="the company is named").filter(company=company, is_active=True)
    people = people.annotate(
        is_safe=Q(Exists(Authenticator.objects.filter(user=OuterRef("pk"))))
        | Q(Exists(Passkey.objects.filter(user=OuterRef("pk"))))
    )
    lacking = list(people.filter(is_safe=False)[: MOST_SHOWN + 1])
    return {
        "lacking": lacking[:MOST_SHOWN],
        "has_more": len(lacking) > MOST_SHOWN,
        "safe_count": people.filter(is_safe=True).count(),
    }


@allowed("users.write")
@require_POST
@confirmed
def reset_second_step(request: HttpRequest, pk: str) -> HttpResponse:
    """Take away the second step of a member who lost their phone and codes. They are signed out and mailed."""
    membership = Membership.objects.select_related("user").filter(pk=pk, user__is_active=True).first()
    if membership is None:
        raise NotFound("This person has no access to the location.")
    if membership.user_id == request.user.pk:
        raise Refused("Nobody can reset their own second step. Another admin can.")
    if not policy.may_reset(request.user, membership.user):
        raise Forbidden(f"{membership.user} works in other places too: an agency admin can reset their second step.")
    policy.reset(membership.user)
    messages.success(
        request, f"{membership.user} can sign in with the password alone and set the second step up again."
    )
    return redirect(link("settings:access", membership.pk))
