"""The page on the contract of pricing rules has the promises of the code, word for word."""

from __future__ import annotations

from pathlib import Path

from cantinekit.testing import PricingRuleContract, pricing_rule_promises
from cantinekit.testing._pricing_base import PricingRuleBase

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "pricing-rule-contract.md"
BEGIN, END = "<!-- promises -->\n", "<!-- end of promises -->\n"


def written() -> str:
    """The part of the page that is generated: a heading for each group, a line for each promise."""
    sentences = dict(pricing_rule_promises())
    parts = []
    for room in PricingRuleContract.__bases__:
        lines = [f"- {sentences[name]}\n" for name in vars(room) if name in sentences]
        parts.append(f"### {room.__doc__.splitlines()[0].removesuffix('.')}\n\n{''.join(lines)}")
    return "\n" + "\n".join(parts) + "\n"


def test_the_page_lists_every_promise():
    """The generated part of the page is what the code says; run this file to write it."""
    page = PAGE.read_text(encoding="utf-8")
    assert page.partition(BEGIN)[2].partition(END)[0] == written()


def test_the_page_names_every_setting():
    """The table of what a class may say has the attributes of the base, and no other."""
    page = PAGE.read_text(encoding="utf-8")
    for name in PricingRuleBase.__annotations__:
        assert f"| `{name}` |" in page


def test_every_promise_is_one_sentence():
    """A promise is one sentence, and no two are the same."""
    sentences = [sentence for _, sentence in pricing_rule_promises()]
    assert len(set(sentences)) == len(sentences) >= 10
    for sentence in sentences:
        assert sentence.endswith("."), sentence
        assert sentence[0].isupper(), sentence
        assert ". " not in sentence, sentence


if __name__ == "__main__":
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    PAGE.write_text(before + BEGIN + written() + END + rest.partition(END)[2], encoding="utf-8")
