"""What can go wrong in a drift check."""


class DriftError(ValueError):
    """Two tables that can't be compared; the message is one sentence for the person who brought them."""
