"""Which encoding a text file is written in, from its bytes; where they leave a choice, all candidates are named.

A mark at the start decides. Text that is valid UTF-8 is UTF-8, because other encodings almost never look like it.
What is left is some 8-bit encoding: candidates are kept only if the words they give look like words, and there is
no question only when all of them give the same letters.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass
from typing import IO

import charset_normalizer

CHUNK = 1 << 20
FRAGMENTS = 400
WESTERN = ("windows-1252", "iso-8859-15", "windows-1250", "mac_roman", "cp850", "windows-1251")
CODECS = {"mac_roman": "Mac Roman", "cp850": "DOS 850"}
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class EncodingGuess:
    """`encoding` is the best candidate, `candidates` all that fit (one when certain), `mark` whether one was found."""

    encoding: str
    candidates: tuple[str, ...]
    mark: bool = False
    example: str = ""


def guess_encoding(stream: IO[bytes]) -> EncodingGuess:
    """Read the whole stream once and say how it is encoded."""
    first = stream.read(CHUNK)
    for mark, name in MARKS:
        if first.startswith(mark):
            return EncodingGuess(name, (name,), mark=True)
    wide = _wide_without_mark(first)
    if wide:
        return EncodingGuess(wide, (wide,))
    valid, invalid, fragments = _scan(first, stream)
    if invalid == 0 or valid >= 10 * invalid:
        # A few broken characters in otherwise good UTF-8 become errors of their rows.
        return EncodingGuess("utf-8", ("utf-8",))
    return _choose(fragments)


def canonical(name: str) -> str | None:
    """Python's name of an encoding a user wrote, or None when there is no such text encoding."""
    try:
        info = codecs.lookup(name)
        info.decode(b"")
    except (LookupError, TypeError, ValueError):
        return None
    return info.name if getattr(info, "_is_text_encoding", True) else None


def _wide_without_mark(head: bytes) -> str | None:
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > len(head) // 4 and even < len(head) // 50:
        return "utf-16-le"
    if even > len(head) // 4 and odd < len(head) // 50:
        return "utf-16-be"
    return None


def _scan(block: bytes, stream: IO[bytes]) -> tuple[int, int, list[bytes]]:
    """Characters beyond ASCII that are valid UTF-8, bytes that are not, and samples of the latter in their words."""
    valid = invalid = 0
    fragments: dict[bytes, None] = {}
    rest = b""
    while block:
        data = rest + block
        # Cut at the last line end, so that no character is torn apart.
        cut = max(data.rfind(b"\n"), data.rfind(b"\r")) + 1
        if not cut and len(data) < 16 * CHUNK:
            rest, block = data, stream.read(CHUNK)
            continue
        data, rest = (data[:cut], data[cut:]) if cut else (data, b"")
        found = _scan_block(data, fragments)
        valid, invalid = valid + found[0], invalid + found[1]
        block = stream.read(CHUNK)
    found = _scan_block(rest, fragments)
    return valid + found[0], invalid + found[1], list(fragments)


def _scan_block(data: bytes, fragments: dict[bytes, None]) -> tuple[int, int]:
    if data.isascii():
        return 0, 0
    text = data.decode("utf-8", errors="surrogateescape")
    invalid = len(re.findall("[\udc80-\udcff]", text))
    valid = len(re.findall("[^\x00-\x7f\udc80-\udcff]", text))
    if invalid and len(fragments) < FRAGMENTS:
        for match in re.finditer(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*", data):
            fragments[match.group()[:60]] = None
            if len(fragments) >= FRAGMENTS:
                break
    return valid, invalid


def _choose(fragments: list[bytes]) -> EncodingGuess:
    names = list(WESTERN)
    for match in charset_normalizer.from_bytes(b"\n".join(fragments)):
        name = canonical(match.encoding)
        if name and name not in [canonical(known) for known in names]:
            names.append(match.encoding)
    scores: dict[str, int] = {}
    texts: dict[str, str] = {}
    for name in names:
        try:
            words = [fragment.decode(name) for fragment in fragments]
        except UnicodeDecodeError:
            continue
        texts[name] = "\n".join(words)
        scores[name] = sum(map(_looks_like_a_word, words))
    if not scores:
        return EncodingGuess("windows-1252", ("windows-1252", "iso-8859-15"), example=repr(fragments[0])[2:-1])
    best = max(scores.values())
    candidates = [name for name in names if name in scores and scores[name] >= best * 0.9]
    first = max(candidates, key=lambda name: (scores[name], -names.index(name)))
    readings = dict.fromkeys(texts[name] for name in candidates)
    example = texts[first].split("\n", 1)[0]
    if len(readings) == 1:
        return EncodingGuess(first, (first,), example=example)
    return EncodingGuess(first, (first, *(name for name in candidates if name != first)), example=example)


def _looks_like_a_word(word: str) -> bool:
    """Letters of one script, no symbols in between, no capitals inside small letters."""
    scripts = set()
    for character in word:
        if character.isascii():
            if character.isalpha():
                scripts.add("LATIN")
            continue
        if not unicodedata.category(character).startswith("L") or character in "ªºˆƒ":
            # A currency sign or a dash may stand alone, but not between letters.
            if len(word) > 1 or unicodedata.category(character) in ("Cc", "Cn", "Co"):
                return False
            continue
        scripts.add(unicodedata.name(character, "?").split()[0])
    middle = word[1:]
    mixed_case = any(character.isupper() for character in middle) and any(character.islower() for character in word)
    return len(scripts) <= 1 and not mixed_case
