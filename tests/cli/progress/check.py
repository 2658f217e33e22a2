"""tare plan with standard error on a pseudo-terminal, and on a pipe."""
import os
import pty
import subprocess
import time

from e2e import PHANTOM, TARE, need

PLAN = [TARE, "plan", str(PHANTOM / "case-plan.json"), "--threads", "1", "--convolution", "fft", "--out"]
CLEAR = b"\r\x1b[K"
master, slave = pty.openpty()
start = time.monotonic()
with subprocess.Popen([*PLAN, "one"], stdout=subprocess.PIPE, stderr=slave,
                      stdin=subprocess.DEVNULL) as p:
    os.close(slave)
    seen = b""
    while True:
        try:
            part = os.read(master, 4096)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        seen += part
    out = p.stdout.read()
elapsed = time.monotonic() - start
need(p.returncode == 0 and out, f"plan gave exit {p.returncode}")
if elapsed > 1.6:
    need(b"tare plan: 1 s" in seen, f"no progress in {elapsed:.1f} s: {seen!r}")
    need(seen.endswith(CLEAR), f"the line was left: {seen!r}")
need(CLEAR not in out, "progress on standard output")
p = subprocess.run([*PLAN, "two"], capture_output=True, check=True)
need(p.stderr == b"", f"progress without a terminal: {p.stderr!r}")
