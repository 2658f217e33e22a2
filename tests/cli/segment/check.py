"""tare segment: automatic body and lungs, a territory, margins, other commands reading the VOIs."""
import pathlib
import re
import shutil
import subprocess

from e2e import PHANTOM, box_files, load, near, need, refused, result, shared, tare, tool, voi

truth = {v["name"]: v for v in load(PHANTOM / "truth.json")["vois"]}
CT, RT = PHANTOM / "dicom/ct", PHANTOM / "dicom/rtstruct.dcm"
SPECT = PHANTOM / "dicom/spect/spect.dcm"


def segment(folder, *args):
    p = tare("segment", *args, "--out", folder)
    need(p.stdout.count("\n") <= 25, f"{p.stdout.count(chr(10))} lines of summary")
    need("rtstruct" not in p.stdout and "spect.dcm" not in p.stdout, "a file's name is printed")
    return load(pathlib.Path(folder) / "segment.json"), p.stdout


# Without steps: body and both lungs, from the CT, and it says so.
auto, text = segment("auto", "--ct", CT)
need("made automatically from the CT" in text and all(s["automatic"] for s in auto["steps"]),
     "it is not said that body and lungs were made without being asked for")
near(voi(auto, "lungs")["volume_ml"], truth["lungs"]["volume_ml"], 0.005, "lungs")
near(voi(auto, "body")["volume_ml"], truth["body"]["volume_ml"], 0.005, "body")
# The phantom's lungs: ellipsoids of 50 x 65 x 50 mm on the right, 48 x 63 x 50 mm on the left.
for name, ml in (("right", 680.7), ("left", 633.3)):
    near(voi(auto, name)["volume_ml"], ml, 0.005, f"lung on the {name}")
need(auto["grid"]["of"] == "ct" and auto["grid"]["size"] == [192, 192, 104], "grid of the CT")

# A territory from the activity, inside the liver; margins; definitions.
VOIS = ["--voi", f"liver={RT}#liver", "--voi", f"tumor:T1={RT}#T1", "--voi", f"tumor:T2={RT}#T2"]
made, text = segment(
    "made", "--spect", SPECT, "--ct", CT, *VOIS,
    "--op", "perfused:RHA = fill(largest(threshold(spect, 5%, in=liver))) & liver",
    "--op", "ring = expand(T1, 10 mm) & liver - tumors",
    "--op", "exclude:gas = below(ct, -900HU)")
near(voi(made, "RHA")["volume_ml"], truth["RHA"]["volume_ml"], 0.02, "territory")
# An ellipsoid of half axes 26, 24, 23 grown by 10 mm: Steiner's V + M r + H r^2 + 4/3 pi r^3.
steiner = 60.117 + 7.435 * 10 + 0.3055 * 100 + 4.1888
need(0.8 * (steiner - 60.1) < voi(made, "ring")["volume_ml"] < 1.02 * (steiner - 60.1),
     f"ring of {voi(made, 'ring')['volume_ml']} ml")
need(voi(made, "ring")["role"] == "other" and made["grid"]["of"] == "spect", "role, grid")
need(voi(made, "normal_perfused")["definition"]
     == "perfused:RHA \u2212 (tumor:T1 \u222a tumor:T2 \u222a exclude:gas)", "definition")
of = made["territories"]
near(of["perfused_liver_percent"] + of["nonperfused_liver_percent"], 100, 1e-6, "parts of the liver")
near(of["nonperfused_liver_percent"], 100 * truth["nonperfused_liver"]["volume_ml"]
     / truth["liver"]["volume_ml"], 0.05, "nonperfused percent")
near(of["tumors"][0]["diameter_mm"], 52, 0.03, "diameter of T1")

# Another command reads them by name and gets the same volumes.
tare("dose", "--spect", SPECT, "--activity-gbq", "1", "--residual-fraction", "0",
     "--voi", "liver=made/vois.nii.gz#liver", "--voi", "perfused=made/vois.nii.gz#RHA",
     "--voi", "tumor:T1=made/vois.nii.gz#T1", "--voi", "lungs=auto/vois.nii.gz#lungs",
     "--out", "dose")
dose = result("dose")
for name, source in (("liver", made), ("T1", made)):
    near(voi(dose, name)["volume_ml"], voi(source, name)["volume_ml"], 0.002, f"{name} again")
near(voi(dose, "lungs")["volume_ml"], truth["lungs"]["volume_ml"], 0.005, "lungs again")
page = pathlib.Path("dose/report.html").read_text(encoding="utf-8")
need("perfused \u2212 tumor:T1" in page and "VOIs and territories" in page, "the report's algebra")

# Only what is kept is written.
segment("kept", "--ct", CT, "--op", "lungs = lungs(ct)", "--op", "rim = lungs - shrink(lungs, 5mm)",
        "--keep", "rim")
need([v["name"] for v in load("kept/vois.json")] == ["rim"], "--keep rim")

# A name or a formula that is longer than its column is cut between letters.
_, text = segment("letters", "--ct", CT, "--op", 'exclude:"a' + "\u00e4" * 30 + '" = body(ct)',
                  "--op", 'lungs = lungs(ct)')
need("exclude:a" + "\u00e4" * 15 + "... " in text, "the long name is not cut to its column")
text.encode("utf-8")

# Every run of a program with the same input has the same bits, whatever the threads.
tare("segment", "--ct", CT, "--threads", "1", "--out", "one")
for name in ("vois.nii.gz", "vois.json"):
    need(pathlib.Path("one", name).read_bytes() == pathlib.Path("auto", name).read_bytes(),
         f"{name} depends on the threads")

# G14: a VOI that is not seen by the image; V10: VOIs that do not belong together.
box = box_files("box", size=(20, 18, 22))
liver, tumor = f"liver={box}/liver.nii", f"tumor:T1={box}/tumor.nii"
out = ["--out", "bad"]
low = box_files("low", size=(20, 18, 7))  # sees five of the liver's ten slices
refused(3, ["VOI liver", "only 50 %", "90 %"], "segment", "--spect", low / "spect.nii", "--voi",
        liver, "--op", "x = liver", *out, out="bad")
refused(3, ["VOI liver", "only 50 %"], "plan", "--spect", low / "spect.nii", "--voi", liver, *out,
        out="bad")
refused(3, ["VOI T1", "outside the liver"], "segment", "--spect", box / "spect.nii", "--voi", liver,
        "--voi", f"tumor:T1={box}/lungs.nii", "--op", "x = liver", *out, out="bad")
refused(3, ["--op 1, x", "nothing is left"], "segment", "--spect", box / "spect.nii", "--voi", liver,
        "--voi", tumor, "--op", "x = T1 - liver", *out, out="bad")
for op, part in (("x = livr", "column 5: there is no VOI 'livr'; did you mean liver?"),
                 ("x = liver & (T1", "column 16: ')' is expected"),
                 ("liver = liver", "there is a VOI liver already"),
                 ("x = threshold(ct, 10HU)", "ct is an image that was not given"),
                 ("x = liver:T1", "the VOI T1 has the role tumor, not liver"),
                 ("x = liver\nand more", "column 10: a line break"),
                 ("perfusd:RHA = liver", "did you mean perfused")):
    refused(2, [part], "segment", "--spect", box / "spect.nii", "--voi", liver, "--voi", tumor,
            "--op", op, *out, out="bad")
refused(2, ["nothing is asked for"], "segment", "--spect", box / "spect.nii", *out, out="bad")
refused(2, ["--out"], "segment", "--spect", box / "spect.nii", "--op", "x = otsu(spect)")
refused(2, ["--keep: x is named twice"], "segment", "--spect", box / "spect.nii", "--op",
        "x = otsu(spect)", "--keep", "x", "--keep", "x", *out, out="bad")
refused(2, ["--case-id"], "segment", "--case-id", "../John Doe", "--ct", CT, *out, out="bad")
refused(2, ["there is no VOI 'a?b'"], "segment", "--spect", box / "spect.nii", "--op",
        "x = otsu(spect)", "--keep", "a\nb", *out, out="bad")
refused(2, ["there is no VOI 'y'"], "segment", "--spect", box / "spect.nii", "--op",
        "x = otsu(spect)", "--keep", "y", *out, out="bad")

# Criteria that ask for a margin and a diameter get them from the VOIs, and a given value wins. The
# tumor's box ends 2 slices of 3.6 mm before the territory's; its surface cuts the lines between
# centers: 5 voxels of 4.2 mm, 4 of 4 mm, 4 of 3.6 mm.
case = ["--spect", box / "spect.nii", "--voi", liver, "--voi", f"perfused:RHA={box / 'liver.nii'}",
        "--voi", tumor, "--scenario", "segmentectomy", "--microsatellites-suspected", "yes",
        "--mvi-extent", "none", "--residual-fraction", "0"]
tare("plan", *case, "--out", "derived")
tare("plan", *case, "--margin-cm", "1.5", "--tumor-diameter-cm", "2", "--out", "given")


def check(folder, name):
    return next(c for c in result(folder)["checks"] if c["id"] == name)


near(check("derived", "S1-09")["value"], 0.72, 1e-3, "margin_cm")
need(check("derived", "S1-09")["verdict"] == "fail", "a margin of 7.2 mm passes")
near(check("derived", "S1-10")["value"], (21 ** 2 + 16 ** 2 + 14.4 ** 2) ** 0.5 / 10, 1e-3,
     "tumor_diameter_cm")
near(check("given", "S1-09")["value"], 1.5, 1e-9, "given margin_cm")
need(check("given", "S1-09")["verdict"] == "pass", "a given margin of 1.5 cm does not pass")
near(check("given", "S1-10")["value"], 2, 1e-9, "given tumor_diameter_cm")

# VOIs of another patient or study, and a CT without frame of reference: refused or said, by the
# waivers that plan has.
tool("dcmodify")
for name, words in (("other", ["-m", "(0010,0020)=OTHER"]), ("frameless", ["-ea", "(0020,0052)"])):
    shutil.copytree(CT, name)
    subprocess.run(["dcmodify", "-nb", *words, *map(str, pathlib.Path(name).iterdir())], check=True)
same = ["--voi", f"liver={RT}#liver", "--op", "x = liver"]
refused(3, ["--patient-override"], "segment", "--ct", "other", *same, "--out", "refused", out="refused")
waived, text = segment("waived", "--ct", "other", *same, "--patient-override")
need("--patient-override" in str(waived["warnings"]), "the waiver is not told")
need(waived["waived_by"] == ["patient-override"], f"waived by {waived['waived_by']}")
frameless, text = segment("frameless_vois", "--ct", "frameless", *same)
need("frame of reference" in str(frameless["warnings"]), "nothing is said of the missing frame")
need(frameless["waived_by"] == [], f"waived by {frameless['waived_by']}")

# Each function that the help names is known to the language, and the other way round.
text = tare("segment", "--help").stdout
for name in ("threshold above below between adaptive otsu grow gradient body lungs left_lung "
             "right_lung largest part fill smooth expand shrink").split():
    need(re.search(rf"\b{name}\(", text), f"--help does not explain {name}()")
