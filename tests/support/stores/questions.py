"""How many promises of the storage contract are about questions beside the port, which a store need not answer."""

from __future__ import annotations

from cantinekit.testing._storage_questions import QuestionPromises

QUESTIONS = sum(name.startswith("test_") for name in vars(QuestionPromises))
