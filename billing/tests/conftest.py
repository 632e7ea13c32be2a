import pytest

from billing.tests.stripe_server import SECRET, SIGNING, OurStripe
from core import clock


@pytest.fixture(autouse=True)
def _clocks_together():
    """No company is ahead of the others when a test begins or ends."""
    clock.ahead.clear()
    yield
    clock.ahead.clear()


@pytest.fixture
def our_stripe(settings):
    """A Stripe on this machine, and an installation that uses it."""
    with OurStripe() as it:
        settings.PAYMENT_GATEWAY = "stripe"
        settings.STRIPE_SECRET_KEY = SECRET
        settings.STRIPE_WEBHOOK_SECRET = [SIGNING]
        settings.STRIPE_API_BASE = it.url
        yield it
