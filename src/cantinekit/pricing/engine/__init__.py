"""The phases of a price, in their fixed order, over the items of an order. Pure: nothing is read but the arguments."""
