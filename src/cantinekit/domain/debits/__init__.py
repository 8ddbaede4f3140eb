"""Direct debits: mandates of payers, collections of what is due by them, and what a bank answers."""
