"""The policy of a page allows its own scripts, and refuses to bless one it does not know."""

import base64
import hashlib

import pytest

from geotool.errors import OutputError
from geotool.share.render import noscript, policy
from geotool.share.render.page import render_page
from tests.share.render import sample_content

KNOWN = {"script": {"run()"}, "style": {"a{}"}}
DATA = '<script type="text/plain" id="gt-data-0-0">AAAA</script>'
OWN = f"<script>run()</script><style>a{{}}</style>{DATA}"


def test_its_own_are_allowed_by_hash():
    digest = base64.b64encode(hashlib.sha256(b"run()").digest()).decode()
    assert f"script-src 'sha256-{digest}';" in policy.policy_text(OWN, KNOWN)


@pytest.mark.parametrize(
    "foreign",
    [
        "<script>hacked()</script>",
        "<SCRIPT>run()</SCRIPT>",
        "<script src=x>run()</script>",
        "<script\n>run()</script>",
        '<script type="text/plain" id="gt-x" onload="x">AAAA</script>',
        '<script type="module" id="gt-x">AAAA</script>',
        "<script>hacked()",
        "<style>b{}</style>",
        "<style media=x>a{}</style>",
    ],
)
def test_a_foreign_one_is_refused(foreign):
    with pytest.raises(OutputError, match="none of its own"):
        policy.policy_text(foreign + OWN if "</" in foreign else OWN + foreign, KNOWN)


def test_a_text_that_became_markup_writes_no_page(monkeypatch):
    broken = "<script>window.hacked=1</script>"
    monkeypatch.setattr(noscript, "noscript_html", lambda *_: broken)
    with pytest.raises(OutputError, match="none of its own"):
        render_page(sample_content.make_content(3, 2))
