"""What printings of one license have in common."""
