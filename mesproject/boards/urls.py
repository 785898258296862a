"""Pages that show all parts together."""

from django.urls import path

from mesproject.boards import app, kept, unanswered, views

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
    path("board/", views.board, name="board"),
    path("board/needed/", views.needed, name="needed-board"),
    path("board/station/<uuid:station>/", views.station_board, name="station-board"),
    path("board/<slug:plant>/", views.board, name="plant-board"),
]
# /unanswered/
unanswered_urls = [path("unanswered/", unanswered.page, name="unanswered")]
urlpatterns = [path("", views.home, name="home"), *tablet_urls, *board_urls, *unanswered_urls]
