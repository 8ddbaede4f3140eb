"""A Patroni cluster, the clients that book on it, its faults, and what was lost."""
