"""Files that are refused before anything opens them, each with a sentence: what came, and what is valid.

FileRefused
├── NotAModel     it is something else, which is named
├── WrongSuffix   a model, of another kind than its name says
├── TooLarge      packed, or unpacked
├── UnsafeZip     names that lead elsewhere, links, files of one name; of a folder too
└── DamagedFile   it ends too early, or is damaged
"""

from batch_zero.errors import BatchZeroError


class FileRefused(BatchZeroError):
    """message: begins with the file's name."""

    status = 422
    in_vain = True


class NotAModel(FileRefused):
    """It is something else, or nothing that is known here."""


class WrongSuffix(FileRefused):
    """Its bytes are a model of another kind than its name says."""


class TooLarge(FileRefused):
    """It has more than the bounds say, packed or unpacked."""

    status = 413


class UnsafeZip(FileRefused):
    """A zip, or a folder, with something in it that no model's has."""


class DamagedFile(FileRefused):
    """It cannot be decompressed, or ends too early."""
