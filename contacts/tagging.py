"""The list of tags itself: creating, renaming, merging and deleting one, with what that means for every contact.

Contacts hold tag ids, so a rename is one row. A merge and a deletion rewrite the contacts' arrays in set-based
statements with an entry each; what is beyond INLINE contacts the journal's reader finishes (`contacts.readers`).
"""

from __future__ import annotations

from django.db import connection, transaction

from billing import limits
from contacts.models import Contact, Tag
from contacts.models.tag import normal
from contacts.uses import point_lists_at
from core import clock, scope
from core.errors import Invalid, NotFound, Refused
from journal.writing import write_selected

BATCH = 5000
INLINE = 10_000


class TagExists(Refused):
    """Another tag has the name; the two may be merged. `tag` is that other one."""

    def __init__(self, tag: Tag) -> None:
        super().__init__(f"There is a tag {tag.name} already.", tag=tag.pk)
        self.tag = tag


def create_tag(name: str) -> Tag:
    """Add a tag to the location in scope.

    Raises:
        Invalid: no name, or more than 75 characters. TagExists.
    """
    wanted = _name(name)
    with transaction.atomic():
        held = Tag.objects.filter(name=wanted).first()
        if held is not None:
            raise TagExists(held)
        return Tag.objects.named([wanted])[0]


def rename_tag(tag: Tag, name: str) -> Tag:
    """Give a tag another name; contacts and smart lists refer to it by id and follow.

    Raises:
        Invalid: no name, or more than 75 characters. TagExists: another tag has that name.
    """
    wanted = _name(name)
    with transaction.atomic():
        tag.lock()
        held = Tag.objects.filter(name=wanted).exclude(pk=tag.pk).first()
        if held is not None:
            raise TagExists(held)
        point_lists_at(tag)
        tag.change(facts={"name": tag.name}, name=wanted)
    return tag


def delete_tag(tag: Tag) -> None:
    """Delete a tag and take it off every contact. Smart lists that name it show as broken."""
    with transaction.atomic():
        tag.lock()
        point_lists_at(tag)
        gone = tag.pk
        tag.remove(facts={"name": tag.name})
        limits.give_back("tags")
        strip(gone, tag.name, INLINE)


def merge_tags(tag: Tag, into: Tag) -> Tag:
    """Let `into` take the place of `tag` on every contact and in every smart list; `tag` is gone afterwards.

    Raises:
        Refused: both are the same.
    """
    if tag.pk == into.pk:
        raise Refused("Choose another tag to merge into.")
    with transaction.atomic():
        for each in sorted((tag, into), key=lambda row: row.pk):
            try:
                each.lock()
            except Tag.DoesNotExist:
                raise NotFound("One of the two tags was deleted meanwhile.") from None
        point_lists_at(into, instead_of=tag)
        gone = tag.pk
        limits.give_back("tags")
        tag.remove("tag.merged", facts={"name": tag.name, "into": into.name, "into_id": into.pk})
        replace(gone, tag.name, into.pk, into.name, INLINE)
    return into


def uses_on_contacts(tag: Tag) -> int:
    """How many live contacts that the present actor sees have the tag."""
    return int(Contact.objects.live().visible_to(scope.current().actor).tagged(tag.pk).count())


def strip(tag_id: str, name: str, most: int = BATCH) -> int:
    """Take a deleted tag off up to `most` contacts, in two statements with an entry each.

    Returns:
        How many had it; less than `most` means that none is left.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """CREATE TEMPORARY TABLE untagged ON COMMIT DROP AS
               SELECT id, tags AS old, array_remove(tags, %s) AS new FROM contacts_contact
               WHERE location_id = %s AND tags @> ARRAY[%s]::varchar[] LIMIT %s FOR UPDATE""",
            [tag_id, scope.location_id(), tag_id, most],
        )
        _entries("contact.untagged", "untagged", "", [], [name])
        return _apply("untagged")


def replace(tag_id: str, name: str, into_id: str, into: str, most: int = BATCH) -> int:
    """Put one tag in another's place on up to `most` contacts; contacts that have both lose the first.

    Returns:
        How many had the first; less than `most` means that none is left.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """CREATE TEMPORARY TABLE retagged ON COMMIT DROP AS
               SELECT id, tags AS old, tags @> ARRAY[%s]::varchar[] AS had_both,
                   CASE WHEN tags @> ARRAY[%s]::varchar[] THEN array_remove(tags, %s)
                        ELSE array_replace(tags, %s, %s) END AS new
               FROM contacts_contact
               WHERE location_id = %s AND tags @> ARRAY[%s]::varchar[] LIMIT %s FOR UPDATE""",
            [into_id, into_id, tag_id, tag_id, into_id, scope.location_id(), tag_id, most],
        )
        _entries("contact.tagged", "retagged", "WHERE NOT had_both", [into], [name])
        _entries("contact.untagged", "retagged", "WHERE had_both", [], [name])
        return _apply("retagged")


def _entries(verb: str, table: str, condition: str, added: list[str], removed: list[str]) -> None:
    write_selected(
        verb,
        "contact",
        f"""SELECT id AS subject_id, id AS contact_id,
                jsonb_build_object('tags', jsonb_build_array(to_jsonb(old), to_jsonb(new))) AS changes,
                jsonb_build_object('added', to_jsonb(%s::text[]), 'removed', to_jsonb(%s::text[])) AS facts
            FROM {table} {condition}""",  # noqa: S608  both are names of this module
        [added, removed],
    )


def _apply(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""UPDATE contacts_contact AS contact SET tags = change.new, date_updated = %s
                FROM {table} AS change WHERE contact.id = change.id AND contact.location_id = %s""",  # noqa: S608
            [clock.now(), scope.location_id()],
        )
        done: int = cursor.rowcount
        cursor.execute(f"DROP TABLE {table}")
    return done


def _name(name: str) -> str:
    try:
        return normal(name)
    except Invalid as error:
        raise Invalid({"name": error.message}) from None
