"""Look into a built wheel: the built pages are in, sources, source maps and test text are not."""

import sys
import zipfile

FORBIDDEN = ("recorder_web/frontend/", "node_modules", ".map", "tests/", "moe_twblg", "icorpus")
NEEDED = (
    "recorder_web/static/",
    "recorder_web/messages/zh-Hant.json",
    "recorder_web/templates/",
    "speechcorpus/store/migrations/",
    "speechcorpus/transcribe/data/simplified_chars.tsv",
    "speechcorpus/transcribe/data/taiwan_variants.tsv",
    "speechcorpus/workflows/prompt_data/",
    "speechcorpus/workflows/certificate_data/NotoSansCJKtc-subset.woff",
    "speechcorpus/workflows/certificate_data/OFL.txt",
)


def faults(names: list[str]) -> list[str]:
    """What is in the wheel and must not be, or is missing, one sentence each."""
    found = [f"{name} must not be in the wheel" for name in names if any(part in name for part in FORBIDDEN)]
    missing = [f"{part} is missing" for part in NEEDED if not any(part in name for name in names)]
    return found + missing


if __name__ == "__main__":
    with zipfile.ZipFile(sys.argv[1]) as wheel:
        problems = faults(wheel.namelist())
    sys.exit("\n".join(problems) if problems else 0)
