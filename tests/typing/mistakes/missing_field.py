"""A field that has no default was left out."""

from cantinekit import commands

commands.Book(space_id="b", product_id="room")  # mistake
