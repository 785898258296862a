"""Pages that show all parts together."""

from django.urls import path

from mesproject.boards import unanswered, views

app_name = "boards"
# /tablet/<station>/
tablet_urls = [
    path("tablet/", views.stations, name="stations"),
    path("tablet/<uuid:station>/", views.tablet, name="tablet"),
    path("tablet/<uuid:station>/live/", views.tablet_live, name="tablet-live"),
]
# /board/<plant>/
board_urls = [
    path("board/", views.board, name="board"),
    path("board/station/<uuid:station>/", views.station_board, name="station-board"),
    path("board/<slug:plant>/", views.board, name="plant-board"),
]
# /unanswered/
unanswered_urls = [path("unanswered/", unanswered.page, name="unanswered")]
urlpatterns = [path("", views.home, name="home"), *tablet_urls, *board_urls, *unanswered_urls]
