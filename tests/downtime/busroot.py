"""A client of Busroot's API."""

from django.test import Client

from tests.make import make_api_key


class Program:
    """Whoever holds a key."""

    def __init__(self, company, *scopes, **kwargs):
        _, token = make_api_key(*scopes, company=company, **kwargs)
        self.client = Client(headers={"X-API-KEY": token})

    def get(self, address, status=200, **query):
        response = self.client.get(f"/api/{address}", query)
        assert response.status_code == status, response.content
        return response.json()

    def post(self, address, body, status=200):
        response = self.client.post(f"/api/{address}", body, "application/json")
        assert response.status_code == status, response.content
        return response.json()
