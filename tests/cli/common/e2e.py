"""What end-to-end tests share: running the program, reading and writing images by hand, comparing.

Nothing here comes from the program under test: files are read and written by their formats.
Environment: TARE is the program, SHARED the folder of real images (may be absent), PHANTOM a
small synthetic patient that `tare phantom` has written (fixture of tests/CMakeLists.txt).
"""
import array
import gzip
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys

TARE = os.environ["TARE"]
SHARED = pathlib.Path(os.environ["SHARED"])
PHANTOM = pathlib.Path(os.environ.get("PHANTOM", "phantom"))


def skip(text):
    print(f"skipped: {text}")
    sys.exit(77)


def shared(part):
    """a folder of the real images; the test is skipped where it is absent"""
    path = SHARED / part
    if not path.exists():
        skip(f"{part} is not at hand")
    return path


def tool(name):
    if not shutil.which(name):
        skip(f"{name} is not installed")
    return name


def need(ok, text):
    if not ok:
        sys.exit(f"FAILED: {text}")


def near(got, want, tolerance, what):
    """|got - want| <= tolerance |want|; NaN and None fail"""
    ok = isinstance(got, (int, float)) and abs(got - want) <= tolerance * abs(want)
    need(ok, f"{what} is {got!r}, wanted {want!r} within {tolerance:g}")


def tare(*args, want=0, env=None, cwd=None):
    """runs the program; the finished process with its exit status checked"""
    p = subprocess.run([TARE, *map(str, args)], stdin=subprocess.DEVNULL, capture_output=True,
                       text=True, errors="replace", cwd=cwd, env={**os.environ, **(env or {})})
    short = " ".join(map(str, args))[:160]
    need(want is None or p.returncode == want,
         f"`tare {short}` gave exit {p.returncode}, wanted {want}: {p.stderr or p.stdout}")
    return p


def files_below(folder):
    folder = pathlib.Path(folder)
    return sorted(str(f.relative_to(folder)) for f in folder.rglob("*") if not f.is_dir())


def refused(want, parts, *args, out=None):
    """refusal: exit status, one line that holds every part, nothing on stdout, nothing left"""
    p = tare(*args, want=None)
    short = " ".join(map(str, args))[:200]
    need(p.returncode == want, f"`tare {short}` gave exit {p.returncode}, wanted {want}: {p.stderr}")
    need(p.stderr.count("\n") == 1 and p.stderr.endswith("\n"),
         f"`tare {short}`: not one line of error: {p.stderr!r}")
    need(not p.stdout, f"`tare {short}` was refused and printed {p.stdout!r}")
    for part in parts:
        need(part.lower() in p.stderr.lower(), f"`tare {short}`: no '{part}' in: {p.stderr}")
    if out is not None and os.path.exists(out):
        need(not files_below(out), f"`tare {short}` left {files_below(out)}")
    return p.stderr


def load(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def result(folder):
    return load(pathlib.Path(folder) / "result.json")


def voi(res, name):
    for v in res["vois"]:
        if v["name"] == name:
            return v
    sys.exit(f"FAILED: no VOI {name}; there are {[v['name'] for v in res['vois']]}")


def bytes_of(path):
    """a file's bytes, inflated where it is gzip"""
    raw = pathlib.Path(path).read_bytes()
    return gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw


CODES = {2: "B", 4: "h", 8: "i", 16: "f", 64: "d", 256: "b", 512: "H", 768: "I"}


def read_nifti(path):
    """(size, three rows of the RAS affine, values with i fastest) of a little-endian NIfTI-1"""
    raw = bytes_of(path)
    need(struct.unpack_from("<i", raw, 0)[0] == 348, f"{path} is no little-endian NIfTI-1")
    size = struct.unpack_from("<8h", raw, 40)[1:4]
    code = CODES[struct.unpack_from("<h", raw, 70)[0]]
    offset = int(struct.unpack_from("<f", raw, 108)[0])
    slope, intercept = struct.unpack_from("<2f", raw, 112)
    rows = [struct.unpack_from("<4f", raw, 280 + 16 * r) for r in range(3)]
    count = size[0] * size[1] * size[2]
    values = array.array(code, raw[offset:offset + count * array.array(code).itemsize])
    need(len(values) == count, f"{path} is short")
    if slope not in (0.0, 1.0) or intercept:
        values = array.array("d", [v * (slope or 1.0) + intercept for v in values])
    return tuple(size), rows, values


def write_nifti(path, size, spacing, values, code="f", origin=(0.0, 0.0, 0.0)):
    """axis-aligned RAS+ NIfTI-1 with sform, values with i fastest"""
    header = bytearray(352)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, 3, *size, 1, 1, 1, 1)
    datatype = {v: k for k, v in CODES.items()}[code]
    struct.pack_into("<2h", header, 70, datatype, 8 * array.array(code).itemsize)
    struct.pack_into("<4f", header, 76, 1, *spacing)
    struct.pack_into("<3f", header, 108, 352, 1, 0)
    header[123] = 2
    struct.pack_into("<h", header, 254, 1)
    for r in range(3):
        row = [0.0, 0.0, 0.0, origin[r]]
        row[r] = spacing[r]
        struct.pack_into("<4f", header, 280 + 16 * r, *row)
    header[344:348] = b"n+1\0"
    pathlib.Path(path).write_bytes(bytes(header) + array.array(code, values).tobytes())
    return path


def box_files(folder, size=(20, 18, 22), spacing=(4.0, 4.2, 3.6)):
    """a small case as NIfTI: counts in a liver box, with a tumor and a lung box; its folder"""
    folder = pathlib.Path(folder)
    folder.mkdir(exist_ok=True)

    def grid(f):
        nx, ny, nz = size
        return [f(i, j, k) for k in range(nz) for j in range(ny) for i in range(nx)]
    liver = grid(lambda i, j, k: 2 <= i < 18 and 2 <= j < 16 and 2 <= k < 12)
    tumor = grid(lambda i, j, k: 8 <= i < 13 and 6 <= j < 11 and 4 <= k < 9)
    lungs = grid(lambda i, j, k: 2 <= i < 18 and 2 <= j < 16 and 16 <= k < 21)
    counts = [400.0 if t else 100.0 if a else 5.0 if b else 0.0
              for a, t, b in zip(liver, tumor, lungs)]
    write_nifti(folder / "spect.nii", size, spacing, counts)
    for name, mask in (("liver", liver), ("tumor", tumor), ("lungs", lungs)):
        write_nifti(folder / f"{name}.nii", size, spacing, [int(v) for v in mask], "B")
    return folder


def box_args(folder):
    return ["--spect", folder / "spect.nii", "--voi", f"liver={folder / 'liver.nii'}",
            "--voi", f"perfused:RHA={folder / 'liver.nii'}",
            "--voi", f"tumor:T1={folder / 'tumor.nii'}", "--voi", f"lungs={folder / 'lungs.nii'}",
            "--residual-fraction", "0", "--activity-gbq", "1"]
