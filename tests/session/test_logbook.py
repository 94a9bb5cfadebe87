import logging
import threading

from tfm.session.logbook import BookHandler, LogBook


def test_the_oldest_lines_leave_first_and_numbers_go_on() -> None:
    book = LogBook(3)
    for number in range(5):
        book.write(float(number), logging.INFO, "tfm", f"line {number}")
    assert [line.text for line in book.lines()] == ["line 2", "line 3", "line 4"]
    assert [line.number for line in book.lines()] == [3, 4, 5]
    assert book.count == 5
    assert [line.number for line in book.wait(4, 0)] == [5]


def test_lines_are_chosen_by_level_and_words() -> None:
    book = LogBook(10)
    book.write(0, logging.DEBUG, "tfm.s3", "GET a")
    book.write(0, logging.WARNING, "tfm.ui", "no such key a")
    book.write(0, logging.ERROR, "tfm.ui", "refused")
    assert [line.text for line in book.lines(logging.WARNING)] == ["no such key a", "refused"]
    assert [line.text for line in book.lines(fits=lambda line: "a" in line.text)] == [
        "GET a",
        "no such key a",
    ]


def test_who_waits_gets_the_line_of_another_thread_and_is_let_go_at_the_end() -> None:
    book = LogBook(10)
    writer = threading.Thread(target=book.write, args=(0.0, logging.INFO, "tfm", "there it is"))
    writer.start()
    assert [line.text for line in book.wait(0, 10)] == ["there it is"]
    writer.join()
    closer = threading.Thread(target=book.close)
    closer.start()
    assert book.wait(1, 10) == []
    closer.join()
    assert book.closed


def test_a_record_becomes_one_safe_line_also_with_a_fault() -> None:
    book = LogBook(10)
    logger = logging.Logger("tfm.test")
    logger.addHandler(BookHandler(book))
    logger.info("copied %s", "a\n\x1b]52;c;x\x07")
    try:
        raise ValueError("bad\nnumber")
    except ValueError:
        logger.exception("it failed")
    first, second = book.lines()
    assert "\x1b" not in first.text
    assert "\n" not in first.text + second.text
    assert second.text.startswith("it failed: ValueError: bad")
    assert second.level == logging.ERROR
