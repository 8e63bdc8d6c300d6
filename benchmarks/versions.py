"""Which versions of torch and Python run the losses, torch.compile, patching, the doctor and `crossent fit`.

    python benchmarks/versions.py 2.6.0 2.9.1 2.14.1
    python benchmarks/versions.py 2.6.0 --python python3.10 --wheels FOLDER

Each version gets an environment of its own in a temporary folder: torch, then this checkout with its kernels and what
`fit` needs, then the probe. On Linux torch and its dependencies are gigabytes: the size of what pip would fetch is said
first, and nothing is installed that does not fit. `--wheels` takes torch from a folder and asks no index for it.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parent.parent
PROBE = Path(__file__).with_name("versions_probe.py")
GROUPS = ("losses", "compiled", "patching", "commands")
# An installed wheel takes about this many times its size.
UNPACKED = 2.5


def main() -> int:
    """Print a table with a row per version, and below it what went wrong; 1 if anything did."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("versions", nargs="+", metavar="TORCH", help="versions of torch, as 2.9.1")
    parser.add_argument("--python", default=sys.executable, help="the interpreter (default: this one)")
    parser.add_argument("--wheels", type=Path, metavar="FOLDER", help="a folder with wheels, instead of the index")
    options = parser.parse_args()
    wrong = {}
    print("| Python | torch | " + " | ".join(GROUPS) + " |\n|" + "---|" * (2 + len(GROUPS)))
    for version in options.versions:
        result = tried(version, options.python, options.wheels)
        cells = ["{} of {}".format(*result["counts"][group]) if group in result["counts"] else "–" for group in GROUPS]
        print("| " + " | ".join([result["python"], result["torch"], *cells]) + " |", flush=True)
        wrong |= {f"torch {version}: {what}": why for what, why in result["wrong"].items()}
    for what, why in wrong.items():
        print(f"\n{what}\n{why}")
    return int(bool(wrong))


def tried(version: str, python: str, wheels: Path | None) -> dict:
    """What the probe prints in an environment with this version; counts are missing where it cannot run."""
    nothing = {"python": "?", "torch": version, "counts": {}}
    with tempfile.TemporaryDirectory(prefix="crossent-versions-") as folder:
        environment = Path(folder, "venv")
        try:
            run([python, "-m", "venv", str(environment)])
            own = str(environment / "bin" / "python")
            install = [own, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            source = ["--no-index", "--find-links", str(wheels)] if wheels else []
            wanted = f"torch=={version}"
            if not wheels:
                size = fetched(own, wanted)
                free = shutil.disk_usage(folder).free
                print(f"torch {version}: {size / 2**30:.1f} GiB to fetch", file=sys.stderr, flush=True)
                if size * UNPACKED > free:
                    return nothing | {
                        "wrong": {"install": f"needs {size * UNPACKED:.3g} bytes of {free:.3g} free ones"}
                    }
            run([*install, *source, wanted])
            run([*install, wanted, f"{ROOT}[train]"])
            return json.loads(run([own, str(PROBE)], folder).splitlines()[-1])
        except (subprocess.CalledProcessError, ValueError) as error:
            return nothing | {"wrong": {"install": f"{error}\n{getattr(error, 'stderr', '')}"[-2000:]}}


def fetched(python: str, wanted: str) -> int:
    """The bytes that pip would fetch for a requirement and what it needs."""
    plan = [python, "-m", "pip", "install", "--quiet", "--dry-run", "--report", "-", wanted]
    size = 0
    for package in json.loads(run(plan))["install"]:
        url = package["download_info"]["url"]
        if url.startswith("file:"):
            size += Path(urllib.request.url2pathname(url.removeprefix("file://"))).stat().st_size
            continue
        with urllib.request.urlopen(urllib.request.Request(url, method="HEAD")) as answer:
            size += int(answer.headers["Content-Length"])
    return size


def run(command: list[str], folder: str | None = None) -> str:
    """What a command prints; CalledProcessError with what it said if it fails."""
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    raise SystemExit(main())
