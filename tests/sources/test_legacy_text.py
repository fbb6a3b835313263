"""Every letter in every encoding, known strings, detection, and text that must not change."""

import shutil
import subprocess
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geotool.errors import UsageError
from geotool.sources.text.legacy_text import (
    canonical_encoding,
    decode,
    detect_encoding,
    encode,
    repair_texts,
)

LEGACY = ("tcvn3", "vni", "viscii", "cp1258")
TONES = "\u0300\u0309\u0303\u0301\u0323"
SMALL = "đ" + "".join(
    unicodedata.normalize("NFC", vowel + tone) for vowel in "aăâeêioôơuưy" for tone in ("", *TONES)
)
LETTERS = SMALL + SMALL.upper()

# Rows of the published tables, byte by byte: TCVN 5712:1993 (VN3), RFC 1456, VNI.
PUBLISHED = {
    "tcvn3": {
        "à": "b5", "ả": "b6", "ã": "b7", "á": "b8", "ạ": "b9", "ă": "a8", "ằ": "bb", "ẳ": "bc",
        "ẵ": "bd", "ắ": "be", "ặ": "c6", "â": "a9", "ầ": "c7", "ẩ": "c8", "ẫ": "c9", "ấ": "ca",
        "ậ": "cb", "è": "cc", "ẻ": "ce", "ẽ": "cf", "é": "d0", "ẹ": "d1", "ê": "aa", "ề": "d2",
        "ể": "d3", "ễ": "d4", "ế": "d5", "ệ": "d6", "ì": "d7", "ỉ": "d8", "ĩ": "dc", "í": "dd",
        "ị": "de", "ò": "df", "ỏ": "e1", "õ": "e2", "ó": "e3", "ọ": "e4", "ô": "ab", "ồ": "e5",
        "ổ": "e6", "ỗ": "e7", "ố": "e8", "ộ": "e9", "ơ": "ac", "ờ": "ea", "ở": "eb", "ỡ": "ec",
        "ớ": "ed", "ợ": "ee", "ù": "ef", "ủ": "f1", "ũ": "f2", "ú": "f3", "ụ": "f4", "ư": "ad",
        "ừ": "f5", "ử": "f6", "ữ": "f7", "ứ": "f8", "ự": "f9", "ỳ": "fa", "ỷ": "fb", "ỹ": "fc",
        "ý": "fd", "ỵ": "fe", "đ": "ae", "Ă": "a1", "Â": "a2", "Ê": "a3", "Ô": "a4", "Ơ": "a5",
        "Ư": "a6", "Đ": "a7",
    },
    "viscii": {
        "Ẳ": "02", "Ẵ": "05", "Ẫ": "06", "Ỷ": "14", "Ỹ": "19", "Ỵ": "1e", "Ạ": "80", "Õ": "a0",
        "đ": "f0", "Đ": "d0", "ạ": "d5", "ế": "aa", "ệ": "ae", "ộ": "b5", "ờ": "b6", "ư": "df",
        "ơ": "bd", "Ơ": "b4", "Ư": "bf", "ợ": "fe", "Ữ": "ff", "ĩ": "ee", "ũ": "fb", "ỳ": "cf",
        "ự": "f1",
    },
    "vni": {
        "à": "61f8", "á": "61f9", "ả": "61fb", "ã": "61f5", "ạ": "61ef", "ấ": "61e1", "ầ": "61e0",
        "ẩ": "61e5", "ẫ": "61e3", "ậ": "61e4", "ă": "61ea", "ắ": "61e9", "ằ": "61e8", "ẳ": "61fa",
        "ẵ": "61fc", "ặ": "61eb", "â": "61e2", "đ": "f1", "Đ": "d1", "ơ": "f4", "ờ": "f4f8",
        "ư": "f6", "ự": "f6ef", "í": "ed", "ì": "ec", "ỉ": "e6", "ĩ": "f3", "ị": "f2", "ỵ": "ee",
        "ý": "79f9", "Ế": "45c1", "Ở": "d4db", "Ị": "d2", "Ỉ": "c6",
    },
    "cp1258": {
        "à": "e0", "ã": "61de", "ạ": "61f2", "ấ": "e2ec", "ệ": "eaf2", "ơ": "f5", "ử": "fdd2",
        "đ": "f0", "Đ": "d0", "ă": "e3", "ĩ": "69de", "ỳ": "79cc",
    },
}  # fmt: skip

SENTENCE = (
    "Ủy ban nhân dân xã Kỳ Phương, thị xã Kỳ Anh, tỉnh Hà Tĩnh đã phê duyệt phương án bồi thường, "
    "hỗ trợ và tái định cư cho 42 hộ gia đình có đất bị thu hồi tại khu vực đường cao tốc."
)
PLACES = ["Hà Tĩnh", "Cẩm Xuyên", "Đồng Lộc", "Thạch Khê"]
PEOPLE = ["Nguyễn Thị Hường", "Trần Đình Dũng", "Phạm Quốc Khánh", "Lê Thị Mỹ Duyên", "Võ Tá Hải"]


def misread(text, encoding, reading="latin-1"):
    return encode(text, encoding).decode(reading)


@pytest.mark.parametrize("encoding", LEGACY)
def test_every_letter_goes_there_and_back(encoding):
    assert len(LETTERS) == 146
    for letter in LETTERS:
        raw = encode(letter, encoding)
        assert decode(raw, encoding) == letter
        assert encode(unicodedata.normalize("NFD", letter), encoding) == raw
    words = " ".join(f"ng{letter}nh" for letter in LETTERS)
    assert decode(encode(words, encoding), encoding) == words


@pytest.mark.parametrize(
    ("encoding", "letter", "expected"),
    [(name, letter, raw) for name, rows in PUBLISHED.items() for letter, raw in rows.items()],
)
def test_bytes_are_those_of_the_published_tables(encoding, letter, expected):
    assert encode(letter, encoding).hex() == expected
    assert decode(bytes.fromhex(expected), encoding) == letter


@pytest.mark.skipif(shutil.which("iconv") is None, reason="iconv is not installed")
def test_tcvn3_is_what_iconv_says():
    for letter in LETTERS:
        raw = encode(letter, "tcvn3")
        found = subprocess.run(
            ["iconv", "-f", "TCVN", "-t", "UTF-8"], input=raw, capture_output=True, check=True
        )
        assert found.stdout.decode("utf-8") == letter


def test_known_strings():
    assert decode(b"H\xb5 T\xdcnh", "ABC") == "Hà Tĩnh"
    assert decode(b"\xa7\xe9i C\xcan", "tcvn3") == "Đội Cấn"
    assert decode("Haø Tónh".encode("latin-1"), "VNI-Windows") == "Hà Tĩnh"
    assert decode("Ñoäi Caán, AÙnh, Aùnh".encode("latin-1"), "vni") == "Đội Cấn, Ánh, Ánh"
    assert decode(b"Ti\xea\xecng Vi\xea\xf2t", "windows-1258") == "Tiếng Việt"
    assert decode("300 m\xb2 \xae\xcat \x96 25\xb0C".encode("latin-1"), "abc") == (
        "300 m² đất – 25°C"
    )
    assert decode(b"\x93Khu \xae\xca" + b"t\x94", "abc") == "“Khu đất”"
    assert decode("NGUY£ÔN A¸I".encode("latin-1"), "abc") == "NGUYỄN ÁI"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ABC", "tcvn3"), ("TCVN-5712", "tcvn3"), ("tcvn", "tcvn3"), (".VnTimeH", "tcvn3"),
        ("VNI-Windows", "vni"), ("vni", "vni"), ("VISCII", "viscii"), ("windows-1258", "cp1258"),
        ("utf8", "utf-8"), ("UTF-8-SIG", "utf-8"), ("Latin-1", "iso8859-1"), ("cp437", "cp437"),
        ("CP1252", "cp1252"), ("utf_16", "utf-16"), (" Windows 1258 ", "cp1258"),
    ],
)  # fmt: skip
def test_names_of_encodings(name, expected):
    assert canonical_encoding(name) == expected
    assert canonical_encoding(expected) == expected


@pytest.mark.parametrize("name", ["klingon", "", "rot13", "hex", "base64", "zip", "a\x00b", "idna"])
def test_unknown_encodings_list_the_choices(name):
    with pytest.raises(UsageError, match="tcvn3, vni, viscii"):
        canonical_encoding(name)


def test_bytes_and_letters_without_a_place_are_errors():
    with pytest.raises(UnicodeDecodeError):
        decode(b"b\xf9", "vni")
    with pytest.raises(UnicodeDecodeError):
        decode(b"\xd2", "utf-8")
    with pytest.raises(UnicodeDecodeError):
        decode(b"a\x8a", "cp1258")
    for encoding in LEGACY:
        with pytest.raises(UnicodeEncodeError):
            encode("中", encoding)


def test_a_letter_cut_by_the_width_of_a_field_is_left_out_when_asked():
    raw = "Kỳ Phương Nguyễ".encode()[:-1]
    assert decode(raw, "utf-8", cut=True) == "Kỳ Phương Nguy"
    with pytest.raises(UnicodeDecodeError):
        decode(raw, "utf-8")


# ------------------------------------------------------------- raw bytes


@pytest.mark.parametrize("encoding", [*LEGACY, "utf-8"])
def test_raw_text_is_detected(encoding):
    for samples in ([SENTENCE], PLACES, PEOPLE, [SENTENCE, *PEOPLE]):
        found = detect_encoding([encode(text, encoding) for text in samples])
        assert found.encoding == encoding
        assert found.confidence > 0.8


def test_raw_text_of_other_kinds():
    assert detect_encoding([b"plain", b"ASCII 12"]).encoding == "utf-8"
    assert detect_encoding([]).encoding == "utf-8"
    assert detect_encoding(["Hà Tĩnh".encode("utf-16")]).encoding == "utf-16"
    french = "Le café de l'école était fermé; Noël à Besançon, forêt, maïs, où, œuvre"
    assert detect_encoding([french.encode("cp1252")]).encoding == "cp1252"
    assert detect_encoding(["Grüße aus Köln, Straße Übung".encode("cp1252")]).encoding == "cp1252"
    assert detect_encoding(["300 m² – 25 °C".encode("cp1252")]).encoding == "cp1252"


def test_fields_cut_within_a_letter_are_still_utf8():
    names = [name.encode()[:8] for name in PEOPLE] + ["Nguyễn".encode()[:6]]
    assert detect_encoding(names).encoding == "utf-8"


def test_pieces_of_a_long_file_are_one_evidence():
    raw = "\n".join([SENTENCE] * 400).encode()
    pieces = [raw[start : start + 4097] for start in range(0, len(raw), 4097)]
    assert detect_encoding(pieces).encoding == "utf-8"


def test_one_damaged_record_does_not_make_utf8_something_else():
    found = detect_encoding([SENTENCE.encode(), b"Th\xff\xfe" + "ạch Hà".encode()])
    assert found.encoding == "utf-8"
    assert found.confidence < 1


# ------------------------------------------------------------- text read wrongly


@pytest.mark.parametrize("encoding", [*LEGACY, "utf-8"])
@pytest.mark.parametrize("reading", ["latin-1", "cp1252", "cp1258", "cp437", "cp850"])
def test_columns_read_wrongly_are_made_right(encoding, reading):
    for texts in (PLACES, PEOPLE, [SENTENCE, *PLACES]):
        wrong = {}
        for text in texts:
            raw = encode(text, encoding)
            try:
                wrong[raw.decode(reading)] = text
            except UnicodeDecodeError:
                wrong = {}
                break
        if not wrong:
            continue  # these bytes cannot be read so
        found = repair_texts(wrong)
        assert {text: found.texts.get(text, text) for text in wrong} == wrong
        # cp1258 read in cp1258 is right but for the composing of its letters
        right = "unicode" if encoding == reading == "cp1258" else encoding
        assert found.encoding in (right, None)
        assert found.confidence > 0.8


@pytest.mark.parametrize("encoding", [*LEGACY, "utf-8"])
def test_every_letter_read_wrongly_is_made_right(encoding):
    for reading in ("latin-1", "cp1258"):
        for letter in LETTERS.replace("Õ", "") if encoding == "viscii" else LETTERS:
            text = f"{letter}n" if letter.islower() else f"{letter}N"
            raw = encode(f"{text} {SENTENCE}", encoding)
            try:
                wrong = raw.decode(reading)
            except UnicodeDecodeError:
                continue
            found = repair_texts([wrong], encoding=encoding)
            expected = f"{text} {SENTENCE}"
            assert found.texts.get(wrong, wrong).endswith(SENTENCE[20:]), letter
            if reading == "latin-1":
                assert found.texts.get(wrong, wrong) == expected, letter


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["Hµ TÜnh"], {"Hµ TÜnh": "Hà Tĩnh"}),
        (["Kú Anh"], {}),
        (["Kú Anh", "Hµ TÜnh"], {"Kú Anh": "Kỳ Anh", "Hµ TÜnh": "Hà Tĩnh"}),
        (["Th¹ch Hµ", "Kỳ Anh", "Hương Sơn"], {"Th¹ch Hµ": "Thạch Hà"}),
        (["Th¹ch Hµ", "L¹ng S¬n", "Sông Lam", "Hà Lan"],
         {"Th¹ch Hµ": "Thạch Hà", "L¹ng S¬n": "Lạng Sơn"}),
        (["§T.545 qua Th¹ch Hµ"], {"§T.545 qua Th¹ch Hµ": "ĐT.545 qua Thạch Hà"}),
        (["§¾k L¾k"], {"§¾k L¾k": "Đắk Lắk"}),
        (["Haø Tónh", "Ñoäi Caán"], {"Haø Tónh": "Hà Tĩnh", "Ñoäi Caán": "Đội Cấn"}),
        (["HÃ\xa0 TÄ©nh"], {"HÃ\xa0 TÄ©nh": "Hà Tĩnh"}),
        (["TÄ©nh", "NhÃ"], {"TÄ©nh": "Tĩnh", "NhÃ": "Nhà"}),
        (["cafÃ©"], {"cafÃ©": "café"}),
        (["300 m² ®Êt ë", "Th¹ch Hµ"], {"300 m² ®Êt ë": "300 m² đất ở", "Th¹ch Hµ": "Thạch Hà"}),
        (["300 m² ð¤t", "Huy®n KÏ Anh"],
         {"300 m² ð¤t": "300 m² đất", "Huy®n KÏ Anh": "Huyện Kỳ Anh"}),
        (["sgrÃ"], {}),
        (["Ðồng Hới"], {"Ðồng Hới": "Đồng Hới"}),
        (["Reykjavík, Ðegar"], {}),
        (["NGUYÔN V¡N A", "TrÇn ThÞ B"],
         {"NGUYÔN V¡N A": "Nguyễn Văn A", "TrÇn ThÞ B": "Trần Thị B"}),
        (["UBND X· Kú ANH", "Th¹ch Hµ"],
         {"UBND X· Kú ANH": "UBND Xã Kỳ Anh", "Th¹ch Hµ": "Thạch Hà"}),
        (["Hé «ng NGUYÔN V¡N A sö dông ®Êt"],
         {"Hé «ng NGUYÔN V¡N A sö dông ®Êt": "Hộ ông Nguyễn Văn A sử dụng đất"}),
    ],
)  # fmt: skip
def test_known_columns(texts, expected):
    assert dict(repair_texts(texts).texts) == expected


def test_decomposed_letters_are_composed_and_nothing_else():
    texts = [unicodedata.normalize("NFD", text) for text in (*PLACES, *PEOPLE, "Besançon")]
    found = repair_texts(texts)
    assert found.encoding == "unicode"
    assert {unicodedata.normalize("NFC", t): new for t, new in found.texts.items()} == {
        text: text for text in (*PLACES, *PEOPLE, "Besançon")
    }
    out_of_order = "Ti\u0065\u0301\u0302ng"
    assert repair_texts([out_of_order]).texts[out_of_order] == "Tiếng"


def test_a_font_of_capitals_gives_names():
    wrong = ["nguyÔn v¨n a", "TRÇN thÞ bèn", "hå xu©n h­¬ng", "UBND x· kú anh"]
    found = repair_texts(wrong, capitals=True)
    assert dict(found.texts) == {
        "nguyÔn v¨n a": "Nguyễn Văn A",
        "TRÇN thÞ bèn": "Trần Thị Bốn",
        "hå xu©n h­¬ng": "Hồ Xuân Hương",
        "UBND x· kú anh": "UBND Xã Kỳ Anh",
    }
    assert found.encoding == "tcvn3"


def test_a_known_encoding_needs_no_evidence():
    assert dict(repair_texts(["Kú Anh"], encoding="ABC").texts) == {"Kú Anh": "Kỳ Anh"}
    assert not repair_texts(["Kỳ Anh", "Đội Cấn"], encoding="ABC").texts
    assert not repair_texts(["Hà", "café", "Kú"], encoding="cp437").texts
    assert dict(repair_texts(["TÄ©nh"], encoding="utf8").texts) == {"TÄ©nh": "Tĩnh"}
    with pytest.raises(UsageError):
        repair_texts(["Kú Anh"], encoding="klingon")


def test_fields_cut_short_are_made_right_too():
    wrong = [misread(text, "tcvn3")[:9] for text in PEOPLE]
    found = repair_texts(wrong)
    assert [found.texts.get(t, t) for t in wrong] == [text[:9] for text in PEOPLE]


def test_more_evidence_is_more_confidence():
    some = repair_texts([misread("Thạch Hà", "tcvn3")]).confidence
    more = repair_texts([misread(text, "tcvn3") for text in (*PLACES, *PEOPLE)]).confidence
    assert 0.5 <= some < more <= 1


# ------------------------------------------------------------- right text stays

RIGHT = {
    "vietnamese": [SENTENCE, *PLACES, *PEOPLE, "Bà Rịa-Vũng Tàu", "HÀ TĨNH", "Tô Hà", "Sông Cả",
                   "qúy", "Đắk Lắk", "Krông Nô", "HàNội", "xã", "Cô Tô", "LÊ THỊ LÝ"],
    "french": ["École élémentaire", "LIBERTÉ", "Noël à Besançon", "Où est l'œuvre ?", "MAÇON",
               "naïf, maïs, aérien, goût, août, caféïne, mangeâmes", "n° 5", "1ère", "CAFé",
               "l’été", "«À l'ombre»", "Citroën", "L'Haÿ-les-Roses", "CÔTE D'ÉMERAUDE"],
    "german": ["Grüße aus Köln", "STRAßE", "TÜV", "Äpfel, Öl, Übung", "»Müller«", "Bußgeld"],
    "spanish": ["¿Qué pasó?", "¡Olé!", "Mª José", "Peñón, cigüeña, baúl, Raúl", "1º, 2ª", "Nº 7"],
    "portuguese": ["São João", "IRMÃ", "«IRMÃ»", "ações, leões, naõ", "UBND XÃ…", "àquela"],
    "nordic": ["Tromsø", "Åse", "Þór", "blåbærsyltetøy", "Reykjavík", "Köyhä pimeä korkeä"],
    "italian": ["Esaù", "perché", "più, può, così, Corfù", "è"],
    "slavic": ["Łódź", "Žižkov", "Київ", "Đorđe", "Sjevernoužičko"],
    "turkish": ["İstanbul", "Diyarbakır", "Çağrı ĞÜŞ"],
    "chinese": ["中国河内市", "河静省 Hà Tĩnh", "A区", "「地图」", "﨑"],
    "other": ["தமிழ்", "ภาษาไทย", "한국어", "العربية", "Ελληνικά", "ລາວ", "😀 ok"],
    "signs": ["m²", "3½", "n° 5", "© 2020", "Km560+240", "25 °C", "µm", "±5", "5m×6m", "12 × 40",
              "a–b", "“x”", "…", "½", "ª", "×", "§5", "€100", "A·B", "Bic®", "x²+y²", "%s×%s"],
}  # fmt: skip


@pytest.mark.parametrize("language", RIGHT)
def test_right_text_stays(language):
    texts = RIGHT[language]
    assert not repair_texts(texts).texts
    for text in texts:
        found = repair_texts([text])
        assert not found.texts, text
        assert found.encoding is None


def test_right_text_of_all_languages_together_stays():
    assert not repair_texts({text for texts in RIGHT.values() for text in texts}).texts


def test_wrong_text_among_right_text_of_many_languages():
    everything = {text for texts in RIGHT.values() for text in texts}
    found = repair_texts(RIGHT["vietnamese"] + [misread(text, "tcvn3") for text in PEOPLE])
    assert dict(found.texts) == {misread(text, "tcvn3"): text for text in PEOPLE}
    assert not set(found.texts) & everything


# ------------------------------------------------------------- properties

COMMON = [
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Hoàng",
    "Phan",
    "Vũ",
    "Võ",
    "Đặng",
    "Bùi",
    "Đỗ",
    "Hồ",
    "Ngô",
    "Dương",
    "Lý",
    "Thị",
    "Văn",
    "Đình",
    "Quốc",
    "Hữu",
    "Đức",
    "Minh",
    "Hương",
    "Thạch",
    "Cẩm",
    "Xuyên",
    "Kỳ",
    "Lạc",
    "Đồng",
    "Lộc",
    "Sơn",
    "Hải",
    "Phòng",
    "Quảng",
    "Bình",
    "Thượng",
    "Hạ",
    "Trung",
    "Phú",
    "Thịnh",
    "Đông",
    "Tây",
    "Bắc",
    "Giang",
    "Khánh",
    "Thành",
    "Tân",
    "Mỹ",
    "Lợi",
    "Hòa",
    "Thủy",
    "Trường",
    "Nghĩa",
    "Thuận",
    "Tiến",
    "Dũng",
    "Tuấn",
    "Duyên",
]
names = st.lists(st.sampled_from(COMMON), min_size=2, max_size=4).map(" ".join)
columns = st.lists(names, min_size=4, max_size=12, unique=True)


@settings(max_examples=30, deadline=None)
@given(columns, st.sampled_from([*LEGACY, "utf-8"]))
def test_names_come_back_from_any_encoding(texts, encoding):
    raw = [encode(text, encoding) for text in texts]
    found = detect_encoding(raw)
    assert [decode(value, found.encoding) for value in raw] == texts
    repair = repair_texts([value.decode("latin-1") for value in raw])
    assert [
        repair.texts.get(value.decode("latin-1"), value.decode("latin-1")) for value in raw
    ] == texts
    assert 0 <= repair.confidence <= 1


@settings(max_examples=30, deadline=None)
@given(columns)
def test_right_names_stay(texts):
    assert not repair_texts(texts).texts
    assert not repair_texts([text.upper() for text in texts]).texts


FOREIGN = [text for name, texts in RIGHT.items() if name != "vietnamese" for text in texts]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(FOREIGN), min_size=1, max_size=8, unique=True), st.booleans())
def test_foreign_columns_stay(texts, capitals):
    texts = {text.upper() if capitals and "ß" not in text else text for text in texts}
    assert not repair_texts({unicodedata.normalize("NFC", text) for text in texts}).texts


@settings(max_examples=80, deadline=None)
@given(st.lists(st.text(max_size=20), max_size=6), st.sampled_from([None, *LEGACY, "utf-8"]))
def test_any_text_is_taken(texts, encoding):
    found = repair_texts(texts, encoding=encoding)
    assert set(found.texts) <= set(texts)
    assert all(old != new for old, new in found.texts.items())


@settings(max_examples=80, deadline=None)
@given(st.lists(st.binary(max_size=30), max_size=6))
def test_any_bytes_are_taken(samples):
    found = detect_encoding(samples)
    assert 0 <= found.confidence <= 1
    assert canonical_encoding(found.encoding) == found.encoding
    for sample in samples:
        for encoding in LEGACY:
            try:
                decode(sample, encoding)
            except UnicodeDecodeError:
                continue
