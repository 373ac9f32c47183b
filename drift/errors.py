"""What can go wrong in a drift check."""

from batch_zero.errors import BatchZeroError


class DriftError(BatchZeroError):
    """Two tables that can't be compared; the message is one sentence for the person who brought them."""

    status = 422
