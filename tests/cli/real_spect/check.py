"""Jaszczak phantom: activity is conserved, energy balances, the hot voxel lies where it lay.

Facts of testdata/INDEX.md (pydicom, checked with ITK): 124591663 counts in 128 x 128 x 45 voxels of
4.13 mm; the greatest, 1851, at LPS (268.450, 0.000, -231.280) mm; centroid of all counts at LPS
(267.4634, -14.5901, -252.4771) mm; the same pixels in four transfer syntaxes.
"""
from e2e import bytes_of, near, need, read_nifti, result, shared, tare

COUNTS, PEAK = 124591663, 1851
HOT = (268.450, 0.0, -231.280)
CENTROID = (267.4634, -14.5901, -252.4771)
GBQ = 2 * 0.99
GRAMS = 4.13 ** 3 / 1000 * 1.05
GY_PER_COUNT = 49.67 * GBQ / (COUNTS * GRAMS / 1000)

image = shared("testdata/nm/glpoli-NMQC__jaszczak_recon")
other = shared("testdata/nm/derived__jaszczak_transfer_syntaxes")
dose = ["dose", "--activity-gbq", 2, "--residual-fraction", 0.01, "--case-id", "J"]


def lps(rows, i, j, k):
    ras = [r[0] * i + r[1] * j + r[2] * k + r[3] for r in rows]
    return -ras[0], -ras[1], ras[2]


def index(at, size):
    return at % size[0], at // size[0] % size[1], at // size[0] // size[1]


def check_place(folder, file):
    """the hot voxel and the centroid of one file; its values"""
    size, rows, values = read_nifti(f"{folder}/{file}")
    need(size == (128, 128, 45), f"{file} has {size} voxels")
    place = lps(rows, *index(values.index(max(values)), size))
    need(max(abs(a - b) for a, b in zip(place, HOT)) < 0.01, f"{file}: hottest voxel at LPS {place}")
    sums = [0.0] * 4
    for at, value in enumerate(values):
        if value:
            for axis, x in enumerate((*index(at, size), 1)):
                sums[axis] += value * x
    place = lps(rows, *(s / sums[3] for s in sums[:3]))
    need(max(abs(a - b) for a, b in zip(place, CENTROID)) < 0.01, f"{file}: centroid at LPS {place}")
    return values


tare(*dose, "--spect", image, "--dose-engine", "local", "--keep", "activity", "--out", "local")
near(result("local")["activity"]["total_in_image_gbq"], GBQ, 1e-5, "activity of the image")
values = check_place("local", "dose.nii.gz")
near(sum(values), GY_PER_COUNT * COUNTS, 1e-5, "sum of the doses")
near(max(values), GY_PER_COUNT * PEAK, 1e-5, "greatest dose")
check_place("local", "activity.nii.gz")

tare(*dose, "--spect", image, "--out", "vsv")
res = result("vsv")
near(res["activity"]["total_in_image_gbq"], GBQ, 1e-5, "activity of the image")
need(res["engine"]["energy_balance"] <= 0.005, f"energy balance {res['engine']['energy_balance']}")
# Mean absorbed energy, in and beyond the image, is k A whatever the kernel.
size, rows, values = read_nifti("vsv/dose.nii.gz")
deposited = sum(values) * GRAMS / 1000
near(deposited + res["engine"]["energy"]["outside_j"], 49.67 * GBQ, 1e-4, "energy in J")
print(f"activity {res['activity']['total_in_image_gbq'] / GBQ - 1:+.1e}, "
      f"energy balance {res['engine']['energy_balance']:.1e}")

bits = bytes_of("vsv/dose.nii.gz")
for name in "deflated", "implicit_le", "rle":
    tare(*dose, "--spect", other / f"{name}.dcm", "--out", name)
    need(bytes_of(f"{name}/dose.nii.gz") == bits, f"{name}: another dose than of explicit VR")
