"""Making a picture out of what somebody sent: what is kept is drawn anew, and nothing else of the file survives.

What it is follows from its bytes, never from its name. Where it was taken and with what, thumbnails, and whatever
is hidden in or behind a file are not drawn, and so are gone.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

from django.utils.translation import gettext as _
from PIL import Image, ImageOps

CONTENT_TYPE = "image/jpeg"
MOST_BYTES = 12 * 1024 * 1024
# A telephone takes 50 million. Only JPEG is decoded at a fraction of its size; of the others all pixels are held.
MOST_PIXELS = {"JPEG": 64_000_000, "PNG": 16_000_000, "WEBP": 16_000_000}
LONGEST_SIDE = 1600
QUALITY = 82


class NotAPhoto(ValueError):
    """What was sent cannot be kept as a picture; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A JPEG without anything but its picture."""

    content: bytes
    width: int
    height: int


def drawn(sent: bytes) -> Picture:
    """The picture in what was sent, upright and small enough for a screen, or NotAPhoto."""
    if len(sent) > MOST_BYTES:
        raise NotAPhoto(
            _("This photo is too large: at most {size} MB are taken.").format(size=MOST_BYTES // 2**20)
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _drawn(io.BytesIO(sent))
    except NotAPhoto:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise NotAPhoto(_("This picture has too many pixels.")) from None
    except Exception:  # decoders of strangers' bytes fail in ways that nobody has listed
        raise NotAPhoto(_("This is not a photo. JPEG, PNG and WebP are taken.")) from None


def _drawn(sent: io.BytesIO) -> Picture:
    with Image.open(sent, formats=tuple(MOST_PIXELS)) as found:
        # A JPEG with a second picture behind it calls itself otherwise.
        if found.width * found.height > MOST_PIXELS.get(found.format or "", MOST_PIXELS["JPEG"]):
            raise NotAPhoto(_("This picture has too many pixels."))
        found.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        upright = ImageOps.exif_transpose(found)
        upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        flat = Image.new("RGB", upright.size, "white")  # what is transparent shows paper
        flat.paste(upright, mask=upright.getchannel("A") if "A" in upright.getbands() else None)
    kept = io.BytesIO()
    flat.save(kept, "JPEG", quality=QUALITY, optimize=True)
    return Picture(kept.getvalue(), flat.width, flat.height)
