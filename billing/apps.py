from django.apps import AppConfig
from django.db.models.signals import post_migrate


class BillingConfig(AppConfig):
    name = "billing"

    def ready(self) -> None:
        from accounts import allowance  # noqa: PLC0415
        from billing import add_ons, clocks, guards, plans, readers, seats, verbs  # noqa: F401, PLC0415
        from billing.gateways import sandbox, stripe  # noqa: F401, PLC0415
        from billing.wallet import prices, rules  # noqa: PLC0415
        from core import clock  # noqa: PLC0415

        allowance.learn_from(seats)
        clock.ahead_from(clocks.refresh)
        post_migrate.connect(guards.install, sender=self)
        post_migrate.connect(plans.load, sender=self)
        post_migrate.connect(add_ons.load, sender=self)
        post_migrate.connect(rules.install, sender=self)
        post_migrate.connect(prices.load, sender=self)
