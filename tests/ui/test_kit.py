"""The kit's parts, each drawn by a page of a few lines."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.test_app import words


def drawn(script: Callable[[], None]) -> AppTest:
    return AppTest.from_function(script, default_timeout=120).run()


def test_an_outage_ends_the_page_and_can_be_tried_again() -> None:
    def script() -> None:
        import streamlit as st

        from mlflow_io.errors import TrackingError
        from ui import frame, problems

        st.text(f"asked again: {frame.refreshed()}")
        with problems.shown("The page of the test"):
            raise TrackingError("The store at http://mlflow.example/ is away, *really*")
        st.text("not reached")

    page = drawn(script)
    assert "The page of the test cannot be shown" in words(page)
    assert page.error[0].icon == ":material/cloud_off:"
    assert "`http://mlflow.example/`" in page.error[0].value
    assert r"\*really\*" in page.error[0].value
    assert [text.value for text in page.text] == ["asked again: False"]
    assert [text.value for text in page.button(key="try-again").click().run().text] == ["asked again: True"]


def test_an_error_that_is_not_expected_is_not_drawn_as_one() -> None:
    def script() -> None:
        from ui import problems

        with problems.shown("The page", KeyError):
            raise ValueError("a fault of ours")

    assert drawn(script).exception


def test_a_missing_store_says_what_to_run_first() -> None:
    def script() -> None:
        from mlflow_io.errors import StoreMissing
        from ui import problems

        with problems.shown("The page"):
            raise StoreMissing("There is no MLflow store at sqlite:///none.db")

    page = drawn(script)
    assert not page.error
    assert "There is no history yet" in words(page)
    assert "make demo" in words(page)


def test_an_error_in_its_place_lets_the_rest_of_the_page_stand() -> None:
    def script() -> None:
        import streamlit as st

        from mlflow_io.errors import TrackingError
        from ui import problems

        with problems.shown_here():
            raise TrackingError("away")
        st.text("the rest")

    page = drawn(script)
    assert (page.error[0].value, page.text[0].value) == ("away", "the rest")


def test_an_empty_page_says_what_to_do_next_and_ends() -> None:
    def script() -> None:
        import streamlit as st

        from ui.empty import Step, empty

        empty("Runs of <b>x</b>", "Nothing is there yet.", ["no run was found"], [Step("Make one:", "echo 'a b'")])
        st.text("not reached")

    page = drawn(script)
    assert page.title[0].value == r"Runs of \<b\>x\<\/b\>"
    assert page.info[0].value == r"Nothing is there yet\."
    assert "No run was found" in words(page)
    assert page.code[0].value == "echo 'a b'"
    assert not page.text


def test_a_table_can_be_taken_away() -> None:
    def script() -> None:
        from ui import sortable

        sortable.show("some-rows", "Some rows", ("A", "B"), [("1", "2")])

    page = drawn(script)
    assert [button.proto.label for button in page.get("download_button")] == ["Download CSV"]
    assert "<table" in page.get("html")[0].proto.body


@pytest.mark.parametrize(("signed_in", "expected"), [(True, ["the page"]), (False, [])])
def test_who_is_not_let_in_sees_no_page(signed_in: bool, expected: list[str]) -> None:
    def script() -> None:
        import streamlit as st

        from ui import frame

        frame.begin(())
        frame.page("Some page")
        st.text("the page")

    page = AppTest.from_function(script, default_timeout=120)
    page.user = {"is_logged_in": signed_in, "email": "ada@example.org"}
    page.run()
    assert [text.value for text in page.text] == expected
    assert ("sign-in" in [button.key for button in page.button]) is not signed_in
