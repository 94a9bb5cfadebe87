import pytest

from tfm.ui.input_filter import InputFilter


@pytest.mark.parametrize(
    "answer",
    [
        "\x1b[?62;c",
        "\x1b[>41;330;0c",
        "\x1b[0n",
        "\x1b]11;rgb:1414/1818/1f1f\x07",
        "\x1b]11;rgb:1414/1818/1f1f\x1b\\",
        "\x1bP1$r0m\x1b\\",
        "\x1b_Gi=1;OK\x1b\\",
        "\x1b[?1u",
        "\x1b[8;24;80t",
        "\x1b[I",
        "\x1b[O",
    ],
)
def test_late_answers_are_no_keys_wherever_they_are_cut(answer: str) -> None:
    assert InputFilter().feed(f"a{answer}b") == "ab"
    for cut in range(3, len(answer)):
        once = InputFilter()
        first = once.feed(answer[:cut])
        rest = once.feed(answer[cut:] + "b")
        if answer[1] == "[" and answer[2] not in "?>":
            continue  # a plain CSI cut in two reaches the parser, which joins it
        assert first + rest == "b", cut


@pytest.mark.parametrize(
    "keys",
    [
        "abc",
        "\x1b[A",
        "\x1b[1;2B",
        "\x1bOP",
        "\x1b[15~",
        "\x1b[<0;10;5M",
        "\x1b[?2026;2$y",
        "\x1b[97;5u",
        "\x1b",
        "\x1b\x1b[A",
        "\x1bX",
        "ä漢",
    ],
)
def test_keys_pass_unchanged(keys: str) -> None:
    assert InputFilter().feed(keys) == keys


def test_escape_and_a_digit_in_one_piece_is_a_function_key() -> None:
    assert InputFilter().feed("\x1b5") == "\x1b[15~"
    assert InputFilter().feed("\x1b0") == "\x1b[21~"


def test_an_escape_byte_inside_a_paste_does_not_end_it() -> None:
    text = "\x1b[200~rm \x1b[31mred\x1b[?62;c\x1b[201~x"
    assert InputFilter().feed(text) == "\x1b[200~rm [31mred[?62;c\x1b[201~x"


def test_a_paste_may_come_in_pieces() -> None:
    text = "\x1b[200~one\ntwo\x1b[201~x"
    for cut in range(6, len(text)):
        once = InputFilter()
        assert once.feed(text[:cut]) + once.feed(text[cut:]) == text, cut


def test_half_an_answer_is_given_up() -> None:
    once = InputFilter()
    assert once.feed("\x1b[?6") == ""
    assert once.holds
    once.give_up()
    assert once.feed("2") == "2"
