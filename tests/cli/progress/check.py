"""Commands with standard error on a pseudo-terminal, and on a pipe."""
import os
import pathlib
import pty
import signal
import subprocess
import threading
import time

from e2e import PHANTOM, TARE, need, skip, tare

CLEAR = b"\r\x1b[K"
try:
    for end in pty.openpty():
        os.close(end)
except OSError as error:  # a container without /dev/pts
    skip(f"no terminal can be made here: {error}")
NIFTI, CT = PHANTOM / "nifti", PHANTOM / "dicom" / "ct"
tare("dose", "--spect", NIFTI / "spect.nii.gz", "--voi", f"liver={NIFTI / 'voi_liver.nii.gz'}", "--activity-gbq", 1,
     "--residual-fraction", 0, "--case-id", "P", "--out", "dose")
pathlib.Path("turn.tfm").write_text("#Insight Transform File V1.0\n#Transform 0\nTransform: "
                                    "Euler3DTransform_double_3_3\nParameters: 0 0 0.1 1 2 3\n"
                                    "FixedParameters: 0 0 0\n")
COMMANDS = {
    "plan": [PHANTOM / "case-plan.json", "--threads", "1", "--overwrite", "--out", "plan"],
    "dvh": ["--dose", "dose/dose.nii.gz", "--voi", f"liver={NIFTI / 'voi_liver.nii.gz'}", "--subvoxels", "2",
            "--case-id", "P", "--overwrite", "--out", "dvh"],
    "inspect": [PHANTOM],
    "report": ["dose", "--overwrite"],
    "kernel": ["--medium", "lung", "--voxel-mm", "1,1,1"],
    "register": ["--fixed", CT, "--apply", "turn.tfm", "--image", CT, "--overwrite", "--out", "register"],
    "segment": ["--ct", CT, "--overwrite", "--out", "segment"],
}


def held_up(command, args, after_s):
    """what a command wrote to the terminal and to its output, stopped for over a second under way"""
    master, slave = pty.openpty()
    seen = []

    def listen():
        try:
            while part := os.read(master, 4096):
                seen.append(part)
        except OSError:  # the other end is closed
            pass

    with subprocess.Popen([TARE, command, *map(str, args)], stdout=subprocess.PIPE, stderr=slave,
                          stdin=subprocess.DEVNULL) as p:
        os.close(slave)
        listener = threading.Thread(target=listen)
        listener.start()
        time.sleep(after_s)
        p.send_signal(signal.SIGSTOP)
        time.sleep(1.1)
        p.send_signal(signal.SIGCONT)
        out = p.stdout.read()
        listener.join()
    os.close(master)
    need(p.returncode == 0 and out, f"{command} gave exit {p.returncode}: {seen}")
    return b"".join(seen), out


for name, arguments in COMMANDS.items():
    for delay in 0.1, 0.04, 0.02, 0.2, 0.4:  # it must have begun, and not be done
        text, output = held_up(name, arguments, delay)
        if text:
            break
    need(f"tare {name}: 1 s".encode() in text, f"no progress of {name}: {text!r}")
    need(text.endswith(CLEAR), f"the line of {name} was left: {text!r}")
    need(CLEAR not in output, f"progress of {name} on standard output")
p = subprocess.run([TARE, "plan", *map(str, COMMANDS["plan"])], capture_output=True, check=True)
need(p.stderr == b"", f"progress without a terminal: {p.stderr!r}")
