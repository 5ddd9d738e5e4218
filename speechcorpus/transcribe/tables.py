"""The published tables behind the rules, parsed from their text."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from speechcorpus.domain.errors import TranscriptError
from speechcorpus.domain.transcript import Script, TranscriptProfile
from speechcorpus.transcribe import table_rows as rows
from speechcorpus.transcribe.lexicon import Lexicon
from speechcorpus.transcribe.table_rows import Filler, LookAlike, Variant, WordingRow

SIMPLIFIED, EXEMPT, TRADITIONAL = "simplified_chars.tsv", "simplified_exempt.tsv", "traditional_chars.tsv"
RADICALS, PRIVATE_USE, LOOK_ALIKES = "radicals.tsv", "private_use.tsv", "lookalikes.tsv"
DERIVED_VARIANTS, VARIANTS = "taiwan_variants.tsv", "variants_extra.tsv"
FOLK, FILLERS = "folk_spellings.tsv", "fillers.tsv"
WORDING, NOT_MANDARIN = "not_minnan_wording.tsv", "not_mandarin_chars.tsv"
TABLE_NAMES = (
    SIMPLIFIED, EXEMPT, TRADITIONAL, RADICALS, PRIVATE_USE, LOOK_ALIKES, DERIVED_VARIANTS, VARIANTS, FOLK,
    FILLERS, WORDING, NOT_MANDARIN,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Tables:
    """Everything a rule looks up, and the version of the rule book that it makes."""

    version: str  # SHA-256 over names and bytes of all tables
    to_traditional: Mapping[str, tuple[str, ...]]  # 发 → 發 髮; one form only where the fix is safe
    to_simplified: Mapping[str, tuple[str, ...]]
    simplified_exempt: Mapping[str, frozenset[str]]  # by script and variety, "Hant nan-TW" → 个 床 …
    traditional_exempt: Mapping[str, str] = field(
        default_factory=dict
    )  # 睏 → the language it is right in, nan
    radicals: Mapping[str, Variant] = field(default_factory=dict)  # ⼀ → 一; safe for the Kangxi radicals
    private_use: Mapping[str, str] = field(default_factory=dict)  # U+E701 → 𪜶
    look_alikes: Mapping[str, LookAlike] = field(default_factory=dict)  # ㄧ → 一
    variants: Mapping[str, Variant] = field(default_factory=dict)  # 裏 → 裡
    folk_spellings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # 嘸 → 無 毋
    fillers: Mapping[str, frozenset[str]] = field(default_factory=dict)  # accepted ones, by variety
    misspelt_fillers: Mapping[str, Mapping[str, Filler]] = field(default_factory=dict)  # by variety, by form
    wording: tuple[WordingRow, ...] = ()
    not_mandarin: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # core rows, 袂 → 不會
    moe_variants: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # only from an operator's copy

    def traditional_forms(self, char: str, profile: TranscriptProfile) -> tuple[str, ...]:
        """The traditional forms of a simplified character that this profile does not allow, else nothing."""
        forms = self.to_traditional.get(char, ())
        if not forms or char in self.simplified_exempt.get(f"{profile.script} {profile.variety}", ()):
            return ()
        return forms

    def simplified_forms(self, char: str, profile: TranscriptProfile) -> tuple[str, ...]:
        """The simplified forms of a traditional character that this profile does not allow, else nothing."""
        forms = self.to_simplified.get(char, ())
        exempt_in = self.traditional_exempt.get(char)
        return () if exempt_in and profile.variety.startswith(f"{exempt_in}-") else forms

    @cached_property
    def glyphs(self) -> Mapping[int, str]:
        """Repairs of one character to one that look at no neighbour, ready for `str.translate`."""
        letters = {code: chr(code - 0xFEE0) for a in (0xFF21, 0xFF41) for code in range(a, a + 26)}
        radicals = {ord(char): row.written for char, row in self.radicals.items() if row.safe}
        return letters | radicals | {ord(char): han for char, han in self.private_use.items()}

    @cached_property
    def one_form(self) -> Mapping[int, str]:
        """Each character whose form differs by script or place, with the simplified form of Taiwan's."""
        chars = {*self.to_traditional, *self.to_simplified, *self.variants}
        return {ord(char): form for char in chars if (form := self._one_form(char)) != char}

    def _one_form(self, char: str) -> str:
        forms = self.to_traditional.get(char, ())
        traditional = forms[0] if len(forms) == 1 else char
        variant = self.variants.get(traditional)
        taiwan = variant.written if variant else traditional
        while taiwan in self.to_simplified:  # 薴 → 苧 → 苎
            taiwan = self.to_simplified[taiwan][0]
        return taiwan

    def folk_forms(self, script: Script) -> Mapping[str, tuple[str, ...]]:
        """The dictionary's spellings for each spelling that it does not use, in one script."""
        return self._folk_hans if script == "Hans" else self._folk_hant

    def folk_lexicon(self, script: Script) -> Lexicon:
        """Those spellings, ready to be looked up."""
        return self._folk_lexicons[script]

    @cached_property
    def _folk_hant(self) -> Mapping[str, tuple[str, ...]]:
        return {**self.moe_variants, **self.folk_spellings}

    @cached_property
    def _folk_hans(self) -> Mapping[str, tuple[str, ...]]:
        """In simplified characters; 代志 and 代誌 are then one word, and nothing is left to say of it."""
        fold, found = self.one_simplified, {}
        for spelling, forms in self._folk_hant.items():
            simple = spelling.translate(fold)
            others = dict.fromkeys(form.translate(fold) for form in forms)
            others.pop(simple, None)
            if others:
                found[simple] = tuple(others)
        return found

    @cached_property
    def _folk_lexicons(self) -> Mapping[Script, Lexicon]:
        return {"Hant": Lexicon(self._folk_hant), "Hans": Lexicon(self._folk_hans)}

    def wording_lexicon(self, script: Script) -> tuple[Lexicon, Mapping[str, WordingRow]]:
        """Mandarin wording ready to be looked up, and the row of each word; simplified in script Hans."""
        return self._wording_lexicons[script]

    @cached_property
    def _wording_lexicons(self) -> Mapping[Script, tuple[Lexicon, Mapping[str, WordingRow]]]:
        hant = {row.mandarin: row for row in self.wording}
        clear = (row.folded(self.one_simplified) for row in self.wording if self._is_clear(row.mandarin))
        hans = {row.mandarin: row for row in clear if row.taigi}
        return {"Hant": (Lexicon(hant), hant), "Hans": (Lexicon(hans), hans)}

    def _is_clear(self, mandarin: str) -> bool:
        """Whether the simplified form of a word is no other word: 丑 is 醜, and an hour of its own."""
        simple = mandarin.translate(self.one_simplified)
        return len(simple) > 1 or simple == mandarin or simple in self.to_traditional

    @cached_property
    def one_simplified(self) -> Mapping[int, str]:
        """Each traditional character with its likeliest simplified form: two texts are compared in it."""
        return {ord(char): forms[0] for char, forms in self.to_simplified.items()}


def parse_tables(texts: Mapping[str, str]) -> Tables:
    """Return the tables of these files.

    Parameters
    ----------
    texts : file name → whole text, one for each of `TABLE_NAMES`

    Raises
    ------
    TranscriptError : `transcript.tables`, for a missing file or column or an unknown kind of row
    """
    for name in TABLE_NAMES:
        if name not in texts:
            raise TranscriptError("transcript.tables", f"table {name} is missing", table=name)
    exempt = rows.rows_of(texts, TRADITIONAL, "char", "exempt")
    return Tables(
        version=_version(texts),
        to_traditional=dict(rows.forms(texts, SIMPLIFIED, "traditional")),
        to_simplified=dict(rows.forms(texts, TRADITIONAL, "simplified")),
        simplified_exempt=rows.exempt_characters(texts, EXEMPT),
        traditional_exempt={char: language for char, language in exempt if language},
        radicals=_radicals(texts),
        private_use=_private_use(texts),
        look_alikes=dict(rows.look_alikes(texts, LOOK_ALIKES)),
        variants=dict(rows.variants(texts, DERIVED_VARIANTS, VARIANTS)),
        folk_spellings=_candidates(texts, FOLK, "spelling", "moe"),
        fillers=_fillers(texts),
        misspelt_fillers=_misspelt_fillers(texts),
        wording=tuple(rows.wording_rows(texts, WORDING)),
        not_mandarin=_not_mandarin(texts),
    )


def _version(texts: Mapping[str, str]) -> str:
    digest = hashlib.sha256()
    for name in TABLE_NAMES:
        file_sha256 = hashlib.sha256(texts[name].encode()).hexdigest()
        digest.update(f"{file_sha256}  {name}\n".encode())
    return digest.hexdigest()


def _radicals(texts: Mapping[str, str]) -> dict[str, Variant]:
    found = rows.rows_of(texts, RADICALS, "char", "han", "fix")
    return {char: Variant(written=han, safe=fix == "safe") for char, han, fix in found}


def _private_use(texts: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for name, han in rows.rows_of(texts, PRIVATE_USE, "codepoint", "han"):
        if not name.startswith("U+") or len(han) != 1:
            raise rows.not_understood(PRIVATE_USE, name)
        found[chr(int(name[2:], 16))] = han
    return found


def _candidates(texts: Mapping[str, str], name: str, key: str, column: str) -> dict[str, tuple[str, ...]]:
    return {word: tuple(joined.split("/")) for word, joined in rows.rows_of(texts, name, key, column)}


def _fillers(texts: Mapping[str, str]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for variety, form, _ in rows.fillers(texts, FILLERS, "accepted"):
        found.setdefault(variety, set()).add(form)
    return {variety: frozenset(forms) for variety, forms in found.items()}


def _misspelt_fillers(texts: Mapping[str, str]) -> dict[str, dict[str, Filler]]:
    found: dict[str, dict[str, Filler]] = {}
    for variety, form, filler in rows.fillers(texts, FILLERS, "misspelling"):
        found.setdefault(variety, {})[form] = filler
    return found


def _not_mandarin(texts: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Core rows; a gloss in brackets explains a word and is nothing to write."""
    found = {}
    for status, char, mandarin in rows.rows_of(texts, NOT_MANDARIN, "status", "char", "mandarin"):
        if status not in ("core", "excluded"):
            raise rows.not_understood(NOT_MANDARIN, char)
        if status == "core":
            found[char] = () if mandarin.startswith("（") else tuple(mandarin.split("/"))
    return found
