"""usage: check.py COMMAND...: small file systems (root only) and folders without leave to write

The sizes go from none to one that suffices: wherever the disk ends, nothing is left and what was
there before is kept.
"""
import os
import pathlib
import subprocess
import sys

from e2e import box_args, box_files, files_below, need, refused, skip, tare

if os.geteuid() != 0:
    skip("only root can mount a small disk")
disk = pathlib.Path("disk")
disk.mkdir()


def mount(kib, *options):
    p = subprocess.run(["mount", "-t", "tmpfs", "-o", ",".join([f"size={kib}k", *options]), "tmpfs",
                        str(disk)], capture_output=True, text=True)
    if p.returncode != 0:
        skip(f"no small disk can be mounted here: {p.stderr.strip()}")


def unmount():
    subprocess.run(["umount", str(disk)], check=True)


box = box_files("box", size=(40, 36, 44))
args = [*box_args(box), "--case-id", "D"]
tare("plan", *args, "--out", "whole")
tare("compare", "whole/dose.nii.gz", "whole/dose.nii.gz", "--out", "compared")
(box / "cohort.csv").write_text(
    "case_id,stage,spect,voi,activity_gbq\nX,plan,spect.nii,"
    "liver=liver.nii;perfused:RHA=liver.nii;tumor:T1=tumor.nii;lungs=lungs.nii,1\n")
commands = {
    "plan": ["plan", *args],
    "dose": ["dose", *args],
    "dvh": ["dvh", "--dose", "whole/dose.nii.gz", "--voi", f"liver={box / 'liver.nii'}"],
    "compare": ["compare", "whole/dose.nii.gz", "whole/dose.nii.gz"],
    "phantom": ["phantom"],
}
commands = {name: words for name, words in commands.items() if name in sys.argv[1:]}
need(sys.argv[1:] == list(commands), f"the commands are {sys.argv[1:]}")


def check_full(name, words):
    """a disk of 4 KiB is too small for any; other sizes end in the middle of some file"""
    ended = 0
    need_kib = {"plan": 400, "dose": 300, "dvh": 40, "compare": 16, "phantom": 3000}[name]
    for kib in (4, need_kib // 4, need_kib // 2):
        mount(kib)
        try:
            out = disk / "out"
            p = tare(*words, "--out", out, want=None)
            if p.returncode == 0:
                print(f"{name}: {kib} KiB suffice")
                continue
            ended += 1
            refused(4, [], *words, "--out", out, out=out)
            need(not [f for f in files_below(disk) if not f.startswith("lost")],
                 f"{name}, {kib} KiB: left {files_below(disk)}")
        finally:
            unmount()
    need(ended > 0, f"{name}: no disk was too small")


def check_kept():
    """--overwrite on a disk that fills up keeps the earlier result whole"""
    mount(2000)
    try:
        out = disk / "out"
        tare("dvh", "--dose", "whole/dose.nii.gz", "--voi", f"liver={box / 'liver.nii'}",
             "--case-id", "FIRST", "--out", out)
        before = {f: (out / f).read_bytes() for f in files_below(out)}
        free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
        with open(disk / "ballast", "wb") as f:
            f.write(bytes(max(0, free - 4096)))
        refused(4, [], "plan", *args, "--out", out, "--overwrite")
        need(before == {f: (out / f).read_bytes() for f in files_below(out)},
             "the earlier result was touched")
    finally:
        unmount()


def check_read_only():
    mount(4000)
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    try:
        for name, words in commands.items():
            refused(4, [], *words, "--out", disk / "out")
        p = tare("batch", box / "cohort.csv", "--out", disk / "out", want=4)
        need(p.stderr.count("\n") == 1, f"batch on a disk without leave to write: {p.stderr!r}")
    finally:
        unmount()


def check_batch():
    """a full disk fails the case, with its reason, or the batch, with its exit code"""
    mount(64)
    try:
        p = tare("batch", box / "cohort.csv", "--out", disk / "out", want=None)
        need(p.returncode in (4, 5), f"batch on a full disk gave exit {p.returncode}: {p.stderr}")
        left = [f for f in files_below(disk / "out")
                if not f.endswith((".csv", "batch.json"))]
        need(not left, f"batch on a full disk left {left}")
    finally:
        unmount()


for command, line in commands.items():
    check_full(command, line)
check_read_only()
if "plan" in commands:
    check_kept()
    check_batch()
