"""The pages on the contracts have the promises of the code, word for word. Run this file to write them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import attrs
import pytest

from cantinekit.plugins import store_checks
from cantinekit.plugins.ports import MAX_KEYS, MAX_WEBHOOK_BYTES
from cantinekit.testing import (
    NotifierContract,
    PaymentContract,
    PaymentStage,
    PricingRuleContract,
    StorageContract,
    notifier_promises,
    payment_promises,
    pricing_rule_promises,
    promises,
)
from cantinekit.testing._notifier_stage import FAULTS
from cantinekit.testing._pricing_base import PricingRuleBase

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
BEGIN, END = "<!-- promises -->\n", "<!-- end of promises -->\n"


@attrs.frozen
class Page:
    """A page, the contract that it is about, its promises, and the least number of them."""

    name: str
    contract: type[Any]
    promises: Callable[[], Sequence[tuple[str, str]]]
    least: int

    def read(self) -> str:
        return (REFERENCE / f"{self.name}.md").read_text(encoding="utf-8")

    def generated(self) -> str:
        """What the code has to say: a heading for each group, a line for each promise."""
        sentences = dict(self.promises())
        parts = []
        for room in self.contract.__bases__:
            lines = [f"- {sentences[name]}\n" for name in vars(room) if name in sentences]
            parts.append(f"### {room.__doc__.splitlines()[0].removesuffix('.')}\n\n{''.join(lines)}")
        return "\n" + "\n".join(parts) + "\n"


STORAGE = Page("storage-contract", StorageContract, promises, 60)
PAYMENT = Page("payment-contract", PaymentContract, payment_promises, 40)
NOTIFIER = Page("notifier-contract", NotifierContract, notifier_promises, 20)
PRICING = Page("pricing-rule-contract", PricingRuleContract, pricing_rule_promises, 10)
PAGES = (STORAGE, PAYMENT, NOTIFIER, PRICING)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_page_lists_every_promise(page):
    """The generated part of the page is what the code says."""
    assert page.read().partition(BEGIN)[2].partition(END)[0] == page.generated()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_promise_is_one_sentence(page):
    """A promise is one sentence, and no two are the same."""
    sentences = [sentence for _, sentence in page.promises()]
    assert len(set(sentences)) == len(sentences) >= page.least
    for sentence in sentences:
        assert sentence.endswith("."), sentence
        assert sentence[0].isupper(), sentence
        assert ". " not in sentence, sentence


def test_the_limits_of_a_store():
    """The limits on the page are those of the code."""
    text = STORAGE.read()
    for limit in (
        MAX_KEYS,
        store_checks.MAX_EVENTS,
        store_checks.MAX_NAME_BYTES,
        store_checks.MAX_ID_BYTES,
        store_checks.MAX_VALUE_BYTES,
    ):
        assert f"| {limit:,}" in text
    defaults = (StorageContract.scale, StorageContract.patience, StorageContract.deadline)
    assert defaults == (1.0, 10.0, 120.0)


def test_every_part_of_a_payment_stage():
    """The table of what a stage is has its methods and attributes, and the limit of a webhook is that of the code."""
    text = PAYMENT.read()
    for name in [name for name in vars(PaymentStage) if not name.startswith("_")]:
        assert f"| `{name}" in text, name
    assert f"{MAX_WEBHOOK_BYTES:,}" in text


def test_every_fault_of_a_far_end():
    """Each fault that a far end may play is on the page of notifiers."""
    assert all(f"| `{fault}` |" in NOTIFIER.read() for fault in FAULTS)


def test_every_setting_of_a_pricing_rule():
    """The table of what a class may say has the attributes of the base."""
    assert all(f"| `{name}` |" in PRICING.read() for name in PricingRuleBase.__annotations__)


if __name__ == "__main__":
    for one in PAGES:
        before, _, rest = one.read().partition(BEGIN)
        text = before + BEGIN + one.generated() + END + rest.partition(END)[2]
        (REFERENCE / f"{one.name}.md").write_text(text, encoding="utf-8")
