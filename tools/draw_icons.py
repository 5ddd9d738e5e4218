"""Draw `recorder_web/icons/*.png` from the drawings beside them; run by hand when a drawing changes."""

from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.rig.browser import FLAGS, chromium

ICONS_DIR = Path(__file__).resolve().parents[1] / "recorder_web" / "icons"
WANTED = {
    "icon-192.png": ("icon.svg", 192),
    "icon-512.png": ("icon.svg", 512),
    "maskable-512.png": ("maskable.svg", 512),
}


def main() -> None:
    """Draw each size in the system's Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        for name, (drawing, size) in WANTED.items():
            page = browser.new_page(viewport={"width": size, "height": size})
            svg = (ICONS_DIR / drawing).read_text("utf-8")
            page.set_content(f"<style>body{{margin:0}}svg{{display:block;width:{size}px}}</style>{svg}")
            page.screenshot(path=ICONS_DIR / name, omit_background=True)
        browser.close()


if __name__ == "__main__":
    main()
