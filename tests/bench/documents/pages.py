"""How well pages are checked and repaired: defects planted one at a time, clean pages beside them.

python -m tests.bench.documents.pages --each 20
"""

from __future__ import annotations

import argparse
import time
from collections import Counter

import numpy as np

from corpuswright.quality.documents.webpages import issues, second_look
from corpuswright.renderers.documents.webpages import defects
from corpuswright.renderers.documents.webpages.tags import parts
from tests.fixtures import webpages


def main() -> None:
    """Print recall, false alarms and repairs by kind of defect."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=20, help="pages of each kind (default 20)")
    parser.add_argument("--seed", type=int, default=70_000, help="of the first page")
    wanted = parser.parse_args()
    tried: Counter[str] = Counter()
    found: Counter[str] = Counter()
    at_its_place: Counter[str] = Counter()
    repaired: Counter[str] = Counter()
    by_level: Counter[str] = Counter()
    alarms = second_alarms = pages = worse = held = 0
    start, seed = time.monotonic(), wanted.seed
    while min((tried[n] for n in defects.DEFECTS), default=0) < wanted.each:
        plan, files = webpages.made(webpages.plan(seed))
        home = webpages.planned(plan, files)
        clean = webpages.shown(files, plan.width)
        pages += 1
        alarms += bool(issues.find(plan, parts(home.body), clean))
        second_alarms += bool(second_look.find(plan, parts(home.body), clean))
        for name in defects.DEFECTS:
            if tried[name] >= wanted.each:
                continue
            rng = np.random.default_rng([seed, 1])
            planted = defects.plant(name, plan, parts(home.body), files, rng)
            if planted is None:
                continue
            done = webpages.reflected(planted.files, home)
            kinds = [i for i in done.rounds[0].issues if i.kind == planted.kind]
            tried[name] += 1
            found[name] += bool(kinds)
            at_its_place[name] += planted.node in {i.node for i in kinds}
            repaired[name] += not done.best.issues
            by_level[done.best.by] += 1
            held += done.held_back
            first, kept = (second_look.penalty(r.faults or ()) for r in (done.rounds[0], done.best))
            worse += kept > first
            if not kinds or done.best.issues:
                left = [(i.kind, i.node) for i in done.best.issues][:3]
                print(f"  seed {seed} {name} at {planted.node}: {planted.about}; left {left}")
        seed += 1
    print(f"{'defect':18}{'found':>10}{'at its place':>14}{'repaired':>10}")
    for name in defects.DEFECTS:
        print(f"{name:18}{found[name]:>5} of {tried[name]:<3}{at_its_place[name]:>11}"
              f"{repaired[name]:>11}")  # fmt: skip
    total = tried.total()
    print(f"recall {found.total() / total:.4f}, repaired {repaired.total() / total:.4f}, "
          f"by {dict(by_level)}")  # fmt: skip
    print(f"{total} defects in {time.monotonic() - start:.0f} s")
    print(f"clean pages: {alarms} of {pages} blamed, {second_alarms} by the second checker")
    print(f"rounds that the second checker finds worse than the first: {worse} kept, "
          f"{held} held back")  # fmt: skip


if __name__ == "__main__":
    main()
