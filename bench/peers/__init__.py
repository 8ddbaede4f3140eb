"""The same tariff written by hand and on other packages, to judge what the pricing engine costs.

Nothing here imports cantinekit. ``workload`` holds the tariff and the rows, each other module one way to price them.
"""
