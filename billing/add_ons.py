"""Add-ons: what is sold beside a plan, what a company has of it, and what that adds to its limits and its bill."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from billing.models import AddOn, Plan, Subscription, SubscriptionItem
from core.errors import NotFound

CATALOGUE = Path(__file__).parent / "catalogue" / "add_ons"


class Part(NamedTuple):
    """So many of an add-on, in one version of it."""

    add_on: AddOn
    quantity: int

    def cents(self, plan: Plan, interval: str) -> int:
        """The price of a period beside a plan; nothing where the plan does not sell it."""
        return (self.add_on.price_cents(plan.key, interval) or 0) * self.quantity

    def __str__(self) -> str:
        return f"{self.add_on} × {self.quantity}"


def load(**_: Any) -> None:
    """Put what is new in the catalogue's files into rows. Runs after each migration; harmless to repeat."""
    rows = []
    for path in sorted(CATALOGUE.glob("*.toml")):
        for key, given in tomllib.loads(path.read_text()).items():
            rows.append(AddOn(key=key, version=path.stem, **given))
    AddOn.objects.bulk_create(rows, ignore_conflicts=True)


def current() -> list[AddOn]:
    """The add-ons that are sold now, in the order of the catalogue."""
    newest = AddOn.objects.order_by("-version").values_list("version", flat=True)[:1]
    return list(AddOn.objects.filter(version__in=list(newest)).order_by("position"))


def named(key: str) -> AddOn:
    """The add-on as it is sold now.

    Raises:
        NotFound: it is not sold.
    """
    found = next((one for one in current() if one.key == key), None)
    if found is None:
        raise NotFound("There is no such add-on.")
    return found


def items_of(company_id: str) -> list[SubscriptionItem]:
    """What a company has, in the order of the catalogue. One query."""
    rows = SubscriptionItem.objects.everywhere(reason="the company is named").filter(company_id=company_id)
    return list(rows.select_related("add_on").order_by("add_on__position"))


def now(held: Subscription, plan: Plan | None = None) -> list[Part]:
    """What a company has; beside another plan only what that sells, as it is sold today."""
    return _beside(held, plan, [(item, item.quantity) for item in _items(held)])


def coming(held: Subscription, plan: Plan | None = None) -> list[Part]:
    """What goes on when the period ends, without what was given up; beside another plan only what that sells."""
    items = _items(held)
    return _beside(
        held, plan, [(one, one.quantity if one.next_quantity is None else one.next_quantity) for one in items]
    )


def adds(parts: Iterable[Part]) -> dict[str, int]:
    """{limit: number}: what the parts add to the limits."""
    found: dict[str, int] = {}
    for add_on, quantity in parts:
        for name, more in add_on.adds.items():
            found[name] = found.get(name, 0) + more * quantity
    return found


def cost(parts: Iterable[Part], plan: Plan, interval: str) -> int:
    """Cents that the parts cost a period."""
    return sum(part.cents(plan, interval) for part in parts)


def give(held: Subscription, add_on: AddOn, number: int) -> None:
    """So many more, at once; what was to be given up stays. The caller holds the subscription's lock."""
    item: SubscriptionItem | None = SubscriptionItem.objects.filter(key=add_on.key).first()
    facts = {"number": number, "add_on": str(add_on)}
    if item is None:
        SubscriptionItem.record_new(
            "add_on.added", company_id=held.company_id, add_on=add_on, key=add_on.key, quantity=number, facts=facts
        )
    else:
        item.change("add_on.added", facts=facts, quantity=item.quantity + number, next_quantity=None)
    _count(held)


def move(held: Subscription, *, is_new_plan: bool, is_new_period: bool) -> bool:
    """Fit what a company has to the plan or period that begins. The caller holds the subscription's lock.

    Returns:
        Whether it has fewer of anything than before.
    """
    fewer = False
    items = _items(held)
    sold = {one.key: one for one in current()} if is_new_plan and items else {}
    for item in items:
        left = item.quantity if item.next_quantity is None or not is_new_period else item.next_quantity
        add_on = sold.get(item.key, item.add_on)
        if add_on.price_cents(held.plan.key, held.interval) is None:
            left = 0
        fewer = fewer or left < item.quantity
        _become(item, add_on, left)
    if items:
        _count(held)
    return fewer


def end(held: Subscription) -> None:
    """The subscription is over, or nothing is charged any more: its add-ons end too. The caller holds its lock."""
    items = _items(held)
    for item in items:
        _become(item, item.add_on, 0)
    if items:
        _count(held)


def _become(item: SubscriptionItem, add_on: AddOn, left: int) -> None:
    if not left:
        item.remove("add_on.ended", facts={"add_on": str(add_on)})
        return
    fields: dict[str, Any] = {}
    if left < item.quantity:
        fields = {"quantity": left, "next_quantity": None}
    if add_on.pk != item.add_on_id:
        fields["add_on"] = add_on
    if fields:
        facts = {"number": item.quantity - left, "add_on": str(add_on)}
        item.change("add_on.reduced" if left < item.quantity else "", facts=facts, **fields)


def _beside(held: Subscription, plan: Plan | None, found: list[tuple[SubscriptionItem, int]]) -> list[Part]:
    if plan is None or plan.pk == held.plan_id:
        return [Part(item.add_on, quantity) for item, quantity in found if quantity]
    sold = {one.key: one for one in current()} if found else {}
    parts = [Part(sold.get(item.key, item.add_on), quantity) for item, quantity in found if quantity]
    return [part for part in parts if part.add_on.price_cents(plan.key, "month") is not None]


def _items(held: Subscription) -> list[SubscriptionItem]:
    """The same, without a query for most companies: whoever has an add-on has something of it in the limits."""
    return items_of(held.company_id) if held.extras else []


def _count(held: Subscription) -> None:
    """Write what the add-ons add beside the subscription, where every limit is read with one query."""
    held.change(extras=adds(Part(item.add_on, item.quantity) for item in items_of(held.company_id)))
