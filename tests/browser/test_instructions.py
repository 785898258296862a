"""Work instructions are read on a tablet, whose own browser shows no PDF."""

import io

import pytest
from django.utils.timezone import now
from PIL import Image
from playwright.sync_api import expect

from production.models import StationLive
from tests.browser.test_shape import assert_made_for_gloves
from tests.make import make_file, make_job_run, make_sku, make_station, make_user
from tests.production.processes import wait_for

# How much of the first page is dark.
DARK = """() => { const canvas = document.querySelector("canvas.drawn");
  const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  let dark = 0; for (let n = 0; n < data.length; n += 4) dark += data[n] < 100; return dark; }"""


def pdf(*texts):
    """Pages with a line of text each, in a font that the file does not bring along."""
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    return written(
        font, b"/Font << /F1 3 0 R >>", [b"BT /F1 48 Tf 60 600 Td (%s) Tj ET" % one.encode() for one in texts]
    )


def scan():
    """A page that is one picture in JPEG 2000."""
    kept = io.BytesIO()
    Image.new("L", (64, 64), 30).save(kept, "JPEG2000")
    kind = b"/Type /XObject /Subtype /Image /Width 64 /Height 64 /Filter /JPXDecode"
    picture = b"<< %s /Length %d >>\nstream\n%s\nendstream" % (kind, len(kept.getvalue()), kept.getvalue())
    return written(picture, b"/XObject << /P 3 0 R >>", [b"q 500 0 0 500 40 200 cm /P Do Q"])


def written(resource, named, drawings):
    """A file of pages that all may use one resource."""
    kids = b" ".join(b"%d 0 R" % (4 + 2 * n) for n in range(len(drawings)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(drawings)),
        resource,
    ]
    for n, drawn in enumerate(drawings):
        about = b"/Type /Page /Parent 2 0 R /MediaBox [0 0 595 842]"
        objects += [
            b"<< %s /Resources << %s >> /Contents %d 0 R >>" % (about, named, 5 + 2 * n),
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn),
        ]
    content, places = b"%PDF-1.7\n", []
    for n, one in enumerate(objects, 1):
        places.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (n, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    ending = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, len(content))
    return content + b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table + ending


@pytest.fixture
def station():
    return make_station("M1")


@pytest.fixture
def boss(station):
    return make_user(company=station.company)


def running(station, content, kind, name):
    file = make_file(content, company=station.company, content_type=kind, name=name)
    sku = make_sku("GH-204", company=station.company, name="Getriebegehäuse", instructions=file)
    StationLive.objects.create(station=station, job_run=make_job_run(station, sku=sku, actual_start=now()))


def drawn(page, pixels):
    """Wait until so many pixels are dark. Playwright's own waiting asks by eval, which our pages do not allow."""
    page.wait_for_selector("canvas.drawn")
    wait_for(lambda: page.evaluate(DARK) > pixels, "the page to be drawn")


def test_a_pdf_is_drawn_page_by_page_and_enlarged(station, boss, open_page):
    running(station, pdf("Clean the face", "Torque 24 Nm"), "application/pdf", "Assembly.pdf")
    page = open_page(boss, f"/tablet/{station.uuid}/")
    page.get_by_role("link", name="Work instructions").click()
    expect(page.get_by_role("img", name="Page 2 of 2")).to_be_attached()
    drawn(page, 1000)
    assert_made_for_gloves(page)
    width = page.locator("canvas").first.bounding_box()["width"]
    assert width > 1100
    page.get_by_role("button", name="Larger").click()
    assert page.locator("canvas").first.bounding_box()["width"] == pytest.approx(1.5 * width, rel=0.02)
    page.get_by_role("link", name="‹ Back").click()
    expect(page.locator(".nav")).to_be_visible()


def test_a_scan_in_jpeg_2000_is_drawn_without_webassembly(station, boss, open_page):
    running(station, scan(), "application/pdf", "Scan.pdf")
    page = open_page(boss, f"/schedule/of/{station.uuid}/instructions/")
    drawn(page, 100_000)


def test_what_cannot_be_drawn_leaves_the_link_to_the_file(station, boss, open_page):
    running(station, b"%PDF-1.7 and nothing else", "application/pdf", "Broken.pdf")
    page = open_page(boss, f"/schedule/of/{station.uuid}/instructions/")
    expect(page.get_by_role("status")).to_have_text("This file cannot be shown here.")
    expect(page.get_by_role("link", name="Open the file itself")).to_be_visible()
    assert_made_for_gloves(page)


def test_a_picture_fills_the_screen(station, boss, open_page):
    kept = io.BytesIO()
    Image.new("RGB", (400, 300), "navy").save(kept, "PNG")
    running(station, kept.getvalue(), "image/png", "Photo.png")
    page = open_page(boss, f"/schedule/of/{station.uuid}/instructions/")
    expect(page.locator("img.page")).to_be_visible()
    assert page.evaluate("document.querySelector('img.page').naturalWidth") == 400
    assert page.locator("img.page").bounding_box()["width"] > 1100
    page.get_by_role("button", name="Larger").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
