"""The style sheet of a page: its tokens as custom properties, and rules that use nothing else."""

from __future__ import annotations

from corpuswright.renderers.documents import colours, looks
from corpuswright.renderers.documents.webpages.plan import PagePlan, Style

_SPACE = {"airy": 96, "normal": 72, "tight": 48}  # pixels above and below a section; ours
SMALL = 0.875  # of the type size: labels, captions, the footer's line
TONES = ("background", "surface", "accent", "second", "ink")


def on(style: Style, ground: str) -> str:
    """Return the colour of text on a ground: the page's ink or background where it can be read."""
    for own in (style.ink, style.background):
        if colours.contrast(own, ground) >= looks.LEAST_CONTRAST:
            return own
    return colours.ink_on(ground, "#ffffff", "#111111")


def key(style: Style, ground: str) -> str:
    """Return the accent that can be read on a ground, or the text's colour."""
    for accent in style.accents:
        if colours.contrast(accent, ground) >= looks.LEAST_CONTRAST:
            return accent
    return on(style, ground)


def grounds(plan: PagePlan) -> dict[str, str]:
    """Return the colour of each tone."""
    style = plan.style
    second = style.accents[min(1, len(style.accents) - 1)]
    return dict(zip(TONES, (style.background, style.surface, style.accents[0], second, style.ink),
                    strict=True))  # fmt: skip


def card(plan: PagePlan, tone: str) -> str:
    """Return the colour of cards on a tone: surface on background, background elsewhere."""
    return plan.style.surface if tone == "background" else plan.style.background


def palette(plan: PagePlan) -> set[str]:
    """Return all colours that a page of this plan may show in its boxes and type."""
    style = plan.style
    own = {style.background, style.surface, style.ink, *style.accents}
    derived = {on(style, c) for c in own} | {key(style, c) for c in own}
    derived |= {on(style, key(style, c)) for c in own}
    return {c.lower() for c in own | derived}


def least_size(plan: PagePlan) -> float:
    """Return the smallest type of a page in pixels."""
    return plan.style.size * SMALL


def write(plan: PagePlan, font_faces: str) -> str:
    """Return the style sheet of a page."""
    style = plan.style
    space = _SPACE[style.density]
    tones = "".join(
        f".page .tone-{name} {{ --ground: {ground}; --text: {on(style, ground)}; "
        f"--key: {key(style, ground)}; --on-key: {on(style, key(style, ground))}; "
        f"--card: {card(plan, name)}; --on-card: {on(style, card(plan, name))}; "
        f"--card-key: {key(style, card(plan, name))}; "
        f"--on-card-key: {on(style, key(style, card(plan, name)))}; }}\n"
        for name, ground in grounds(plan).items()
    )
    edge = {"flat": "border: 0;", "outlined": "border: 2px solid var(--card-key);",
            "raised": "border: 0; box-shadow: 0 8px 24px rgba(0, 0, 0, 0.12);"}  # fmt: skip
    root = (
        f":root {{ --radius: {style.radius}px; --type: {style.size}px; --space: {space}px; "
        f"--paper: {style.background}; --heading: '{style.heading_font}'; "
        f"--body: '{style.body_font}'; }}\n"
    )
    return f"{font_faces}\n{root}{tones}{_RULES.replace('/*card*/', edge[style.cards])}"


_RULES = """*, *::before, *::after { box-sizing: border-box; }
html { margin: 0; font-size: 16px; }
body.page { margin: 0; padding: 0; max-width: none; background: var(--paper); color: inherit;
  font: 400 var(--type)/1.6 var(--body), sans-serif; }
body.page > header, body.page > main { display: block; margin: 0; padding: 0; max-width: none;
  width: 100%; }
.page main > section, .page header > nav, body.page > footer { display: block; width: 100%;
  max-width: none; margin: 0; padding: var(--space) 0; background: var(--ground);
  color: var(--text); border: 0; min-height: 0; }
.page header > nav { padding: 16px 0; }
body.page > footer { padding: 32px 0; }
.page .inner { display: block; width: 100%; max-width: 1180px; margin: 0 auto; padding: 0 24px; }
.page h1, .page h2, .page h3, .page p, .page ul, .page li, .page a, .page label, .page span,
.page blockquote, .page figcaption, .page button { margin: 0; letter-spacing: normal;
  text-transform: none; color: inherit; font-family: var(--body), sans-serif; }
.page h1, .page h2, .page h3 { font-family: var(--heading), sans-serif; font-weight: 700;
  line-height: 1.2; padding: 0; }
.page h1 { font-size: calc(var(--type) * 3); }
.page h2 { font-size: calc(var(--type) * 2.1); }
.page h3 { font-size: calc(var(--type) * 1.25); }
.page p, .page li, .page a, .page h3 { white-space: normal; overflow-wrap: break-word; }
.page p, .page li, .page label, .page button, .page a { font-size: var(--type);
  line-height: 1.6; }
.page .lead { font-size: calc(var(--type) * 1.15); margin-top: 14px; }
.page .tag { display: inline-block; background: var(--key); color: var(--on-key); font-weight: 700;
  padding: 4px 12px; border-radius: var(--radius); margin-bottom: 16px;
  font-size: calc(var(--type) * 0.875); height: auto; }
.page .head { max-width: 720px; margin: 0 0 36px; }
.page .layout-centred .head, .page .layout-grid .head { margin-left: auto; margin-right: auto;
  text-align: center; }
.page .layout-centred .words { text-align: center; max-width: 820px; margin: 0 auto; }
.page .pair { display: flex; gap: 56px; align-items: center; }
.page .pair > * { flex: 1 1 0; min-width: 0; margin: 0; }
.page .layout-media_left .pair { flex-direction: row-reverse; }
.page .layout-centred .pair, .page .layout-left .pair { flex-direction: column;
  align-items: stretch; gap: 36px; }
.page .grid { display: grid; gap: 28px; margin: 0; padding: 0; list-style: none; }
.page .across-1 { grid-template-columns: minmax(0, 760px); justify-content: center; }
.page .across-2 { grid-template-columns: repeat(2, minmax(0, 1fr)); }
.page .across-3 { grid-template-columns: repeat(3, minmax(0, 1fr)); }
.page .across-4 { grid-template-columns: repeat(4, minmax(0, 1fr)); }
.page .pile { display: grid; gap: 16px; }
.page .more { display: grid; gap: 28px; margin-top: 36px; }
.page .item { display: block; background: var(--card); color: var(--on-card);
  border-radius: var(--radius); padding: 28px; margin: 0; min-width: 0; height: auto; width: auto;
  --key: var(--card-key); --on-key: var(--on-card-key); box-shadow: none; /*card*/ }
.page .item > * + * { margin-top: 10px; }
.page .item .action { margin-top: 18px; }
.page .steps-section .grid { counter-reset: step; }
.page .steps-section .item::before { counter-increment: step; content: counter(step);
  display: block;
  width: 2.4em; height: 2.4em; line-height: 2.4em; border-radius: 50%; text-align: center;
  background: var(--key); color: var(--on-key); font-weight: 700; margin-bottom: 14px; }
.page .icon { display: block; width: 36px; height: 36px; color: var(--key); }
.page .icon svg { display: block; width: 100%; height: 100%; fill: currentColor; }
.page .picture { display: block; width: 100%; height: auto; object-fit: cover;
  border-radius: var(--radius); max-width: 100%; }
.page .gallery-section .picture { aspect-ratio: 4 / 3; }
.page .portrait { width: 96px; height: 96px; border-radius: 50%; }
.page .quote-section .portrait { width: 56px; height: 56px; flex: none; }
.page .value { font: 700 calc(var(--type) * 2.5)/1.15 var(--heading), sans-serif; }
.page .plans-section .value { font-size: calc(var(--type) * 2); }
.page .number { text-align: center; }
.page .label, .page figcaption, .page .small { display: block; font-size: calc(var(--type) * 0.875);
  color: inherit; font-weight: 400; white-space: normal; }
.page .points { margin: 0; padding-left: 1.2em; list-style: disc; }
.page .buttons { display: flex; gap: 14px; margin: 26px 0 0; padding: 0; flex-wrap: wrap; }
.page .layout-centred .buttons, .page .layout-grid > .inner > .buttons { justify-content: center; }
.page a.action, .page button.action { display: inline-block; width: auto; height: auto;
  background: var(--key); color: var(--on-key); border: 2px solid var(--key);
  border-radius: var(--radius); padding: 11px 24px; font-weight: 700; line-height: 1.35;
  text-decoration: none; box-shadow: none; text-align: center; }
.page a.action.quiet { background: transparent; color: var(--key); }
.page .links a, .page a.brand { color: inherit; text-decoration: none; background: none; }
.page .bar { display: flex; gap: 32px; align-items: center; justify-content: space-between; }
.page .bar .links { display: flex; gap: 28px; flex-wrap: wrap; }
.page .bar .buttons { margin: 0; }
.page .brand { font: 700 calc(var(--type) * 1.25)/1.3 var(--heading), sans-serif; }
.page footer .small { margin-top: 18px; }
.page .band { display: flex; gap: 40px; align-items: center; justify-content: space-between; }
.page .layout-centred .band { flex-direction: column; }
.page .band .buttons { margin: 0; flex: none; }
.page blockquote { font: italic 400 calc(var(--type) * 1.2)/1.5 var(--heading), serif; padding: 0;
  border: 0; background: none; }
.page .quote-section figcaption { display: flex; gap: 14px; align-items: center; margin-top: 18px; }
.page .who { display: flex; flex-direction: column; }
.page .name { font-weight: 700; font-size: var(--type); }
.page figure { margin: 0; }
.page .plate { background: var(--card); color: var(--on-card); border-radius: var(--radius);
  padding: 24px; }
.page .plate figcaption { font-weight: 700; margin-bottom: 12px; }
.page .chart { display: block; width: 100%; }
.page .chart-host svg { display: block; }
.page .sheet { background: var(--card); color: var(--on-card); border-radius: var(--radius);
  padding: 12px 24px; }
.page table { width: 100%; border-collapse: collapse; background: none; margin: 0;
  color: inherit; }
.page table thead, .page table tbody, .page table tr { background: none; color: inherit; }
.page table thead th, .page table tbody td { background: none; color: inherit; box-shadow: none;
  font: 400 var(--type)/1.6 var(--body), sans-serif; text-align: left; padding: 12px 8px; border: 0;
  text-transform: none; letter-spacing: normal; border-bottom: 1px solid currentColor; }
.page table thead th { font-weight: 700; }
.page table tbody td.number { text-align: right; }
.page table tbody tr:last-child td { border-bottom: 0; }
.page .question { border-top: 2px solid var(--key); padding-top: 16px; }
.page .question p { margin-top: 8px; }
.page .form { display: flex; gap: 14px; align-items: end; max-width: 640px; margin: 0 auto;
  flex-wrap: wrap; }
.page .form label { flex: 1 0 100%; }
.page .form input { flex: 1 1 auto; width: auto; min-width: 260px; height: auto; margin: 0;
  font: 400 var(--type)/1.35 var(--body), sans-serif; padding: 11px 14px; color: #1b1b1b;
  background: #ffffff; border: 2px solid #6b7280; border-radius: var(--radius); }
.page .signup-section .head { text-align: center; margin-left: auto; margin-right: auto; }
.page video.picture { background: #000000; }
"""
