"""Bills: terms of payment of those who buy on account, and one invoice for all that they were charged."""
