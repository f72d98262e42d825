"""Who draws a spec, by its medium: a new one is one line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from corpuswright.renderers import recorded_screenshots, scene3d
from corpuswright.renderers.browser.gui import GuiRenderer
from corpuswright.renderers.documents import render as documents
from corpuswright.renderers.documents.webpages import render as webpages
from corpuswright.renderers.motion import real_video
from corpuswright.renderers.motion import scene as motion_scene
from corpuswright.storage.records import Render, Spec


def _recorded(spec: Spec, pages: GuiRenderer) -> Render:
    p = spec.parameters
    return recorded_screenshots.render(spec.parameters, pages.file(p["site"], p["path"]))


# A spec and what reads the files of its sites → pixels and scene; PageFault with a reason to count.
RENDERERS: Mapping[str, Callable[[Spec, GuiRenderer], Render]] = {
    recorded_screenshots.MEDIUM: _recorded,
    scene3d.MEDIUM: lambda spec, pages: scene3d.render(spec.parameters, pages.read),
    motion_scene.MEDIUM: lambda spec, pages: motion_scene.render(spec.parameters, pages.read),
    documents.MEDIUM: documents.render,
    webpages.MEDIUM: webpages.render,
    real_video.MEDIUM: lambda spec, pages: real_video.render(spec.parameters, pages.read),
}


def render(spec: Spec, pages: GuiRenderer) -> Render:
    """Return a spec drawn: by its medium's renderer, or as a page.

    Raises:
        PageFault: With the reason to count.
    """
    own = RENDERERS.get(spec.medium)
    return pages(spec) if own is None else own(spec, pages)
