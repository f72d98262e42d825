"""What a page is made with: packages, pictures and tables, models, endpoints, the brief."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from corpuswright.annotators.documents.webpages.briefs import BriefError
from corpuswright.annotators.llm import media_endpoint, model_file
from corpuswright.annotators.llm.client import EndpointError
from corpuswright.annotators.llm.media_endpoint import MediaError, MediaMaker
from corpuswright.annotators.llm.model_file import Model, ModelError
from corpuswright.assets.documents import webpages
from corpuswright.assets.documents.page_maker import OWN
from corpuswright.renderers.apps.tabular_files import NotTabular
from corpuswright.renderers.browser.gui import GuiRenderer
from corpuswright.renderers.documents.webpages import pictures
from corpuswright.renderers.documents.webpages.pictures import Offered
from corpuswright.renderers.documents.webpages.plan import PagePlanError
from corpuswright.renderers.faults import EngineFault, PageFault
from corpuswright.storage.inputs import credits, sites
from corpuswright.storage.inputs.sites import Site
from corpuswright.storage.media import decoder

MOST_TABLE = 8 << 20  # bytes of a table
NOT_MADE = (PagePlanError, BriefError, PageFault, EngineFault, ModelError, EndpointError,
            NotTabular)  # fmt: skip


def reason(error: Exception) -> str:
    """Return the word under which a page that was not made is counted."""
    names = {"BriefError": "brief_unusable", "ModelError": "model_unanswered",
             "EndpointError": "endpoint_refuses", "NotTabular": "table_unusable"}  # fmt: skip
    return getattr(error, "reason", "") or names.get(type(error).__name__, "not_shown")


def browser(inputs: Path) -> GuiRenderer:
    """Return the browser over the packages that pages load; raises SourceError without them."""
    return GuiRenderer({s.name: sites.fetch(s, inputs.resolve()) for s in webpages.CORPUS.sites})


def opened(inputs: Path, own: Path | None) -> tuple[GuiRenderer, list[Offered]]:
    """Return the browser over all that pages load, and the pictures that may be shown.

    Raises:
        SourceError: A package cannot be had, or credits cannot be read.
        LookupError: There is no picture in the user's folder.
    """
    renderer = browser(inputs)
    if own is None:
        return renderer, list(pictures.shipped())
    folder = own.resolve(strict=True)
    said = credits.read(folder)
    site = Site(OWN, str(folder), webpages.CORPUS.takes, "unstated", "unstated")
    offered: list[Offered] = []
    for found in sites.list_pages(site, folder):
        try:
            size = decoder.stored_size((folder / found.path).read_bytes())
        except decoder.Refused:
            continue  # a file that is called a picture and is none
        name = Path(found.path).stem.replace("-", " ").replace("_", " ")
        caption = said.of(found.path).get("caption") or name
        offered.append(Offered(OWN, found.path, caption[:400], size=size))
    if not offered:
        raise LookupError(f"--pictures: expected JPEG, PNG or WebP files in {own}, saw none")
    faces = [o for o in pictures.shipped() if o.portrait]
    return GuiRenderer({**renderer.sites, OWN: folder}), [*offered, *faces]


def model(path: Path | None) -> Model | None:
    """Return the model that a file names; raises LookupError if it makes no sense."""
    if path is None:
        return None
    try:
        return model_file.load(path)
    except ModelError as error:
        raise LookupError(str(error)) from None


def endpoint(path: Path | None) -> MediaMaker | None:
    """Return who makes pictures or videos; raises LookupError if the file makes no sense."""
    if path is None:
        return None
    try:
        return MediaMaker(media_endpoint.load(path))
    except MediaError as error:
        raise LookupError(str(error)) from None


def tables(paths: Sequence[Path]) -> dict[str, bytes]:
    """Return tables by their paths; raises LookupError for what is too large."""
    out: dict[str, bytes] = {}
    for path in paths:
        if path.stat().st_size > MOST_TABLE:
            raise LookupError(f"--data: expected {MOST_TABLE >> 20} MiB at most, saw {path}")
        out[str(path)] = path.read_bytes()
    return out


def text_of(brief: str) -> str:
    """Return a brief: that of a file, if it names one, or the words themselves.

    Raises:
        OSError, LookupError: It names a folder, no file, or one that is no text.
    """
    one_word = len(brief) < 400 and not brief.strip().count(" ")
    path = Path(brief)
    if one_word and brief and (path.exists() or path.suffix in (".txt", ".md")):
        if path.is_dir():
            raise IsADirectoryError(21, "Is a directory", brief)
        data = path.read_bytes()
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            raise LookupError(f"{brief}: expected a text in UTF-8") from None
    return brief
