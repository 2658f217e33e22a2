"""batch: statuses, exit codes and reasons by row; resume; kill -9; two cases of one name."""
import csv
import json
import os
import pathlib
import signal
import subprocess
import time

from e2e import TARE, box_args, box_files, bytes_of, files_below, near, need, refused, result, tare

box = box_files("box")
PATHS = {"voi": "liver=liver.nii;perfused:RHA=liver.nii;tumor:T1=tumor.nii;lungs=lungs.nii",
         "spect": "spect.nii", "residual_fraction": "0"}


def cohort(name, rows):
    fields = ["case_id", "stage", "spect", "voi", "activity_gbq", "residual_fraction", "units_mm"]
    with open(box / name, "w", newline="", encoding="utf-8") as f:
        writer = csv.DictWriter(f, fields)
        writer.writeheader()
        writer.writerows(rows)
    return box / name


def row(case_id, stage="plan", gbq="1", **more):
    return {"case_id": case_id, "stage": stage, "activity_gbq": gbq, **PATHS, **more}


def table(folder):
    with open(f"{folder}/cohort-result.csv", newline="", encoding="utf-8") as f:
        return {r["case_id"]: r for r in csv.DictReader(f)}


def check_waivers():
    """what a case waived stands in the cohort's table"""
    bare = bytearray((box / "spect.nii").read_bytes())
    bare[123] = 0  # no unit of length
    (box / "bare.nii").write_bytes(bare)
    tare("batch", cohort("waived.csv", [row("A"), row("W", spect="bare.nii", units_mm="yes")]), "--out", "waived")
    got = {name: r["waived_by"] for name, r in table("waived").items()}
    need(got == {"A": "", "W": "units-mm"}, f"waivers of a cohort: {got}")
    # A result of a version that did not record them does not look as if nothing were waived.
    path = pathlib.Path("waived", "W", "result.json")
    older = json.loads(path.read_text(encoding="utf-8"))
    need(older.pop("waived_by") == ["units-mm"], "result.json does not record the waiver")
    path.write_text(json.dumps(older), encoding="utf-8")
    tare("batch", box / "waived.csv", "--out", "waived")
    got = {name: r["waived_by"] for name, r in table("waived").items()}
    need(got == {"A": "", "W": "not recorded"}, f"waivers of a cohort of an older version: {got}")
    report = path.with_name("report.html")
    report.unlink()
    tare("report", "waived/W")
    need("--units-mm" in report.read_text(encoding="utf-8"), "report of an older result")


def check_rows():
    """good and bad rows, two at a time; a second run changes nothing; a mended row is done"""
    rows = [row("A"), row("B", spect="absent.nii"), row("C", gbq="-1"), row("D", gbq="2"),
            row("E", stage="dose", gbq="0.5"), row("F", voi="liver=liver.nii#nobody")]
    p = tare("batch", cohort("cohort.csv", rows), "--out", "out", "--jobs", 2, want=5)
    need("3 of 6" in p.stdout, f"summary: {p.stdout!r}")
    got = table("out")
    want = {"A": ("done", "0"), "B": ("failed", "3"), "C": ("failed", "2"), "D": ("done", "0"),
            "E": ("done", "0"), "F": ("failed", "3")}
    for name, (status, code) in want.items():
        r = got[name]
        need((r["status"], r["exit_code"]) == (status, code), f"{name}: {r}")
        need(bool(r["reason"]) == (status == "failed"), f"{name}: reason {r['reason']!r}")
        left = pathlib.Path("out", name, "result.json").exists()
        need(left == (status == "done"), f"{name}: result.json {left}")
    need("activity" in got["C"]["reason"] and "nobody" in got["F"]["reason"], f"{got}")
    # A case of a batch is what the command alone gives; doses go with the activity.
    tare("plan", *box_args(box), "--case-id", "A", "--out", "alone")
    for f in "dose.nii.gz", "dvh.csv", "vois.nii.gz":
        need(bytes_of(f"out/A/{f}") == bytes_of(f"alone/{f}"), f"{f} of a batch is another one")
    need(abs(float(got["D"]["tumor_mean_gy"]) / float(got["A"]["tumor_mean_gy"]) - 2) < 1e-5, "D")
    tumor = next(v["mean_gy"] for v in result("out/A")["vois"] if v["name"] == "T1")
    near(float(got["A"]["tumor_mean_gy"]), tumor, 1e-6, "A: mean of the tumor")

    times = {n: os.stat(f"out/{n}/result.json").st_mtime_ns for n in "ADE"}
    rows[1] = row("B")
    tare("batch", cohort("cohort.csv", rows), "--out", "out", want=5)
    got = table("out")
    need(got["B"]["status"] == "done", f"B: {got['B']}")
    need(all(got[n]["status"] in ("done", "skipped") for n in "ADE"), f"{got}")
    need(times == {n: os.stat(f"out/{n}/result.json").st_mtime_ns for n in "ADE"},
         "a second run has done again what was done")


def check_killed():
    rows = [row(f"K{n}", gbq=str(1 + n)) for n in range(6)]
    path = cohort("killed.csv", rows)
    p = subprocess.Popen([TARE, "batch", str(path), "--out", "killed"], start_new_session=True,
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not pathlib.Path("killed/K1/result.json").exists() and time.monotonic() < deadline:
        time.sleep(0.005)
    os.killpg(p.pid, signal.SIGKILL)
    p.wait()
    done = [n for n in range(6) if pathlib.Path(f"killed/K{n}/result.json").exists()]
    need(1 in done, "the first cases did not end in two minutes")
    first = os.stat("killed/K0/result.json").st_mtime_ns
    tare("batch", path, "--out", "killed")
    got = table("killed")
    need(len(got) == 6 and all(r["status"] in ("done", "skipped") for r in got.values()), f"{got}")
    need(first == os.stat("killed/K0/result.json").st_mtime_ns, "K0 was done again")
    tare("batch", path, "--out", "fresh")
    need(files_below("killed") == files_below("fresh"),
         f"files differ: {set(files_below('killed')) ^ set(files_below('fresh'))}")
    for n in range(6):
        need(bytes_of(f"killed/K{n}/dose.nii.gz") == bytes_of(f"fresh/K{n}/dose.nii.gz"), f"K{n}")


def check_names():
    """the table tells files by role, wherever they are named: names hold names of patients"""
    deep = box.joinpath("deep", *map(str, range(1001, 1010)))
    deep.mkdir(parents=True)
    (deep / "Doe_deep.dcm").symlink_to("nowhere")
    links = box / "links"
    links.mkdir()
    (links / "Doe_link.dcm").symlink_to("nowhere")
    loops = box / "loops"
    loops.mkdir()
    for n in range(40):
        (loops / f"Doe_{n}").symlink_to(".")
    (box / "Doe_table").write_text("rubbish\n")
    case = {"voi": ["liver=liver.nii"], "residual_fraction": 0, "activity_gbq": 1}
    (box / "Doe_case.json").write_text(json.dumps({**case, "spect": "Doe_absent.nii"}))
    (box / "Doe_site.json").write_text(json.dumps({"recovery": str((box / "Doe_table").resolve())}))
    (box / "injections.json").write_text(json.dumps({
        "voi": case["voi"], "residual_fraction": 0, "injections": [
            {"perfused": "RHA", "spect": "spect.nii", "activity_gbq": 1},
            {"perfused": "LHA", "spect": "Doe_absent.nii", "activity_gbq": 1}]}))
    rows = {"deep": {"spect": "deep"}, "selected": {"spect": "links#2"},
            "follow": {"spect": "links", "follow": "yes"},
            "loops": {"spect": "loops", "follow": "yes"},
            "moved": {"transform": "T1=Doe_table"}, "recovery": {"recovery": "Doe_table"},
            "case": {"case": "Doe_case.json", "spect": "", "voi": "", "residual_fraction": ""},
            "absent": {"case": "Doe_absent.json"}, "site": {"site": "Doe_site.json"},
            "injections": {"case": "injections.json", "spect": "", "voi": "", "activity_gbq": "",
                           "residual_fraction": ""}}
    rows = [row(name, **more) for name, more in rows.items()]
    with open(box / "names.csv", "w", newline="", encoding="utf-8") as f:
        writer = csv.DictWriter(f, sorted({key for r in rows for key in r}))
        writer.writeheader()
        writer.writerows(rows)
    tare("batch", box / "names.csv", "--out", "names", want=5)
    for name, r in table("names").items():
        need(r["exit_code"] == "3" and "<" in r["reason"] and "Doe" not in r["reason"],
             f"{name}: {r['reason']!r}")


def check_refusals():
    refused(3, ["A"], "batch", cohort("twice.csv", [row("A"), row("A")]), "--out", "twice",
            out="twice")
    (box / "column.csv").write_text("case_id,spekt\nA,spect.nii\n")
    refused(2, ["spekt", "spect"], "batch", box / "column.csv", "--out", "column", out="column")
    (box / "empty.csv").write_text("")
    refused(3, ["empty.csv"], "batch", box / "empty.csv", "--out", "empty", out="empty")
    refused(3, ["absent.csv"], "batch", box / "absent.csv", "--out", "absent", out="absent")
    # A folder that holds something else than a batch of its own.
    pathlib.Path("other").mkdir()
    pathlib.Path("other/letter.txt").write_text("keep me\n")
    refused(2, ["other", "overwrite"], "batch", box / "cohort.csv", "--out", "other")
    need(files_below("other") == ["letter.txt"], f"other holds {files_below('other')}")
    # A case_id is a folder's name: it cannot lead out of the output folder.
    tare("batch", cohort("escape.csv", [row("../../evil"), row("G")]), "--out", "escape", want=None)
    need(not pathlib.Path("../evil").exists() and not pathlib.Path("../../evil").exists()
         and not pathlib.Path("evil").exists(), "a case_id has led out of the folder")


check_rows()
check_waivers()
check_killed()
check_names()
check_refusals()
