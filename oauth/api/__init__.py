"""The OAuth operations of the API."""

from api.routes import route
from oauth.api.locations import InstalledLocations, LocationToken
from oauth.api.token import Token

routes = [
    route("oauth/token", Token, POST="get-access-token"),
    route("oauth/locationToken", LocationToken, POST="get-location-access-token"),
    route("oauth/location-token", LocationToken, POST="get-location-access-token"),
    route("oauth/installedLocations", InstalledLocations, GET="get-installed-location"),
    route("oauth/installed-locations", InstalledLocations, GET="get-installed-location"),
]
