"""The content security policy of a page: its own scripts and styles by hash, and no request."""

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet

from geotool.errors import OutputError

_OPENING = {one: re.compile(rf"<(?i:{one})\b[^>]*>") for one in ("script", "style")}
_INERT = re.compile(r'<script type="(?:application/json|text/plain)" id="gt-[a-z0-9-]+">')


def policy_text(page: str, known: Mapping[str, AbstractSet[str]]) -> str:
    """Return the policy of a finished page.

    Parameters
    ----------
    page
        The page as HTML text.
    known
        The contents its elements ``script`` and ``style`` may have.

    Raises
    ------
    OutputError
        When the page holds a script or style that is none of the known ones.
    """
    hashes = {}
    for tag, own in known.items():
        found = dict.fromkeys(contents(page, tag))
        if not own >= found.keys():
            raise OutputError(
                f"The page would hold a {tag} that is none of its own; it is not written.",
                remedy="Report this with the project's texts: one of them was taken for markup.",
            )
        hashes[tag] = " ".join(map(_hash, found))
    return (
        f"default-src 'none'; script-src {hashes['script']}; style-src {hashes['style']}; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )


def contents(page: str, tag: str) -> Iterator[str]:
    """Yield what stands in each element ``script`` or ``style``; its tag where it has attributes.

    Blocks of data, which never run, are passed over.
    """
    place = 0
    while opening := _OPENING[tag].search(page, place):
        place = page.find(f"</{tag}", opening.end())
        place = len(page) if place < 0 else place
        if not _INERT.fullmatch(opening[0]):
            plain = opening[0] == f"<{tag}>"
            yield page[opening.end() : place] if plain else opening[0]


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"
