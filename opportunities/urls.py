"""/l/<location>/opportunities/…: pages of one opportunity lie beside the board, as cards link to them by their id alone."""

from django.urls import path

from opportunities.views import block, board, bulk, create, deal, ending, fields, forecast, people, table

app_name = "opportunities"
urlpatterns = [
    path("", board.board, name="board"),
    path("list", table.index, name="list"),
    path("forecast", forecast.index, name="forecast"),
    path("cards", board.more, name="cards"),
    path("version", board.version, name="version"),
    path("card-fields", board.card_fields, name="card_fields"),
    path("filter/<slug:view>", table.narrow, name="filter"),
    path("new", create.create, name="create"),
    path("options", create.options, name="options"),
    path("options/tags", create.tag_options, name="tag_options"),
    path("bulk/export", bulk.export, name="export"),
    path("bulk/<slug:deed>/ask", bulk.ask, name="bulk_ask"),
    path("bulk/<slug:deed>", bulk.start, name="bulk_start"),
    path("of/<id:pk>", block.contact_block, name="contact_block"),
    path("of/<id:pk>/join", block.join, name="join"),
    path("<id:pk>", deal.show, name="show"),
    path("<id:pk>/edit", fields.edit, name="edit"),
    path("<id:pk>/fields/<slug:name>", fields.change, name="field"),
    path("<id:pk>/move", board.move, name="move"),
    path("<id:pk>/status", ending.status, name="status"),
    path("<id:pk>/lose", ending.lose, name="lose"),
    path("<id:pk>/remove", ending.remove, name="remove"),
    path("<id:pk>/restore", ending.restore, name="restore"),
    path("<id:pk>/contacts/<slug:deed>", people.participant, name="participant"),
    path("<id:pk>/followers/<slug:deed>", people.follower, name="follower"),
    path("<id:pk>/tags/<slug:deed>", people.tag, name="tag"),
]
