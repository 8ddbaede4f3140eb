"""Life cycles."""
