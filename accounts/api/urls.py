"""The paths of users, companies and locations."""

from accounts.api import companies, locations, users
from api.routes import route

routes = [
    route("users/", users.Users, GET="get-user-by-location", POST="create-user"),
    route("users/search", users.UserSearch, GET="search-users"),
    route("users/search/filter-by-email", users.UsersByEmail, POST="filter-users-by-email"),
    route("users/<id:user>", users.OneUser, GET="get-user", PUT="update-user", DELETE="delete-user"),
    route("companies/<id:company>", companies.OneCompany, GET="get-company"),
    route("locations/", locations.Locations, POST="create-location"),
    route("locations/search", locations.LocationSearch, GET="search-locations"),
    route(
        "locations/<id:location>",
        locations.OneLocation,
        GET="get-location",
        PUT="put-location",
        DELETE="delete-location",
    ),
    route("locations/<id:location>/timezones", locations.TimeZones, GET="get-timezones"),
]
