"""A schema or a table that cannot be used."""

from batch_zero.errors import BatchZeroError


class SchemaError(BatchZeroError):
    """One sentence: which column, what came, what is valid."""

    status = 422
    in_vain = True
