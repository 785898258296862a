"""A tablet loses its network, and has it again."""

from playwright.sync_api import Error, expect

SECONDS = 1000
# What is really kept, whatever the page says of it.
KEPT = """async () => {
  const database = await new Promise((done, lost) => {
    const asked = indexedDB.open("floorlight", 1);
    asked.onsuccess = () => done(asked.result);
    asked.onerror = lost;
  });
  const entries = await new Promise((done, lost) => {
    const asked = database.transaction("entries").objectStore("entries").getAll();
    asked.onsuccess = () => done(asked.result);
    asked.onerror = lost;
  });
  database.close();
  return entries.map(entry => entry.state);
}"""


def lose(page):
    page.context.set_offline(True)
    expect(page.locator("main.local")).to_be_visible(timeout=5 * SECONDS)


def stored(page, seconds=20, state=""):
    """Wait until nothing is left to be sent; or nothing in this state."""
    page.context.set_offline(False)
    left = []
    for _ in range(seconds * 5):
        try:
            left = page.evaluate(KEPT)
        except Error:  # the kept page gives way to the real one
            left = ["unknown"]
        if not [one for one in left if one == (state or one)]:
            return
        page.wait_for_timeout(200)
    raise AssertionError(left)
