"""The directory: who people say they are, to those to whom they say it."""
