"""How much of a model file is read, before anything of it is opened."""

from dataclasses import dataclass


class BoundError(Exception):
    """There is more than may be read. The message says of what: got ..., expected at most ..."""


@dataclass(frozen=True)
class FileBounds:
    """file_mb: of the file itself. unpacked_mb: of what is compressed in it, once it is unpacked; ratio: of that to the
    file, from ``free_mb`` on. members: files in a zip. opcodes, read_s: of a pickle that are looked at, in
    number and in seconds. names: that are kept. kept_mb: about how much memory that may take."""

    file_mb: int = 1_024
    unpacked_mb: int = 1_024
    ratio: int = 300
    free_mb: int = 32
    members: int = 10_000
    opcodes: int = 3_000_000
    read_s: float = 5.0
    names: int = 1_000
    kept_mb: int = 256

    def check_file(self, size: int) -> None:
        """Raises BoundError."""
        if size > self.file_mb << 20:
            raise BoundError(f"got {size / 2**20:,.0f} MB, expected at most {self.file_mb:,}")

    def check_unpacked(self, unpacked: int, packed: int) -> None:
        """Raises BoundError. packed: bytes from which so many were made."""
        if unpacked > self.unpacked_mb << 20:
            raise BoundError(f"got more than {self.unpacked_mb:,} MB when it is unpacked, expected at most that")
        if unpacked > self.free_mb << 20 and unpacked > self.ratio * packed:
            raise BoundError(
                f"got more than {self.ratio} times its size when it is unpacked, as in a file that is to fill a disk"
            )
