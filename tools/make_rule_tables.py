"""Derive three rule tables: Kangxi radicals, the Ministry's private-use characters, Taiwan forms of variants.

Needs `opencc` and a copy of the Ministry's list of private-use characters (CC0):

    python tools/make_rule_tables.py moe_pua_map.csv [FOLDER]
"""

import csv
import sys
import unicodedata
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from pathlib import Path

import regex

DATA = Path(__file__).parents[1] / "speechcorpus" / "transcribe" / "data"
RADICALS, PRIVATE_USE, VARIANTS = "radicals.tsv", "private_use.tsv", "taiwan_variants.tsv"
_HAN = regex.compile(r"\p{Han}")

# Radicals of the supplement have no compatibility mapping: the character each is named after in the Unicode
# chart, for the ones a person may take for a character. A listener chooses (`ask`).
SUPPLEMENT = """
    2E80冫 2E81厂 2E83乙 2E84乙 2E86冂 2E87几 2E8B卩 2E8E兀 2E8F尢 2E91允 2E92巳 2E93幺 2E94彑 2E95彐
    2E97心 2E9B旡 2E9C日 2E9D月 2E9E歺 2E9F母 2EA0民 2EA4爪 2EA6丬 2EAA疋 2EAB目 2EAC示 2EAE竹 2EAF糸
    2EB2网 2EB6羊 2EB9老 2EBA聿 2EBC肉 2EBD臼 2EC1虎 2EC3西 2EC4西 2EC5见 2EC6角 2EC9贝 2ECB车 2ED1長
    2ED2長 2ED3长 2ED4门 2ED6阜 2ED7雨 2ED8青 2ED9韦 2EDA页 2EDB风 2EDC飞 2EDD食 2EDE食 2EDF食 2EE2马
    2EE3骨 2EE4鬼 2EE5鱼 2EE6鸟 2EE7卤 2EE8麦 2EE9黄 2EEA黾 2EEB斉 2EEC齐 2EED歯 2EEE齿 2EEF竜 2EF0龙
    2EF2亀 2EF3龟
"""


def name(char: str) -> str:
    """Return the code point in its usual form, `U+2F00`."""
    return f"U+{ord(char):04X}"


def radicals() -> Iterable[tuple[str, ...]]:
    """Every Kangxi radical with its one character (NFKC of that code point), then the supplement."""
    yield ("char", "codepoint", "han", "han_codepoint", "fix")
    for char in map(chr, range(0x2F00, 0x2FD6)):
        han = unicodedata.normalize("NFKC", char)
        yield (char, name(char), han, name(han), "safe")
    for pair in SUPPLEMENT.split():
        char, han = chr(int(pair[:-1], 16)), pair[-1]
        yield (char, name(char), han, name(han), "ask")


def private_use(lines: Iterable[str]) -> Iterable[tuple[str, ...]]:
    """The Ministry's rows, by code point: a private-use character itself shows nothing in a table."""
    yield ("codepoint", "han", "han_codepoint")
    for code, han in list(csv.reader(lines))[1:]:
        yield (f"U+{code}", han, " ".join(map(name, han)))


def variants(extra: AbstractSet[str], simplified: AbstractSet[str]) -> Iterable[tuple[str, ...]]:
    """Every Han character that `t2tw` alone turns into one other, beside the rows of `variants_extra.tsv`."""
    import opencc

    convert = opencc.OpenCC("t2tw").convert
    yield ("char", "codepoint", "taiwan", "taiwan_codepoint")
    for char in map(chr, range(0x3400, 0x32000)):
        if not _HAN.match(char) or not unicodedata.is_normalized("NFC", char) or char in extra:
            continue
        taiwan = convert(char)
        # A target that is simplified would make an error of a warning.
        if taiwan != char and len(taiwan) == 1 and convert(taiwan) == taiwan and taiwan not in simplified:
            yield (char, name(char), taiwan, name(taiwan))


def chars_of(table: str) -> set[str]:
    """The first column of a table that is there already."""
    lines = (DATA / table).read_text(encoding="utf-8").splitlines()[1:]
    return {line.split("\t")[0] for line in lines}


def write(path: Path, rows: Iterable[tuple[str, ...]]) -> None:
    """Write a table as all our tables are written: tabs, line feeds, no quotes."""
    path.write_bytes("".join("\t".join(row) + "\n" for row in rows).encode())


if __name__ == "__main__":
    folder = Path(sys.argv[2]) if len(sys.argv) > 2 else DATA
    write(folder / RADICALS, radicals())
    write(folder / PRIVATE_USE, private_use(Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()))
    simplified = chars_of("simplified_chars.tsv") - chars_of("simplified_exempt.tsv")
    write(folder / VARIANTS, variants(chars_of("variants_extra.tsv"), simplified))
