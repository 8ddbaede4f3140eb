"""Reading a picture: its marks with their boxes, its tables, its colours, and what must not stand in it."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from itertools import combinations

import attrs

from cantinekit.pictures._ink import width

SVG = "{http://www.w3.org/2000/svg}"
SIZES = {"ck-title": 18, "ck-head": 11.5, "ck-small": 9.5, "ck-label": 10.5}


@attrs.frozen
class Box:
    """A rectangle or a line of text, where it lies in the whole picture."""

    kind: str
    classes: frozenset[str]
    left: float
    top: float
    right: float
    bottom: float
    words: str = ""

    def meets(self, other: Box, slack: float = 0.35) -> bool:
        """Whether they lie on each other, by more than the rounding of coordinates and half a stroke."""
        return (
            self.left + slack < other.right
            and other.left + slack < self.right
            and self.top + slack < other.bottom
            and other.top + slack < self.bottom
        )

    def within(self, other: Box, slack: float = 1.0) -> bool:
        return (
            other.left - slack <= self.left
            and self.right <= other.right + slack
            and other.top - slack <= self.top
            and self.bottom <= other.bottom + slack
        )


@attrs.frozen
class Group:
    """A named part: its title and the boxes in it."""

    title: str
    classes: frozenset[str]
    boxes: tuple[Box, ...]

    @property
    def labels(self) -> list[Box]:
        return [box for box in self.boxes if box.kind == "text"]


def root_of(document: str) -> ET.Element:
    return ET.fromstring(document.encode("utf-8").removeprefix(b"<!DOCTYPE html>\n"))


def classes_of(element: ET.Element) -> frozenset[str]:
    return frozenset((element.get("class") or "").split())


def size_of(classes: frozenset[str]) -> float:
    """The size of a text by its classes: of several, the one that is written last in the style."""
    named = [SIZES[name] for name in ("ck-small", "ck-label", "ck-head", "ck-title") if name in classes]
    return named[0] if named else 11


def boxes(element: ET.Element, dx: float = 0, dy: float = 0):
    """All boxes below an element, at their place in the whole."""
    if moved := re.fullmatch(r"translate\((\S+) (\S+)\)", element.get("transform", "")):
        dx, dy = dx + float(moved[1]), dy + float(moved[2])
    if element.tag == f"{SVG}rect":
        x, y = float(element.get("x", 0)) + dx, float(element.get("y", 0)) + dy
        w, h = float(element.get("width")), float(element.get("height"))
        yield Box("rect", classes_of(element), x, y, x + w, y + h)
    elif element.tag == f"{SVG}text":
        classes, words = classes_of(element), element.text or ""
        size = size_of(classes)
        bold = bool(classes & {"ck-bold", "ck-head", "ck-title"})
        wide = width(words, size, bold=bold)
        x, y = float(element.get("x")) + dx, float(element.get("y")) + dy
        x -= {"middle": wide / 2, "end": wide}.get(element.get("text-anchor"), 0)
        yield Box("text", classes, x, y - 0.78 * size, x + wide, y + 0.22 * size, words)
    if element.tag != f"{SVG}defs":
        for child in element:
            yield from boxes(child, dx, dy)


def groups(svg: str, class_: str = "ck-block") -> list[Group]:
    """The named parts of a class, with their boxes at their place."""
    found: list[Group] = []

    def walk(element: ET.Element, dx: float, dy: float) -> None:
        if class_ in classes_of(element):
            title = element.findtext(f"{SVG}title") or ""
            found.append(Group(title, classes_of(element), tuple(boxes(element, dx, dy))))
            return
        if moved := re.fullmatch(r"translate\((\S+) (\S+)\)", element.get("transform", "")):
            dx, dy = dx + float(moved[1]), dy + float(moved[2])
        for child in element:
            walk(child, dx, dy)

    walk(root_of(svg), 0, 0)
    return found


def overlapping(svg: str) -> list[tuple[str, str]]:
    """The named parts of which a label lies on something of another: there must be none."""
    parts = [*groups(svg), *groups(svg, "ck-reason")]
    return [
        (one.title, other.title)
        for one, other in combinations(parts, 2)
        if any(a.meets(b) for a in one.labels for b in other.boxes)
        or any(a.meets(b) for a in other.labels for b in one.boxes)
    ]


def beyond(svg: str) -> list[str]:
    """The texts that leave the picture: there must be none."""
    root = root_of(svg)
    _, _, wide, high = map(float, root.get("viewBox").split())
    whole = Box("rect", frozenset(), 0, 0, wide, high)
    return [box.words for box in boxes(root) if box.kind == "text" and not box.within(whole, 0)]


def table_rows(html: str) -> list[list[list[str]]]:
    """The tables of a page: for each its rows, the head first, each as the texts of its cells."""
    return [
        [["".join(cell.itertext()) for cell in row] for row in table.iter("tr")]
        for table in root_of(html).iter("table")
    ]


def foreign(document: str) -> list[str]:
    """What would load, run or point elsewhere: there must be nothing."""
    root, found = root_of(document), []
    for element in root.iter():
        tag = element.tag.rpartition("}")[2]
        if tag in {"script", "image", "img", "use", "a", "foreignObject", "iframe", "object", "link", "animate", "set"}:
            found.append(tag)
        for name, value in element.attrib.items():
            plain = name.rpartition("}")[2]
            if plain.startswith("on") or plain in {"href", "src", "style", "srcset", "action"}:
                found.append(f"{tag} {name}={value}")
    for style in [one for one in root.iter() if one.tag.rpartition("}")[2] == "style"]:
        found += [url for url in re.findall(r"url\(([^)]*)\)", style.text) if url != "#ck-hatching"]
        found += re.findall(r"@import|expression|javascript|https?:", style.text)
    return found


# --- colours ---


def fills(svg: str) -> dict[str, dict[str, str]]:
    """The colour of each class, by mode, as the style of a picture has it."""
    (style,) = [one.text for one in root_of(svg).iter(f"{SVG}style")]
    plain, _, rest = style.partition("@media screen and (prefers-color-scheme:dark){")
    dark = rest.partition("@page")[0]
    rule = r"\.ck \.([\w-]+)\{fill:(#[0-9a-f]{6})\}"
    light = dict(re.findall(rule, plain))
    return {"light": light, "dark": {**light, **dict(re.findall(rule, dark))}}


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, contrast ratio."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
