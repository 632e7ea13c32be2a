"""The table of API routes, gathered from each app. The URL is not the owner: ownership follows the data."""

from django.urls import URLPattern

import accounts.api
import contacts.api
import oauth.api
import objects.api
import opportunities.api
from api.routes import tree
from hoopai.problems import PAGES

urlpatterns: list[URLPattern] = [
    tree(
        [
            *oauth.api.routes,
            *accounts.api.routes,
            *objects.api.routes,
            *contacts.api.routes,
            *opportunities.api.routes,
        ],
        pages=PAGES,
    )
]
