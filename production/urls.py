"""Pages of what stands in the plant."""

from django.urls import path

from production import views

app_name = "production"
urlpatterns = [
    path("operator/<uuid:station>/", views.operator, name="operator"),
]
