"""Working bulk actions off, a chunk at a time: a transaction of set-based SQL that changes contacts, journals them and
ticks them off. A crash rolls the chunk back as a whole, so nothing is done twice and nobody is left out."""

from contacts.bulk_steps.advancing import advance, announce, fail, finish
from contacts.bulk_steps.rechecking import GONE

__all__ = ["GONE", "advance", "announce", "fail", "finish"]
