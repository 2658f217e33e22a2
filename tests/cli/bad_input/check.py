"""Refusals of plan, verify and dose, one by one, on the synthetic patient and a small box.

Each row: exit status, parts of the one line of error, arguments. The output folder is looked into
after each: nothing may be left there.
"""
import array
import json
import math
import os
import pathlib
import re
import shutil
import struct
import subprocess
import time

from e2e import (PHANTOM, box_args, box_files, bytes_of, files_below, load, near, need, read_nifti, refused, result,
                 tare, tool, voi, write_nifti)

box = box_files("box")
SIZE, SPACING = (20, 18, 22), (4.0, 4.2, 3.6)
COUNT = SIZE[0] * SIZE[1] * SIZE[2]
plan = ["plan", *box_args(box), "--case-id", "B"]
plain = ["--activity-gbq", 1, "--residual-fraction", 0, "--case-id", "B"]
case = PHANTOM / "case-plan.json"
dicom = PHANTOM / "dicom"
failures = []


def refuse(want, parts, *args):
    try:
        refused(want, parts, *args, "--out", "out", out="out")
    except SystemExit as e:
        failures.append(str(e))
        shutil.rmtree("out", ignore_errors=True)


def image(name, values, **more):
    write_nifti(f"{name}.nii", SIZE, SPACING, values, **more)
    return f"{name}.nii"


def edited(name, folder, *changes):
    """a copy of a DICOM folder or file with elements changed by dcmodify"""
    target = pathlib.Path(name)
    if folder.is_dir():
        shutil.copytree(folder, target)
        files = sorted(target.iterdir())
    else:
        shutil.copy(folder, target)
        files = [target]
    wanted = [a for c in changes for a in c]
    subprocess.run(["dcmodify", "-nb", *wanted, *map(str, files)], check=True)
    return target


def check_values():
    counts = [1.0] * COUNT
    for name, bad in (("nan", math.nan), ("infinite", math.inf)):
        refuse(3, [f"{name}.nii", "finite"], "dose", "--spect", image(name, [bad, *counts[1:]]),
               *plain)
    refuse(3, ["negative.nii", "1 negative", "allow-negative"], "dose", "--spect",
           image("negative", [-3.0, *counts[1:]]), *plain)
    refuse(3, ["0 counts"], "dose", "--spect", image("empty", [0.0] * COUNT), *plain)
    raw = (box / "spect.nii").read_bytes()
    pathlib.Path("cut.nii").write_bytes(raw[:-100])
    refuse(3, ["cut.nii", "cut off"], "dose", "--spect", "cut.nii", *plain)
    header = bytearray(raw)
    header[252:256] = bytes(4)  # neither qform nor sform
    pathlib.Path("placeless.nii").write_bytes(header)
    refuse(3, ["placeless.nii", "geometry is missing"], "dose", "--spect", "placeless.nii", *plain)
    pathlib.Path("notes.nii").write_text("not an image\n")
    refuse(3, ["notes.nii"], "dose", "--spect", "notes.nii", *plain)
    refuse(3, ["absent.nii"], "dose", "--spect", "absent.nii", *plain)
    pathlib.Path("nothing").mkdir()
    refuse(3, ["nothing"], "dose", "--spect", "nothing", *plain)


def check_scaling():
    """rows n13 and n15: what a NIfTI adds to air, and lengths of no stated unit, need a waiver"""
    raw = bytearray((box / "spect.nii").read_bytes())

    def changed(name, place, value):
        copy = bytearray(raw)
        copy[place:place + len(value)] = value
        pathlib.Path(name).write_bytes(copy)
        return name

    shifted = changed("shifted.nii", 116, struct.pack("<f", 5))
    refuse(3, ["shifted.nii", "scl_inter adds 5", "--allow-intercept"], "dose", "--spect", shifted,
           *plain)
    # Whole words, as programs use that store air as -32768, and an intercept that is nothing: no waiver.
    counts = [v * (1 + n / COUNT) for n, v in enumerate(read_nifti(box / "spect.nii")[2])]
    most = max(counts)
    tumor = ["--voi", f"tumor:T1={box / 'tumor.nii'}", *plain]
    span = most / 65535
    tare("dose", "--spect", image("float", counts), *tumor, "--out", "float")
    want = voi(result("float"), "T1")["mean_gy"]
    for name, values, slope, inter in (
            ("whole", [round(v / span) - 32768 for v in counts], span, 32768 * span),
            ("below", [round(v / span) - 32768 for v in counts], span, 32768 * span * (1 - 1e-7)),
            ("nothing", [round(v / most * 32767) for v in counts], most / 32767, most * 1e-7)):
        path = pathlib.Path(image(name, values, code="h"))
        words = bytearray(path.read_bytes())
        struct.pack_into("<2f", words, 112, slope, inter)
        path.write_bytes(words)
        tare("dose", "--spect", path, *tumor, "--out", name)
        near(voi(result(name), "T1")["mean_gy"], want, 1e-3, f"{name}: T1")
        need(not any("to air" in w or "negative" in w for w in result(name)["warnings"]), f"{name} is told")
    bare = changed("bare.nii", 123, b"\0")
    refuse(3, ["spect", "no unit of length", "--units-mm"], "dose", "--spect", bare, *plain)
    refuse(3, ["ct", "no unit of length"], "dose", "--spect", box / "spect.nii", "--ct", bare, *plain)
    refuse(3, ["T9", "no unit of length"], *plan, "--voi", f"tumor:T9={bare}#400")
    refuse(3, ["dose", "no unit of length"], "dvh", "--dose", bare, "--voi",
           f"liver={box / 'liver.nii'}", "--case-id", "B")
    refuse(3, ["no unit of length"], "segment", "--spect", bare, "--op", "liver = threshold(spect, 10%)")
    refuse(3, ["no unit of length"], "register", "--fixed", bare, "--moving", box / "spect.nii")
    refuse(3, ["a: ", "no unit of length"], "compare", bare, box / "spect.nii")
    need("units_mm" in json.loads(tare("inspect", bare, "--json").stdout)["series"][0]["needs"],
         "inspect does not tell the missing unit of length")
    told = []
    for name, flag, word in ((shifted, "--allow-intercept", "scl_inter adds 5"),
                             (bare, "--units-mm", "by --units-mm")):
        tare("dose", "--spect", name, flag, *plain, "--out", name[:-4])
        res = result(name[:-4])
        told.append(any(word in w for w in res["warnings"]) and res["waived_by"] == [flag[2:]])
    need(all(told), f"a waiver is not told: {told}")
    # 10 % of the greatest value lies elsewhere where 5 is added to all.
    step = ["segment", "--spect", shifted, "--op", "hot = threshold(spect, 10%)"]
    refuse(3, ["shifted.nii", "scl_inter adds 5", "--allow-intercept"], *step)
    tare(*step, "--allow-intercept", "--out", "kept")
    need([w for w in load("kept/segment.json")["warnings"] if "scl_inter adds 5" in w],
         "segment does not tell a kept intercept")
    need(load("kept/segment.json")["waived_by"] == ["allow-intercept"], "segment does not record a kept intercept")
    tare("dvh", "--dose", bare, "--voi", f"liver={box / 'liver.nii'}", "--case-id", "B", "--units-mm", "--out", "dvh")
    need(result("dvh")["waived_by"] == ["units-mm"], f"dvh: {result('dvh')['waived_by']}")
    both = changed("both.nii", 123, bytes(1))
    pathlib.Path(both).write_bytes(pathlib.Path(both).read_bytes()[:116] + struct.pack("<f", 5)
                                   + pathlib.Path(both).read_bytes()[120:])
    tare("dose", "--spect", both, "--units-mm", "--allow-intercept", "--allow-negative", *plain, "--out", "two")
    need(sorted(result("two")["waived_by"]) == ["allow-intercept", "units-mm"],
         f"not what was made use of: {result('two')['waived_by']}")


def pixels_replaced(source, name, count, value):
    """a DICOM file of native 16 bit pixels with `count` of its greatest ones set to `value`"""
    raw = bytearray(pathlib.Path(source).read_bytes())
    text = subprocess.run(["dcmdump", "+P", "0028,0008", "+P", "0028,0010", "+P", "0028,0011", source],
                          check=True, capture_output=True, text=True).stdout
    size = math.prod(int(n) for n in re.findall(r"(?:IS \[| US )(\d+)", text))
    pixels = array.array("H", raw[-2 * size:])
    for n in sorted(range(size), key=pixels.__getitem__)[-count:]:
        pixels[n] = value
    raw[-2 * size:] = pixels.tobytes()
    pathlib.Path(name).write_bytes(raw)
    return name


def check_saturated():
    """row q24: a plateau at the end of the number range is refused, or told; three voxels are none"""
    counts = [100 + n % 7 for n in range(COUNT)]
    kinds = []
    for code, top in (("h", 32767), ("H", 65535), ("H", 32767)):
        four = image(f"four{code}{top}", [top] * 4 + counts[4:], code=code)
        three = image(f"three{code}{top}", [top] * 3 + counts[3:], code=code)
        kinds += [(["dose", "--spect", four, *plain], ["dose", "--spect", three, *plain])]
    nm = dicom / "spect" / "spect.dcm"
    kinds += [tuple(["dose", "--spect", pixels_replaced(nm, f"{n}.dcm", n, 65535), *plain] for n in (4, 3))]
    for n, (four, three) in enumerate(kinds):
        refuse(3, [str(four[2]), "4 voxels", "--allow-saturated"], *four)
        three = tare(*three, "--allow-saturated", "--out", f"three{n}").stdout
        need(result(f"three{n}")["waived_by"] == [], f"{n}: a waiver that was not made use of")
        said = tare(*four, "--allow-saturated", "--out", f"four{n}").stdout
        warnings = result(f"four{n}")["warnings"]
        need(any("4 voxels hold the largest number" in w for w in warnings), f"{n}: not told: {warnings}")
        need(any("(--allow-saturated)" in w for w in warnings), f"{n}: the waiver is not told: {warnings}")
        need("--allow-saturated" in pathlib.Path(f"four{n}/report.html").read_text(), f"{n}: report")
        need(result(f"four{n}")["waived_by"] == ["allow-saturated"], f"{n}: the waiver is not recorded")
        need("waived by         allow-saturated" in said and "waived" not in three, f"{n}: {said}")
    told = json.loads(tare("inspect", kinds[0][0][2], "--json").stdout)["series"][0]["notes"]
    need(any("4 voxels hold the largest number" in w for w in told), f"inspect: {told}")
    views = ["--roi", "lungs=1,1,4,4", "--roi", "liver=9,9,4,4"]
    flat = [100.0 + n % 7 for n in range(400)]
    for name, values in (("a", flat), ("p", [32767.0] * 4 + flat[4:])):
        write_nifti(f"{name}.nii", (20, 20, 1), (4, 4, 1), [int(v) for v in values], "h")
    both = ["shunt", "--anterior", "a.nii", "--posterior", "p.nii", *views]
    refuse(3, ["p.nii", "4 voxels", "--allow-saturated"], *both)
    need("--allow-saturated" in tare(*both, "--allow-saturated").stdout, "shunt does not tell the waiver")


def links_in_folders():
    """row d35: links met inside a folder are read with --follow only; what is named may be one"""
    ct = pathlib.Path("linked")
    shutil.copytree(dicom / "ct", ct)
    moved = sorted(ct.rglob("*.dcm"))[7]
    moved.rename("elsewhere.dcm")
    moved.symlink_to(pathlib.Path("elsewhere.dcm").resolve())
    name = moved.name
    liver = f"liver={box / 'liver.nii'}"
    masks = pathlib.Path("masks")
    masks.mkdir()
    os.symlink((box / "liver.nii").resolve(), masks / "liver.nii.gz")
    injections = {"injections": [{"spect": str(ct), "perfused": "RHA", "activity_gbq": 1}]}
    pathlib.Path("linked.json").write_text(json.dumps(injections), encoding="utf-8")
    for args in (["dose", "--spect", box / "spect.nii", "--ct", ct, *plain],
                 ["dose", "--spect", ct, *plain],
                 ["dose", "--spect", f"{ct}#series=1", *plain],
                 ["plan", "linked.json"],
                 ["segment", "--ct", ct],
                 ["register", "--fixed", ct, "--moving", dicom / "ct"],
                 ["register", "--fixed", dicom / "ct", "--apply", box / "spect.nii", "--image", ct],
                 ["shunt", "--spect", dicom / "spect", "--ct", ct, "--voi", liver],
                 ["compare", ct, dicom / "ct"]):
        refuse(3, [f"{name}: is a symbolic link", "--follow"], *args)
    refuse(3, ["liver.nii.gz: is a symbolic link", "--follow"], "dose", "--spect",
           box / "spect.nii", *plain, "--voi", f"liver={masks}")
    for args in (["inspect", ct], ["inspect", ct, "--json"]):
        refused(3, [f"path: {name}: is a symbolic link", "--follow"], *args)
    seen = json.loads(tare("inspect", ct, "--follow", "--json").stdout)["series"]
    whole = json.loads(tare("inspect", dicom / "ct", "--json").stdout)["series"]
    need(seen == whole and seen[0]["files"] > 10, "a link that is followed reads something else")
    os.symlink(dicom / "ct", "named")
    need(json.loads(tare("inspect", "named", "--json").stdout)["series"] == whole,
         "a folder named by a link is not read")
    tare("segment", "--ct", ct, "--follow", "--out", "followed")
    moved.unlink()
    moved.symlink_to("nowhere")
    refuse(3, [f"{name}: is a symbolic link that leads nowhere"], "segment", "--ct", ct, "--follow")


def check_files_that_are_none():
    """row d35: pipes, devices and links that end nowhere are refused at once, in every place"""
    os.mkfifo("pipe")
    os.symlink("loop", "loop")
    os.symlink("nowhere", "dangling")
    pathlib.Path("devices").mkdir()
    os.mkfifo("devices/pipe")
    links_in_folders()
    start = time.monotonic()
    for bad in "pipe", "/dev/zero", "/dev/null", "loop", "dangling", "devices":
        name = pathlib.Path(bad).name
        refuse(3, [name], "dose", "--spect", bad, *plain)
        refuse(3, [name], "dose", "--spect", box / "spect.nii", "--ct", bad, *plain)
        refuse(3, [name], *plan, "--voi", f"tumor:T9={bad}")
        refuse(3, [name], "dvh", "--dose", bad, "--voi", f"liver={box / 'liver.nii'}", "--case-id", "B")
        if bad != "devices":
            refuse(3, [name], "plan", bad)
            refuse(3, [name], *plan, "--site", bad)
            refuse(3, [name], *plan, "--transform", f"vois={bad}")
    need(time.monotonic() - start < 60, "something waited for a pipe's writer")


def check_vois():
    spect = ["--spect", box / "spect.nii"]
    write_nifti("aside.nii", SIZE, SPACING, [1] * COUNT, "B", origin=(500, 0, 0))
    refuse(3, ["T9", "outside"], *plan, "--voi", "tumor:T9=aside.nii")
    refuse(3, ["none.nii", "no voxel"], *plan, "--voi", f"tumor:T9={image('none', [0] * COUNT, code='B')}")
    refuse(3, ["Lver", "liver"], "plan", case, "--voi",
           f"liver={dicom / 'rtstruct.dcm'}#Lver")
    refuse(2, ["liverr"], "plan", *spect, "--voi", f"liverr={box / 'liver.nii'}", *plain)
    refuse(2, ["liver"], "plan", *spect, "--voi", f"liver:{'x' * 2000}={box / 'liver.nii'}", *plain)
    refuse(2, ["T1"], *plan, "--voi", f"tumor:T1={box / 'tumor.nii'}")
    refuse(2, ["tumor"], *plan, "--calibration", "relative:T1")


def check_names_and_numbers():
    refuse(2, ["--spekt", "--spect"], "dose", "--spekt", "x")
    refuse(2, ["activity-gbqq", "activity-gbq"], *plan, "--activity-gbqq", 1)
    refuse(2, ["plam", "plan"], "plam")
    refuse(2, ["unilobr", "unilobar"], *plan, "--scenario", "unilobr")
    for option, value in (("activity-gbq", "-2"), ("activity-gbq", "nan"), ("activity-gbq", "1e99"),
                          ("activity-gbq", "2,2"), ("activity-gbq", "2 GBq"),
                          ("residual-fraction", "1.2"), ("lung-shunt-fraction", "-0.1"),
                          ("lung-mass-kg", "0"), ("half-life-h", "0"), ("threads", "-1"),
                          ("liver-density-g-per-cm3", "0"), ("site-hours", "18:00-08:00"),
                          ("injection-time", "2026-13-03T09:30:00Z"),
                          ("injection-time", "2026-03-03T09:30:00"),
                          ("site-zone", "Mars/Olympus"), ("child-pugh", "A9"),
                          ("dose-grid", "0"), ("calibration", "absolute")):
        args = [a for a in plan]
        if f"--{option}" in args:
            at = args.index(f"--{option}")
            del args[at:at + 2]
        # The name in either form; a zone by itself.
        said = {"site-hours": "site_hours", "site-zone": value}.get(option, option)
        refuse(2, [said], *args, f"--{option}={value}")
    for text, status, parts in (
            ('{"spect": "box/spect.nii", "activity_gbqq": 2}', 2, ["activity_gbqq", "activity_gbq"]),
            ('{"spect": "box/spect.nii"', 3, ["bad.json"]),
            ('{"activity_gbq": 1, "activity_gbq": 2}', 3, ["bad.json", "activity_gbq"]),
            ('[1, 2]', 2, ["bad.json"]),
            ('{"activity_gbq": "much"}', 2, ["bad.json", "activity-gbq", "much"])):
        pathlib.Path("bad.json").write_text(text)
        refuse(status, parts, "plan", "bad.json")
    refuse(3, ["absent.json"], "plan", "absent.json")


def check_dicom():
    spect, pet, ct = dicom / "spect/spect.dcm", dicom / "pet", dicom / "ct"
    refuse(3, ["ct"], "plan", case, "--spect", ct)
    refuse(3, ["pet_0001.dcm", "no ct"], "plan", case, "--ct", pet)
    refuse(3, ["rtstruct.dcm"], "plan", case, "--spect", dicom / "rtstruct.dcm")
    pathlib.Path("cut.dcm").write_bytes(spect.read_bytes()[:-5000])
    refuse(3, ["cut.dcm"], "plan", case, "--spect", "cut.dcm")
    pathlib.Path("head.dcm").write_bytes(spect.read_bytes()[:700])
    refuse(3, ["head.dcm"], "plan", case, "--spect", "head.dcm")
    # Two series in one folder.
    both = pathlib.Path("both")
    shutil.copytree(ct, both)
    for f in edited("other", ct, ["-m", "0020,000e=1.2.3.4"], ["-gin"]).iterdir():
        shutil.move(f, both / f"b_{f.name}")
    refuse(3, ["2 ct series"], "plan", case, "--ct", both)
    shutil.rmtree(both)
    # A slice taken away.
    shutil.copytree(ct, "hole")
    sorted(pathlib.Path("hole").iterdir())[20].unlink()
    refuse(3, ["missing"], "plan", case, "--ct", "hole")
    # Another patient, another frame of reference, missing geometry, other nuclide.
    refuse(3, ["patient"], "plan", case, "--ct", edited("stranger", ct, ["-m", "0010,0020=OTHER-9"]))
    refuse(3, ["patient"], *voi_args(edited("rt-stranger.dcm", dicom / "rtstruct.dcm",
                                            ["-m", "0010,0020=OTHER-9"])))
    refuse(3, ["ct", "spect", "(0020,0052)"], "plan", case, "--ct",
           edited("elsewhere", ct, ["-m", "0020,0052=1.2.3.4.5.6"]))
    refuse(3, ["ct", "spect", "different studies", "--study-override"], "plan", case, "--ct",
           edited("other-study", ct, ["-m", "0020,000d=1.2.3.4.5.7"]))
    # Waived by a flag of its own each, and told.
    for flag, folder, what in (("patient", "stranger", "of different patients"),
                               ("study", "other-study", "of different studies"),
                               ("frame", "elsewhere", "in different frames of reference")):
        tare("plan", case, "--ct", folder, f"--{flag}-override", "--out", flag)
        told = [w for w in result(flag)["warnings"] if f"waived by --{flag}-override" in w]
        need(len(told) == 1 and what in told[0] and "ct and spect" in told[0], f"{flag}: {told}")
        need(result(flag)["waived_by"] == [f"{flag}-override"], f"{flag}: {result(flag)['waived_by']}")
        need(f"waived by --{flag}-override" in open(f"{flag}/report.html").read(), f"{flag}: report")
        need("OTHER-9" not in json.dumps(result(flag)) and "1.2.3.4.5" not in json.dumps(result(flag)),
             f"{flag}: an identifier is shown")
        # One waiver does not stand for another.
        for other in {"patient", "study", "frame"} - {flag}:
            refuse(3, [f"--{flag}-override"], "plan", case, "--ct", folder, f"--{other}-override")
    # What a scanner does not state cannot be compared; that is told.
    tare("plan", case, "--spect", edited("frameless.dcm", spect, ["-ea", "(0020,0052)"]), "--out",
         "frameless")
    need(any("spect states no frame of reference" in w and "ct" in w
             for w in result("frameless")["warnings"]), result("frameless")["warnings"])
    refuse(3, ["placeless.dcm"], "plan", case, "--spect",
           edited("placeless.dcm", spect, ["-ea", "(0054,0022)[0].(0020,0037)"]))
    refuse(3, ["F-18", "isotope-override"], "verify", PHANTOM / "case-verify.json", "--pet",
           edited("fluorine", pet, ["-m", "(0054,0016)[0].(0054,0300)[0].(0008,0100)=C-111A1"],
                  ["-m", "(0054,0016)[0].(0054,0300)[0].(0008,0104)=^18^Fluorine"],
                  ["-ea", "(0054,0016)[0].(0018,1075)"]))
    # SUV is no activity: refused unless a person declares what the values are.
    pathlib.Path("no-calibration.json").write_text(json.dumps(
        {k: v for k, v in load(PHANTOM / "case-verify.json").items()
         if k not in ("calibration", "pet", "ct", "voi")}))
    refuse(3, ["unit", "--calibration"], "verify", "no-calibration.json", "--pet",
           edited("suv", pet, ["-m", "0054,1001=GML"]))


def voi_args(rtstruct):
    names = {"liver": "liver", "RHA": "perfused", "T1": "tumor"}
    return ["plan", case, *(a for n, r in names.items() for a in ("--voi", f"{r}:{n}={rtstruct}#{n}"))]


def check_output():
    tare(*plan, "--out", "done")
    before = {f: bytes_of(f"done/{f}") for f in files_below("done")}
    message = refused(2, ["done", "overwrite"], *plan, "--out", "done")
    need(message and before == {f: bytes_of(f"done/{f}") for f in files_below("done")},
         "a refused run has changed the earlier result")
    tare(*plan[:-1], "C", "--out", "done", "--overwrite")
    need(result("done")["case_id"] == "C", "--overwrite did not replace the result")
    # A refused run with --overwrite keeps what was there.
    refused(3, ["absent.nii"], "dose", "--spect", "absent.nii", *plain, "--out", "done", "--overwrite")
    need(result("done")["case_id"] == "C", "a refused run has removed the earlier result")
    refused(2, ["out"], *plan)
    pathlib.Path("file").write_text("x")
    refused(4, ["below"], *plan, "--out", "file/below")


tool("dcmodify")
for check in check_values, check_scaling, check_saturated, check_files_that_are_none, check_vois, check_names_and_numbers, check_dicom, check_output:
    check()
need(not failures, "\n".join(failures))
