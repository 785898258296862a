"""Pages of what stands in the plant."""

from django.urls import path

from production import files_page, views

app_name = "production"
urlpatterns = [
    path("operator/<uuid:station>/", views.operator, name="operator"),
    path("files/<uuid:file>/", files_page.file, name="file"),
]
