"""What I am told, and how to be told no more."""

from django.urls import path

from mesproject.outgoing import views

app_name = "outgoing"
urlpatterns = [
    path("messages/", views.preferences, name="messages"),
    path("unsubscribe/<str:token>/", views.unsubscribe, name="unsubscribe"),
]
