"""A message as understood: cleaned, written out, restored."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hoiro.matching.normalise import clean
from hoiro.matching.reading import Reading, read
from hoiro.matching.tones import Restorer


@pytest.fixture(scope="module")
def restorer() -> Restorer:
    return Restorer.load()


def test_chat_without_marks_is_understood(restorer: Restorer) -> None:
    assert read("mn oi uong nc chanh co chua dc cô vít k", restorer) == Reading(
        "mọi người ơi uống nước chanh có chữa được covid không", restored=True, bare=True, vietnamese=True
    )


def test_text_with_marks_only_loses_its_shorthand(restorer: Restorer) -> None:
    assert read("ăn tỏi có hết bệnh ko ạ", restorer) == Reading(
        "ăn tỏi có hết bệnh không ạ", restored=False, bare=False, vietnamese=True
    )


def test_english_is_only_cleaned(restorer: Restorer) -> None:
    text = "Can vitamin C cure hepatitis B? 😷"
    assert read(text, restorer) == Reading(clean(text), restored=False, bare=False, vietnamese=False)


@given(st.text(max_size=200))
@settings(deadline=None)
def test_any_text_can_be_read(restorer: Restorer, text: str) -> None:
    read(text, restorer)
