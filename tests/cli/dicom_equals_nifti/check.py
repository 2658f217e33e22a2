"""The synthetic patient from three formats.

Images from DICOM, NIfTI and NRRD with the same VOI files: dose maps equal to 1e-6 of the maximum.
RTSTRUCT against masks: volumes and means within 0.5 % for VOIs of 10 ml and more. The NRRD files
are written here from the NIfTI files' bytes.
"""
import gzip

from e2e import PHANTOM, near, need, read_nifti, result, tare, voi

ROLES = {"liver": "liver", "RHA": "perfused", "T1": "tumor", "T2": "tumor", "T3": "tumor",
         "lungs": "lungs", "body": "body"}


def write_nrrd(path, nifti, negative=False):
    """the volume of a NIfTI file as gzip NRRD in LPS; negative: with its third axis turned round"""
    size, rows, values = read_nifti(nifti)
    kind = {"f": "float", "B": "uchar"}[values.typecode]
    lps = [[-v for v in rows[0]], [-v for v in rows[1]], list(rows[2])]
    if negative:
        plane = size[0] * size[1]
        turned = values[:0]
        for k in range(size[2] - 1, -1, -1):
            turned.extend(values[k * plane:(k + 1) * plane])
        values = turned
        for row in lps:
            row[3] += row[2] * (size[2] - 1)
            row[2] = -row[2]
    directions = " ".join("({})".format(",".join(repr(lps[r][c]) for r in range(3)))
                          for c in range(3))
    origin = ",".join(repr(lps[r][3]) for r in range(3))
    header = (f"NRRD0004\ntype: {kind}\ndimension: 3\nspace: left-posterior-superior\n"
              f"sizes: {size[0]} {size[1]} {size[2]}\nspace directions: {directions}\n"
              f"kinds: domain domain domain\nendian: little\nencoding: gzip\n"
              f"space origin: ({origin})\n\n")
    with open(path, "wb") as f:
        f.write(header.encode() + gzip.compress(values.tobytes(), 1))
    return path


def vois(pattern):
    return [a for n, role in ROLES.items() for a in ("--voi", f"{role}:{n}={pattern.format(n)}")]


def oriented(folder):
    """(size, first place and spacing, values) with the axes of the patient rising (R, A, S)"""
    size, rows, values = read_nifti(f"{folder}/dose.nii.gz")
    need(all(abs(rows[r][c]) < 1e-4 for r in range(3) for c in range(3) if r != c), "axes are turned")
    steps = [list(range(n)) if rows[a][a] > 0 else list(range(n - 1, -1, -1))
             for a, n in enumerate(size)]
    first = [rows[a][3] + rows[a][a] * steps[a][0] for a in range(3)]
    spacing = [abs(rows[a][a]) for a in range(3)]
    plane = size[0] * size[1]
    return size, first + spacing, [values[i + size[0] * j + plane * k]
                                   for k in steps[2] for j in steps[1] for i in steps[0]]


def check_equal(a, b):
    size_a, place_a, x = oriented(a)
    size_b, place_b, y = oriented(b)
    need(size_a == size_b and max(abs(p - q) for p, q in zip(place_a, place_b)) < 2e-3,
         f"{a} and {b} lie elsewhere: {place_a}, {place_b}")
    worst = max(abs(p - q) for p, q in zip(x, y)) / max(x)
    print(f"dose of {a} and {b}: {worst:.1e} of the maximum")
    need(worst <= 1e-6, f"dose of {a} and {b} differ by {worst} of the maximum")
    for row in result(a)["vois"]:
        near(voi(result(b), row["name"])["volume_ml"], row["volume_ml"], 1e-6, f"{b}: volume")


rtstruct = PHANTOM / "dicom/rtstruct.dcm"
nifti = PHANTOM / "nifti"
for image in "spect", "pet", "ct":
    write_nrrd(f"{image}.nrrd", nifti / f"{image}.nii.gz", negative=image != "ct")
for stage, image, more in (("plan", "spect", ["--calibration", "relative"]),
                           ("verify", "pet", ["--calibration", "bqml"])):
    case = PHANTOM / f"case-{stage}.json"
    contours = vois(str(rtstruct) + "#{}")
    tare(stage, case, *contours, "--out", f"{stage}-dicom")
    side = nifti / f"{image}.json"
    if side.exists():
        with open(f"{image}.json", "wb") as f:
            f.write(side.read_bytes())
    for kind, files in (("nifti", (nifti / f"{image}.nii.gz", nifti / "ct.nii.gz")),
                        ("nrrd", (f"{image}.nrrd", "ct.nrrd"))):
        tare(stage, case, f"--{image}", files[0], "--ct", files[1], *contours, *more, "--out",
             f"{stage}-{kind}")
        check_equal(f"{stage}-dicom", f"{stage}-{kind}")

# Contours against the masks of the same patient, and masks as NIfTI against masks as NRRD.
tare("plan", PHANTOM / "case-plan.json", *vois(str(nifti / "voi_{}.nii.gz")), "--out", "masks")
liver_gy = voi(result("plan-dicom"), "liver")["mean_gy"]
for row in result("plan-dicom")["vois"]:
    name, mask = row["name"], voi(result("masks"), row["name"])
    print(f"{name}: {row['volume_ml']:.2f} ml, mask "
          f"{100 * (mask['volume_ml'] / row['volume_ml'] - 1):+.3f} %, mean "
          f"{100 * (mask['mean_gy'] / row['mean_gy'] - 1):+.3f} %")
    if row["volume_ml"] < 10:
        continue
    near(mask["volume_ml"], row["volume_ml"], 0.005, f"{name}: volume of the mask")
    # What no activity lies in gets its dose from over its border: judged on the liver's scale.
    scale = liver_gy if name == "nonperfused_liver" else row["mean_gy"]
    need(abs(mask["mean_gy"] - row["mean_gy"]) <= 0.005 * scale,
         f"{name}: mean {mask['mean_gy']} Gy in the mask, {row['mean_gy']} Gy in the contours")
for name in ROLES:
    write_nrrd(f"{name}.nrrd", nifti / f"voi_{name}.nii.gz", negative=name != "body")
tare("plan", PHANTOM / "case-plan.json", *vois("{}.nrrd"), "--out", "nrrd-masks")
check_equal("masks", "nrrd-masks")
