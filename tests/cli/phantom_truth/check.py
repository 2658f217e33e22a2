"""usage: check.py PHANTOM: plan and verify of a noise-free phantom against its truth.json

Limits of every VOI of 10 ml and more, lungs and body too: mean 1 % of mean_gy, volume 0.5 %, activity
0.5 % of activity_gbq; the curves of dvh.csv have the same means. In preset clinical the liver touches
lung, and voxels of both have two doses.
Prints the table of docs/validation.md.
"""
import csv
import pathlib
import sys

from e2e import load, near, need, result, tare, voi

phantom = sys.argv[1]
truth = load(f"{phantom}/truth.json")
need(not truth["noise"] and truth["blur_mm"] == 0, "a phantom without noise and blur is needed")
need(truth["worst_relative_sigma"] <= 0.001, "sampled to 0.1 %")


def curve_mean(folder, name):
    """the mean of a VOI by its curve in dvh.csv: the area under straight lines between its points"""
    with open(f"{folder}/dvh.csv", newline="", encoding="utf-8") as f:
        points = [(float(r["dose_gy"]), float(r["volume_fraction"]))
                  for r in csv.DictReader(f) if r["voi"] == name]
    need(points[0] == (0, 1), f"{folder}: the curve of {name} begins with {points[0]}")
    need(points == sorted(points), f"{folder}: doses of {name} are not in order")
    return sum((d2 - d1) * (v1 + v2) / 2 for (d1, v1), (d2, v2) in zip(points, points[1:]))


def check(stage, rows, res):
    print(f"{stage}: VOI, ml, activity/true, mean/true, true activity/ideal, true mean/ideal")
    for row in rows:
        name, got = row["name"], voi(res, row["name"])
        shown = [f"{100 * (got['activity_gbq'] / row['activity_gbq'] - 1):+.3f} %"
                 if row["activity_gbq"] > 1e-3 else "-"]
        large = row["volume_ml"] >= 10
        if large and row["role"] != "body":  # the body goes on beyond a PET's field of view
            near(got["volume_ml"], row["volume_ml"], 0.005, f"{stage}, {name}: volume_ml")
        if large:
            near(got["activity_gbq"], row["activity_gbq"], 0.005, f"{stage}, {name}: activity_gbq")
        shown.append(f"{100 * (got['mean_gy'] / row['mean_gy'] - 1):+.3f} %")
        if large:
            near(got["mean_gy"], row["mean_gy"], 0.01, f"{stage}, {name}: mean_gy")
            curve = curve_mean(stage, name)
            need(abs(curve - got["mean_gy"]) <= 2e-4 * got["mean_gy"] + 0.006,
                 f"{stage}, {name}: the curve has the mean {curve}, not {got['mean_gy']}")
        for part, ideal in (("activity_gbq", "ideal_activity_gbq"), ("mean_gy", "ideal_gy")):
            known = row[ideal] is not None and row[ideal] > 1e-3
            shown.append(f"{100 * (row[part] / row[ideal] - 1):+.2f} %" if known else "-")
        print(f"  {name}, {row['volume_ml']:.2f}, {', '.join(shown)}")


said = tare("plan", f"{phantom}/case-plan.json", "--out", "plan").stdout.splitlines()
plan = result("plan")
if truth["case_id"] == "phantom-small-1":
    # README.md shows what plan says of this patient; the vial and its time go with the calendar.
    readme = pathlib.Path(__file__).parents[3].joinpath("README.md").read_text(encoding="utf-8")
    shown = readme.partition("```text\nphantom-small-1: plan")[2].partition("\n```")[0].splitlines()[1:]
    need(len(shown) > 8, "README.md shows no plan")
    other = [r for r in shown if r not in said and not r.startswith(("vial ", "time "))]
    need(not other, f"README.md shows what plan does not say: {other}")
check("plan", truth["vois"], plan)
near(plan["activity"]["injected_gbq"], truth["injected_gbq"], 1e-9, "injected_gbq")
near(plan["activity"]["lung_shunt_fraction"], truth["image_lung_shunt_fraction"], 0.005, "F, plan")

tare("verify", f"{phantom}/case-verify.json", "--plan", "plan", "--out", "verify")
verify = result("verify")
check("verify", truth["verify_vois"], verify)
near(verify["activity"]["lung_shunt_fraction"], truth["pet_lung_shunt_fraction"], 0.005,
     "F, verify")
for res in plan, verify:
    balance = res["engine"]["energy_balance"]
    need(balance <= 0.005, f"{res['stage']}: energy balance {balance}")
    print(f"{res['stage']}: energy balance {balance:.1e}")

# The comparison holds for each VOI what the two results hold.
rows = {r["voi"]: r for r in verify["comparison"]["vois"]}
for name in "liver", "T1", "T2", "normal_perfused":
    need(name in rows, f"the comparison lacks {name}")
    planned, delivered = voi(plan, name)["mean_gy"], voi(verify, name)["mean_gy"]
    near(rows[name]["planned_mean_gy"], planned, 1e-9, f"{name}: planned")
    near(rows[name]["mean_gy"], delivered, 1e-9, f"{name}: delivered")
    near(rows[name]["difference_mean_percent"], 100 * (delivered / planned - 1), 1e-6,
         f"{name}: difference")
