"""OpenCustom's maps from pictures of COCO and ImageNet, and videos scored by them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from corpuswright.assets.subjects import open_custom
from corpuswright.pipelines.cli.main import main
from corpuswright.pipelines.scoring import open_custom as scoring_open_custom
from corpuswright.storage.media import video
from tests.fixtures import scripted_answers, synthetic_images
from tests.quality.benchmarks.test_open_custom import HERE


def plant(root: Path) -> Path:
    """Lay eight pictures of COCO and six of ImageNet; of each some that are none."""
    coco, imagenet = root / "source/coco", root / "source/imagenet"
    coco.mkdir(parents=True)
    names = ["zebra", "mouse", "person"]
    images: list[Any] = []
    annotations: list[Any] = []
    for n in range(8):
        (coco / f"{n:03}.jpg").write_bytes(synthetic_images.jpeg(synthetic_images.texture(n)))
        size = Image.open(coco / f"{n:03}.jpg").size
        images.append({"id": n, "file_name": f"{n:03}.jpg", "width": size[0], "height": size[1]})
        area = size[0] * size[1] * (0.01 if n == 7 else 0.1 + n / 20)
        annotations.append({"image_id": n, "category_id": n % 2 + 1, "area": area, "iscrowd": 0})
        # A crowd is larger, and a person smaller: the picture is of neither.
        annotations.append({"image_id": n, "category_id": 3, "area": area * 2, "iscrowd": 1})
        annotations.append({"image_id": n, "category_id": 3, "area": area / 2, "iscrowd": 0})
    (coco / "000.jpg").write_bytes(b"\xff\xd8\xff")
    named = [{"id": i + 1, "name": n} for i, n in enumerate(names)]
    whole = {"images": images, "annotations": annotations, "categories": named}
    (coco / "annotations.json").write_text(json.dumps(whole))
    for wnid, number in (("n01440764", 3), ("n02012849", 2), ("n03126707", 1), ("n99999999", 1)):
        (imagenet / wnid).mkdir(parents=True)
        for n in range(number):
            data = synthetic_images.jpeg(synthetic_images.texture(50 + n + number))
            (imagenet / wnid / f"{wnid}_{n}.JPEG").write_bytes(data)
    return root / "source"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return plant(tmp_path)


def maps(folder: Path, split: str) -> list[dict[str, str]]:
    return [
        json.loads((folder / f"{n}_mapping_{split}.json").read_text())
        for n in ("class", "caption", "video")
    ]


def test_maps_are_the_release_s_and_every_class_has_an_end(source: Path, tmp_path: Path):
    to = tmp_path / "to"
    assert main(["opencustom", "--source", str(source), "--to", str(to)]) == 0
    classes, captions, references = maps(to, "coco")
    # Odd ones are of the mouse, of which the last is too small; 000 is none.
    assert classes == {"002.jpg": "zebra", "004.jpg": "zebra", "006.jpg": "zebra",
                       "001.jpg": "mouse", "003.jpg": "mouse", "005.jpg": "mouse"}  # fmt: skip
    assert captions["002.mp4"] == "A zebra." and references["002.mp4"] == "002.jpg"
    assert {p.name for p in (to / "references_coco").iterdir()} == set(classes)
    lost = [json.loads(x) for x in (to / "lost_coco.jsonl").read_text().splitlines()]
    assert {"what": "000.jpg", "reason": "unreadable"} in [
        {k: v for k, v in x.items() if k != "value"} for x in lost
    ]
    few = {x["what"]: x["value"] for x in lost if x["reason"] == "too_few_pictures"}
    assert few["coco:zebra"] == "3 of 5" and few["coco:person"] == "0 of 5" and len(few) == 80
    classes, captions, references = maps(to, "imagenet")
    assert sorted(classes.values()) == ["crane", "crane", "tench"], "no Latin, no brackets"
    told = [json.loads(x) for x in (to / "provenance_imagenet.jsonl").read_text().splitlines()]
    assert {t["source"]: t["category"] for t in told} == {
        "imagenet:n01440764": "tench",
        "imagenet:n02012849": "crane (wading bird)",
        "imagenet:n03126707": "crane (lifting device)",
    }
    assert main(["opencustom", "--source", str(source), "--to", str(to)]) == 2, "not empty"
    assert main(["opencustom", "--source", str(to), "--to", str(tmp_path / "new")]) == 2


def test_texts_of_a_model_are_held_to_the_subject(source: Path, tmp_path: Path):
    def reply(body: dict[str, Any]) -> dict[str, Any]:
        name = scripted_answers.text_of(body)
        if name == "mouse":
            return {"caption": "A small animal runs over the floor of a kitchen in the evening."}
        return {"caption": f"A {name} walks slowly through high grass as the camera follows."}

    with scripted_answers.serve(reply) as (url, _):
        file = tmp_path / "model.json"
        file.write_text(json.dumps({"base_url": url, "model": "eyes"}))
        words = ["opencustom", "--source", str(source), "--to", str(tmp_path / "to"), "--model"]
        assert main([*words, str(file), "--out", str(tmp_path / "store"), "--each", "2"]) == 0
    classes, captions, _ = maps(tmp_path / "to", "coco")
    assert set(classes.values()) == {"zebra"} and len(captions) == 2
    lost = (tmp_path / "to/lost_coco.jsonl").read_text()
    assert lost.count("name_not_in_caption") == 2
    assert (
        open_custom.check("A zebra in a photo of the wide savannah at noon.", "zebra") is not None
    )
    assert open_custom.check("A zebra.", "zebra") is not None


def test_videos_are_scored_split_by_split(source: Path, tmp_path: Path, capsys: Any):
    to, made = tmp_path / "to", tmp_path / "made"
    main(["opencustom", "--source", str(source), "--to", str(to)])
    made.mkdir()
    files = [v.file for v in scoring_open_custom.wanted(to)]
    assert len(files) == 9
    for n, file in enumerate(files):
        frames = np.stack([np.asarray(synthetic_images.texture(n).resize((128, 96)))] * 17)
        (made / file).write_bytes(video.encode(frames, 8))
    who, out = tmp_path / "who.json", tmp_path / "report.json"
    who.write_text(json.dumps({"dino": f"{HERE}:dino", "between": f"{HERE}:between"}))
    words = ["score", "opencustom", "--data", str(to), "--predictions", str(made)]
    assert main([*words, "--scorers", str(who), "--json", str(out)]) == 0
    report = json.loads(out.read_text())
    assert [report["splits"][s]["videos"] for s in ("coco", "imagenet", "all")] == [6, 3, 9]
    row = report["splits"]["all"]
    assert row["motion_smoothness"]["mean"] > 0.98 and 0 < row["dino_image"]["mean"] <= 1
    assert "clip_text" not in row and row["missing"]["clip_text"] == len(report["videos"]) == 9
    assert "clip_text              missing: no model of it is named" in capsys.readouterr().out
    (made / files[1]).write_bytes(b"no video")
    assert main([*words, "--scorers", str(who), "--json", str(out)]) == 0
    row = json.loads(out.read_text())["splits"]["all"]
    assert row["missing"]["dino_image"] == 1 and row["of_some"]["dino_image"]["videos"] == 8
    assert row["unreadable"] == [f"{files[1]}: expected a video: InvalidDataError"]
    assert "of the other 8" in capsys.readouterr().out
    told = (to / "video_mapping_coco.json").read_text()
    (to / "video_mapping_coco.json").write_text(told.replace('"001.jpg"', '"../001.jpg"'))
    assert main([*words, "--scorers", str(who)]) == 2
    (to / "video_mapping_coco.json").write_text(told)
    (made / files[0]).unlink()
    assert main([*words, "--scorers", str(who)]) == 2
    assert "1 of 9 videos are not in" in capsys.readouterr().err
    who.write_text('{"eyes": "x"}')
    assert main([*words, "--scorers", str(who)]) == 2
    assert "unknown ['eyes']" in capsys.readouterr().err
    assert main([*words, "--strict", "--scorers", str(who)]) == 2
