"""Bad pages: a correct scene or one reason of its own, and the browser lives on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from corpuswright.renderers.browser import engine, gui, intake, watchdog
from corpuswright.renderers.browser.gui import GuiRenderer
from corpuswright.renderers.browser.page import View
from corpuswright.renderers.faults import EngineFault, PageFault
from corpuswright.storage.records import Render, Spec

pytestmark = pytest.mark.browser

GOOD = "<!doctype html><title>t</title><h1>Hello</h1><button>Press me</button>"

# page → reason it is refused for; None where a correct scene is expected
PAGES: dict[str, tuple[str, str | None]] = {
    "good": (GOOD, None),
    "dialog": (GOOD + "<script>alert(1);confirm(2);prompt(3);window.open('x')</script>", None),
    "unload": (GOOD + "<script>onbeforeunload=()=>'stay'</script>", None),
    "tall": (GOOD + "<div style='height:60000px'></div>", None),
    "forever": (GOOD + "<script>setInterval(()=>{document.title+='x'},50)</script>", None),
    "local": (GOOD + "<img src='file:///etc/passwd' width=50 height=50>", None),
    "network": (
        GOOD + "<img src='http://example.com/a.png'><script>fetch('https://example.com/')"
        ".catch(()=>0)</script>",
        None,
    ),
    "foreign": (
        GOOD + "<iframe src='http://other.localhost/good.html' width=300 height=200></iframe>",
        None,
    ),
    "spin": (
        GOOD + "<script>(function f(){setTimeout(f);setTimeout(f)})()</script>",
        "never_settles",
    ),
    "reload": (GOOD + "<script>location.reload()</script>", "navigated_away"),
    "redirect": (GOOD + "<script>location.href='good.html'</script>", "navigated_away"),
    "later": (
        GOOD + "<script>setTimeout(()=>location.href='good.html',800)</script>",
        "navigated_away",
    ),
    "meta": (GOOD + "<meta http-equiv=refresh content='0;url=good.html'>", "navigated_away"),
    "out": (GOOD + "<script>location.href='file:///etc/passwd'</script>", None),
    "many": (
        GOOD + "<script>for(let i=0;i<1e5;i++)document.body.append("
        "document.createElement('i'))</script>",
        "too_many_elements",
    ),
    "moving": (
        GOOD + "<div id=d style='position:absolute'>moving text</div><script>"
        "const w=new Worker(URL.createObjectURL(new Blob(['setInterval(()=>postMessage(0),1)'"
        "])));let n=0;w.onmessage=()=>{d.style.left=(n++)+'px'}</script>",
        "moved_while_shot",
    ),
    "download": ("", "not_html"),
    "absent": ("", "http_status"),
}


@pytest.fixture(scope="module")
def renderer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuiRenderer]:
    root, other = tmp_path_factory.mktemp("pages"), tmp_path_factory.mktemp("other")
    for name, (text, _) in PAGES.items():
        if name not in ("download", "absent"):
            (root / f"{name}.html").write_text(text)
    (root / "download.bin").write_bytes(b"\0" * 100)
    (other / "good.html").write_text(GOOD)
    yield GuiRenderer({"faults": root, "other": other})


def spec(name: str) -> Spec:
    path = "download.bin" if name == "download" else f"{name}.html"
    parameters = {
        "site": "faults",
        "path": path,
        "width": 800,
        "height": 600,
        "ratio": 1.0,
        "theme": "light",
        "scroll": 0.0,
    }
    return Spec(f"t-{0:012d}-0000", "t", "gui", parameters, ())


def check_good(render: Render) -> None:
    (press,) = [e for e in render.scene.elements if e.name == "Press me"]
    assert press.click_point is not None and press.visible_fraction == 1.0


@pytest.mark.parametrize("name", PAGES)
def test_a_bad_page_has_its_own_reason_and_the_worker_lives_on(renderer: GuiRenderer, name: str):
    wanted = PAGES[name][1]
    if wanted is None:
        check_good(renderer(spec(name)))
    else:
        with pytest.raises(PageFault) as caught:
            renderer(spec(name))
        assert caught.value.reason in (wanted, "download"), caught.value
    check_good(renderer(spec("good")))


def test_nothing_outside_is_reached_and_every_try_is_counted(renderer: GuiRenderer):
    with renderer.open(spec("network")) as live:
        refused = live.traffic.refused
    assert {"example.com:80", "example.com:443"} <= set(refused)


def test_a_foreign_frame_is_stated_not_guessed(renderer: GuiRenderer):
    scene = renderer(spec("foreign")).scene
    (place,) = scene.state["unmeasured"]
    assert place["reason"] == "cross_origin_frame"
    assert [e.name for e in scene.elements if e.role == "button"] == ["Press me"]


def test_a_crashed_tab_and_an_endless_script_are_given_up_after_fresh_tries(
    renderer: GuiRenderer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr(engine, "LOAD_TIMEOUT_MS", 1500)
    (tmp_path / "loop.html").write_text(GOOD + "<script>while(true);</script>")
    (tmp_path / "good.html").write_text(GOOD)
    own = GuiRenderer({"loops": tmp_path})
    looping = Spec(
        "k", "t", "gui", {**spec("x").parameters, "site": "loops", "path": "loop.html"}, ()
    )
    launches = []
    original = engine.Browser._launch  # pyright: ignore[reportPrivateUsage]
    monkeypatch.setattr(
        engine.Browser, "_launch", lambda self, *a: (launches.append(a), original(self, *a))[1]
    )
    own.browser().restart()  # a warm one would not be launched
    with pytest.raises(PageFault) as caught:
        own(looping)
    assert caught.value.reason == "page_hung" and len(launches) == gui.ATTEMPTS
    good = Spec("k", "t", "gui", {**looping.parameters, "path": "good.html"}, ())
    check_good(own(good))

    def crash() -> None:
        with own.open(good) as live:
            live.cdp.send("Page.crash")

    with pytest.raises(EngineFault, match=r"tab_crashed|page_hung"):
        gui.retried(own.browser(), crash)
    check_good(own(good))


def test_an_unstable_page_is_found_at_intake(tmp_path: Path):
    (tmp_path / "clock.html").write_text(
        GOOD + "<p id=p></p><script>const w=new Worker(URL.createObjectURL(new Blob("
        "['postMessage(performance.now()+Math.random())'])));w.onmessage=e=>{p.textContent=e.data}"
        "</script>"
    )
    (tmp_path / "still.html").write_text(
        GOOD + "<p id=p></p><script>p.textContent=Date.now()+Math.random()+performance.now();"
        "setInterval(()=>{p.textContent+='.'},100)</script>"
    )
    own, view = GuiRenderer({"intake": tmp_path}), View(640, 480, 1.0)
    assert intake.judge(own, "intake", "clock.html", view).reason == "unstable"
    assert intake.judge(own, "intake", "still.html", view).reason == ""


@pytest.mark.parametrize(("codec", "magic"), [("webp", b"RIFF"), ("jpg", b"\xff\xd8")])
def test_the_recipe_chooses_the_codec(renderer: GuiRenderer, codec: str, magic: bytes):
    wanted = spec("good")
    own = Spec("k", "t", "gui", {**wanted.parameters, "codec": codec, "theme": "dark"}, ())
    ((ext, data),) = renderer(own).media.items()
    assert ext == codec and data.startswith(magic)


FILL = "held.push(new Uint8Array(1<<24).fill(7))"
GREEDY = {
    "by and by": f"const held=[];setInterval(()=>{{for(let i=0;i<16;i++){FILL}}},1)",
    "at once": f"const held=[];while(true){FILL}",
}


@pytest.mark.parametrize("how", GREEDY)
def test_a_page_that_takes_too_much_memory_is_one_outcome(
    how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(watchdog.Watchdog.__init__, "__defaults__", (60.0, 700 << 20))
    (tmp_path / "greedy.html").write_text(f"{GOOD}<script>{GREEDY[how]}</script>")
    (tmp_path / "good.html").write_text(GOOD)
    own = GuiRenderer({"greedy": tmp_path})
    plain = {**spec("x").parameters, "site": "greedy"}
    with pytest.raises(PageFault) as caught:
        own(Spec("k", "t", "gui", {**plain, "path": "greedy.html"}, ()))
    assert caught.value.reason == "too_much_memory" and "MiB" in caught.value.value
    check_good(own(Spec("k", "t", "gui", {**plain, "path": "good.html"}, ())))
