"""What a license says."""
