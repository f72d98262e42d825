"""Blender behind a pipe: worlds go in as files, passes and pictures come out as files.

A worker that dies, hangs or grows is replaced by a fresh one; what it was drawing is tried again,
and given up after `DEATHS` deaths. Nothing of Blender is ever imported here.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import numpy as np
import psutil
from numpy.typing import NDArray

from corpuswright.renderers.faults import PageFault
from corpuswright.renderers.world3d.world import World

Pictures = Literal["none", "workbench", "cycles"]

DEATHS = 3  # of workers over one clip until it is given up (design, section 5)
FRAMES = 200  # until a worker is replaced: Blender's memory grows slowly
MEMORY = 2 << 30  # bytes of a worker at which it is replaced; one clip of ours takes 0.4 to 0.7 GiB
MOST_MEMORY = 6 << 30  # bytes at which a clip is refused: ten times what one of ours takes
LOOKS = 0.5  # seconds between two looks at a worker's memory
FIRST = 120.0  # seconds for the first frame: a cold disk takes 14 s to import Blender
SLOWEST = 60.0  # times the median frame: then it hangs
LEAST = 30.0  # seconds, below which no frame is called hung
MAX_TRIANGLES = 2_000_000  # 1.2 GiB in Blender: more is no scene for a laptop
_WORKER = Path(__file__).with_name("worker.py")


class BlenderMissing(Exception):
    """No environment with Blender is there."""


class _Died(Exception):
    pass


@functools.cache
def shared() -> BlenderEngine:
    """Return this process's engine; it is stopped when the process ends."""
    engine = BlenderEngine()
    atexit.register(engine.close)
    return engine


def python() -> Path:
    """Return the interpreter that has Blender: of `CORPUSWRIGHT_BLENDER`, else `.venv-blender`.

    Raises:
        BlenderMissing: There is none.
    """
    named = os.environ.get("CORPUSWRIGHT_BLENDER")
    beside = Path(sys.prefix).parent / ".venv-blender/bin/python"
    found = Path(named) if named else beside
    if not found.exists():
        raise BlenderMissing(
            f"expected a Python with Blender (bpy 5.0) at {found}: run `make blender`, or make an "
            "environment with `pip install bpy OpenEXR` and name its interpreter in "
            "CORPUSWRIGHT_BLENDER"
        )
    return found


def version() -> str:
    """Return which Blender there is (`5.0.1`), empty where there is none. Starts nothing."""
    try:
        library = python().parent.parent / "lib"
    except BlenderMissing:
        return ""
    found = library.glob("python*/site-packages/bpy-*.dist-info")
    return next((f.name.removeprefix("bpy-").removesuffix(".dist-info") for f in found), "")


def write(world: World, path: Path) -> None:
    """Write a world as the worker reads it.

    Raises:
        PageFault: Its numbers are not finite, or it has too many triangles.
    """
    triangles = sum(len(t.faces) for t in world.things)
    if triangles > MAX_TRIANGLES:
        raise PageFault("too_many_triangles", f"{triangles}, at most {MAX_TRIANGLES}")
    held: dict[str, NDArray[Any]] = {
        "poses": world.camera.poses,
        "focal": world.camera.focal,
        "size": np.array(world.camera.size),
        "sky": np.array(world.sky),
        "things": np.array(len(world.things)),
        "colours": np.array([t.colour for t in world.things]),
        "smooth": np.array([t.smooth for t in world.things]),
        "sun": np.array(world.sun),
        "patterns": np.array([t.pattern for t in world.things]),
        "light": np.array(world.light),
    }
    for number, thing in enumerate(world.things):
        held[f"vertices{number}"] = thing.vertices.astype(np.float32)
        held[f"faces{number}"] = thing.faces.astype(np.int32)
        if thing.skin is not None:
            held[f"skin{number}"] = thing.skin.of.astype(np.int32)
            held[f"uv{number}"] = thing.skin.uv.astype(np.float32)
            for which, image in enumerate(thing.skin.images):
                held[f"skin{number}-{which}"] = image
    for name, values in held.items():
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            raise PageFault("not_finite", f"{name} of the world")
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **held)


class BlenderEngine:
    """One worker, started when it is first needed. A context manager; not for threads."""

    def __init__(self, interpreter: Path | None = None, worker: Path = _WORKER) -> None:
        self._python, self._worker = interpreter, worker
        self._process: subprocess.Popen[str] | None = None
        self._answers: int | None = None
        self._rest = b""
        self._home: str | None = None
        self._drawn = 0
        self._times: list[float] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop the worker; safe to call twice."""
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            if process.stdin is not None:
                with contextlib.suppress(OSError):  # what was not sent goes nowhere
                    process.stdin.close()
        if self._answers is not None:
            os.close(self._answers)
            self._answers = None
        if self._home is not None:
            shutil.rmtree(self._home, ignore_errors=True)
            self._home = None

    def draw(
        self,
        world: World,
        out: Path,
        pictures: Pictures = "none",
        samples: int = 8,
        blur: float = 0.0,
    ) -> Mapping[str, list[Path]]:
        """Draw a world; return the files of its `truth` and `rgb`, a frame each, in order.

        Args:
            world: What to draw.
            out: An empty folder for the files.
            pictures: `workbench` shades flatly and fast, `cycles` traces paths.
            samples: Paths a pixel of `cycles`.
            blur: Of `cycles`, for how much of a frame the shutter is open; 0 for no motion blur.

        Raises:
            PageFault: The world cannot be drawn, or took `DEATHS` workers down.
            BlenderMissing: There is no Blender.
        """
        out.mkdir(parents=True, exist_ok=True)
        file = out / "world.npz"
        write(world, file)
        job = {
            "world": str(file),
            "out": str(out),
            "rgb": pictures,
            "samples": samples,
            "blur": blur,
        }
        for death in range(1, DEATHS + 1):
            try:
                self._do(job)
                break
            except _Died as died:
                self.close()
                if death == DEATHS:
                    raise PageFault("worker_died", f"{DEATHS} times; the last {died}") from None
        file.unlink()
        kinds = ["truth"] if pictures == "none" else ["truth", "rgb"]
        found = {kind: sorted(out.glob(f"{kind}-*")) for kind in kinds}
        if any(len(files) != world.frames for files in found.values()):
            seen = {kind: len(files) for kind, files in found.items()}
            raise PageFault("frames_missing", f"expected {world.frames}, saw {seen}")
        return found

    def _do(self, job: Mapping[str, object]) -> None:
        if self._process is None or self._spent():
            self.close()
            self._start()
        process = self._process
        assert process is not None and process.stdin is not None
        try:
            process.stdin.write(json.dumps(job) + "\n")
            process.stdin.flush()
        except OSError as error:
            raise _Died("was gone before its job came") from error
        while True:
            answer = self._next()
            if "failed" in answer:
                raise PageFault("blender_failed", str(answer["failed"])[:300])
            if "done" in answer:
                return
            self._drawn += 1

    def _next(self) -> dict[str, Any]:
        """Return the worker's next answer; a worker that is silent for too long is dead."""
        assert self._answers is not None
        usual = sorted(self._times)[len(self._times) // 2] if self._times else 0.0
        limit = max(LEAST, SLOWEST * usual) if self._times else FIRST
        begun = time.monotonic()
        while b"\n" not in self._rest:
            left = begun + limit - time.monotonic()
            if left <= 0:
                raise _Died(f"was silent for {limit:.0f} s")
            if self._memory() > MOST_MEMORY:
                self.close()
                raise PageFault("too_much_memory", f"above {MOST_MEMORY >> 20} MiB")
            if not select.select([self._answers], [], [], min(left, LOOKS))[0]:
                continue
            data = os.read(self._answers, 1 << 16)
            if not data:
                assert self._process is not None
                raise _Died(f"ended with {self._process.wait()}")
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\n")
        self._times = [*self._times[-99:], time.monotonic() - begun]
        return json.loads(line)

    def _spent(self) -> bool:
        assert self._process is not None
        if self._drawn >= FRAMES:
            return True
        return self._memory() > MEMORY

    def _memory(self) -> int:
        assert self._process is not None
        with contextlib.suppress(psutil.Error):
            return psutil.Process(self._process.pid).memory_info().rss
        return MEMORY + 1  # it is gone

    def _start(self) -> None:
        interpreter = self._python or python()
        self._home = tempfile.mkdtemp(prefix="blender-")
        near, far = os.pipe()
        # Blender looks for add-ons and preferences at home: the same nothing for everyone.
        homes = dict.fromkeys(("HOME", "BLENDER_USER_RESOURCES", "TMPDIR"), self._home)
        kept = {k: v for k, v in os.environ.items() if k in ("PATH", "LANG", "LD_LIBRARY_PATH")}
        try:
            self._process = subprocess.Popen(
                [str(interpreter), "-I", str(self._worker), "--answers", str(far)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(far,),
                env={**kept, **homes},
                text=True,
                start_new_session=True,
            )
        finally:
            os.close(far)
        self._answers, self._rest = near, b""
        self._drawn, self._times = 0, []
