"""Reads what `tare phantom` has written by hand: truth is whole, DICOM and NIfTI hold equal values.

usage: check.py QUIET NOISY      folders of seed 1 and of seed 6 with --noise --blur-mm 12
"""
import array
import glob
import gzip
import json
import struct
import sys


def need(ok, text):
    if not ok:
        sys.exit(text)


def nifti(path):
    raw = gzip.open(path).read()
    n = struct.unpack_from("<8h", raw, 40)[1:4]
    need(struct.unpack_from("<h", raw, 70)[0] == 16, f"{path} is not float32")
    offset = int(struct.unpack_from("<f", raw, 108)[0])
    rows = [struct.unpack_from("<4f", raw, 280 + 16 * r) for r in range(3)]
    return n, rows, array.array("f", raw[offset:offset + 4 * n[0] * n[1] * n[2]])


def element(raw, group, number, vr):
    """the text of the last explicit-VR element with this tag"""
    at = raw.rindex(struct.pack("<HH", group, number) + vr)
    size = struct.unpack_from("<H", raw, at + 6)[0]
    return raw[at + 8:at + 8 + size].decode("ascii").strip(" \0")


def pixels(raw, count):
    return array.array("H", raw[-2 * count:])


def place(rows, n):
    """LPS position of the voxel with the least LPS coordinates, from a NIfTI's RAS rows"""
    corner = []
    for r, row in enumerate(rows):
        ends = [row[3], row[3] + row[r] * (n[r] - 1)]
        corner.append(-max(ends) if r < 2 else min(ends))
    return corner


def in_dicom_order(values, rows, n):
    """voxels with x to the left, y to the back, z up, whatever the NIfTI's axes do"""
    flip = [rows[0][0] > 0, rows[1][1] > 0, rows[2][2] < 0]
    steps = [range(n[r] - 1, -1, -1) if flip[r] else range(n[r]) for r in range(3)]
    return [values[i + n[0] * (j + n[1] * k)] for k in steps[2] for j in steps[1] for i in steps[0]]


def single(x):
    return struct.unpack("<f", struct.pack("<f", x))[0]


def check_images(d):
    n, rows, values = nifti(f"{d}/nifti/spect.nii.gz")
    raw = open(f"{d}/dicom/spect/spect.dcm", "rb").read()
    need(list(pixels(raw, len(values))) == in_dicom_order(values, rows, n), f"{d}: SPECT differs")
    position = [float(x) for x in element(raw, 0x0020, 0x0032, b"DS").split("\\")]
    need(all(abs(a - b) < 1e-3 for a, b in zip(position, place(rows, n))), f"{d}: SPECT is moved")
    total_counts = sum(values)

    for kind, folder in (("pet", "pet"), ("ct", "ct")):
        n, rows, values = nifti(f"{d}/nifti/{kind}.nii.gz")
        files = sorted(glob.glob(f"{d}/dicom/{folder}/*.dcm"))
        need(len(files) == n[2], f"{d}: {len(files)} {kind} slices, {n[2]} in NIfTI")
        plane = n[0] * n[1]
        slopes = set()
        ordered = in_dicom_order(values, rows, n)
        for k in range(0, n[2], 7):
            raw = open(files[k], "rb").read()
            slope = float(element(raw, 0x0028, 0x1053, b"DS"))
            intercept = float(element(raw, 0x0028, 0x1052, b"DS"))
            slopes.add(slope)
            want = [single(s * slope + intercept) for s in pixels(raw, plane)]
            need(want == ordered[k * plane:(k + 1) * plane], f"{d}: {kind} slice {k} differs")
            z = float(element(raw, 0x0020, 0x0032, b"DS").split("\\")[2])
            need(abs(z - place(rows, n)[2] - k * abs(rows[2][2])) < 1e-3, f"{d}: {kind} {k} moved")
        need(kind == "ct" or len(slopes) > 3, f"{d}: PET slices share a slope")
    return total_counts


def check_truth(d):
    t = json.load(open(f"{d}/truth.json"))
    rows = {v["name"]: v for v in t["vois"]}
    names = ("liver RHA T1 T2 T3 tumor lungs body normal_liver normal_perfused "
             "nonperfused_liver").split()
    need(sorted(rows) == sorted(names), f"{d}: VOIs {sorted(rows)}")
    for part in (t["vois"], t["verify_vois"]):
        for v in part:
            for key in "mean_gy", "ideal_gy":
                need(v[key] is not None and v[key] > 0, f"{d}: {key} of {v['name']} is {v[key]}")
            for key in "volume_ml", "mass_g", "activity_gbq", "ideal_activity_gbq":
                need(v[key] is not None and v[key] >= 0, f"{d}: {key} of {v['name']}")
            need(v["mean_sigma_gy"] <= 0.001 * v["mean_gy"], f"{d}: sigma of {v['name']}")
    injected = t["activity_gbq"] * (1 - t["residual_fraction"])
    need(abs(t["injected_gbq"] - injected) < 1e-9, f"{d}: injected_gbq")
    k, tumor, normal = 49.67, rows["tumor"], rows["normal_perfused"]
    partition = k * injected * (1 - t["lung_shunt_fraction"]) / (
        (t["tn_ratio"] * tumor["mass_g"] + normal["mass_g"]) / 1000)
    # What leaves the tumors and what they get from each other: voxel means are lower.
    need(0.85 < tumor["ideal_gy"] / (t["tn_ratio"] * partition) < 1.0, f"{d}: tumor dose")
    need(0.9 < normal["ideal_gy"] / partition < 1.1, f"{d}: normal tissue dose")
    return t


def main():
    quiet, noisy = sys.argv[1:3]
    check_images(quiet)
    counts = check_images(noisy)
    need(abs(counts / 4e6 - 1) < 5 / 2000, f"noisy SPECT has {counts} counts")
    a, b = check_truth(quiet), check_truth(noisy)
    for x, y in zip(a["vois"], b["vois"]):
        need(x["ideal_activity_gbq"] == y["ideal_activity_gbq"], f"ideal of {x['name']} moved")
    blurred = {v["name"]: v for v in b["vois"]}
    for v in a["vois"]:
        if v["name"] == "T3":
            need(blurred["T3"]["activity_gbq"] < 0.95 * v["activity_gbq"], "breathing has no effect")
    for d in (quiet, noisy):
        plan = json.load(open(f"{d}/case-plan.json"))
        verify = json.load(open(f"{d}/case-verify.json"))
        need(plan["scenario"] == "unilobar" and "dicom/rtstruct.dcm#RHA" in str(plan["voi"]), "plan")
        need(verify["pet"] == "dicom/pet" and verify["injection_time"], "verify")


main()
