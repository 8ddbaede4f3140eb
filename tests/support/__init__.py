"""What the tests share, by what it is for; see README.md."""
