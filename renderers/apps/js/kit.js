// What every composed page offers: `cw.parts()`, things drawn that are no element of their own, and
// `cw.state()`, what the application holds. Lengths are CSS pixels of the viewport.
const cw = {
  data: CW_DATA,
  makers: [],
  state: () => ({}),
  parts: () => cw.makers.flatMap((make) => make()),
  describe: (el, what) => { el.dataset.cw = JSON.stringify(what); return el; },
  // Describes what an application that is not ours draws, and again whenever it draws anew.
  keep: (root, describe) => {
    describe();
    new MutationObserver(describe).observe(root, { childList: true, subtree: true });
  },
  // A pointer drag: `down(e)` returns what follows it ({move, up}) or nothing.
  drag: (el, down) => el.addEventListener('mousedown', (e) => {
    if (e.button !== 0) return;
    const follow = down(e);
    if (!follow) return;
    const move = (m) => follow.move && follow.move(m);
    const up = (u) => {
      removeEventListener('mousemove', move, true);
      removeEventListener('mouseup', up, true);
      if (follow.up) follow.up(u);
    };
    addEventListener('mousemove', move, true);
    addEventListener('mouseup', up, true);
  }),
};
window.cw = cw;
