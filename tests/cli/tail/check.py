"""The far photon dose on the synthetic patient, against the formula that another code's voxel tables
gave for far voxels: 4 pi rho r^2 D(r) = 2.2e-5 exp(-r / 190 mm) MeV/mm per decay in soft tissue, 12 to
100 mm (exact to some percent)."""
import math

from e2e import PHANTOM, load, near, need, read_nifti, result, tare, voi

case = PHANTOM / "case-plan.json"
tare("plan", case, "--activity-gbq", 2, "--keep", "activity,density", "--threads", 2, "--out", "plain")
tare("plan", case, "--activity-gbq", 2, "--bremsstrahlung-tail", "--threads", 2, "--out", "tail")
plain, tail = result("plain"), result("tail")
need(plain["engine"]["bremsstrahlung_tail"] is None, "a tail that nobody asked for")
need("bremsstrahlung_tail_gy" not in voi(plain, "liver"), "a tail in a VOI that nobody asked for")

# Energies: those of the beta part stay, those of the tail stand apart.
part = tail["engine"]["bremsstrahlung_tail"]
need(tail["engine"]["energy"] == plain["engine"]["energy"], "the beta part's energies have changed")
near(part["energy_mev_per_decay"], (0.93302 - 0.92997) * 0.93121 / 0.92997, 0.005, "MeV per decay")
need((part["from_mm"], part["to_mm"], part["coarse_voxel_mm"]) == (11.9, 300, 8), f"{part}")
near(part["emitted_j"], tail["engine"]["energy"]["emitted_j"] * part["energy_mev_per_decay"] / 0.93121,
     1e-4, "emitted_j")
need(0.2 < part["deposited_j"] / part["emitted_j"] < 0.7, f"deposited {part['deposited_j']} J")

# The dose is the plain one and the tail; none outside the body.
size, rows, before = read_nifti("plain/dose.nii.gz")
_, _, after = read_nifti("tail/dose.nii.gz")
_, _, bq_per_ml = read_nifti("plain/activity.nii.gz")
_, _, density = read_nifti("plain/density.nii.gz")
extra = [b - a for a, b in zip(before, after)]
mm = [math.sqrt(sum(rows[r][c] ** 2 for r in range(3))) for c in range(3)]
voxel_ml = mm[0] * mm[1] * mm[2] / 1000
need(all(e >= -1e-6 * b for e, b in zip(extra, after)), "the tail takes dose away")
need(all(b == 0 for a, b, d in zip(before, after, density) if d == 0), "dose where nothing is")
for name in ("liver", "T1", "normal_liver", "lungs"):
    a, b = voi(plain, name), voi(tail, name)
    need(0 < b["bremsstrahlung_tail_gy"] < 0.006 * b["mean_gy"] + 0.1, f"tail in {name}")
    near(b["mean_gy"] - a["mean_gy"], b["bremsstrahlung_tail_gy"], 1e-3, f"more dose in {name}")

# Far from the activity, a sum over voxels by the formula.
TAU_S, J_PER_MEV = 64.1 * 3600 / math.log(2), 1.602176634e-13
sources = [(x, v) for x, v in enumerate(bq_per_ml) if v > 0]


def place(x):
    return (x % size[0] * mm[0], x // size[0] % size[1] * mm[1], x // (size[0] * size[1]) * mm[2])


def formula_gy(x):
    at, total = place(x), 0.0
    for y, v in sources:
        r = math.dist(at, place(y))
        total += v * voxel_ml * math.exp(-r / 190) / (4 * math.pi * r * r)
    # per g of liver: mm-2 MeV/mm -> MeV/mm3 over 1.05e-3 g/mm3, over 1e-3 kg/g
    return total * 2.2e-5 * TAU_S * J_PER_MEV / 1.05e-3 / 1e-3


# voxels that get photons only
far = [x for k in range(2, size[2] - 2, 4) for j in range(2, size[1] - 2, 7)
       for i in range(2, size[0] - 2, 7)
       if after[x := i + size[0] * (j + size[1] * k)] > 0 and before[x] == 0]
need(len(far) >= 12, f"only {len(far)} voxels without beta dose")
for x in far[:: len(far) // 12][:12]:
    near(extra[x], formula_gy(x), 0.06, f"far dose at {place(x)} mm")

# The prescription sees the same dose: a limit on the mean is reached a little earlier.
rx = [r["prescription"]["a_max_gbq"] for r in (plain, tail)]
need(rx[1] <= rx[0], f"a_max_gbq {rx}")

# Local deposition takes it, too.
tare("dose", "--spect", PHANTOM / load(case)["spect"], "--calibration", "relative", "--activity-gbq", 1,
     "--residual-fraction", 0, "--case-id", "L", "--dose-engine", "local", "--bremsstrahlung-tail",
     "--decay-reference", "injection", "--out", "local", "--threads", 2)
local = result("local")["engine"]
need(local["name"] == "local" and local["bremsstrahlung_tail"]["deposited_j"] > 0, f"{local}")
