"""Payments: charges, attempts to take their money, refunds, and the ledger."""
