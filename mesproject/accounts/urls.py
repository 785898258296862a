"""Coming in and going out."""

from django.contrib.auth import views as auth
from django.urls import path, register_converter

from mesproject.accounts import views
from mesproject.accounts.landing import LoginView


class Secret:
    """A token of 256 bits."""

    regex = "[A-Za-z0-9_-]{43}"

    def to_python(self, value: str) -> str:
        """As it is."""
        return value

    to_url = to_python


register_converter(Secret, "secret")
urlpatterns = [
    path("login/", LoginView.as_view(), name="login"),
    path("login/link/", views.ask_for_link, name="login-link"),
    path("login/link/<secret:token>/", views.login_by_link, name="login-by-link"),
    path("logout/", auth.LogoutView.as_view(), name="logout"),
    path("enrol/", views.enrol, name="enrol"),
    path("pair/", views.pair, name="pair"),
]
