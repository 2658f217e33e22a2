"""plan of the synthetic patient with 1, 2, 3 and 5 threads; and as the environment says."""
import time

from e2e import PHANTOM, bytes_of, need, result, tare

FILES = ["dose.nii.gz", "vois.nii.gz", "vois.json", "dvh.csv"]


def numbers(folder):
    res = result(folder)
    for key in "provenance", "prescription":  # times of the run; vials from today on
        res.pop(key)
    return res


case = PHANTOM / "case-plan.json"
start = time.monotonic()
tare("plan", case, "--threads", 1, "--out", "one")
wall = time.monotonic() - start
stages = result("one")["provenance"]["stages"]
spent = sum(s["seconds"] for s in stages.values())
need(0 < spent <= wall, f"stages say {spent} s, the run took {wall} s: {stages}")
for name, args, env in (("two", ["--threads", 2], {}), ("three", ["--threads", 3], {}),
                        ("five", ["--threads", 5], {}), ("env", [], {"OMP_NUM_THREADS": "4"})):
    tare("plan", case, *args, "--out", name, env=env)
    for f in FILES:
        need(bytes_of(f"{name}/{f}") == bytes_of(f"one/{f}"), f"{f} differs with {name}")
    need(numbers(name) == numbers("one"), f"result.json differs with {name}")
    need(result(name)["prescription"]["a_max_gbq"] == result("one")["prescription"]["a_max_gbq"],
         f"prescription differs with {name}")
