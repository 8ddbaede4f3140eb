"""What holds in every house, machines that try to break it, and random records."""
