"""Colours and style: for a light and a dark screen, and for paper, where it is always light."""

from __future__ import annotations

FONT = "'Liberation Sans', Arial, Helvetica, 'DejaVu Sans', sans-serif"
STEPS = 6
"""The steps of a heat map: nothing taken, and five equal parts up to all."""

LIGHT: dict[str, str] = {
    "paper": "#ffffff",
    "ink": "#1a1a1a",
    "soft": "#4a4a4a",
    "line": "#767676",
    "grid": "#cfcfcf",
    "outside": "#e4e4e4",
    "hatch": "#6e6e6e",
    "booking": "#cfe3f7",
    "booking-line": "#1f5f99",
    "booking-ink": "#10243a",
    "session": "#ffe2b0",
    "session-line": "#8a5a00",
    "session-ink": "#332100",
    "step-0": "#ffffff",
    "step-1": "#e0edf8",
    "step-2": "#b9d6ee",
    "step-3": "#86b7de",
    "step-4": "#2f6ca3",
    "step-5": "#12365c",
    "step-0-ink": "#1a1a1a",
    "step-1-ink": "#10243a",
    "step-2-ink": "#10243a",
    "step-3-ink": "#10243a",
    "step-4-ink": "#ffffff",
    "step-5-ink": "#ffffff",
}
DARK: dict[str, str] = {
    "paper": "#14171a",
    "ink": "#f2f2f2",
    "soft": "#c4c9cf",
    "line": "#8b949e",
    "grid": "#3a4148",
    "outside": "#2a3036",
    "hatch": "#7d8790",
    "booking": "#1d4163",
    "booking-line": "#7fb4e6",
    "booking-ink": "#eef6ff",
    "session": "#5a4010",
    "session-line": "#f0b84a",
    "session-ink": "#fff4dc",
    "step-0": "#14171a",
    "step-1": "#1a2b3b",
    "step-2": "#204563",
    "step-3": "#2b6290",
    "step-4": "#8fc1ea",
    "step-5": "#d8ecfb",
    "step-0-ink": "#f2f2f2",
    "step-1-ink": "#eef6ff",
    "step-2-ink": "#eef6ff",
    "step-3-ink": "#ffffff",
    "step-4-ink": "#10243a",
    "step-5-ink": "#10243a",
}

TEXT_ON: dict[str, tuple[str, tuple[str, ...]]] = {
    "ck-ink": ("ink", ("paper",)),
    "ck-name": ("ink", ("paper",)),
    "ck-head": ("ink", ("paper",)),
    "ck-title": ("ink", ("paper",)),
    "ck-soft": ("soft", ("paper",)),
    "ck-on-outside": ("soft", ("outside", "paper")),
    "ck-on-booking": ("booking-ink", ("booking",)),
    "ck-on-session": ("session-ink", ("session",)),
    **{f"ck-on-step-{n}": (f"step-{n}-ink", (f"step-{n}",)) for n in range(STEPS)},
}
"""The classes of text: the colour of each, and the colours that it stands on."""

_FILLS = {
    "ck-paper": "paper",
    "ck-outside": "outside",
    "ck-booking": "booking",
    "ck-session": "session",
    "ck-held": "paper",
    "ck-hold": "paper",
    "ck-bar": "session-line",
    "ck-more": "ink",
    **{f"ck-step-{n}": f"step-{n}" for n in range(STEPS)},
}
_LINES = {
    "ck-frame": "line",
    "ck-line": "line",
    "ck-grid": "grid",
    "ck-again": "ink",
    "ck-hatch": "hatch",
    "ck-booking": "booking-line",
    "ck-session": "session-line",
    "ck-held": "booking-line",
    "ck-hold": "session-line",
    **{f"ck-step-{n}": "line" for n in range(STEPS)},
}
_SHAPES = f"""
.ck text{{font-family:{FONT};font-size:11px}}
.ck .ck-title{{font-size:18px;font-weight:bold}}
.ck .ck-head{{font-size:11.5px;font-weight:bold}}
.ck .ck-small{{font-size:9.5px}}
.ck .ck-bold{{font-weight:bold}}
.ck .ck-frame{{fill:none}}
.ck .ck-line,.ck .ck-frame,.ck .ck-grid{{stroke-width:1}}
.ck .ck-again{{stroke-width:1.5;stroke-dasharray:2 2}}
.ck .ck-hatch{{stroke-width:1.4}}
.ck .ck-shut{{fill:url(#ck-hatching)}}
.ck .ck-held,.ck .ck-hold{{stroke-width:1.6;stroke-dasharray:4 3}}
"""
PATTERN = (
    '<defs><pattern id="ck-hatching" width="7" height="7" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><rect width="7" height="7" class="ck-paper"/>'
    '<line x1="0" y1="0" x2="0" y2="7" class="ck-hatch"/></pattern></defs>'
)
"""The hatching of what is closed."""


def _colours(of: dict[str, str]) -> str:
    fills = {name: of[colour] for name, colour in _FILLS.items()}
    fills |= {name: of[colour] for name, (colour, _) in TEXT_ON.items()}
    lines = {name: of[colour] for name, colour in _LINES.items()}
    rules = [f".ck .{name}{{fill:{colour}}}" for name, colour in fills.items()]
    return "\n".join([*rules, *(f".ck .{name}{{stroke:{colour}}}" for name, colour in lines.items())])


SVG_STYLE = f"""{_SHAPES}{_colours(LIGHT)}
@media screen and (prefers-color-scheme:dark){{
{_colours(DARK)}
}}
@page{{size:A4 landscape;margin:10mm}}
"""
HTML_STYLE = f"""
body{{margin:0 auto;padding:1rem;max-width:90rem;font:16px/1.4 {FONT};background:{LIGHT["paper"]};color:{LIGHT["ink"]}}}
h1{{font-size:1.4rem;margin:0 0 .5rem}}
h2{{font-size:1.1rem}}
figure{{margin:0 0 1rem;overflow-x:auto}}
figure svg{{display:block;width:100%;min-width:60rem;height:auto}}
figcaption{{font-size:.9rem}}
.ck-scroll{{overflow-x:auto}}
table{{border-collapse:collapse;margin:0 0 1.5rem;font-size:.9rem}}
caption{{text-align:left;font-weight:bold;padding:.3rem 0}}
th,td{{border:1px solid {LIGHT["line"]};padding:.2rem .5rem}}
th,td{{text-align:left;vertical-align:top}}
td{{overflow-wrap:anywhere;min-width:5.5em}}
td.ck-figure{{text-align:right;min-width:0}}
@media screen and (prefers-color-scheme:dark){{
body{{background:{DARK["paper"]};color:{DARK["ink"]}}}
th,td{{border-color:{DARK["line"]}}}
}}
@media print{{
body{{padding:0;max-width:none;font-size:9pt}}
h1{{font-size:13pt;margin:0 0 2mm}}
figure{{margin:0;overflow:visible;break-inside:avoid}}
figure+figure{{break-before:page}}
figure svg{{min-width:0}}
figcaption{{font-size:8pt}}
.ck-tables{{break-before:page}}
.ck-scroll{{overflow:visible}}
table{{font-size:8pt}}
table.ck-wide{{font-size:6.5pt;width:100%;table-layout:fixed}}
table.ck-wide th:first-child,table.ck-wide th:last-child{{width:9%}}
table.ck-wide th,table.ck-wide td{{padding:.3mm .6mm}}
thead{{display:table-header-group}}
tr{{break-inside:avoid}}
}}
"""
