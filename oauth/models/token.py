"""What the toolkit keeps of codes and tokens: digests only. These rows are credentials, not facts, so no journal."""

from __future__ import annotations

from django.db import models
from oauth2_provider.models import AbstractAccessToken, AbstractGrant, AbstractIDToken, AbstractRefreshToken

from accounts.models import User
from core import clock
from core.tenancy import IdField
from oauth.models.app import App
from oauth.models.install import Install


class Grant(AbstractGrant):
    """A code between consent and token: ten minutes, once, for one install. `code` holds its digest."""

    id = IdField()
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    application = models.ForeignKey(App, models.CASCADE, related_name="+")
    install = models.ForeignKey(Install, models.CASCADE, related_name="+")

    def is_expired(self) -> bool:
        return clock.now() >= self.expires


class AccessToken(AbstractAccessToken):
    id = IdField()
    user = models.ForeignKey(User, models.CASCADE, related_name="+", null=True)
    application = models.ForeignKey(App, models.CASCADE, related_name="+")
    id_token = None
    install = models.ForeignKey(Install, models.CASCADE, related_name="access_tokens")

    def is_expired(self) -> bool:
        return clock.now() >= self.expires


class RefreshToken(AbstractRefreshToken):
    """A year long, used once. After its use it answers with the same successor for a minute, then it is an alarm."""

    id = IdField()
    user = models.ForeignKey(User, models.CASCADE, related_name="+", null=True)
    application = models.ForeignKey(App, models.CASCADE, related_name="+")
    install = models.ForeignKey(Install, models.CASCADE, related_name="refresh_tokens")
    scope = models.TextField(blank=True)
    expires = models.DateTimeField()


class IdToken(AbstractIDToken):
    """Required by the toolkit; no identity tokens are issued."""

    id = IdField()
    user = models.ForeignKey(User, models.CASCADE, related_name="+", null=True)
    application = models.ForeignKey(App, models.CASCADE, related_name="+", null=True)
