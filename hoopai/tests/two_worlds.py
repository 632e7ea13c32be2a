"""What a restricted person may see, and beside it one hidden row of every kind, each with words of its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest

from accounts import current
from accounts.abilities import ADMIN, UNRESTRICTED
from accounts.models import Location, Membership, User
from accounts.models.membership import actor_at
from contacts import attachments
from contacts.models import BulkAction, Contact, Merge, SmartList, Tag
from contacts.models.bulk_action import BulkActionRow
from contacts.models.duplicate import DuplicateGroup, DuplicateScan
from contacts.tests import importing
from contacts.tests import make as contacts
from core import clock
from notifications.models import Notification
from objects import associations, relations
from objects.models import CustomField
from objects.tests import make as records
from opportunities import dealing
from opportunities.models import Opportunity
from opportunities.tests import make as opportunities

# Words that occur nowhere in the product. Those of rows that are themselves visible are not among them.
SECRETS = (
    "Zorblatt", "Quivernox", "mubblefip", "4155550142", "Plinthworx", "Wagglestow", "Grubnaxo", "Fizzwhump",
    "Drongleby", "Snarkwell", "Krumhorne", "Flibberdoc", "Yarplequin", "Trundlewick", "Hobblefonk",
)  # fmt: skip
SEEKS = ("Zorblat", "mubblefi", "Krumhorn")  # what finds them


@dataclass
class Side:
    """Ids by what they are: the names of parameters, and beside them the kinds that `pk` may mean."""

    ids: dict[str, str] = field(default_factory=dict)

    def all(self) -> list[str]:
        return list(dict.fromkeys(self.ids.values()))


@dataclass
class Worlds:
    place: Location
    restricted: User
    admin: User
    visible: Side
    hidden: Side
    vocabulary: dict[str, Any]


def build(cast: Any) -> Worlds:
    """Bob, who may do everything that a restricted person may ever be let do, and what he sees."""
    row = Membership.objects.get(user=cast.bob, location=cast.location)
    row.change(granted=sorted(ADMIN - UNRESTRICTED))
    text = CustomField.record_new(name="Hobby", key="hobby", type="TEXT")
    papers = CustomField.record_new(
        name="Papers", key="papers", type="FILE_UPLOAD", allows_many_files=True, most_files=5
    )
    pets = records.pets()
    pipeline = opportunities.pipeline()
    kin = associations.create_association(
        first_kind="contact", second_kind="contact", first_label="Sibling", key="sibling"
    )
    owns = associations.create_association(
        first_kind="contact", second_kind=pets.key, first_label="Owner", second_label="Pet", key="owns"
    )
    works = associations.create_association(
        first_kind="contact", second_kind="business", first_label="Adviser", second_label="Advised", key="advises"
    )
    tag = Tag.record_new(name="ploverish")
    words = {
        "tag": tag,
        "text": text,
        "papers": papers,
        "pets": pets,
        "pipeline": pipeline,
        "kin": kin,
        "owns": owns,
        "works": works,
    }
    bob = cast.bob
    company = contacts.business("Openfield")
    ann = contacts.contact("Ann", last_name="Openly", email="ann@open.example", assigned_to=bob, business=company,
                           custom={text.pk: "chess"}, tags=("vip",))  # fmt: skip
    attachments.add(ann, papers, SimpleUploadedFile("open.txt", b"open"))
    ann.refresh_from_db()
    deal = opportunities.opportunity("Opendeal", contact=ann, value=10, assigned_to=bob)
    pet = records.pet(pets, "Rex", owner=bob)
    with current.at(cast.location, actor=actor_at(bob, cast.location), via="ui"):
        mine = SmartList.add(name="Mine", owner=bob)
        job = BulkAction.record_new(name="My job", kind="add_tags", owner=bob)
        batch = importing.uploaded("First Name,Email\nOlga,olga@open.example\n", owner_id=bob.pk)
    scan = DuplicateScan.record_new(owner=cast.alice, status="completed", percent=100, completed_at=clock.now())
    seen = Notification.objects.create(
        user=bob,
        kind="activity",
        subject_type="contact",
        subject_id=ann.pk,
        text="Alice wrote a note",
        read_at=clock.now(),
    )
    visible = Side({
        "contact": ann.pk, "note": contacts.note(ann).pk, "task": contacts.task(ann).pk, "business": company.pk,
        "opportunity": deal.pk, "record": pet.pk, "smart_list": mine.pk, "bulk": job.pk, "import": batch.pk,
        "file": next(iter(ann.custom[papers.pk])), "pipeline": pipeline.pk, "association": kin.pk,
        "notification": seen.pk,
        "scan": scan.pk,  # anybody who may merge opens it, and sees in it what they may see
    })  # fmt: skip
    return Worlds(cast.location, bob, cast.alice, visible, Side(), words)


def hide(worlds: Worlds, *, bound: bool = True) -> None:
    """The hidden rows; `bound` to what is visible wherever two rows can be linked with each other."""
    words, admin = worlds.vocabulary, worlds.admin
    ann = Contact.objects.get(pk=worlds.visible.ids["contact"])
    company = contacts.business("Snarkwell")
    secret = contacts.contact(
        "Zorblatt", last_name="Quivernox", email="mubblefip@hidden.example", phone="+14155550142",
        company_name="Plinthworx", source="Wagglestow", assigned_to=admin, business=company,
        custom={words["text"].pk: "Grubnaxo"}, tags=("ploverish", "vip"),
    )  # fmt: skip
    attachments.add(secret, words["papers"], SimpleUploadedFile("Flibberdoc.txt", b"hidden"))
    secret.refresh_from_db()
    colleague = contacts.contact("Hobblefonk", business_id=worlds.visible.ids["business"], assigned_to=admin)
    deal = opportunities.opportunity("Krumhorne", contact=secret, value=777, assigned_to=admin)
    pet = records.pet(words["pets"], "Trundlewick", owner=admin)
    link = relations.link(words["works"], secret.pk, company.pk)
    if bound:
        visible_deal = Opportunity.objects.get(pk=worlds.visible.ids["opportunity"])
        dealing.add_participant(visible_deal, secret)
        link = relations.link(words["kin"], ann.pk, secret.pk)
        relations.link(words["owns"], ann.pk, pet.pk)
        relations.link(words["owns"], secret.pk, worlds.visible.ids["record"])
        relations.link(words["works"], ann.pk, company.pk)
    DuplicateGroup.objects.bulk_create([
        DuplicateGroup(location_id=worlds.place.pk, scan_id=worlds.visible.ids["scan"], kind="name", position=0, value="Zorblatt", size=2,
                       members=[ann.pk, secret.pk], reason="Both are called Zorblatt")
    ])  # fmt: skip
    merge = Merge.record_new(
        master=secret.pk, absorbed=[colleague.pk], names={secret.pk: "Zorblatt", colleague.pk: "Hobblefonk"},
        owner=admin, undo_until=clock.now() + dt.timedelta(days=3),
    )  # fmt: skip
    job = BulkAction.record_new(name="About Zorblatt", kind="add_tags", owner=admin, total=1)
    BulkActionRow.objects.bulk_create([
        BulkActionRow(location_id=worlds.place.pk, action=job, subject_id=secret.pk, outcome="failed", reason="Zorblatt")
    ])  # fmt: skip
    batch = importing.uploaded("First Name,Email\nYarplequin,mubblefip2@hidden.example\n", name="Yarplequin")
    private = SmartList.add(name="Yarplequin list", owner=admin)
    now = clock.now()
    notices = Notification.objects.bulk_create(
        Notification(
            user=worlds.restricted, kind="activity", subject_type=kind, subject_id=pk, text="Fizzwhump", mail_at=now
        )
        for kind, pk in (("contact", secret.pk), ("opportunity", deal.pk))
    )
    worlds.hidden.ids = {
        "contact": secret.pk, "colleague": colleague.pk, "note": contacts.note(secret, "Fizzwhump said so.").pk,
        "task": contacts.task(secret, "Drongleby").pk, "business": company.pk, "opportunity": deal.pk,
        "record": pet.pk, "smart_list": private.pk, "notification": notices[0].pk, "bulk": job.pk, "import": batch.pk,
        "merge": merge.pk, "relation": link.id, "file": next(iter(secret.custom[words["papers"].pk])),
    }  # fmt: skip


def tie(worlds: Worlds) -> None:
    """What is visible on its own account although its contact is hidden: an opportunity and a task of the person."""
    secret = Contact.objects.get(pk=worlds.hidden.ids["contact"])
    worlds.visible.ids["opportunity of a hidden contact"] = opportunities.opportunity(
        "Owndeal", contact=secret, value=5, assigned_to=worlds.restricted
    ).pk
    worlds.visible.ids["task"] = contacts.task(secret, "Own errand", assigned_to=worlds.restricted).pk


@dataclass(frozen=True)
class Person:
    """A credential of the API that acts as a person. See `api.credentials.Credential`."""

    user: User
    place: Location
    is_private: bool = True
    app_id: str = ""
    scopes: frozenset[str] = frozenset(ADMIN)

    @property
    def id(self) -> str:
        return self.user.pk

    @property
    def company_id(self) -> str:
        return self.place.company_id

    @property
    def location_id(self) -> str:
        return self.place.pk

    def reaches(self, location_id: str) -> bool:
        return location_id == self.place.pk

    @contextmanager
    def open(self, location_id: str | None) -> Iterator[None]:
        with current.at(self.place, actor=actor_at(self.user, self.place), via="api"):
            yield


def person(request: HttpRequest) -> Person:
    """For settings.API_AUTHENTICATION: the token is the ids of a user and a location."""
    user, _, place = request.META["HTTP_AUTHORIZATION"].removeprefix("Bearer ").partition("-")
    everywhere = "a test names them"
    return Person(
        User.objects.everywhere(reason=everywhere).get(pk=user),
        Location.objects.everywhere(reason=everywhere).get(pk=place),
    )
