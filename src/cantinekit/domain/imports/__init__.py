"""Taking over what another system knows: what runs, what is left, what is owed, what was, and the numbers it gave."""
