"""The addresses of feeds."""

from django.urls import path, register_converter

from scheduling.views import feed


class FeedToken:
    """A token as `secrets.new_token` makes it; anything else is no address."""

    regex = "[A-Za-z0-9_-]{43}"

    def to_python(self, value: str) -> str:
        """As it is."""
        return value

    to_url = to_python


register_converter(FeedToken, "feed")

# /ical/<token>.ics
urlpatterns = [path("ical/<feed:token>.ics", feed, name="feed")]
