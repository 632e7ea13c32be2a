"""What oauthlib asks while it runs a grant. Codes come here as digests: the plain ones are never looked up."""

from __future__ import annotations

from typing import Any

from oauth2_provider.oauth2_validators import OAuth2Validator
from oauthlib.common import Request

from core import clock
from core.crypto import digest
from oauth import tokens
from oauth.models import AccessToken, App, Grant, RefreshToken


class Validator(OAuth2Validator):
    """Runs inside one transaction: the code or refresh token in use is locked until its successor is stored."""

    def validate_code(
        self, client_id: str, code: str, client: App, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        grant = (
            Grant.objects.select_for_update(of=("self",))
            .select_related("install__app", "user")
            .filter(code=code, application=client, install__is_active=True)
            .first()
        )
        if grant is None or grant.is_expired():
            return False
        request.install = grant.install
        request.scopes = grant.scope.split()
        request.user = grant.user
        return True

    def get_default_redirect_uri(self, client_id: str, request: Request, *args: Any, **kwargs: Any) -> str:
        """An absent redirect_uri stands for the one the code was sent to."""
        grant = Grant.objects.filter(code=request.code, application=request.client).first()
        return grant.redirect_uri if grant else request.client.return_addresses[0]

    def is_pkce_required(self, client_id: str, request: Request) -> bool:
        return False

    def validate_refresh_token(
        self, refresh_token: str, client: App, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        now = clock.now()
        found = (
            RefreshToken.objects.select_for_update(of=("self",))
            .select_related("install__app", "user")
            .filter(token_checksum=digest(refresh_token), application=client)
            .first()
        )
        if found is None or not found.install.is_active or found.expires <= now:
            return False
        if found.revoked is not None:
            follows = AccessToken.objects.filter(source_refresh_token=found).first()
            renewal = RefreshToken.objects.filter(access_token=follows).first() if follows else None
            same = renewal and renewal.token_checksum == digest(tokens.successor(refresh_token, "refresh"))
            if now - found.revoked > tokens.GRACE or not same or renewal.revoked is not None:
                RefreshToken.revoke_family(found.token_family)
                return False
            request.follows = follows
        request.install = found.install
        request.user = found.user
        request.refresh_token = refresh_token
        request.refresh_token_instance = found
        return True

    def get_original_scopes(self, refresh_token: str, request: Request, *args: Any, **kwargs: Any) -> list[str]:
        allowed: list[str] = request.refresh_token_instance.scope.split()
        return allowed

    def save_bearer_token(self, token: dict[str, Any], request: Request, *args: Any, **kwargs: Any) -> None:
        before: RefreshToken | None = getattr(request, "refresh_token_instance", None)
        stored: AccessToken | None = getattr(request, "follows", None)
        if stored is None:
            stored = tokens.store(
                request.install,
                token["scope"],
                token["access_token"],
                token["refresh_token"],
                before,
                before.scope if before else "",
            )
            if before is not None:
                RefreshToken.objects.filter(pk=before.pk).update(revoked=clock.now())
        token.update(tokens.answer(request.install, stored, token["access_token"], token["refresh_token"]))
