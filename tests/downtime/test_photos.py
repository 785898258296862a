"""Photos with a note: what they may be, what is left of them, and who sees them."""

import io
import struct
import uuid
import zlib
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.timezone import now
from PIL import Image

from downtime import photos
from downtime.models import IssueEvent, Photo
from tests.make import make_issue, make_operator, make_station
from tests.screens import POLL, SCRIPT, enrolled, person

pytestmark = pytest.mark.django_db
EVIL = b"<html><script>alert(1)</script></html>"


def picture(kind="JPEG", size=(64, 48), colour="red", **how):
    kept = io.BytesIO()
    Image.new(how.pop("mode", "RGB"), size, colour).save(kept, kind, **how)
    return kept.getvalue()


def bomb(width=30_000, height=30_000):
    """A PNG of a few bytes that says it has 900 million pixels."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


@pytest.fixture
def issue():
    return make_issue(make_station(), started_at=now() - timedelta(minutes=5))


@pytest.fixture
def tablet(issue):
    return enrolled(issue.station.company)


def noted(client, issue, content, text="", name="photo.jpg", kind="image/jpeg", **said):
    said |= {"photo": SimpleUploadedFile(name, content, kind), "text": text}
    return client.post(f"/stops/{issue.uuid}/note/", said, headers=SCRIPT)


def kept():
    return Image.open(io.BytesIO(bytes(Photo.objects.get().content)))


class TestWhatIsKept:
    """A JPEG that was drawn anew."""

    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
    def test_a_photo_is_kept_with_its_note_and_shown_in_the_panel(self, issue, tablet, kind):
        answer = noted(tablet, issue, picture(kind), text="Rusty")
        assert answer.status_code == 200
        photo = Photo.objects.get()
        assert (photo.event.kind, photo.event.text) == ("note", "Rusty")
        assert kept().format == "JPEG"
        panel = tablet.get(f"/stops/of/{issue.station.uuid}/", {"ask": "more"}, headers=POLL).content.decode()
        assert f"/stops/photos/{photo.uuid}/" in panel

    def test_a_photo_needs_no_words(self, issue, tablet):
        assert noted(tablet, issue, picture()).status_code == 200
        assert IssueEvent.objects.get().text == ""

    def test_where_and_with_what_it_was_taken_is_gone_and_it_stands_upright(self, issue, tablet):
        exif = Image.Exif()
        exif[0x0112] = 6  # turned by a quarter
        exif[0x010F] = "Telephone maker"
        exif.get_ifd(0x8825)[1] = "N"
        noted(tablet, issue, picture(size=(64, 48), exif=exif))
        content = bytes(Photo.objects.get().content)
        assert b"Exif" not in content
        assert b"Telephone" not in content
        assert kept().size == (48, 64)

    def test_it_is_made_small_enough_for_a_screen(self, issue, tablet):
        noted(tablet, issue, picture(size=(4000, 3000)))
        photo = Photo.objects.get()
        assert (photo.width, photo.height) == kept().size == (1600, 1200)

    def test_what_is_transparent_shows_paper(self, issue, tablet):
        noted(tablet, issue, picture("PNG", mode="RGBA", colour=(0, 0, 0, 0)))
        assert kept().getpixel((5, 5)) == (255, 255, 255)

    @pytest.mark.parametrize("hidden", [EVIL, b"PK\x03\x04" + b"zip", b"%PDF-1.7 "])
    def test_what_is_hidden_in_or_behind_a_picture_does_not_survive(self, issue, tablet, hidden):
        noted(tablet, issue, picture(comment=hidden) + hidden)
        assert hidden not in bytes(Photo.objects.get().content)

    def test_sent_twice_it_is_kept_once(self, issue, tablet):
        key = uuid.uuid4()
        for _ in range(2):
            assert noted(tablet, issue, picture(), key=key).status_code == 200
        assert Photo.objects.count() == IssueEvent.objects.count() == 1

    def test_at_a_tablet_without_a_name_the_note_asks_who_so_that_the_photo_is_not_lost(self, issue, tablet):
        ann = make_operator(company=issue.station.company, initials="AB")
        form = tablet.get(f"/stops/of/{issue.station.uuid}/", {"ask": "note"}, headers=POLL).content.decode()
        assert f'name="operator" id="signer-{ann.pk}"' in form
        noted(tablet, issue, picture(), operator=ann.pk)
        assert Photo.objects.get().event.operator == ann


class TestWhatIsRefused:
    """A sentence, 422, and nothing stored."""

    @pytest.mark.parametrize(
        "content",
        [
            b"", b"x", EVIL, b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
            EVIL + picture(), b"%PDF-1.7\n" + picture(), b"PK\x03\x04" + picture(), picture("GIF"), picture("BMP"),
            picture("TIFF"), picture("ICO"), picture()[:200],
            b"\xff\xd8\xff\xe0" + b"\0" * 500, b"RIFF\0\0\0\0WEBPVP8 ",
            b"\x89PNG\r\n\x1a\n" + b"\0" * 99,
        ],
    )  # fmt: skip
    def test_what_is_no_photo(self, issue, tablet, content):
        answer = noted(tablet, issue, content, text="with a note")
        assert answer.status_code == 422
        assert "This is not a photo" in answer.content.decode()
        assert not IssueEvent.objects.exists()
        assert not Photo.objects.exists()

    def test_its_name_and_its_declared_type_say_nothing(self, issue, tablet):
        assert noted(tablet, issue, EVIL, name="a.png", kind="image/png").status_code == 422
        assert noted(tablet, issue, picture(), name="evil.html", kind="text/html").status_code == 200

    @pytest.mark.parametrize("size", [(30_000, 30_000), (5_000, 5_000)])
    def test_a_picture_of_too_many_pixels_is_never_decoded(self, issue, tablet, size):
        answer = noted(tablet, issue, bomb(*size))
        assert answer.status_code == 422
        assert "too many pixels" in answer.content.decode()

    def test_a_file_that_is_too_large(self, issue, tablet):
        answer = noted(tablet, issue, picture() + b"\0" * photos.MOST_BYTES)
        assert answer.status_code == 422
        assert "at most 12 MB" in answer.content.decode()

    def test_a_note_of_nothing(self, issue, tablet):
        answer = tablet.post(f"/stops/{issue.uuid}/note/", {"text": " "}, headers=SCRIPT)
        assert answer.status_code == 422
        assert "take a photo" in answer.content.decode()


class TestWhoSeesIt:
    """The company's own people and screens, and nobody else."""

    @pytest.fixture
    def address(self, issue, tablet):
        noted(tablet, issue, picture())
        return f"/stops/photos/{Photo.objects.get().uuid}/"

    @pytest.mark.parametrize("role", ["read_only", "operator", "supervisor"])
    def test_people_of_the_company(self, issue, address, role):
        answer = person(issue.station.company, role).get(address)
        assert answer.status_code == 200
        assert answer["Content-Type"] == "image/jpeg"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Cache-Control"] == "private, max-age=31536000, immutable"
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer.content.startswith(b"\xff\xd8\xff")

    def test_screens_of_the_company(self, issue, address):
        assert enrolled(issue.station.company, "display").get(address).status_code == 200

    def test_nobody_else(self, client, address):
        assert client.get(address).status_code == 302
        assert person(make_station().company).get(address).status_code == 404


def test_a_request_that_would_fill_the_disk_is_not_read(issue, tablet, monkeypatch):
    monkeypatch.setattr("mesproject.uploads.MOST_BYTES", 1000)
    assert noted(tablet, issue, b"x" * 2000).status_code == 400
    assert not IssueEvent.objects.exists()
