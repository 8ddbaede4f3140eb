"""A comparison as a page of HTML: pictures with their tables, readable on a light and a dark screen and on paper. It
holds no script and loads nothing from elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

import attrs

from cantinekit.errors.shown import shown
from cantinekit.money import exponent
from cantinekit.pricing import Tariff
from cantinekit.whatif._compare import KINDS, PAYS, TENTHS, ChangedMember, Check, Comparison, Refused, Shares, Sums
from cantinekit.whatif._plots import Bars, changes, columns, parts
from cantinekit.whatif._words import Words

_COLUMNS = "".join(f'<col class="{kind}">' for kind in ("times", "product", "amount", "why", "amount", "why", "amount"))
PICTURES = ("months", "products", "categories", "tenths")
"""The names of the pictures that a page may have."""
LISTED = 20
"""How many rows that were charged another amount, or names of a file, are on the page."""
_SECURITY = "default-src 'none'; style-src 'unsafe-inline'"
_COLOURS = """
:root { color-scheme: light dark; --paper: #ffffff; --card: #f4f5f7; --ink: #1a1c1f; --soft: #5b636d; --grid: #d9dde2;
  --old: #8b96a3; --new: #1f5f99; --less: #2a7f62; --same: #c9ced5; --more: #a8470f; --bad: #b3261e;
  --font: "Liberation Sans", Arial, Helvetica, "DejaVu Sans", sans-serif; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171a; --card: #1f2429; --ink: #f0f2f4; --soft: #aab2bb;
  --grid: #363d45; --old: #77828e; --new: #7fb4e6; --less: #62c7a2; --same: #4a525b; --more: #f0954f;
  --bad: #ff8a80; } }
@media print { :root { --paper: #ffffff; --card: #f4f5f7; --ink: #1a1c1f; --soft: #5b636d; --grid: #d9dde2;
  --old: #8b96a3; --new: #1f5f99; --less: #2a7f62; --same: #c9ced5; --more: #a8470f; --bad: #b3261e; } }
"""
_STYLE = (
    _COLOURS
    + """* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 var(--font); }
main { max-width: 62rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.25rem; margin: 3rem 0 .5rem; }
p { margin: .5rem 0; max-width: 46rem; }
.soft { color: var(--soft); }
.cards { display: grid; grid-template-columns: repeat(3, 1fr); gap: .75rem; margin: 1.5rem 0; }
.cards > div { background: var(--card); border-radius: .5rem; padding: .8rem 1rem; }
.cards dt { color: var(--soft); font-size: .875rem; }
.cards dd { margin: 0; font-size: 1.45rem; font-weight: 700; font-variant-numeric: tabular-nums; }
@media (max-width: 40rem) { .cards { grid-template-columns: repeat(2, 1fr); } .cards dd { font-size: 1.15rem; } }
.cards .more, .rise { color: var(--more); } .cards .less, .fall { color: var(--less); }
.cards small { display: block; font-size: .875rem; font-weight: 400; color: var(--soft); }
figure { margin: .75rem 0; overflow-x: auto; } svg { display: block; width: 100%; height: auto; min-width: 36rem; }
.scroll { overflow-x: auto; margin: .75rem 0; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); padding: .25rem 0; font-size: .875rem; }
th, td { padding: .3rem .5rem; border-bottom: 1px solid var(--grid); text-align: right; vertical-align: top; }
th, td { white-space: nowrap; }
th:first-child, td.text, th.text { text-align: left; } td.text { white-space: normal; }
thead th { color: var(--soft); font-weight: 400; border-bottom-color: var(--soft); white-space: normal; }
.scroll[role] th:first-child { position: sticky; left: 0; background: var(--paper); }
tbody th { font-weight: 400; } tfoot th, tfoot td { font-weight: 700; border-bottom: 0; }
.member { background: var(--card); border-radius: .5rem; padding: .75rem 1rem; margin: .75rem 0; break-inside: avoid; }
h3 { font-size: 1rem; margin: 1rem 0 0; }
.member h3 { font-size: 1rem; margin: 0; display: flex; gap: 1rem; flex-wrap: wrap; justify-content: space-between; }
.member table { table-layout: fixed; min-width: 46rem; }
.member col.times { width: 4rem; } .member col.amount { width: 6.25rem; } .member col.product { width: 8rem; }
.member ul { margin: 0; padding: 0; list-style: none; }
.bad { color: var(--bad); font-weight: 700; }
@media print { main { padding: 0; } .scroll, figure { overflow: visible; } svg, .member table { min-width: 0; }
  table { font-size: .7rem; } .member col.times { width: 2.5rem; } .member col.amount { width: 4.5rem; }
  .member col.product { width: 6rem; } figure, tr { break-inside: avoid; } h2 { break-after: avoid; } }
"""
)


@attrs.frozen
class Page:
    """A page and its pictures.

    Attributes:
        text: the page, HTML.
        pictures: SVG documents by their names: "months", "products", "categories" and "tenths", as far as there are
            such figures.
    """

    text: str
    pictures: Mapping[str, str]


def page(found: Comparison, new: Tariff, old: Tariff, lang: str, file: str) -> Page:
    """A comparison as a page.

    Args:
        found: the comparison.
        new: the list that is asked about.
        old: the list that it is held against.
        lang: "fr" or "en".
        file: the name of the file that has all rows that were charged another amount.

    Raises:
        InputError: no such language, or a package is missing.
    """
    words = Words(lang, found.currency)
    title, drawn = words("title", new=new.name or new.id), dict[str, str]()
    body = "\n".join(
        [
            f"<h1>{escape(title)}</h1>",
            f'<p class="soft">{escape(about(found, words))} {escape(words("same visits"))}</p>',
            _cards(found, words),
            *(f'<p class="bad">{escape(one)}</p>' for one in warned(found, words)),
            f"<p>{escape(checked(found.check, words))}</p>",
            _months(found, words, drawn),
            _products(found, words, drawn),
            _categories(found, words, drawn),
            _tenths(found, words, drawn),
            _most(found, words),
            _check(found.check, found, words, file),
            _left_out(found, words),
            _how(found, new, old, words),
        ]
    )
    text = (
        f'<!DOCTYPE html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_SECURITY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )
    return Page(text, {name: _alone(svg) for name, svg in drawn.items()})


def pictures(found: Comparison, words: Words) -> dict[str, str]:
    """The pictures of a comparison as SVG documents by their names, as far as there are such figures.

    Args:
        found: the comparison.
        words: the words.

    Raises:
        InputError: a package is missing.
    """
    drawn = dict[str, str]()
    for part in (_months, _products, _categories, _tenths):
        part(found, words, drawn)
    return {name: _alone(svg) for name, svg in drawn.items()}


def _alone(svg: str) -> str:
    """A picture of the page as a document of its own, with the colours of the page."""
    head, _, rest = svg.partition(">")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}><style>{_COLOURS}</style>{rest}\n'


def about(found: Comparison, words: Words) -> str:
    """What is compared, in a sentence.

    Args:
        found: the comparison.
        words: the words.
    """
    days = [day for day in found.rows.column("day").to_pylist() if day is not None]
    return words.of(found.total.rows, "about", rows=found.total.rows, days=words.days(days))


def name_of(product: str, found: Comparison) -> str:
    """The name of a product, its id where the lists have none.

    Args:
        product: its id.
        found: the comparison.
    """
    return found.names.get(product, product)


def groups_of(found: Comparison) -> tuple[str, ...]:
    """The groups of members that are told of: of those who cannot be compared only where there are any.

    Args:
        found: the comparison.
    """
    return PAYS if found.shares.uncompared else PAYS[:-1]


def warned(found: Comparison, words: Words) -> list[str]:
    """What has to be known before the sums are read, a sentence each.

    Args:
        found: the comparison.
        words: the words.
    """
    said, both = [], found.both
    unpriced = found.total.rows - both.rows
    if unpriced:
        sums = {"old": both.old, "new": both.new, "change": words.change(both.change)}
        said.append(words.of(unpriced, "unpriced", unpriced=unpriced, rows=found.total.rows, **sums))
    if not found.members:
        said.append(words("no members"))
    return said


# --- parts -----------------------------------------------------------------------------------------------------------


def _cards(found: Comparison, words: Words) -> str:
    total, everybody = found.total, found.shares
    of = words.of(everybody.members, "of members", members=everybody.members)
    cards = [
        (words("old"), words.money(total.old), "", ""),
        (words("new"), words.money(total.new), "", ""),
        (words("change"), words.change(total.change), words.percent(total.change, total.old), ""),
        *(
            (words.of(count, name), words.number(count), of, kind)
            for name, kind in zip(groups_of(found), ("more", "less", "", ""), strict=False)
            if found.members
            for count in [getattr(everybody, name)]
        ),
    ]
    shown = (
        f'<div><dt>{escape(name)}</dt><dd class="{kind}">{escape(value)}<small>{escape(more)}</small></dd></div>'
        for name, value, more, kind in cards
    )
    return f'<dl class="cards">{"".join(shown)}</dl>'


def _section(title: str, *inner: str) -> str:
    return "\n".join(["<section>", f"<h2>{escape(title)}</h2>", *filter(None, inner), "</section>"])


def _figure(name: str, svg: str, drawn: dict[str, str]) -> str:
    drawn[name] = svg
    return f'<figure tabindex="0">{svg}</figure>'


def _scale(found: Comparison) -> int:
    """By how much minor units are divided to be drawn."""
    return int(10 ** exponent(found.currency))


def _months(found: Comparison, words: Words, drawn: dict[str, str]) -> str:
    if not found.months:
        return ""
    title = words("by month")
    names = [words.month(one.name) for one in found.months]
    heads = [
        words.short_month(one.name, year=place == 0 or one.name.endswith("-01"))
        for place, one in enumerate(found.months)
    ]
    bars = Bars(
        heads,
        [(words("old"), "old"), (words("new"), "new")],
        [[one.old for one in found.months], [one.new for one in found.months]],
    )
    picture = columns("months", title, _said(found.total, words), bars, found.currency, _scale(found))
    table = _sums(title, words("month"), names, found.months, found.total, words)
    return _section(title, _figure("months", picture, drawn), table)


def _products(found: Comparison, words: Words, drawn: dict[str, str]) -> str:
    if not found.products:
        return ""
    title = words("by product")
    names = [name_of(one.name, found) for one in found.products]
    bars = Bars(names, [(words("change"), "new")], [[one.change for one in found.products]])
    picture = changes(
        "products",
        words("change of product"),
        _said(found.total, words),
        bars,
        f"{words('change')} ({found.currency})",
        _scale(found),
        [words.change(one.change) for one in found.products],
    )
    table = _sums(title, words("product"), names, found.products, found.total, words)
    return _section(title, _figure("products", picture, drawn), table)


def _categories(found: Comparison, words: Words, drawn: dict[str, str]) -> str:
    if not found.categories:
        return ""
    names = [one.name or words("unknown") for one in found.categories]
    heading = ("categories", words("by category", by=found.by), "", words("category"))
    return _shares(*heading, names, found.categories, words, drawn)


def _tenths(found: Comparison, words: Words, drawn: dict[str, str]) -> str:
    if not found.tenths:
        return ""
    names = [one.name for one in found.tenths]
    names[0], names[-1] = f"{names[0]} ({words('least')})", f"{names[-1]} ({words('most paid')})"
    title, about = words("by tenth"), words("about tenths")
    if len(found.tenths) < TENTHS:
        about = f"{about} {words('few')}"
    return _shares("tenths", title, about, words("tenth"), names, found.tenths, words, drawn)


def _shares(
    id: str,
    title: str,
    about: str,
    head: str,
    names: Sequence[str],
    shares: Sequence[Shares],
    words: Words,
    drawn: dict[str, str],
) -> str:
    kinds = ("less", "same", "more")
    told = (*kinds, "uncompared") if any(one.uncompared for one in shares) else kinds
    bars = Bars(
        names, [(words(kind), kind) for kind in kinds], [[getattr(one, kind) for one in shares] for kind in kinds]
    )
    rows = [
        [
            name,
            words.number(one.members),
            *(words.number(getattr(one, kind)) for kind in told),
            words.money(one.old),
            words.money(one.new),
            words.change(one.change),
            words.percent(one.change, one.old),
        ]
        for name, one in zip(names, shares, strict=True)
    ]
    heads = [head, words("members"), *(words(kind) for kind in told), words("old"), words("new"), words("change"), "%"]
    said = f"{about} " if about else ""
    text = f'<p class="soft">{escape(said)}</p>' if said else ""
    picture = parts(id, title, about or title, bars)
    return _section(title, text, _figure(id, picture, drawn), _table(_figures(title, words), heads, rows))


def _most(found: Comparison, words: Words) -> str:
    if not found.most:
        return ""
    cards = "\n".join(_member(one, found, words) for one in found.most)
    return _section(words.of(len(found.most), "most", count=len(found.most)), cards)


def _member(one: ChangedMember, found: Comparison, words: Words) -> str:
    member = one.member
    kind = "rise" if member.change > 0 else "fall"
    who = f"{member.id}{f' · {member.category}' if member.category else ''}"
    sums = f"{words.money(member.old)} → {words.money(member.new)}"
    percent = words.percent(member.change, member.old)
    change = f"{words.change(member.change)}{f' ({percent})' if percent else ''}"
    head = f'<h3><span>{escape(who)}</span><span>{escape(sums)} <b class="{kind}">{escape(change)}</b></span></h3>'
    heads = ("times", "product", "old", "why", "new", "why", "change")
    rows = "".join(
        f'<tr><td>{words.number(row.count)} ×</td><td class="text">{escape(name_of(row.product, found))}</td>'
        f"<td>{escape(words.money(row.old))}</td>{_reasons(row.why_old)}"
        f"<td>{escape(words.money(row.new))}</td>{_reasons(row.why_new)}<td>{escape(words.change(row.change))}</td></tr>"
        for row in one.rows
    )
    kinds = [' class="text"' if name in ("product", "why") else "" for name in heads]
    names = "".join(
        f'<th scope="col"{kind}>{escape(words(name))}</th>' for kind, name in zip(kinds, heads, strict=True)
    )
    said = escape(words("most of one", changed=one.changed, rows=member.rows))
    inner = (
        f"<caption>{said}</caption><colgroup>{_COLUMNS}</colgroup><thead><tr>{names}</tr></thead><tbody>{rows}</tbody>"
    )
    table = f'<div class="scroll"><table>{inner}</table></div>'
    return f'<div class="member">{head}{table}</div>'


def _reasons(why: Iterable[str]) -> str:
    return f'<td class="text"><ul>{"".join(f"<li>{escape(one)}</li>" for one in why)}</ul></td>'


def checked(check: Check | None, words: Words) -> str:
    """Whether the old list is what was charged, in a sentence.

    Args:
        check: what was found; ``None``: no row says what was charged.
        words: the words.
    """
    if check is None:
        return words("check none")
    if not check.differences:
        return words.of(check.rows, "check good", rows=check.rows)
    sums = {"charged": check.charged, "replayed": check.replayed}
    return words.of(check.rows, "check bad", equal=check.equal, rows=check.rows, **sums)


def _check(check: Check | None, found: Comparison, words: Words, file: str) -> str:
    if check is None or not check.differences:
        return ""
    title, differ = words("check"), len(check.differences)
    rows = [
        [
            one.id,
            words.day(one.day),
            name_of(one.product, found),
            words.money(one.charged),
            words("refused") if one.replayed is None else words.money(one.replayed),
            words.reasons(one.why),
        ]
        for one in check.differences[:LISTED]
    ]
    heads = [words("row"), words("day"), words("product"), words("charged"), words("old"), words("why")]
    first = words.of(differ, "check first", shown=len(rows), differ=differ, file=file)
    text = f'<p class="bad">{escape(checked(check, words))}</p><p>{escape(first)}</p>'
    return _section(title, text, _table(title, heads, rows, texts=(2, 5)))


def left_out(found: Comparison, words: Words) -> list[str]:
    """What is not in the figures of members, a sentence each.

    Args:
        found: the comparison.
        words: the words.
    """
    said = []
    if found.shares.uncompared:
        said.append(words("left out members", members=found.shares.uncompared))
    if found.nobody.rows:
        said.append(words("nobody", rows=found.nobody.rows, old=found.nobody.old, new=found.nobody.new))
    if found.only_old.rows:
        said.append(words("only old", rows=found.only_old.rows, old=found.only_old.old))
    if found.only_new.rows:
        said.append(words("only new", rows=found.only_new.rows, new=found.only_new.new))
    old, new = found.refused_old, found.refused_new
    told = {"refused both": old} if old == new else {"refused old": old, "refused new": new}
    for name, kinds in told.items():
        if kinds:
            said.append(words(name, rows=sum(one.rows for one in kinds)))
            said += [_refused(one, found, words) for one in kinds[:KINDS]]
    said = said or [words("nothing left out")]
    if found.not_sold:
        said.append(words("not sold", products=listed(found.not_sold)))
    if found.unused:
        said.append(words("unused", columns=listed(found.unused)))
    return said


def _refused(one: Refused, found: Comparison, words: Words) -> str:
    name = found.names.get(one.product, shown(one.product))
    why = one.why if one.listed else words("not listed")
    near = words("near", near=shown(one.near)) if one.near else ""
    said = "".join(words("refused why", said=part) for part in (why, near) if part)
    return words("refused kind", product=name, codes=one.codes, rows=one.rows, first=one.first, why=said)


def listed(names: Sequence[str]) -> str:
    """Names of a file in a sentence, the first of them.

    Args:
        names: the names.
    """
    more = ["..."] if len(names) > LISTED else []
    return ", ".join([*map(shown, names[:LISTED]), *more])


def _left_out(found: Comparison, words: Words) -> str:
    items = "".join(f"<li>{escape(one)}</li>" for one in left_out(found, words))
    return _section(words("left out"), f"<ul>{items}</ul>")


def _how(found: Comparison, new: Tariff, old: Tariff, words: Words) -> str:
    """Which rows were answered in which way, and why not all of them in the fastest."""
    parts = []
    for name, tariff, report in (("old", old, found.report_old), ("new", new, found.report_new)):
        ways = ", ".join(f"{way}{words('colon')}{words.number(rows)}" for way, rows in sorted(report.ways.items()))
        said = words("ways", version=tariff.version[:12], engine=report.engine, ways=ways)
        why = "".join(
            f"<li>{escape(name_of(product, found))}{escape(words('colon'))}{escape(reason)}</li>"
            for product, reason in sorted(report.why.items())
            if reason
        )
        parts.append(f"<h3>{escape(words(name))}</h3><p>{escape(said)}</p>{f'<ul>{why}</ul>' if why else ''}")
    text = f'<p class="soft">{escape(words("about ways"))}</p>'
    return _section(words("how"), text, *parts)


# --- tables ----------------------------------------------------------------------------------------------------------


def _said(total: Sums, words: Words) -> str:
    old, new = f"{words('old')}{words('colon')}{words.money(total.old)}", words.money(total.new)
    return f"{old}. {words('new')}{words('colon')}{new}."


def _figures(title: str, words: Words) -> str:
    return f"{words('table')}{words('colon')}{title}"


def _sums(title: str, head: str, names: Sequence[str], sums: Sequence[Sums], total: Sums, words: Words) -> str:
    def row(name: str, one: Sums) -> list[str]:
        change = (words.change(one.change), words.percent(one.change, one.old))
        return [name, words.number(one.rows), words.money(one.old), words.money(one.new), *change]

    rows = [row(name, one) for name, one in zip(names, sums, strict=True)]
    heads = [head, words("rows"), words("old"), words("new"), words("change"), "%"]
    return _table(_figures(title, words), heads, rows, foot=row(words("total"), total))


def _table(
    caption: str,
    heads: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    foot: Sequence[str] = (),
    texts: Sequence[int] = (),
) -> str:
    """A table; ``texts`` are the columns that are no figures, beside the first."""
    kinds = [' class="text"' if place in texts else "" for place in range(1, len(heads))]

    def line(cells: Sequence[str]) -> str:
        first, *rest = cells
        shown = "".join(f"<td{kind}>{escape(cell)}</td>" for kind, cell in zip(kinds, rest, strict=True))
        return f'<tr><th scope="row">{escape(first)}</th>{shown}</tr>'

    named = zip(("", *kinds), heads, strict=True)
    head = "".join(f'<th scope="col"{kind}>{escape(name)}</th>' for kind, name in named)
    body = "\n".join(map(line, rows))
    last = f"<tfoot>{line(foot)}</tfoot>" if foot else ""
    table = f"<caption>{escape(caption)}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>{last}"
    label = f'tabindex="0" role="region" aria-label="{escape(caption)}"'
    return f'<div class="scroll" {label}><table>{table}</table></div>'
