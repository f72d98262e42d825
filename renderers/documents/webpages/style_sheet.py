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
        f".site .tone-{name} {{ --ground: {ground}; --text: {on(style, ground)}; "
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
body.site { margin: 0; padding: 0; max-width: none; background: var(--paper); color: inherit;
  font: 400 var(--type)/1.6 var(--body), sans-serif; }
body.site > header, body.site > main { display: block; margin: 0; padding: 0; max-width: none;
  width: 100%; }
.site main > section, .site header > nav, body.site > footer { display: block; width: 100%;
  max-width: none; margin: 0; padding: var(--space) 0; background: var(--ground);
  color: var(--text); border: 0; min-height: 0; }
.site header > nav { padding: 16px 0; }
body.site > footer { padding: 32px 0; }
.site .inner { display: block; width: 100%; max-width: 1180px; margin: 0 auto; padding: 0 24px; }
.site h1, .site h2, .site h3, .site p, .site ul, .site li, .site a, .site label, .site span,
.site blockquote, .site figcaption, .site button { margin: 0; letter-spacing: normal;
  text-transform: none; color: inherit; font-family: var(--body), sans-serif; }
.site h1, .site h2, .site h3 { font-family: var(--heading), sans-serif; font-weight: 700;
  line-height: 1.2; padding: 0; }
.site h1 { font-size: calc(var(--type) * 3); }
.site h2 { font-size: calc(var(--type) * 2.1); }
.site h3, .site .item h2 { font-size: calc(var(--type) * 1.25); }
.site p, .site li, .site a, .site h3 { white-space: normal; overflow-wrap: break-word; }
.site p, .site li, .site label, .site button, .site a { font-size: var(--type);
  line-height: 1.6; }
.site .lead { font-size: calc(var(--type) * 1.15); margin-top: 14px; }
.site .tag { display: inline-block; background: var(--key); color: var(--on-key); font-weight: 700;
  padding: 4px 12px; border-radius: var(--radius); margin-bottom: 16px;
  font-size: calc(var(--type) * 0.875); height: auto; }
.site .head { max-width: 720px; margin: 0 0 36px; }
.site .layout-centred .head, .site .layout-grid .head { margin-left: auto; margin-right: auto;
  text-align: center; }
.site .layout-centred .words { text-align: center; max-width: 820px; margin: 0 auto; }
.site .pair { display: flex; gap: 56px; align-items: center; }
.site .pair > * { flex: 1 1 0; min-width: 0; margin: 0; }
.site .layout-media_left .pair { flex-direction: row-reverse; }
.site .layout-centred .pair, .site .layout-left .pair { flex-direction: column;
  align-items: stretch; gap: 36px; }
.site .grid { display: grid; gap: 28px; margin: 0; padding: 0; list-style: none; }
.site .across-1 { grid-template-columns: minmax(0, 760px); justify-content: center; }
.site .across-2 { grid-template-columns: repeat(2, minmax(0, 1fr)); }
.site .across-3 { grid-template-columns: repeat(3, minmax(0, 1fr)); }
.site .across-4 { grid-template-columns: repeat(4, minmax(0, 1fr)); }
.site .pile { display: grid; gap: 16px; }
.site .more { display: grid; gap: 28px; margin-top: 36px; }
.site .item { display: block; background: var(--card); color: var(--on-card);
  border-radius: var(--radius); padding: 28px; margin: 0; min-width: 0; height: auto; width: auto;
  --key: var(--card-key); --on-key: var(--on-card-key); box-shadow: none; /*card*/ }
.site .item > * + * { margin-top: 10px; }
.site .item .action { margin-top: 18px; }
.site .steps-section .grid { counter-reset: step; }
.site .steps-section .item::before { counter-increment: step; content: counter(step);
  display: block;
  width: 2.4em; height: 2.4em; line-height: 2.4em; border-radius: 50%; text-align: center;
  background: var(--key); color: var(--on-key); font-weight: 700; margin-bottom: 14px; }
.site .icon { display: block; width: 36px; height: 36px; color: var(--key); }
.site .icon svg { display: block; width: 100%; height: 100%; fill: currentColor; }
.site .picture { display: block; width: 100%; height: auto; object-fit: cover;
  border-radius: var(--radius); max-width: 100%; }
.site .gallery-section .picture { aspect-ratio: 4 / 3; }
.site .portrait { width: 96px; height: 96px; border-radius: 50%; }
.site .quote-section .portrait { width: 56px; height: 56px; flex: none; }
.site .value { font: 700 calc(var(--type) * 2.5)/1.15 var(--heading), sans-serif; }
.site .plans-section .value { font-size: calc(var(--type) * 2); }
.site .number { text-align: center; }
.site .label, .site figcaption, .site .small { display: block; font-size: calc(var(--type) * 0.875);
  color: inherit; font-weight: 400; white-space: normal; }
.site .points { margin: 0; padding-left: 1.2em; list-style: disc; }
.site .buttons { display: flex; gap: 14px; margin: 26px 0 0; padding: 0; flex-wrap: wrap; }
.site .layout-centred .buttons, .site .layout-grid > .inner > .buttons { justify-content: center; }
.site a.action, .site button.action { display: inline-block; width: auto; height: auto;
  background: var(--key); color: var(--on-key); border: 2px solid var(--key);
  border-radius: var(--radius); padding: 11px 24px; font-weight: 700; line-height: 1.35;
  text-decoration: none; box-shadow: none; text-align: center; }
.site a.action.quiet { background: transparent; color: var(--key); }
.site .links a, .site a.brand { color: inherit; text-decoration: none; background: none; }
.site .bar { display: flex; gap: 32px; align-items: center; justify-content: space-between; }
.site .bar .links { display: flex; gap: 28px; flex-wrap: wrap; }
.site .bar .buttons { margin: 0; }
.site .brand { font: 700 calc(var(--type) * 1.25)/1.3 var(--heading), sans-serif; }
.site footer .small { margin-top: 18px; }
.site .band { display: flex; gap: 40px; align-items: center; justify-content: space-between; }
.site .layout-centred .band { flex-direction: column; }
.site .band .buttons { margin: 0; flex: none; }
.site blockquote { font: italic 400 calc(var(--type) * 1.2)/1.5 var(--heading), serif; padding: 0;
  border: 0; background: none; }
.site .quote-section figcaption { display: flex; gap: 14px; align-items: center; margin-top: 18px; }
.site .who { display: flex; flex-direction: column; }
.site .name { font-weight: 700; font-size: var(--type); }
.site figure { margin: 0; }
.site .plate { background: var(--card); color: var(--on-card); border-radius: var(--radius);
  padding: 24px; }
.site .plate figcaption { font-weight: 700; margin-bottom: 12px; }
.site .chart { display: block; width: 100%; }
.site .chart-host svg { display: block; }
.site .sheet { background: var(--card); color: var(--on-card); border-radius: var(--radius);
  padding: 12px 24px; }
.site table { width: 100%; border-collapse: collapse; background: none; margin: 0;
  color: inherit; }
.site table thead, .site table tbody, .site table tr { background: none; color: inherit; }
.site table thead th, .site table tbody td { background: none; color: inherit; box-shadow: none;
  font: 400 var(--type)/1.6 var(--body), sans-serif; text-align: left; padding: 12px 8px; border: 0;
  text-transform: none; letter-spacing: normal; border-bottom: 1px solid currentColor; }
.site table thead th { font-weight: 700; }
.site table thead th.number, .site table tbody td.number { text-align: right; }
.site table tbody tr:last-child td { border-bottom: 0; }
.site .question { border-top: 2px solid var(--key); padding-top: 16px; }
.site .question p { margin-top: 8px; }
.site .form { display: flex; gap: 14px; align-items: end; max-width: 640px; margin: 0 auto;
  flex-wrap: wrap; }
.site .form label { flex: 1 0 100%; }
.site .form input { flex: 1 1 auto; width: auto; min-width: 260px; height: auto; margin: 0;
  font: 400 var(--type)/1.35 var(--body), sans-serif; padding: 11px 14px; color: #1b1b1b;
  background: #ffffff; border: 2px solid #6b7280; border-radius: var(--radius); }
.site .signup-section .head { text-align: center; margin-left: auto; margin-right: auto; }
.site video.picture { background: #000000; }
"""
