"""The errands, one file each: what a person asks, from files to answer."""
