"""What holds for a whole run of the tests: how large it is, and the material beside the repository."""
