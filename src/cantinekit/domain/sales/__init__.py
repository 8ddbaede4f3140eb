"""Sales: prices that were made, with all that they were made from, and the meters that they moved."""
