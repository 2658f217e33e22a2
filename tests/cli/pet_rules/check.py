"""PET that a scanner wrote as another nuclide's, in SUV, with another total, or below zero.

The truth is the synthetic patient's own PET (Y-90, Bq/ml), edited as a scanner would have
written it, and sums over voxels made here.
"""
import json
import math
import pathlib
import random
import shutil
import subprocess

from e2e import (PHANTOM, box_files, near, need, read_nifti, refused, result, tare, tool, voi,
                 write_nifti)

tool("dcmodify")
K, RHO = 49.67, 1.05
Y90_S, F18_S, FRAME_S = 230760.0, 6586.2, 1800.0
ADMINISTERED = "(0054,0016)[0]."


def average_s(half_life_s):
    x = math.log(2) * FRAME_S / half_life_s
    return math.log(x / -math.expm1(-x)) / x * FRAME_S


def edited(name, scale, *lines):
    """some slices of the phantom's PET, each one's slope scaled, with elements changed"""
    pathlib.Path(name).mkdir()
    for file in sorted((PHANTOM / "dicom" / "pet").iterdir())[36:46]:
        shutil.copy(file, name)
    words = [w for line in lines for w in ("-m" if line[0] == "(" else "-i", line.lstrip("+"))]
    for file in sorted(pathlib.Path(name).iterdir()):
        text = subprocess.run(["dcmdump", "+P", "0028,1053", file], check=True, capture_output=True,
                              text=True).stdout
        slope = scale * float(text.split("[")[1].split("]")[0])
        subprocess.run(["dcmodify", "-nb", "-m", f"(0028,1053)={slope:.9g}", *words, file], check=True)
    return name


CASE = ["dose", "--dose-engine", "local", "--residual-fraction", 0.01, "--activity-gbq", 0.5, "--case-id", "P"]


def run(out, pet, *args):
    tare(*CASE, "--pet", pet, *args, "--out", out)
    return result(out)


def told(res, *parts):
    need(any(all(p in w for p in parts) for w in res["warnings"]), f"no {parts} in {res['warnings']}")


total = run("truth", edited("y90", 1))["activity"]["total_in_image_gbq"]
need(total > 0.1, f"the slices hold {total} GBq")

# The protocol was of F-18: its branching ratio, and its decay within the frame.
slope = 31.86e-6 / 0.9673 * 2 ** (average_s(F18_S) / F18_S) / 2 ** (average_s(Y90_S) / Y90_S)
fluorine = ["(0018,1076)=0.9673", f"(0018,1075)={F18_S}", "(0054,0300)[0].(0008,0100)=C-111A1",
            "(0054,0300)[0].(0008,0104)=^18^Fluorine"]
f18 = edited("f18", slope, *(ADMINISTERED + line for line in fluorine))
refused(3, ["F-18", "isotope-override"], *CASE, "--pet", f18, "--out", "no", out="no")
res = run("f18-out", f18, "--isotope-override")
near(res["activity"]["total_in_image_gbq"], total, 1e-4, "total of a PET that names F-18")
told(res, "isotope override", "F-18", "30361")

# A PET of F-18 as a distribution: its own decay correction between two beds, 40 minutes apart, is right.
# Taken as Y-90 it is not, and is replaced by that of Y-90, bed by bed.
LATER_S = 2400.0
beds = edited("beds", 1, *(ADMINISTERED + line for line in fluorine))
for n, file in enumerate(sorted(map(str, pathlib.Path(beds).iterdir()))):
    at = "100000" if n < 5 else "104000"
    subprocess.run(["dcmodify", "-nb", "-m", f"(0008,0032)={at}", file], check=True)


def by_half(out):
    size, _, dose = read_nifti(f"{out}/dose.nii.gz")
    plane = size[0] * size[1]
    return [sum(dose[k * plane:(k + 1) * plane]) for k in range(size[2])]


relative = ["--calibration", "relative"]
res = run("whole", "y90", *relative)
need(not any("stands for that of Y-90" in w for w in res["warnings"]), "Y-90 stands for itself")
told(run("beds-own", beds, *relative), "pet", "names F-18", "stands for that of Y-90")
run("beds-as-y90", beds, *relative, "--isotope-override")
whole, own, taken = (by_half(out) for out in ("whole", "beds-own", "beds-as-y90"))
step = (own[9] / own[0]) / (whole[9] / whole[0])
near(step, 1, 1e-5, "step between beds of F-18's own distribution")
step = (taken[9] / taken[0]) / (whole[9] / whole[0])
near(step, 2 ** (LATER_S / Y90_S - LATER_S / F18_S), 1e-4, "step between beds that are taken as Y-90's")
# Without times nothing can be undone: told.
files = sorted(map(str, pathlib.Path(beds).iterdir()))
subprocess.run(["dcmodify", "-nb", "-e", "(0008,0032)", "-e", "(0008,0022)", *files], check=True)
told(run("beds-undated", beds, *relative, "--isotope-override"), "6586.2", "between bed positions")

# The decay correction of F-18, to the administration, is undone by the acquisition or not at all.
Y90_LATER_S = 23 * 3600
to_start = 2 ** (Y90_LATER_S / F18_S)
admin = edited("admin", slope * to_start, "(0054,1102)=ADMIN",
               *(ADMINISTERED + line for line in fluorine))
near(run("admin-out", admin, "--isotope-override")["activity"]["total_in_image_gbq"], total, 1e-4,
     "total of a PET of F-18 that was corrected to the administration")
files = sorted(map(str, pathlib.Path("admin").iterdir()))
subprocess.run(["dcmodify", "-nb", "-e", "(0008,0032)", *files], check=True)
refused(3, ["6586.2", "cannot be undone", "relative"], *CASE, "--pet", admin, "--isotope-override", "--out", "no",
        out="no")
# The same where the values' time is declared: values at injection were decayed as F-18 all the same.
started = edited("started", slope * to_start, "(0054,1102)=ADMIN", *(ADMINISTERED + line for line in fluorine))
files = sorted(map(str, pathlib.Path("started").iterdir()))
subprocess.run(["dcmodify", "-nb", "-e", ADMINISTERED + "(0018,1072)", "-e", ADMINISTERED + "(0018,1078)", *files],
               check=True)
res = run("started-out", started, "--isotope-override", "--decay-reference", "injection", "--injection-time",
          "2026-09-09T10:00:00-04:00")
near(res["activity"]["total_in_image_gbq"], total, 1e-4, "total of a PET of F-18 whose values are at injection")
refused(3, ["--injection-time"], *CASE, "--pet", started, "--isotope-override", "--decay-reference", "injection",
        "--out", "no", out="no")

# What the scaling adds to air is refused, as in a NIfTI; here 50 Bq/ml.
shifted = edited("shifted", 1, "(0028,1052)=50")
refused(3, ["shifted", "intercept (0028,1052) adds 50", "--allow-intercept"], *CASE, "--pet", shifted, "--out", "no",
        out="no")
res = run("hardly-out", edited("hardly", 1, "(0028,1052)=1e-9"))
near(res["activity"]["total_in_image_gbq"], total, 1e-9, "total where an intercept is next to nothing")
res = run("shifted-out", shifted, "--allow-intercept")
told(res, "(--allow-intercept)")
need(res["waived_by"] == ["allow-intercept"], f"waived by {res['waived_by']}")
near(res["activity"]["total_in_image_gbq"] - total, 50e-9 * 2 ** (Y90_LATER_S / Y90_S) * 76 * 76 * 10 *
     4.07283 ** 2 * 3 / 1000, 1e-4, "what an intercept adds")
# Dated, but without a word on what its values refer to: "at injection" is 22 % less here.
silent = edited("silent", 1)
subprocess.run(["dcmodify", "-nb", "-e", "(0054,1102)", *map(str, pathlib.Path(silent).iterdir())], check=True)
refused(3, ["pet", "what time its values refer to", "--decay-reference"], *CASE, "--pet", silent, "--out", "no",
        out="no")
near(run("silent-out", silent, "--decay-reference", "2026-09-10T09:00:00-04:00")["activity"]["total_in_image_gbq"],
     total, 1e-6, "total of a PET whose time is declared")
# A half-life of the header that is not that of Y-90 is waived by name.
long = edited("long", 1, ADMINISTERED + "(0018,1075)=235000")
refused(3, ["235000", "--isotope-override"], *CASE, "--pet", long, "--out", "no", out="no")
res = run("long-out", long, "--isotope-override")
told(res, "(--isotope-override)")
need(res["waived_by"] == ["isotope-override"], f"waived by {res['waived_by']}")

# SUV by body weight, of 2.6 GBq at the injection and 70 kg.
suv = 70e3 / (2.6e9 * 2 ** (-23 * 3600 / Y90_S))
gml = edited("gml", suv, "(0054,1001)=GML", "+(0054,1006)=BW", "+(0010,1030)=70",
             ADMINISTERED + "(0018,1074)=2600000000")
res = run("gml-out", gml)
near(res["activity"]["total_in_image_gbq"], total, 1e-6, "total of a PET in SUV")
told(res, "SUV were made Bq/ml")

# Scan total against net: a number always, a warning outside 0.8 to 1.2, rescaled where wanted.
box = box_files("box")
(box / "spect.json").write_text(json.dumps({"Units": "MBq/mL", "TracerRadionuclide": "Y90"}))
raw = sum(read_nifti(box / "spect.nii")[2]) * 4.0 * 4.2 * 3.6 * 1e-6  # 1e6 Bq/ml, in ml: GBq


def totaled(out, gbq, *args):
    tare("verify", "--pet", box / "spect.nii", "--decay-reference", "injection", "--dose-engine", "local",
         "--voi", f"tumor:T1={box / 'tumor.nii'}", "--residual-fraction", 0.01, "--case-id", "P",
         "--activity-gbq", f"{gbq:.9g}", *args, "--out", out)
    return result(out)


for ratio, word in ((1.19, False), (1.21, True), (0.81, False), (0.79, True)):
    res = totaled(f"total-{ratio}", raw / 0.99 / ratio)
    near(res["activity"]["scan_to_net_ratio"], ratio, 1e-6, "scan to net")
    need(any("GBq were injected" in w for w in res["warnings"]) == word, f"ratio {ratio}: warned {not word}")
    need(not res["activity"]["rescaled_to_net"], "rescaled unasked")
plain, res = totaled("plain", raw * 1.7), totaled("rescaled", raw * 1.7, "--rescale-to-net")
near(res["activity"]["total_in_image_gbq"], raw * 1.7 * 0.99, 1e-6, "total after rescaling")
near(res["activity"]["scan_to_net_ratio"], 1 / (1.7 * 0.99), 1e-6, "ratio before rescaling")
near(voi(res, "T1")["mean_gy"], voi(plain, "T1")["mean_gy"] * 1.7 * 0.99, 1e-5, "rescaled T1")
need(res["activity"]["rescaled_to_net"], "rescaled is not told")
refused(3, ["--strict", "check unit"], "verify", "--pet", box / "spect.nii", "--decay-reference",
        "injection", "--strict", "--activity-gbq", raw * 3, "--residual-fraction", 0,
        "--lung-shunt-fraction", 0.05, "--case-id", "P", "--out", "no", out="no")
refused(2, ["--rescale-to-net", "--activity-gbq"], "dose", "--pet", box / "spect.nii",
        "--rescale-to-net", "--case-id", "N", "--out", "no", out="no")

# Noise about a low activity, as AML has it: half of the voxels and more are below zero.
SIZE, SPACING = (26, 24, 22), (4.0, 4.2, 3.6)
COUNT = SIZE[0] * SIZE[1] * SIZE[2]
ML = math.prod(SPACING) / 1000
rng = random.Random(11)
noise = [float(round(rng.gauss(2e4, 2e5))) for _ in range(COUNT)]
need(sum(v < 0 for v in noise) > 0.4 * COUNT, "the noise has few negative voxels")
inner = [int(6 <= i < 20 and 6 <= j < 18 and 6 <= k < 16)
         for k in range(SIZE[2]) for j in range(SIZE[1]) for i in range(SIZE[0])]
write_nifti("inner.nii", SIZE, SPACING, inner, "B")
write_nifti("noise.nii", SIZE, SPACING, noise)
write_nifti("raised.nii", SIZE, SPACING, [v + 2e6 for v in noise])
write_nifti("level.nii", SIZE, SPACING, [2e6] * COUNT)
need(min(noise) > -2e6, "raised voxels are negative")


def dose(name, *args):
    out = f"{name}-{'-'.join(a.strip('-') for a in args)}"
    tare("dose", "--pet", f"{name}.nii", "--voi", "tumor:inner=inner.nii", "--calibration", "bqml",
         "--decay-reference", "injection", "--case-id", "N", *args, "--out", out)
    return result(out)


refused(3, ["negative", "--allow-negative"], "dose", "--pet", "noise.nii", "--calibration", "bqml",
        "--decay-reference", "injection", "--case-id", "N", "--out", "no", out="no")
mean = sum(v for v, m in zip(noise, inner) if m) / sum(inner)
want = K * mean * 1e-6 / RHO
got = dose("noise", "--allow-negative", "--dose-engine", "local")
near(voi(got, "inner")["mean_gy"], want, 1e-5, "local deposition of noise, Gy")
near(got["activity"]["total_in_image_gbq"], sum(noise) * ML * 1e-9, 1e-5, "total of noise, GBq")
need(voi(got, "inner")["min_gy"] < 0, "the lowest dose of noise is not negative")
for how in ("direct", "fft"):
    # The engine never sees a negative voxel in these two; their difference is the truth.
    raised, level, got = (dose(name, "--allow-negative", "--convolution", how)
                          for name in ("raised", "level", "noise"))
    want = voi(raised, "inner")["mean_gy"] - voi(level, "inner")["mean_gy"]
    need(abs(voi(got, "inner")["mean_gy"] - want) < 1e-4 * voi(level, "inner")["mean_gy"],
         f"{how}: mean of noise is {voi(got, 'inner')['mean_gy']}, not {want}")
    near(voi(got, "inner")["energy_j"], voi(raised, "inner")["energy_j"] - voi(level, "inner")["energy_j"],
         1e-2, f"{how}: energy of noise")
fine = dose("noise", "--allow-negative", "--dose-engine", "local", "--dose-grid", "3")
near(fine["activity"]["total_in_image_gbq"], sum(noise) * ML * 1e-9, 1e-3, "total of noise on another grid")
