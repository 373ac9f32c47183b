"""Whether something changed is found out by asking again, and by reading only what differs."""

from mlflow_io.stores.files.change_tracker import ChangeTracker


class Shop:
    """What is asked: prices by name, each written down on a page with a number."""

    def __init__(self) -> None:
        self.tracker = ChangeTracker()
        self.pages: dict[str, tuple[int, str]] = {"apple": (1, "5"), "pear": (1, "7")}
        self.read: list[str] = []
        self.settled = True

    def price(self, name: str) -> int | None:
        number = self.pages[name][0]
        return self.tracker.remembered(name, (number,), lambda: self._read(name), settled=self.settled)

    def _read(self, name: str) -> int | None:
        self.read.append(name)
        text = self.pages[name][1]
        if text.isdecimal():
            return int(text)
        self.tracker.note(f"{name}: {text}")
        return None


def test_what_was_never_asked_may_have_changed() -> None:
    assert ChangeTracker().has_changed(afresh=False)


def test_what_is_the_same_is_not_read_again() -> None:
    shop = Shop()
    assert shop.tracker.ask(shop.price, "apple").content == 5
    assert not shop.tracker.has_changed(afresh=False)
    assert not shop.tracker.has_changed(afresh=False)
    assert shop.read == ["apple"]


def test_what_was_asked_is_asked_again_and_nothing_else() -> None:
    shop = Shop()
    shop.tracker.ask(shop.price, "apple")
    shop.pages["pear"] = (2, "8")
    assert not shop.tracker.has_changed(afresh=False)
    shop.pages["apple"] = (2, "6")
    assert shop.tracker.has_changed(afresh=False)
    assert shop.read == ["apple", "apple"]


def test_another_page_with_the_same_on_it_is_no_change() -> None:
    shop = Shop()
    shop.tracker.ask(shop.price, "apple")
    shop.pages["apple"] = (2, "5")
    assert not shop.tracker.has_changed(afresh=False)
    assert shop.read == ["apple", "apple"]


def test_a_change_under_the_same_number_is_seen_afresh_or_where_it_had_not_settled() -> None:
    for settled, afresh in ((True, True), (False, False)):
        shop = Shop()
        shop.settled = settled
        shop.tracker.ask(shop.price, "apple")
        shop.pages["apple"] = (1, "6")
        assert shop.tracker.has_changed(afresh=afresh)


def test_a_change_that_was_read_before_it_was_asked_for_is_not_lost() -> None:
    shop = Shop()
    shop.tracker.ask(shop.price, "apple")
    shop.pages["apple"] = (2, "6")
    shop.tracker.ask(shop.price, "apple")
    assert shop.tracker.has_changed(afresh=False)


def test_after_a_change_all_begins_anew() -> None:
    shop = Shop()
    shop.tracker.ask(shop.price, "apple")
    shop.pages["apple"] = (2, "6")
    assert shop.tracker.has_changed(afresh=False)
    assert shop.tracker.ask(shop.price, "apple").content == 6
    assert not shop.tracker.has_changed(afresh=False)


def test_what_an_answer_goes_without_comes_with_it_each_time_and_with_no_other() -> None:
    shop = Shop()
    shop.pages["apple"] = (1, "smudged")
    assert shop.tracker.ask(shop.price, "apple").unreadable == ("apple: smudged",)
    assert shop.tracker.ask(shop.price, "apple").unreadable == ("apple: smudged",)
    assert shop.tracker.ask(shop.price, "pear").unreadable == ()
    assert shop.read == ["apple", "pear"]
    assert not shop.tracker.has_changed(afresh=False)
    shop.pages["apple"] = (2, "torn")
    assert shop.tracker.has_changed(afresh=False)


def test_what_is_answered_once_is_not_asked_again() -> None:
    shop = Shop()
    shop.tracker.ask(shop.price, "pear")
    assert shop.tracker.answer(shop.price, "apple").content == 5
    shop.pages["apple"] = (2, "6")
    assert not shop.tracker.has_changed(afresh=False)
