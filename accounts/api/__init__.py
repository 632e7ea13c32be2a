"""The API's users, companies and locations."""

from accounts.api.urls import routes as routes
