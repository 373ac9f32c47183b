"""Laying out data for an experiment whose rows lie in several files: in a folder, or in a bucket."""

from collections.abc import Iterator
from pathlib import Path

from batch_zero.storage import files
from batch_zero.storage.files import FileError
from batch_zero.text import shortened
from datasets import layout
from datasets.frames import DataError, beside, imported
from datasets.tables import Say, first_line, read_table, unheard
from lifecycle.experiment import DataSpec

LAYOUT = "layout.py"


def lay_out(
    spec: DataSpec, source: str, target: str, *, replace: bool = False, say: Say = unheard
) -> Iterator[tuple[str, int]]:
    """Writes what the experiment's ``layout.py`` makes of the raw table ``source``; the name and the number of rows of
    each file. Raises DataError or FileError, before anything is written where that can be known."""
    file = spec.features_file.with_name(LAYOUT) if spec.features_file else None
    if file is None or not file.is_file():
        raise DataError(f"this experiment has no {LAYOUT} that lays out its data")
    raw = read_table(source, say, names=spec.as_written)
    try:
        with beside(file):
            tables = list(imported(file).lay_out(raw))
    except KeyError as error:
        raise DataError(f"{source}: a column is missing: {first_line(error)}") from error
    except Exception as error:  # whatever the user's own code raises is the answer
        raise DataError(f"{file}: {type(error).__name__}: {shortened(first_line(error), 200)}") from error
    if not replace:
        _refuse_to_overwrite(target, [name for name, _ in tables])
    for name, table in tables:
        place = files.join(target, name)
        _make_folder(place)
        files.write(place, table.to_csv(index=False).encode(), "text/csv")
        yield place, len(table)


def _refuse_to_overwrite(target: str, names: list[str]) -> None:
    """A batch that is there would mix with new ones, even where none of them has its name."""
    folders = dict.fromkeys(files.join(target, name.rpartition("/")[0]) for name in names)
    taken = {files.join(folder, name) for folder in folders for name in files.names(folder)}
    there = [place for name in names if (place := files.join(target, name)) in taken]
    there += [name for _, name in layout.batch_files(target)]
    if there:
        raise FileError(f"{there[0]}: is there already; --replace writes over it")


def _make_folder(place: str) -> None:
    if not files.is_s3(place):
        try:
            Path(place).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FileError(f"{place}: cannot be written: {error.strerror}") from error
