"""How jobs are kept: the database, what stands in its rows, and which workers live."""
