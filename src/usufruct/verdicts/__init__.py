"""May I, why, and what must I do. Pure: no network, disk, database or clock."""
