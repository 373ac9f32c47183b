"""The ground floor: what every room may use, and what knows no room. Its ``__main__`` is a door: the one command."""

__version__ = "0.1.0"
