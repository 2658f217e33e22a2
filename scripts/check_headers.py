#!/usr/bin/env python3
"""Compiles every header alone: as C17, and as C++17 where it offers extern "C" to a shim.

usage: check_headers.py ROOT CC CXX      exit status 1 and the compiler's words
"""
import concurrent.futures
import os
import pathlib
import subprocess
import sys

ROOMS = ["core", "kernels", "segment", "io", "cli", "data", "tests"]
FLAGS = ["-fsyntax-only", "-fopenmp-simd", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I.",
         "-D_POSIX_C_SOURCE=200809L", '-DOT_VERSION="0"', "-DOT_TEST_HOOKS", "-isystem",
         "/usr/include/nifti"]
PACKAGES = ["cairo", "jansson", "fftw3", "fftw3f"]


def trial(job):
    command, header = job
    # A declaration of its own behind the header: one of macros alone is a header, too.
    done = subprocess.run(command + ["-include", header, "-x", command[-1], "-"],
                          input="extern int behind_the_header;\n", stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    return "" if done.returncode == 0 else f"{header} does not compile alone:\n{done.stdout}"


def main():
    os.chdir(sys.argv[1])
    cc, cxx = sys.argv[2:4]
    found = subprocess.run(["pkg-config", "--cflags-only-I"] + PACKAGES, check=True, text=True,
                           stdout=subprocess.PIPE).stdout
    flags = FLAGS + found.replace("-I", "-isystem ").split()
    jobs = []
    for room in ROOMS:
        for path in sorted(pathlib.Path(room).rglob("*.h")):
            jobs.append(([cc, "-std=c17"] + flags + ["-x", "c"], str(path)))
            if 'extern "C"' in path.read_text(encoding="utf-8"):
                jobs.append(([cxx, "-std=c++17"] + flags + ["-x", "c++"], str(path)))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = [text for text in pool.map(trial, jobs) if text]
    print("\n".join(found) or f"headers: ok ({len(jobs)} compilations)")
    return 1 if found else 0


sys.exit(main())
