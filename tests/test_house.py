"""The house stands as its table says: every import in the tree is held against ``tests/house.py``."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

from tests.house import (
    BANNED,
    FEWEST_TOO_MANY,
    FLOORS,
    LARGEST_SHARE,
    ONLY_IN,
    PROGRAMS,
    ROOT,
    SETTINGS,
    floor_of,
    imports,
    is_door,
    ours,
    parsed,
    rooms,
    sources,
    text,
)


def test_every_room_has_a_floor() -> None:
    found = {path.parts[0] for path in rooms() if len(path.parts) > 1 and not is_door(path)}
    assert found == {SETTINGS, *FLOORS} - {"door", "process", "api"}


def test_imports_go_down_and_doors_do_not_know_each_other() -> None:
    assert [fault for source in rooms() for fault in wrong_imports(source)] == []


def wrong_imports(source: Path) -> Iterator[str]:
    for name in ours(source):
        room = name.split(".")[0]
        if source.parts[0] == SETTINGS:
            if room not in {"batch_zero", "datasets", "lifecycle", SETTINGS}:
                yield f"{source} imports {name}"
        elif room == SETTINGS:
            if not is_door(source):
                yield f"{source} reads settings, which is a door's business"
        elif room in PROGRAMS or "__main__" in name:
            yield f"{source} imports the door {name}"
        elif room != source.parts[0] and FLOORS[room] >= floor_of(source):
            yield f"{source} imports {name}, which is not below it"


def test_no_files_import_each_other_in_a_circle() -> None:
    files = {".".join(path.with_suffix("").parts): path for path in rooms()}
    graph = {
        module: {found for name in imports(path) for found in (name, name.rpartition(".")[0]) if found in files}
        for module, path in files.items()
    }
    assert len(list(TopologicalSorter(graph).static_order())) == len(files)


def test_no_room_is_most_of_the_house() -> None:
    lines = Counter[str]()
    for source in rooms():
        lines[source.parts[0]] += text(source).count("\n")
    assert {room: n for room, n in lines.items() if n > LARGEST_SHARE * lines.total()} == {}


def test_a_folder_can_be_taken_in_at_a_glance() -> None:
    files = Counter(source.parent for source in sources() if source.name != "__init__.py")
    assert {str(folder): n for folder, n in files.items() if n >= FEWEST_TOO_MANY} == {}


def test_a_library_is_imported_in_its_room_only() -> None:
    found = [(str(source), name) for source in sources() for name in imports(source)]
    assert [pair for pair in found if not pair[0].startswith(ONLY_IN.get(pair[1].split(".")[0], ("",)))] == []


def test_nothing_lets_foreign_text_act() -> None:
    assert [(source, word) for source in sources() for word in BANNED if word in text(source)] == []


def test_examples_know_nothing_of_the_program() -> None:
    assert [name for source in sources() if source.parts[0] == "examples" for name in ours(source)] == []


def test_the_rest_of_the_code_knows_no_experiment_by_name() -> None:
    names = [path.name for path in (ROOT / "examples").iterdir() if path.is_dir()]
    searched = [source for source in rooms() if source.parts[0] != SETTINGS]  # which names the one that opens first
    assert [(s, name) for s in searched for name in names if re.search(rf"\b{name}\b", text(s))] == []


def test_every_page_begins_with_the_frame_which_lets_nobody_in_who_has_to_sign_in() -> None:
    pages = [source for source in sources() if source.parts[0] in {"app.py", "pages"}]
    first = {page: next(node for node in parsed(page) if isinstance(node, ast.Call)) for page in pages}
    begins = {page: ast.unparse(call.func) for page, call in first.items()}
    assert begins.pop(Path("app.py")) == "frame.begin"  # which lets in whom frame.page then shows a page
    assert set(begins.values()) == {"frame.page"}


def functions(source: Path) -> Iterator[str]:
    """What each function that a file has for others does, whatever it says about itself."""
    for node in ast.parse(text(source)).body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            body = node.body[ast.get_docstring(node) is not None :]
            yield f"({ast.unparse(node.args)}): {'; '.join(map(ast.unparse, body))}"


def test_no_function_is_written_twice() -> None:
    written = Counter(function for source in rooms() for function in functions(source))
    assert [function for function, times in written.items() if times > 1] == []


def test_what_comes_with_the_program_is_found_in_one_place() -> None:
    """The sandbox knows where it is itself: its child has nothing of the house around it. What Streamlit runs, and what
    a wheel calls, begin beside their own file."""
    found = {source for source in rooms() if re.search(r"(?<!st\.)__file__", text(source))}
    assert {source for source in found if source.parts[0] != "sandbox"} == {
        Path("batch_zero/installation.py"),
        Path("launch.py"),
        Path("server.py"),
    }
