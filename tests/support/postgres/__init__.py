"""PostgreSQL for tests: a server, clusters that can be killed, a proxy, and what tests of the store share."""
