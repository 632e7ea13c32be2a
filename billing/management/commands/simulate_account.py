from __future__ import annotations

import datetime as dt
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.models import Company
from billing import clocks, gateways, methods, plans, purchasing, story, trials
from billing.gateways import trial_cards
from billing.models import SandboxCard
from core import clock, scope
from core.errors import Problem

SHORT = {"decline": "insufficient_funds", "ok": "succeeds", "confirm": "confirms", "timeout": "times_out"}


class Command(BaseCommand):
    help = "Plays the life of an account through on a clock of its own and prints what happens. Nothing is kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, default=130, help="how long to watch, from the first bill on")
        parser.add_argument("--plan", default="professional")
        parser.add_argument("--interval", default="month", choices=["month", "year"])
        parser.add_argument(
            "--cards",
            default="decline",
            help="how the card behaves after the first payment: ok, decline, confirm, timeout, none (never subscribes), "
            "or a behaviour of the sandbox such as lost_card",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        behaviour = SHORT.get(options["cards"], options["cards"])
        if behaviour not in {card.behaviour for card in trial_cards.CARDS} | {"none"}:
            raise CommandError(f"The sandbox knows no card that does “{behaviour}”.")
        if not 1 <= options["days"] <= 800:
            raise CommandError("Between 1 and 800 days.")
        if not gateways.current().is_sandbox:
            raise CommandError("Only the sandbox gateway can play an account through.")
        held = dict(clock.ahead)
        try:
            with transaction.atomic(), scope.fresh():
                self.play(behaviour, options)
                transaction.set_rollback(True)
        except Problem as problem:
            raise CommandError(problem.message) from problem
        finally:
            clock.ahead.clear()
            clock.ahead.update(held)

    def play(self, behaviour: str, options: dict[str, Any]) -> None:
        company = Company.record_new(name="Simulated company", email="owner@simulated.example")
        with scope.use(company_id=company.pk):
            began = clock.now()
            plan = plans.named(options["plan"])
            trials.start(company, plan)
            if behaviour == "none":
                clocks.move(company, began + dt.timedelta(days=options["days"]))
            else:
                clocks.move(company, began + dt.timedelta(days=7))
                card = SandboxCard.objects.create(
                    customer=company.pk, behaviour="succeeds", brand="Visa", last4="4242", exp_month=12,
                    exp_year=began.year + 4,
                )  # fmt: skip
                methods.add(company.pk, gateways.Card(card.pk, card.brand, card.last4, card.exp_month, card.exp_year))
                purchasing.confirm(company.pk, purchasing.quote(company.pk, plan, options["interval"]).token)
                SandboxCard.objects.filter(pk=card.pk).update(behaviour=behaviour)
                clocks.move(company, clock.now() + dt.timedelta(days=options["days"]))
            for moment in story.of(company.pk):
                day = (moment.at - began).days
                self.stdout.write(f"day {day:>3}  {moment.at:%Y-%m-%d %H:%M}  {moment.kind:<6}  {moment.text}")
