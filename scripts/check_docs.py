#!/usr/bin/env python3
"""Checks the documents against the program and against each other.

usage: check_docs.py ROOT TARE [--write]      exit status 1 and one line per violation

- docs/commands.md is what `tare` prints of itself; --write renews it.
- every command stands in README.md and docs/guide.md, and both of README's scripts exist;
- every `--option` that a document names in code is an option of some command or script;
- every relative link and picture leads to a file, every #anchor to a heading.
"""
import pathlib
import re
import subprocess
import sys

OPTION = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]+")
OURS = re.compile(r"(?:^|\s)(?:tare|scripts/\w+) ")


def tare(program, *words):
    return subprocess.run([program, *words], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
                          check=True, text=True).stdout


def commands_of(usage):
    return re.findall(r"^  ([a-z]+) {2,}\S", usage, re.M)


def reference(program, commands, usage):
    parts = ["# Commands and options\n\nWhat `tare --help` and `tare COMMAND --help` print; "
             "`scripts/check_docs.py . build/release/cli/tare --write` renews this page.\n"
             f"\n```text\n{usage.rstrip()}\n```\n"]
    for name in commands:
        parts.append(f"\n## {name}\n\n```text\n{tare(program, name, '--help').rstrip()}\n```\n")
    return "".join(parts)


def anchor(heading):
    """GitHub's and GitLab's name of a heading"""
    text = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def anchors_of(path):
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.S)
    return {anchor(h) for h in re.findall(r"^#+ (.*)$", text, re.M)}


def link_violations(path, here, text):
    bare = re.sub(r"```.*?```", "", text, flags=re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", bare):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, fragment = target.partition("#")
        goal = (path.parent / file) if file else path
        if not goal.exists():
            yield f"{here}: the link {target} leads nowhere"
        elif fragment and goal.suffix == ".md" and fragment not in anchors_of(goal):
            yield f"{here}: {target}: no such heading"


def option_violations(here, text, known):
    """options in code that begins with one, or that calls our program or scripts"""
    code = [line for block in re.findall(r"```.*?```", text, flags=re.S)
            for line in block.splitlines() if OURS.search(line)]
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.S))
    code += [part for part in inline if part.startswith("--") or OURS.search(part)]
    for option in sorted({o for part in code for o in OPTION.findall(part.split("#")[0])}):
        if option not in known:
            yield f"{here}: {option} is no option of any command"



def main():
    root, program = pathlib.Path(sys.argv[1]), sys.argv[2]
    usage = tare(program, "--help")
    commands = commands_of(usage)
    whole = reference(program, commands, usage)
    page = root / "docs" / "commands.md"
    if "--write" in sys.argv:
        page.write_text(whole, encoding="utf-8")
    found = []
    if not page.exists() or page.read_text(encoding="utf-8") != whole:
        found.append("docs/commands.md is not what the program says: renew it with --write")
    known = set(OPTION.findall(whole)) | {"--help", "--man", "--completion"}
    for folder in ("scripts", "scripts/bench.d"):
        for path in (root / folder).iterdir():
            if path.is_file() and path.name != pathlib.Path(__file__).name:
                known |= set(OPTION.findall(path.read_text(encoding="utf-8")))
    known.add("--write")

    for name in ("README.md", "docs/guide.md"):
        text = (root / name).read_text(encoding="utf-8") if (root / name).exists() else ""
        found += [f"{name}: does not speak of `{c}`" for c in commands if not re.search(rf"\b{c}\b", text)]
    for script in ("scripts/demo", "scripts/test"):
        if script not in (root / "README.md").read_text(encoding="utf-8"):
            found.append(f"README.md: does not show {script}")
        if not (root / script).exists():
            found.append(f"{script} does not exist")
    pages = [p for p in sorted(root.glob("*.md")) + sorted((root / "docs").rglob("*.md")) if p != page]
    for path in pages:
        text = path.read_text(encoding="utf-8")
        here = path.relative_to(root)
        found += link_violations(path, here, text)
        if path.name != "CHANGELOG.md":
            found += option_violations(here, text, known)
    print("\n".join(found) or f"docs: ok ({len(pages)} pages, {len(commands)} commands)")
    return 1 if found else 0


sys.exit(main())
