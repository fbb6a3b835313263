"""Syllables by known words, names by known spellings."""

import pytest

from geotool.sources.text.syllables import (
    is_common,
    is_like_syllable,
    is_syllable,
    title_case,
    typed_in_capitals,
)

SYLLABLES = [
    "hoà",
    "hòa",
    "thuý",
    "thúy",
    "quý",
    "giếng",
    "gì",
    "gìn",
    "nguyễn",
    "nghĩa",
    "kỳ",
    "quốc",
    "khuỷu",
    "ươm",
    "rượu",
    "đắk",
    "lắk",
    "yên",
    "quyết",
    "quỳnh",
    "giá",
    "thuở",
    "oẳn",
    "ngoằn",
    "huệ",
    "xoong",
    "khoẻ",
    "khỏe",
    "ủy",
    "uỷ",
    "ỷ",
    "ý",
    "ông",
    "ấp",
    "đường",
    "nghiêng",
    "gà",
    "ghế",
    "ngủ",
    "nghỉ",
    "cua",
    "kẻ",
    "tuyết",
    "tuyên",
    "khuya",
    "ngoéo",
    "hươu",
    "lưỡi",
    "chuối",
    "muỗng",
    "buồn",
    "giặt",
    "giỗ",
    "quả",
    "quạnh",
    "huýt",
    "suýt",
]
NOT_SYLLABLES = [
    "kú",
    "hă",
    "tônh",
    "tónh",
    "kát",
    "lat",
    "đac",
    "iên",
    "café",
    "über",
    "ñandú",
    "ghà",
    "nge",
    "cế",
    "qui9",
    "abc",
    "hàà",
    "ngyễn",
    "ãã",
]


@pytest.mark.parametrize("word", SYLLABLES)
def test_words_of_the_language_are_syllables(word):
    assert is_syllable(word)
    assert is_syllable(word.upper())
    assert is_syllable(word.capitalize())


@pytest.mark.parametrize("word", NOT_SYLLABLES)
def test_other_words_are_none(word):
    assert not is_syllable(word)
    assert not is_like_syllable(word)


@pytest.mark.parametrize("word", ["qúy", "Gìang", "qủa", "hùynh", "tòan", "gía"])
def test_a_tone_typed_at_the_wrong_letter_is_still_vietnamese(word):
    assert is_like_syllable(word)
    assert not is_syllable(word)


def test_stops_bear_rising_or_heavy_tone_only():
    for word in ("mát", "mạt", "các", "cạc", "sách", "hợp"):
        assert is_syllable(word)
    for word in ("màt", "mảt", "mãt", "hờp", "sành".replace("nh", "ch")):
        assert not is_syllable(word)
        assert not is_like_syllable(word)


def test_common_words_are_all_syllables():
    assert is_common("Nguyễn")
    assert is_common("tĩnh")
    assert not is_common("nguỡm")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("NGUYỄN VĂN A", "Nguyễn Văn A"),
        ("NGUYễN V¡N A".replace("¡", "Ă"), "Nguyễn Văn A"),
        ("nguyễn thị b", "Nguyễn Thị B"),
        ("UBND XÃ KỲ ANH", "UBND Xã Kỳ Anh"),
        ("ubnd xã kỳ anh", "UBND Xã Kỳ Anh"),
        ("KHU TÁI ĐỊNH CƯ SỐ II", "Khu Tái Định Cư Số II"),
        ("VI VĂN TÈO", "Vi Văn Tèo"),
        ("TỔ VI", "Tổ VI"),
        ("KHỐI XIV", "Khối XIV"),
        ("QL1A ĐOẠN KM560+240", "QL1A Đoạn Km560+240"),
        ("ql1a", "QL1A"),
        ("TRẦN A VÀ VỢ", "Trần A và Vợ"),
        ("VÀ A PÓ", "Và A Pó"),
        ("THỬA 12 m2", "Thửa 12 m2"),
        ("12 HA", "12 ha"),
        ("HÀ VĂN HA", "Hà Văn Ha"),
        ("TP. HÀ TĨNH", "TP. Hà Tĩnh"),
        ("BÀ RỊA-VŨNG TÀU", "Bà Rịa-Vũng Tàu"),
        ("McDonald", "McDonald"),
        ("500KV", "500kV"),
        ("", ""),
        ("  HÀ  TĨNH ", "  Hà  Tĩnh "),
    ],
)
def test_names_get_their_capitals(text, expected):
    assert title_case(text) == expected
    assert title_case(expected) == expected


def test_words_typed_in_a_font_of_capitals_are_known():
    assert typed_in_capitals("NGUYễN")
    assert typed_in_capitals("đỒNG")
    assert typed_in_capitals("đồNG")
    assert not typed_in_capitals("Kỳ")
    assert not typed_in_capitals("NGUYỄN")
