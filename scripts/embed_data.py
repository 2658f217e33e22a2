#!/usr/bin/env python3
"""Writes the tables of data/ as one C file: name, size, bytes.

usage: embed_data.py DATA_DIR OUT.c NAME...
"""
import pathlib
import sys


def main():
    root, out, names = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sorted(sys.argv[3:])
    lines = ['/* Made by scripts/embed_data.py from data/; not to be edited. */',
             '#include "data/embedded.h"', '']
    for n, name in enumerate(names):
        blob = (root / name).read_bytes() + b"\0"
        lines.append(f"static const unsigned char blob_{n}[] = {{")
        lines += [",".join(map(str, blob[at:at + 24])) + "," for at in range(0, len(blob), 24)]
        lines.append("};")
    lines.append("const struct ot_embedded ot_embedded_tables[] = {")
    for n, name in enumerate(names):
        lines.append(f'    {{"{name}", (const char *)blob_{n}, sizeof blob_{n} - 1}},')
    lines += ["    {0, 0, 0},", "};", ""]
    out.write_text("\n".join(lines), encoding="ascii")


main()
