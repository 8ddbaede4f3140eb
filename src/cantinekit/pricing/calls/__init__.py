"""The calls beside ``quote``: how long something lasts, what a change costs, what is cheapest to buy."""
