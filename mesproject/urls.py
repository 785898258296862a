"""The whole site: each part brings its own addresses, the root only includes them."""

from django.contrib import admin
from django.urls import include, path

from mesproject import health

urlpatterns = [
    *health.urlpatterns,
    path("admin/", admin.site.urls),
    path("api/", include("mesproject.api")),
]
