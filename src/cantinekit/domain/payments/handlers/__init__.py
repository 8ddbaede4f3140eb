"""Paying, giving money back, and what gateways and people say of money: importing this declares the handlers."""

from cantinekit.domain.payments.handlers import elsewhere, joint, owed, payments

__all__ = ["elsewhere", "joint", "owed", "payments"]
