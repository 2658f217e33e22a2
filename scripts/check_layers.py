#!/usr/bin/env python3
"""Checks the dependency direction: which folder may include which, and what else.

usage: check_layers.py ROOT      exit status 1 and one line per violation
"""
import pathlib
import re
import sys

MAY_INCLUDE = {
    "core": {"core"},
    "kernels": {"core", "kernels"},
    "segment": {"core", "segment"},
    "io": {"core", "io", "data"},
    "cli": {"core", "kernels", "segment", "io", "cli"},
    "tests": {"core", "kernels", "segment", "io", "cli", "tests", "data"},
}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
FOREIGN_CXX = re.compile(r"^(itk|dcmtk/)")


def violations(path, root):
    here = path.relative_to(root)
    layer = here.parts[0]
    in_shim = "shim" in here.parts
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        bracket, target = match.groups()
        first = target.split("/")[0]
        if bracket == '"' and first not in MAY_INCLUDE[layer]:
            yield f"{here}:{number}: {layer} must not include {target}"
        if FOREIGN_CXX.match(target) and not (in_shim and path.suffix == ".cc"):
            if layer != "tests":
                yield f"{here}:{number}: {target} belongs behind a shim (*/shim/*.cc)"
        if target == "core/shim_guard.hh" and not in_shim:
            yield f"{here}:{number}: the exception guard is for shims only"
    if path.suffix in {".cc", ".hh"} and not in_shim and here.name != "shim_guard.hh":
        if layer != "tests":
            yield f"{here}: C++ is allowed in */shim/ only"


def main():
    root = pathlib.Path(sys.argv[1])
    found = []
    for layer in MAY_INCLUDE:
        for path in sorted((root / layer).rglob("*")):
            if path.suffix in {".c", ".h", ".cc", ".hh"}:
                found += violations(path, root)
    print("\n".join(found) or "layers: ok")
    return 1 if found else 0


sys.exit(main())
