"""The API's description can be browsed and tried without the net, under the strictest of policies."""

import pytest

from tests.make import make_api_key, make_plant


@pytest.fixture
def watched(browser, live_server):
    """A page that remembers what went wrong, and what was asked of elsewhere."""
    context = browser.new_context()
    page = context.new_page()
    page.amiss = []
    page.on("console", lambda message: page.amiss.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: page.amiss.append(str(error)))
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((live_server.url, "data:", "blob:"))
            else page.amiss.append(request.url)
        ),
    )
    yield page
    context.close()


def test_an_integrator_finds_an_operation_and_tries_it(watched, live_server):
    key, token = make_api_key()
    make_plant(company=key.company, name="Lyon works")
    watched.goto(f"{live_server.url}/api/docs")
    watched.get_by_role("button", name="Authorize").first.click()
    watched.set_default_timeout(8000)
    section = watched.locator(".auth-container").filter(has_text="X-API-KEY")
    section.locator("input").fill(token)
    section.get_by_role("button", name="Apply credentials").click()
    watched.locator("button.btn-done").first.click()
    watched.locator(".opblock-tag").filter(has_text="plant (Busroot)").click()
    watched.locator("[id$=listPlant] .opblock-summary").click()
    watched.get_by_role("button", name="Try it out").click()
    watched.get_by_role("button", name="Execute").click()
    watched.get_by_text("Lyon works").first.wait_for()
    assert watched.amiss == []
