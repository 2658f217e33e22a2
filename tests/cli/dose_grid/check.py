"""usage: check.py PHANTOM: the same plan on four dose grids against each other and truth.json

What holds on every grid: the activity, the energy emitted, its balance, the volumes. On the grid
of the activity a VOI's mean is mean_gy, what a perfect engine gets from the image there, where a
voxel is as coarse as the image. A finer grid resolves the VOI's border within a voxel of the image
and so lies between mean_gy and ideal_gy, the mean over the smooth shape; 2 % more are for the blur
of bringing the image to voxels that do not divide its own. A coarser grid blurs: means of what is
hot get lower.
"""
import json
import os
import struct
import sys

from e2e import load, near, need, read_nifti, refused, result, tare, voi

phantom = sys.argv[1]
case = f"{phantom}/case-plan.json"
truth = {v["name"]: v for v in load(f"{phantom}/truth.json")["vois"]}
ct_size = [192, 192, 104]
LIMIT = {"activity": 0.01, "ct": 0.02, "3": 0.02, "6.5": 0.02}
HOT = "liver", "RHA", "T1", "T2", "tumor", "normal_perfused"

done = {}
for grid in "activity", "ct", "3", "6.5":
    tare("plan", case, "--dose-grid", grid, "--out", grid)
    done[grid] = result(grid)
base = done["activity"]
need(done["ct"]["grid"]["size"] == ct_size, f"the CT's grid is {done['ct']['grid']['size']}")
for grid in "3", "6.5":
    need(done[grid]["grid"]["spacing_mm"] == [float(grid)] * 3, f"{grid}: {done[grid]['grid']}")

for grid, res in done.items():
    size, _, dose = read_nifti(f"{grid}/dose.nii.gz")
    need(list(size) == res["grid"]["size"] and min(dose) >= 0.0, f"{grid}: the map is {size}")
    energy, want = res["engine"]["energy"], base["engine"]["energy"]["emitted_j"]
    near(energy["emitted_j"], want, 1e-6, f"{grid}: emitted_j")
    # Voxel S values balance to rounding, rays to the error of their quadrature.
    near(energy["deposited_j"] + energy["outside_j"], want, 5e-5, f"{grid}: absorbed and outside")
    need(res["engine"]["energy_balance"] <= 5e-5, f"{grid}: {res['engine']['energy_balance']}")
    near(res["activity"]["total_in_image_gbq"], base["activity"]["total_in_image_gbq"], 1e-6,
         f"{grid}: total_in_image_gbq")
    print(f"{grid} mm, size {size}, balance {res['engine']['energy_balance']:.1e}")
    for name, row in truth.items():
        if row["mean_gy"] is None or row["volume_ml"] < 10:
            continue
        got = voi(res, name)
        near(got["volume_ml"], row["volume_ml"], 0.005, f"{grid}, {name}: volume_ml")
        print(f"  {name}: {got['mean_gy']:.2f} Gy, image {row['mean_gy']:.2f}, "
              f"shape {row['ideal_gy']:.2f}")
        lo, hi = sorted((row["mean_gy"], row["ideal_gy"]))
        if grid == "activity":
            lo = hi = row["mean_gy"]
        elif grid == "6.5":
            if name not in HOT:
                continue
            lo, hi = 0.9 * row["mean_gy"], row["mean_gy"]
        need((1 - LIMIT[grid]) * lo <= got["mean_gy"] <= (1 + LIMIT[grid]) * hi,
             f"{grid}, {name}: {got['mean_gy']} Gy is not within {lo} to {hi}")

for wrong in "0.49", "20.1", "-3", "0", "nan", "inf", "3mm", "fine", "":
    refused(2, ["dose-grid"], "plan", case, "--dose-grid", wrong, "--out", "none", out="none")
bare = load(case)
for key in "spect", "voi":
    bare[key] = json.loads(json.dumps(bare[key]).replace("dicom/", f"{phantom}/dicom/"))
del bare["ct"]
with open("bare.json", "w", encoding="utf-8") as f:
    json.dump(bare, f)
refused(2, ["--dose-grid ct needs a CT"], "plan", "bare.json", "--dose-grid", "ct", "--out", "none",
        out="none")

# 1280 mm of air in 20 mm voxels, asked for in steps of 0.76 mm: more than 300 GB.
size, spacing = (64, 64, 56), 20.0
head = bytearray(352)
struct.pack_into("<i", head, 0, 348)
struct.pack_into("<8h", head, 40, 3, *size, 1, 1, 1, 1)
struct.pack_into("<2h", head, 70, 16, 32)
struct.pack_into("<4f", head, 76, 1, spacing, spacing, spacing)
struct.pack_into("<2f", head, 108, 352, 1)
struct.pack_into("<h", head, 254, 1)
for r in range(3):
    row = [0.0] * 4
    row[r] = spacing
    struct.pack_into("<4f", head, 280 + 16 * r, *row)
head[123], head[344:348] = 2, b"n+1\0"
values = [0.0] * (size[0] * size[1] * size[2])
values[len(values) // 2] = 1e6
with open("wide.nii", "wb") as f:
    f.write(bytes(head) + struct.pack(f"<{len(values)}f", *values))
wide = ["dose", "--case-id", "wide", "--spect", "wide.nii", "--activity-gbq", "1", "--calibration",
        "relative:fov", "--out", "none"]
if os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") < 3e11:
    print(refused(3, ["a dose on 1685 x 1685 x 1474 voxels needs", "MiB", "coarser --dose-grid"],
                  *wide, "--dose-grid", "0.76", out="none").strip())
refused(3, ["a grid of 0.5 mm would have 1.47e+10 voxels"], *wide, "--dose-grid", "0.5", out="none")
