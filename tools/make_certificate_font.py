"""Cut the font of the certificate out of Noto Sans CJK TC: what a certificate says, and names from Taiwan.

Needs `fonttools` (comes with fpdf2) and Debian's package fonts-noto-cjk 1:20220127+repack1-1:

    python tools/make_certificate_font.py [NotoSansCJK-Regular.ttc]

The same collection and the same fonttools give the same bytes; their SHA-256 is printed for NOTICE.
"""

import hashlib
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

DEBIAN = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
TRADITIONAL_TAIWAN = 3  # of the collection: JP, KR, SC, TC, HK
OUT = Path(__file__).parents[1] / "speechcorpus/workflows/certificate_data/NotoSansCJKtc-subset.woff"

LATIN = "".join(map(chr, (*range(0x20, 0x7F), *range(0xA0, 0x180), *range(0x1E00, 0x1F00))))
TAI_LO = "\u02c8\u0300\u0301\u0302\u0304\u0306\u030b\u030c\u030d\u0358\u207f"  # with marks set apart
MARKS = "‐–—‘’“”…‧、。「」『』《》〈〉（），：；！？～　·・／●■▲○□△"
# characters of names in Taiwan, and of Taigi, that Big5 does not have
BEYOND_BIG5 = (
    "堃喆煊峯邨栢珺瑠珉綉啓晧頴巖濶塩甯寗彣汮湞燊睎厨鎭銹恒裏粧嫺双鑛坔尪囝囡㧎㴙㨂𠕇"
    "昀晞暘暐焜烱煒熲燁琁琍瑨璟甡皜祐禔稥竑筠綸翀荺菀蒨蓁薰襦詠赟辿郁鈁鉌銓鍹霈靚靝韡頵顓颺馡駿麒黟龢"
)


def of_coding(coding: str, rows: Iterable[int]) -> Iterator[str]:
    """Every character of a two-byte coding in these rows."""
    for high in rows:
        for low in (*range(0x40, 0x7F), *range(0xA1, 0xFF)):
            text = bytes([high, low]).decode(coding, errors="ignore")
            if len(text) == 1 and ord(text) > 0x7F:
                yield text


def wanted() -> set[str]:
    """Big5 whole, the first level of GB 2312 for names from China, Latin with the marks of romanisation."""
    big5 = set(of_coding("big5", (*range(0xA4, 0xC7), *range(0xC9, 0xFA))))
    return big5 | set(of_coding("gb2312", range(0xB0, 0xD8))) | set(LATIN + TAI_LO + MARKS + BEYOND_BIG5)


def cut(source: Path, out: Path) -> None:
    """Write the subset: outlines and their codes, without layout tables."""
    font = TTFont(source, fontNumber=TRADITIONAL_TAIWAN)
    options = subset.Options(
        layout_features=[], hinting=False, notdef_outline=True, name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14]
    )
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "BASE", "VORG", "vhea", "vmtx", "DSIG"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[ord(character) for character in wanted()])
    subsetter.subset(font)
    font["head"].modified = font["head"].created  # no clock in the bytes
    font.recalcTimestamp = False
    font.flavor = "woff"
    font.save(out)


if __name__ == "__main__":
    cut(Path(sys.argv[1]) if len(sys.argv) > 1 else DEBIAN, OUT)
    data = OUT.read_bytes()
    print(f"{OUT.name}  {len(data):,} bytes  SHA-256 {hashlib.sha256(data).hexdigest()}")  # noqa: T201
