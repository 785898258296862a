"""Pages that show all parts together."""

from django.urls import path

from mesproject.boards import app, kept, unanswered, views, walls

app_name = "boards"
# /tablet/<station>/
tablet_urls = [
    path("tablet/", views.stations, name="stations"),
    path("tablet/without-network/", app.shell, name="shell"),
    path("tablet/worker.js", app.worker, name="worker"),
    path("tablet/app.webmanifest", app.manifest, name="app-manifest"),
    path("tablet/<uuid:station>/", views.tablet, name="tablet"),
    path("tablet/<uuid:station>/live/", views.tablet_live, name="tablet-live"),
    path("tablet/<uuid:station>/at-hand/", kept.at_hand, name="tablet-at-hand"),
]
# /board/<plant>/
board_urls = [
    path("board/", walls.board, name="board"),
    path("board/needed/", walls.needed_board, name="needed-board"),
    path("board/utilisation/", walls.utilisation_board, name="utilisation-board"),
    path("board/station/<uuid:station>/", walls.station_board, name="station-board"),
    path("board/line/<int:line>/", walls.line_board, name="line-board"),
    path("board/<slug:plant>/", walls.board, name="plant-board"),
]
# /unanswered/
unanswered_urls = [path("unanswered/", unanswered.page, name="unanswered")]
urlpatterns = [path("", views.home, name="home"), *tablet_urls, *board_urls, *unanswered_urls]
