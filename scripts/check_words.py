#!/usr/bin/env python3
"""Checks words that must not stand in a file: calls of the house style's "Never" list in the
sources, machine paths and leftovers everywhere.

usage: check_words.py ROOT      exit status 1 and one line per violation

A call that is right in one place is allowed there by a comment on its line or the line above:
    /* words: allow free - json_dumps() allocates with malloc */
"""
import pathlib
import re
import sys

ROOMS = ["core", "kernels", "segment", "io", "cli", "data", "tests"]
TEXTS = ["*.md", "docs/**/*.md", "scripts/**/*", ".ci/*", "CMakeLists.txt", "*/CMakeLists.txt",
         "data/**/*.md", "data/**/*.json"]
SOURCE = {".c", ".h", ".cc", ".hh"}

NEVER = "strcpy strcat sprintf vsprintf gets atoi atol atof strtok rand srand setlocale alloca"
SHELL = "system popen"  # tests may call other programs
HEAP = "malloc calloc realloc free"  # core/mem.c only
PRINTING = "printf puts putchar perror vprintf"  # cli only, and there through the run's streams
LIBRARY = "exit _exit abort longjmp getenv setenv time localtime"  # libraries never


def calls(words):
    return re.compile(r"(?<![\w.>])(" + "|".join(words.split()) + r")\s*\(")


def rules_for(here):
    """[(pattern, why)] for one source file"""
    layer = here.parts[0]
    rules = [(calls(NEVER), "is on the house style's Never list")]
    if layer == "tests":
        return rules
    rules.append((calls(SHELL), "is on the house style's Never list"))
    if here.as_posix() != "core/mem.c":
        rules.append((calls(HEAP), "belongs to core/mem.c: use OT_NEW and ot_free"))
    if layer != "cli":
        rules.append((calls(PRINTING), "prints from a library"))
        rules.append((re.compile(r"\b(stdout|stderr)\b"), "is for cli only"))
        rules.append((calls(LIBRARY), "is not for a library: pass it as an argument"))
    rules.append((re.compile(r"\bgoto\s+(?!done\b)(\w+)"), "is a goto to another label than done"))
    return rules


CODE = re.compile(
    r"""(?P<skip>/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')""", re.S)
ALLOW = re.compile(r"words: allow ([\w ]+)")


def code_only(text):
    """the source with comments and literals blanked, line numbers kept"""
    return CODE.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


def source_violations(path, here):
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    rules = rules_for(here)
    for number, line in enumerate(code_only(text).splitlines(), 1):
        for pattern, why in rules:
            for match in pattern.finditer(line):
                near = " ".join(lines[max(0, number - 2):number])
                allowed = {w for m in ALLOW.finditer(near) for w in m.group(1).split()}
                if match.group(1) not in allowed:
                    yield f"{here}:{number}: {match.group(1)} {why}"
    first = lines[0] if lines else ""
    if not re.match(rf"(/\*|//) {re.escape(here.as_posix())} - \S", first):
        yield f"{here}:1: the first line does not say '{here.as_posix()} - what it is'"


LEFTOVER = [
    (re.compile(r"(?<![\w./])/(?:home|root|work|Users|mnt|srv)/\w"), "an absolute machine path"),
    (re.compile(r"\bhttps?://[^\s)>\"']*(?:artifact|registry|mirror|proxy|snapshot)[^\s)>\"']*", re.I),
     "a package registry's address"),
    (re.compile(r"\b(?:in|of) (?:this|an earlier|the next) session\b", re.I), "speaks of how it was made"),
    (re.compile(r"\bto be measured\b|\bFIXME\b|\bXXX\b|\bHACK\b"), "a leftover"),
    (re.compile(r"\bTODO\b(?!\(#\d+\))"), "a TODO without an issue number"),
]
BRITISH = (re.compile(r"\b(?:[Tt]umour|[Cc]olour|[Bb]ehaviour)"), "British spelling")


def leftovers(path, here):
    # What data/ quotes keeps its spelling, and so do the tests that look for it.
    rules = LEFTOVER + ([] if here.parts[0] in ("data", "tests") else [BRITISH])
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if "words: allow" in line:
            continue
        for pattern, what in rules:
            match = pattern.search(line)
            if match:
                yield f"{here}:{number}: '{match.group()}': {what}"


def main():
    root = pathlib.Path(sys.argv[1])
    sources = [p for room in ROOMS for p in sorted((root / room).rglob("*")) if p.suffix in SOURCE]
    texts = sorted({p for pattern in TEXTS for p in root.glob(pattern) if p.is_file()})
    found = []
    for path in sources:
        found += source_violations(path, path.relative_to(root))
    for path in sources + texts:
        if "__pycache__" in path.parts or path.name == "check_words.py":
            continue
        found += leftovers(path, path.relative_to(root))
    print("\n".join(found) or f"words: ok ({len(sources)} sources, {len(texts)} texts)")
    return 1 if found else 0


sys.exit(main())
