"""A dome of liver in lung, along rays: dose_parts.csv beside the map, and `tare dvh` with it.

The oracle works from the files alone: VOIs as fractions, the map, both doses of voxels of two media.
"""
import csv
import math
import pathlib

from e2e import near, need, read_nifti, refused, result, tare, voi, write_nifti

SIZE, SPACING, SUB = (22, 20, 24), (4.0, 4.2, 3.6), 4
RADIUS, CENTER = 30.0, (42.0, 40.0, 36.0)
LIVER, LUNG = 1.05, 0.26


def liver_fraction(i, j, k):
    """of a voxel in the ball, by points; voxels clearly in or out are told by their center"""
    at = [(n + 0.5) * s for n, s in zip((i, j, k), SPACING)]
    if abs(math.dist(at, CENTER) - RADIUS) > 4.0:
        return float(math.dist(at, CENTER) < RADIUS)
    steps = [(n + 0.5) / SUB for n in range(SUB)]
    points = [((i + a) * SPACING[0], (j + b) * SPACING[1], (k + c) * SPACING[2])
              for a in steps for b in steps for c in steps]
    return sum(math.dist(p, CENTER) < RADIUS for p in points) / len(points)


liver = [liver_fraction(i, j, k) for k in range(SIZE[2]) for j in range(SIZE[1])
         for i in range(SIZE[0])]
lungs = [1 - f for f in liver]
ones = [1.0] * len(liver)
counts = [1000 * f + 40 * g for f, g in zip(liver, lungs)]
for name, values in (("spect", counts), ("liver", liver), ("lungs", lungs), ("body", ones)):
    write_nifti(f"{name}.nii", SIZE, SPACING, values)
VOIS = [a for n in ("liver", "lungs", "body") for a in ("--voi", f"{n}={n}.nii")]
PLAN = ["plan", "--spect", "spect.nii", *VOIS, "--activity-gbq", 1, "--residual-fraction", 0,
        "--calibration", "relative", "--case-id", "dome", "--threads", 2]
tare(*PLAN, "--dose-dicom", "--out", "plan")
plan = result("plan")


def parts_of(folder, affine):
    """voxel -> (lung, soft): places are LPS, the file's affine is RAS"""
    found = {}
    with open(f"{folder}/dose_parts.csv", newline="", encoding="utf-8") as f:
        for row in csv.DictReader(f):
            ras = (-float(row["x_mm"]), -float(row["y_mm"]), float(row["z_mm"]))
            at = [(ras[r] - affine[r][3]) / affine[r][r] for r in range(3)]
            need(all(abs(a - round(a)) < 1e-3 for a in at), f"{row} is no center of a voxel")
            i, j, k = (round(a) for a in at)
            found[i + SIZE[0] * (j + SIZE[1] * k)] = (float(row["lung_gy"]), float(row["soft_gy"]))
    return found


# The map has the mean by mass, and every voxel of two media is listed.
size, affine, dose = read_nifti("plan/dose.nii.gz")
flipped = [affine[r][r] < 0 for r in range(3)]
need(size == SIZE and not any(flipped), f"{size}, {affine}")
parts = parts_of("plan", affine)
mixed = [x for x, f in enumerate(liver) if 0.001 < f < 0.999]
need(sorted(parts) == mixed and len(mixed) > 500, f"{len(parts)} of {len(mixed)} voxels are told")
for x in mixed:
    masses = LUNG * lungs[x], LIVER * liver[x]
    near(dose[x], sum(m * d for m, d in zip(masses, parts[x])) / sum(masses), 2e-5, f"voxel {x}")

# Means and D95 by own media, from files alone; the curve of dvh.csv; `tare dvh` with the file.
OWN = {"liver": (liver, 1), "lungs": (lungs, 0), "body": (ones, None)}
DVH = ["dvh", *VOIS, "--case-id", "dome", "--threads", 2]
tare(*DVH, "--dose", "plan/dose.nii.gz", "--dose-parts", "plan/dose_parts.csv", "--out", "own")
tare(*DVH, "--dose", "plan/dose.dcm", "--dose-parts", "plan/dose_parts.csv", "--out", "rtdose")
tare(*DVH, "--dose", "plan/dose.nii.gz", "--out", "whole")
for name, (fraction, part) in OWN.items():
    own = [parts[x][part] if part is not None and x in parts else d for x, d in enumerate(dose)]
    mean = sum(f * d for f, d in zip(fraction, own)) / sum(fraction)
    rows = sorted((d, f) for d, f in zip(own, fraction) if f > 0)
    total, below, p = sum(fraction), 0.0, []
    for d, f in rows:
        p.append((below + f / 2) / total)
        below += f
    n = next(n for n in range(1, len(p)) if p[n] >= 0.05)
    d95 = rows[n - 1][0] + (rows[n][0] - rows[n - 1][0]) * (0.05 - p[n - 1]) / (p[n] - p[n - 1])
    for folder, tolerance in (("plan", 1e-6), ("own", 1e-6), ("rtdose", 1e-4)):
        got = voi(result(folder), name)
        near(got["mean_gy"], mean, tolerance, f"{folder}: mean of {name}")
        near(got["d95_gy"], d95, max(tolerance, 1e-5), f"{folder}: D95 of {name}")
        with open(f"{folder}/dvh.csv", newline="", encoding="utf-8") as f:
            curve = [(float(r["dose_gy"]), float(r["volume_fraction"]))
                     for r in csv.DictReader(f) if r["voi"] == name]
        area = sum((b[0] - a[0]) * (a[1] + b[1]) / 2 for a, b in zip(curve, curve[1:]))
        near(area, mean, 1e-3, f"{folder}: area under the curve of {name}")
    print(f"{name}: {mean:.3f} Gy, by whole voxels {voi(result('whole'), name)['mean_gy']:.3f} Gy")
whole = voi(result("whole"), "lungs")["mean_gy"]
need(abs(whole / voi(plan, "lungs")["mean_gy"] - 1) > 0.03, "lungs that tell nothing")
inputs = {i["role"] for i in result("own")["inputs"]}
need("dose_parts" in inputs, f"inputs are {inputs}")

# No parts where no voxel is mixed along rays, and an earlier file goes.
tare(*PLAN, "--heterogeneity", "source", "--out", "plan", "--overwrite")
need(not pathlib.Path("plan/dose_parts.csv").exists(), "parts of voxels without rays")

# Refusals.
tare(*PLAN, "--out", "again")
text = pathlib.Path("again/dose_parts.csv").read_text(encoding="utf-8")
lines = text.splitlines()


def refuses(code, words, content, *more, map_of="again"):
    pathlib.Path("parts.csv").write_text(content, encoding="utf-8")
    refused(code, ["parts.csv", *words], *DVH, "--dose", f"{map_of}/dose.nii.gz", "--dose-parts",
            "parts.csv", *more, "--out", "no", out="no")


tare(*[3 if a == 1 else a for a in PLAN], "--out", "triple")
refuses(3, ["belongs to another map"], text, map_of="triple")
refuses(3, ["soft_gy"], text.replace("soft_gy", "dose_gy"))
refuses(3, ["rows"], text.replace("soft_gy,rows", "soft_gy,count"))
two = lines[1].rsplit(",", 1)[0] + ",2"
refuses(3, ["line 3", "lung_gy"], "\n".join([lines[0], two, "1,2,3,x,4,2"]) + "\n")
refuses(3, ["line 2", "no center"], "\n".join([lines[0], "1.7,2,3,4,5,1"]) + "\n")
refuses(3, ["twice"], "\n".join([lines[0], two, two]) + "\n")
need(all(line.endswith(f",{len(lines) - 1}") for line in lines[1:]), "rows do not tell how many")
for kept in (len(lines) - 1, len(lines) // 2, 2):  # cut at a line's end
    refuses(3, [f"has {kept - 1} rows", f"{len(lines) - 1}", "cut"],
            "\n".join(lines[:kept]) + "\n")
refuses(3, ["no rows", "cut"], lines[0] + "\n")
refuses(3, [f"has {len(lines)} rows"], text + lines[1] + "\n")
refused(2, ["subvoxels"], *DVH, "--dose", "again/dose.nii.gz", "--dose-parts", "again/dose_parts.csv",
        "--subvoxels", 2, "--out", "no", out="no")
refused(2, ["dose_parts"], *PLAN, "--dose-parts", "again/dose_parts.csv", "--out", "no", out="no")
