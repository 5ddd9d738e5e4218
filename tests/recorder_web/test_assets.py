"""What a page may ask a browser to fetch early: the script of an island, and what it imports at once."""

import json

from recorder_web.assets import Assets

CHUNKS = {
    "src/island.ts": {
        "file": "assets/island-1.js",
        "name": "island",
        "isEntry": True,
        "imports": ["_shared", "_leaf"],
        "dynamicImports": ["src/later.ts"],
    },
    "_shared": {"file": "assets/shared-1.js", "name": "shared", "imports": ["_leaf", "_shared"]},
    "_leaf": {"file": "assets/leaf-1.js", "name": "leaf"},
    "src/later.ts": {"file": "assets/later-1.js", "name": "later", "isDynamicEntry": True},
}


def test_the_modules_of_an_island_are_told_once_each_and_nothing_that_may_come_later(tmp_path):
    (tmp_path / ".vite").mkdir()
    (tmp_path / ".vite" / "manifest.json").write_text(json.dumps(CHUNKS))
    told = Assets(tmp_path).modules("island")
    assert told == [f"/static/assets/{name}-1.js" for name in ("island", "shared", "leaf")]
    assert Assets(tmp_path).modules("unknown") == []


def test_without_a_build_there_is_nothing_to_fetch(tmp_path):
    assert Assets(tmp_path).modules("island") == []
