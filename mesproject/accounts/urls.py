"""Coming in and going out."""

from django.contrib.auth import views as auth
from django.urls import path

from mesproject.accounts import views

urlpatterns = [
    path("login/", auth.LoginView.as_view(template_name="accounts/login.html"), name="login"),
    path("logout/", auth.LogoutView.as_view(), name="logout"),
    path("enrol/", views.enrol, name="enrol"),
]
