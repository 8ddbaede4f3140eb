"""The page on the payment contract has the promises of the code, word for word."""

from __future__ import annotations

from pathlib import Path

from cantinekit.ports import MAX_WEBHOOK_BYTES
from cantinekit.testing import PaymentContract, PaymentStage, payment_promises

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "payment-contract.md"
BEGIN, END = "<!-- promises -->\n", "<!-- end of promises -->\n"


def written() -> str:
    """The part of the page that is generated: a heading for each group, a line for each promise."""
    sentences = dict(payment_promises())
    parts = []
    for room in PaymentContract.__bases__:
        lines = [f"- {sentences[name]}\n" for name in vars(room) if name in sentences]
        parts.append(f"### {room.__doc__.splitlines()[0].removesuffix('.')}\n\n{''.join(lines)}")
    return "\n" + "\n".join(parts) + "\n"


def test_the_page_lists_every_promise():
    """The generated part of the page is what the code says; run this file to write it."""
    page = PAGE.read_text(encoding="utf-8")
    assert page.partition(BEGIN)[2].partition(END)[0] == written()


def test_the_page_names_every_part_of_a_stage():
    """The table of what a stage is has its methods and attributes, and the limit of a webhook is that of the code."""
    page = PAGE.read_text(encoding="utf-8")
    for name in [name for name in vars(PaymentStage) if not name.startswith("_")]:
        assert f"| `{name}" in page, name
    assert f"{MAX_WEBHOOK_BYTES:,}" in page


def test_every_promise_is_one_sentence():
    """A promise is one sentence, and no two are the same."""
    sentences = [sentence for _, sentence in payment_promises()]
    assert len(set(sentences)) == len(sentences) >= 40
    for sentence in sentences:
        assert sentence.endswith("."), sentence
        assert sentence[0].isupper(), sentence
        assert ". " not in sentence, sentence


if __name__ == "__main__":
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    PAGE.write_text(before + BEGIN + written() + END + rest.partition(END)[2], encoding="utf-8")
