"""What people are told of: the rows of the matrix in which each person chooses."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """`in_app` and `by_mail` hold until a person chooses otherwise."""

    key: str
    label: str
    text: str
    icon: str
    in_app: bool = True
    by_mail: bool = False
    is_urgent: bool = False  # its mail does not wait to be collected
    is_fixed: bool = False  # in the app it cannot be switched off
    gathers: bool = False  # what happens to one record within five minutes is told as one
    mails_itself: bool = False  # another app mails it, and that cannot be switched off


ALL = (
    Kind("mention", "Mentions", "Somebody names you with @ in a note.", "user", by_mail=True, is_urgent=True),
    Kind(
        "assigned",
        "Assigned to you",
        "You or a team of yours become the owner of a contact or opportunity.",
        "user-plus",
    ),
    Kind("followed", "Made a follower", "Somebody lets you follow a contact or opportunity.", "eye"),
    Kind(
        "activity",
        "Activity on your contacts",
        "Notes, tasks, owners, stages and status of what you own or follow.",
        "clock",
        gathers=True,
    ),
    Kind("task_assigned", "Tasks for you", "Somebody gives you a task.", "check-circle"),
    Kind(
        "task_due",
        "Tasks that become due",
        "A task of yours has reached its time.",
        "bell",
        by_mail=True,
        is_urgent=True,
    ),
    Kind(
        "access",
        "Requests for access",
        "Somebody met a contact of yours and asks to see it.",
        "lock",
        by_mail=True,
        is_urgent=True,
    ),
    Kind("list_shared", "Shared lists", "Somebody shares a smart list with you.", "list"),
    Kind(
        "job",
        "Finished work",
        "An import, export, bulk action or search for duplicates of yours has ended.",
        "bolt",
        is_fixed=True,
    ),
    Kind(
        "webhook",
        "Webhooks switched off",
        "A webhook was switched off because its address fails. For admins.",
        "warning",
        by_mail=True,
        is_urgent=True,
        is_fixed=True,
    ),
    Kind(
        "domain",
        "Domains",
        "A domain became active, could not be connected, or is broken. For admins.",
        "globe",
        by_mail=True,
        is_urgent=True,
        is_fixed=True,
    ),
    Kind(
        "security",
        "Your sign-in",
        "New browsers, locks, passwords and the second step.",
        "shield",
        by_mail=True,
        is_fixed=True,
        mails_itself=True,
    ),
    Kind(
        "billing",
        "Plan and bills",
        "Payments that fail, changes of the plan, and what the account may do. For admins.",
        "card",
        by_mail=True,
        is_fixed=True,
        mails_itself=True,
    ),
    Kind(
        "limits",
        "Limits of the plan",
        "A limit of the plan is near or reached. For admins.",
        "chart",
        by_mail=True,
        is_fixed=True,
        mails_itself=True,
    ),
)
KINDS = {kind.key: kind for kind in ALL}
