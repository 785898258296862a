"""Pages of what stands in the plant."""

from django.urls import path

from production import views

app_name = "production"
urlpatterns = [
    path("operator/", views.operator, name="operator"),
]
