"""Filling in admin forms as a browser does: everything the page holds, with what a person changes."""

from html.parser import HTMLParser


class _Form(HTMLParser):
    """The names and values that a page's main form would send back untouched."""

    def __init__(self):
        super().__init__()
        self.values, self.inside, self.select, self.textarea = {}, False, None, None

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "form":
            self.inside = attrs.get("id", "").endswith("_form") and attrs["id"] != "logout-form"
        name = attrs.get("name")
        if not self.inside:
            return
        if tag == "input" and name and attrs.get("type") != "submit":
            if attrs.get("type") not in ("checkbox", "radio"):
                self.values[name] = attrs.get("value", "")
            elif "checked" in attrs:
                self.values.setdefault(name, []).append(attrs.get("value", "on"))
        elif tag == "select":
            self.select = name
        elif tag == "option" and self.select and "selected" in attrs:
            self.values[self.select] = attrs.get("value", "")
        elif tag == "textarea":
            self.textarea = name
            self.values[name] = ""

    def handle_endtag(self, tag):
        if tag == "form":
            self.inside = False
        self.select = None if tag == "select" else self.select
        self.textarea = None if tag == "textarea" else self.textarea

    def handle_data(self, data):
        if self.textarea:
            # A browser drops the line break after the opening tag.
            self.values[self.textarea] += data if self.values[self.textarea] else data.removeprefix("\n")


def fields_of(response):
    """What the form of an add or change page would send back untouched."""
    form = _Form()
    form.feed(response.content.decode())
    return {name: value for name, value in form.values.items() if "__prefix__" not in name}


def send(client, address, changes):
    """Open a page, change some fields, send it; the answer to the POST."""
    page = client.get(address)
    assert page.status_code == 200, page.status_code
    return client.post(address, fields_of(page) | changes)


def errors_of(response):
    """Every error that a refused form shows, as sentences."""
    context = response.context
    found = [error for errors in context["adminform"].form.errors.values() for error in errors]
    for inline in context["inline_admin_formsets"]:
        found += inline.formset.non_form_errors()
        found += [error for form in inline.formset for errors in form.errors.values() for error in errors]
    return found


def split(name, at):
    """A date and its time, as the two fields in which a form has them."""
    return {f"{name}_0": at.strftime("%Y-%m-%d"), f"{name}_1": at.strftime("%H:%M:%S")}
