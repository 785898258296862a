"""A tablet loses its network, and has it again."""

from playwright.sync_api import Error, expect

SECONDS = 1000


def lose(page):
    page.context.set_offline(True)
    expect(page.locator("main.local")).to_be_visible(timeout=5 * SECONDS)


def stored(page, seconds=20, state=""):
    """Wait until nothing is left to be sent; or nothing in this state."""
    page.context.set_offline(False)
    for _ in range(seconds * 5):
        try:
            left = page.evaluate("window.outbox.entries().map(entry => entry.state)")
        except Error:  # the kept page gives way to the real one
            left = ["waiting"]
        if not [one for one in left if one == (state or one)]:
            return
        page.wait_for_timeout(200)
    raise AssertionError(page.evaluate("window.outbox.entries()"))
