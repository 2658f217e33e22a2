"""The synthetic patient under a marked name: no command lets a mark out, in no file, packed or not.

Marks: PatientName, PatientID, PatientBirthDate, AccessionNumber and institution of every DICOM
file, and the names of all files and folders. Looked for, in any case, in everything that a command
writes: standard output, standard error, each file of the result folder and its name.
"""
import json
import pathlib
import shutil
import subprocess

from e2e import PHANTOM, bytes_of, files_below, load, need, tare, tool

NAME, ID, BORN = "QUARTZOV", "ZX81774", "19430717"
PLACE, FOLDER = "SANATORIO", "folderquartz"
MARKS = [m.lower().encode() for m in (NAME, ID, BORN, PLACE, FOLDER, "ACC5519")]
tool("dcmodify")

home = pathlib.Path(FOLDER)
shutil.copytree(PHANTOM, home)
files = sorted(map(str, home.rglob("*.dcm")))
subprocess.run(["dcmodify", "-nb", "-i", f"0010,0010={NAME}^Ilse", "-i", f"0010,0020={ID}",
                "-i", f"0010,0030={BORN}", "-i", "0008,0050=ACC5519", "-i",
                f"0008,0080={PLACE}", *files], check=True)
# Files and folders named after the patient, as clinics have them.
for old, new in (("dicom/ct", f"dicom/{NAME}_ct"), ("dicom/pet", f"dicom/{NAME}_{ID}_pet"),
                 ("dicom/spect/spect.dcm", f"dicom/spect/{NAME}.dcm"),
                 ("dicom/rtstruct.dcm", f"dicom/{NAME}_rt.dcm")):
    (home / old).rename(home / new)
for stage in "plan", "verify":
    path = home / f"case-{stage}.json"
    text = path.read_text().replace("dicom/ct", f"dicom/{NAME}_ct")
    text = text.replace("dicom/pet", f"dicom/{NAME}_{ID}_pet")
    text = text.replace("spect/spect.dcm", f"spect/{NAME}.dcm")
    path.write_text(text.replace("dicom/rtstruct.dcm", f"dicom/{NAME}_rt.dcm"))


def check(what, *said):
    for data in said:
        low = data.lower() if isinstance(data, bytes) else data.lower().encode()
        for mark in MARKS:
            at = low.find(mark)
            need(at < 0, f"{what} shows {mark.decode()}: {low[max(0, at - 60):at + 40]!r}")


def check_folder(folder):
    for f in files_below(folder):
        check(f"{folder}/{f}", f, bytes_of(f"{folder}/{f}"))


def check_run(*args, out=None, want=0, names_allowed=False):
    p = tare(*args, want=want)
    said = p.stdout + p.stderr
    if names_allowed:  # an error names the file, by its base name, so that a person finds it
        said = said.replace(f"{NAME}.dcm", "")
    check(" ".join(map(str, args))[:60], said)
    if out:
        check_folder(out)


keep = ["--keep", "activity,density,kernel"]
check_run("plan", home / "case-plan.json", *keep, "--out", "plan", out="plan")
check_run("plan", home / "case-plan.json", "--json", "--overwrite", "--out", "plan", out="plan")
check_run("verify", home / "case-verify.json", "--plan", "plan", *keep, "--out", "verify",
          out="verify")
check_run("dose", "--spect", home / f"dicom/spect/{NAME}.dcm", "--activity-gbq", 1, "--out", "dose",
          out="dose")
check_run("dvh", "--dose", "plan/dose.nii.gz", "--voi",
          f"liver={home}/dicom/{NAME}_rt.dcm#liver", "--out", "dvh", out="dvh")
check_run("compare", "plan/dose.nii.gz", "verify/dose.nii.gz", "--voi",
          f"liver={home}/dicom/{NAME}_rt.dcm#liver", "--out", "compare", out="compare")
check_run("inspect", home)
check_run("inspect", home, "--json")
# Series that cannot serve: a PET in another unit, one of a single slice, a bare data set, damaged images.
bad = pathlib.Path("bad") / FOLDER
bad.mkdir(parents=True)
spect = home / f"dicom/spect/{NAME}.dcm"
slices = sorted((home / f"dicom/{NAME}_{ID}_pet").iterdir())[:3]
for n, file in enumerate(slices):
    shutil.copy(file, bad / f"{NAME}_{n}.dcm")
    subprocess.run(["dcmodify", "-nb", "-m", "0054,1001=PROPCPS", bad / f"{NAME}_{n}.dcm"], check=True)
shutil.copy(slices[0], bad / f"{ID}10.dcm")
subprocess.run(["dcmodify", "-nb", "-m", "0020,000e=2.25.5", bad / f"{ID}10.dcm"], check=True)
subprocess.run([tool("dcmconv"), "-F", spect, bad / f"{NAME} bare.dcm"], check=True)
(bad / f"{NAME}.nii").write_bytes(next(home.rglob("nifti/*spect*.nii.gz")).read_bytes()[:3000])
(bad / f"{NAME}_cut").write_bytes(spect.read_bytes()[:-1000])
(bad / f"{ID}.nii.gz").write_bytes(next(home.rglob("nifti/*spect*.nii.gz")).read_bytes())
(bad / f"{ID}.json").write_text('{"Units": 3}')
told = json.loads(tare("inspect", bad, "--json").stdout)["series"]
need(len(told) == 6 and not any(s["usable_as"] for s in told), f"series that cannot serve: {told}")
need(all("<file " in s["reason"] for s in told if s["reason"]), f"which file it is: {told}")
check_run("inspect", bad)
check_run("inspect", bad, "--json")
for file in bad.iterdir():
    if file.suffix != ".json":
        check_run("inspect", file)
check_run("report", "plan", "--overwrite", out="plan")

case = load(home / "case-plan.json")
row = {"case_id": "P1", "stage": "plan", "spect": case["spect"], "ct": case["ct"],
       "voi": ";".join(case["voi"]), "activity_gbq": 2, "residual_fraction": 0,
       "calibration": "relative"}
bad = dict(row, case_id="P2", spect=f"dicom/{NAME}_absent.nii")
cut = home / "cut"
cut.mkdir()
pathlib.Path(cut, f"{NAME}_1.dcm").write_bytes(
    (home / f"dicom/spect/{NAME}.dcm").read_bytes()[:-1000])
cut = dict(row, case_id="P3", spect="cut")
with open(home / "cohort.csv", "w", encoding="utf-8") as f:
    f.write(",".join(row) + "\n")
    for r in row, bad, cut:
        f.write(",".join(map(str, r.values())) + "\n")
p = tare("batch", home / "cohort.csv", "--out", "cohort", want=5)
# Said on the screen, stored never: the table tells what is wrong with which role.
check("batch", *(said.replace(f"{NAME}_absent.nii", "").replace(f"{NAME}_1.dcm", "")
                 for said in (p.stdout, p.stderr)))
check_folder("cohort")
table = pathlib.Path("cohort/cohort-result.csv").read_text(encoding="utf-8")
need(table.count("<spect>: ") == 2, f"the table tells no role: {table}")

# Refusals: no name of a patient, no folder; the base name of the file at most.
check_run("plan", home / "case-plan.json", "--calibration", "relative:T1", "--out", "refused",
          want=2, names_allowed=True)
pathlib.Path(home, f"{NAME}.dcm").write_bytes(
    (home / f"dicom/spect/{NAME}.dcm").read_bytes()[:-1000])
check_run("plan", home / "case-plan.json", "--spect", home / f"{NAME}.dcm", "--out", "refused",
          want=3, names_allowed=True)
provenance = load("plan/result.json")["provenance"]["command"]
need("<case>" in provenance and json.dumps(load("plan/result.json")["inputs"]).count("sha256") > 3,
     f"inputs are not told by role and digest: {provenance}")
