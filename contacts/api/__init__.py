"""The API's contacts: one file per noun, and the table of their paths."""

from contacts.api.urls import routes

__all__ = ["routes"]
