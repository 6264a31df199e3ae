"""Known license texts as digests: enough to recognize a copy and to show what was changed."""
