"""Whatever text is given: a person reads just that, on one line, and no markup comes of it."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from corpuswright.storage.exports.metadata import attribution, dataset_card
from corpuswright.storage.records import Release
from corpuswright.storage.shown import code, markdown, one_line

HOSTILE = st.one_of(
    st.text(),
    st.text("`*_[]()<>&#!|~\\\n\r\t \u202e\u2028ab:/.@-+1", max_size=40),
    st.sampled_from([
        "<img src=x onerror=alert(1)>", "[a](javascript:alert(1))", "![x](http://e/x)", "**b**",
        "a\n# head", "a\n\n- list", "x|y\n|---|\n", "https://evil.example", "www.evil.example",
        "&lt;script&gt;", "``` `` `", "a\x1b[31mred", "---\nlicense: mit",
    ]),
)  # fmt: skip
RENDER = MarkdownIt("gfm-like", {"linkify": False, "html": True})
TAGS = re.compile(r"<[^>]*>")


def shown(page: str) -> str:
    return html.unescape(TAGS.sub("", RENDER.render(page))).strip("\n")


@given(HOSTILE)
def test_markdown_is_text_again_once_it_is_rendered(text: str):
    page = RENDER.render(f"x{markdown(text)}x")
    assert set(TAGS.findall(page)) == {"<p>", "</p>"}
    assert shown(f"x{markdown(text)}x") == f"x{one_line(text)}x"


@given(HOSTILE)
def test_code_is_text_again_once_it_is_rendered(text: str):
    page = RENDER.render(f"x{code(text)}x")
    assert set(TAGS.findall(page)) == {"<p>", "</p>", "<code>", "</code>"}
    if one_line(text).strip():
        assert shown(f"x{code(text)}x") == f"x{one_line(text)}x"


@given(st.text())
def test_one_line_is_one_line(text: str):
    line = one_line(text)
    assert line.splitlines() in ([line], [])


@pytest.mark.parametrize("field", ["author", "licence", "site"])
@given(HOSTILE.filter(str.strip))
def test_cards_and_attribution_show_who_is_credited_as_it_is(field: str, text: str):
    said = {"author": "Ada", "licence": "MIT", "site": "mine"} | {field: text.replace("/", "")}
    sources = {f"{said['site']}/a": ["0" * 64, said["licence"], said["author"]]}
    inputs = {"000": {"sources": sources, "recipe": {"name": text}, "about": "A record."}}
    counts = {u: {"kept": 1, "rejected": 0} for u in ("page", "scene", "task")}
    made = Release("c", "p", {"inputs": inputs, "partitions": ["000"]}, (), counts, {}, {})
    for page in (attribution.attribution(made), dataset_card.card(made)):
        body = page.split("---\n", 2)[-1]
        tags = {t.strip("</>").split()[0] for t in TAGS.findall(RENDER.render(body))}
        assert tags <= {
            "p", "h1", "ul", "li", "strong", "code", "table", "thead", "tbody", "tr", "th", "td",
        }, tags  # fmt: skip
        words = " ".join(one_line(said[field]).split())
        assert words in " ".join(shown(body).split()) or field == "site"
