"""Pages of what stands in the plant."""

from django.urls import path

from production import files_page, notes_page, views

app_name = "production"
urlpatterns = [
    path("operator/<uuid:station>/", views.operator, name="operator"),
    path("notes/of/<uuid:station>/", notes_page.station_notes, name="station-notes"),
    path("files/<uuid:file>/", files_page.file, name="file"),
]
