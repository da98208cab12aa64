import pytest

from servers.parsing.passwords import normalised


def test_a_password_has_one_spelling() -> None:
    assert normalised("e\u0301") == normalised("\u00e9") == "\u00e9"
    # What looks alike and is not the same stays so: NFC, not NFKC. So do spaces, case and NUL.
    for kept in ("\ufb01", "\uff41", "  two  spaces ", "Case", "a\0b", "\U0001f40e"):
        assert normalised(kept) == kept
    # Composing may make it longer.
    assert len(normalised("\u0958")) == 2
    for surrogate in ("\ud800", "a\udfff", "\udc00\ud800"):
        with pytest.raises(ValueError, match="lone surrogate"):
            normalised(surrogate)
