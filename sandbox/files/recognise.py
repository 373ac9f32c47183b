"""What kind a file is, by its bytes: its beginning, a zip's list of contents, an ONNX graph's outermost fields. Nothing
of it is opened, and its name has no say."""

import io
import pickletools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sandbox.files import kinds, text, whole, zips
from sandbox.files.bounds import FileBounds
from sandbox.files.kinds import Kind
from sandbox.files.streams import CutError, DamagedError, NoCodecError, Unpacked, codec_of

HEAD = 1 << 16


@dataclass(frozen=True)
class Found:
    """codec: by which the whole file is compressed; None where it is not. cut: it ends too early, as far as that is
    seen without opening it."""

    kind: Kind
    codec: str | None = None
    cut: bool = False


MAGIC: tuple[tuple[int, bytes, Kind], ...] = (
    (0, b"CBM1", kinds.CATBOOST),
    (0, b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.", kinds.PYTORCH),
    (0, b"PAR1", kinds.PARQUET),
    (0, b"ARROW1", kinds.ARROW),
    (0, b"FEA1", kinds.ARROW),
    (0, b"\x93NUMPY", kinds.NUMPY),
    (0, b"\x89HDF\r\n\x1a\n", kinds.HDF5),
    (0, b"\x7fELF", kinds.PROGRAM),
    (0, b"MZ", kinds.PROGRAM),
    (0, b"\xcf\xfa\xed\xfe", kinds.PROGRAM),
    (0, b"\xca\xfe\xba\xbe", kinds.PROGRAM),
    (0, b"%PDF-", kinds.PDF),
    (0, b"\x89PNG\r\n\x1a\n", kinds.IMAGE),
    (0, b"\xff\xd8\xff", kinds.IMAGE),
    (0, b"GIF8", kinds.IMAGE),
    (0, b"II*\x00", kinds.IMAGE),
    (8, b"WEBP", kinds.IMAGE),
    (4, b"TFL3", kinds.TFLITE),
    (0, b"GGUF", kinds.GGUF),
    (0, b"binf", kinds.XGBOOST_OLD),
    (0, b"RDX", kinds.R_DATA),
    (0, b"X\n\x00\x00\x00", kinds.R_DATA),
    (0, b"SQLite format 3\x00", kinds.SQLITE),
    (257, b"ustar", kinds.ARCHIVE),
    (0, b"7z\xbc\xaf\x27\x1c", kinds.ARCHIVE),
    (0, b"Rar!", kinds.ARCHIVE),
    (0, b"\x28\xb5\x2f\xfd", kinds.ARCHIVE),
)
"""Where in a file which bytes stand."""

_UBJ = re.compile(rb"\{[LlIiU].{0,7}?learner|\{.{1,40}?(Config|learner).?\{", re.DOTALL)


def recognised(path: Path, bounds: FileBounds | None = None) -> Found:
    """Raises OSError, and BoundError where it would take more than the bounds to know."""
    with path.open("rb") as file:
        head = file.read(HEAD)
        if (codec := codec_of(head)) is not None:
            file.seek(0)
            return _within(file, codec, bounds or FileBounds())
    kind = _of_zip(path) if head.startswith((b"PK\x03\x04", b"PK\x05\x06")) else of_bytes(head)
    if kind is kinds.UNKNOWN and whole.is_onnx(path):
        kind = kinds.ONNX
    return Found(kind, cut=whole.is_cut(path, kind))


def _within(file: BinaryIO, codec: str, bounds: FileBounds) -> Found:
    try:
        head = Unpacked(file, codec, bounds).read(HEAD)
    except DamagedError as error:
        return Found(kinds.DAMAGED, codec, cut=isinstance(error, CutError))
    except NoCodecError:
        return Found(kinds.JOBLIB, codec)  # what else there is in LZ4; whoever opens it says what is lacking
    if codec_of(head) is not None:
        return Found(kinds.TWICE, codec)
    kind = of_bytes(head)
    return Found(kinds.JOBLIB if kind is kinds.PICKLE else kind, codec)


def of_bytes(head: bytes) -> Kind:
    """Of a file that is neither a zip nor compressed, by its beginning."""
    if not head:
        return kinds.EMPTY
    for place, mark, kind in MAGIC:
        if head.startswith(mark, place):
            return kind
    if is_pickle(head):
        return kinds.JOBLIB if b"joblib.numpy_pickle" in head[:4096] else kinds.PICKLE
    if head[:1] == b"{" and _UBJ.match(head) and text.read(head) is None:
        return kinds.XGBOOST_UBJ
    if head[8:10] == b'{"' and int.from_bytes(head[:8], "little") < 1 << 27:
        return kinds.SAFETENSORS
    return text.kind_of(head) or kinds.UNKNOWN


def is_pickle(head: bytes) -> bool:
    """A later protocol says so itself; an earlier one is believed where it begins like nothing else."""
    if head[0] == 0x80:
        return len(head) == 1 or head[1] < 16
    try:
        for count, (code, argument, _) in enumerate(pickletools.genops(io.BytesIO(head))):
            if code.name in ("GLOBAL", "INST") and not re.fullmatch(r"[\w.]+ [\w.]+", str(argument)):
                return False
            if code.name == "STOP":
                return count > 0
            if count >= 4:
                return True
    except (ValueError, IndexError, OverflowError, MemoryError):
        return False
    return False


ZIPPED: tuple[tuple[str, Kind], ...] = (
    (r"schema\.json", kinds.SKOPS),
    (r"([^/]+/)?data\.pkl", kinds.PYTORCH),
    (r"([^/]+/)?constants\.pkl", kinds.PYTORCH),
    (r"model\.weights\.h5", kinds.KERAS),
    (r"\[Content_Types\]\.xml", kinds.OFFICE),
    (r"mimetype", kinds.OFFICE),
    (r"META-INF/MANIFEST\.MF", kinds.WHEEL),
    (r"[^/]+\.dist-info/METADATA", kinds.WHEEL),
    (r"[^/]+\.npy", kinds.NUMPY),
)
"""A name in a zip -> what that zip is."""

MODEL_SUFFIXES = (".pkl", ".pickle", ".joblib", ".skops", ".ubj", ".xgb", ".cbm", ".onnx")
"""That hardly anything else has."""


def _of_zip(path: Path) -> Kind:
    try:
        with zips.opened(path) as archive:
            names = archive.namelist()
    except zips.ZipError:
        return kinds.BROKEN_ZIP
    if zips.mlmodel_folder(names) is not None:
        return kinds.MLFLOW_ZIP
    for pattern, kind in ZIPPED:
        if any(re.fullmatch(pattern, name) for name in names):
            return kind
    return kinds.ZIPPED_FILES if any(name.lower().endswith(MODEL_SUFFIXES) for name in names) else kinds.ZIP
