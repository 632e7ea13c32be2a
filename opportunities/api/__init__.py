"""The API's opportunities, pipelines and lost reasons."""

from api.routes import route
from opportunities.api import followers, lists, opportunities, search

routes = [
    route("opportunities", opportunities.Opportunities, POST="create-opportunity"),
    route(
        "opportunities/search",
        search.Search,
        GET="search-opportunity",
        POST="search-opportunities-advanced",
    ),
    route("opportunities/pipelines", lists.Pipelines, GET="get-pipelines"),
    route("opportunities/lost-reason", lists.LostReasons, GET="get-lost-reason"),
    route("opportunities/upsert", opportunities.Upsert, POST="Upsert-opportunity"),
    route(
        "opportunities/<id:opportunity>",
        opportunities.OneOpportunity,
        GET="get-opportunity",
        PUT="update-opportunity",
        DELETE="delete-opportunity",
    ),
    route("opportunities/<id:opportunity>/status", opportunities.Status, PUT="update-opportunity-status"),
    route(
        "opportunities/<id:opportunity>/followers",
        followers.Followers,
        POST="add-followers-opportunity",
        DELETE="remove-followers-opportunity",
    ),
]

__all__ = ["routes"]
