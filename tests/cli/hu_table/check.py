"""--hu-table: masses follow the table outside liver and lungs; wrong tables are refused."""
import hashlib
import pathlib

from e2e import PHANTOM, near, need, refused, result, tare, voi

case = PHANTOM / "case-plan.json"
table = "hu,g_per_cm3\n-1000,0.0012\n-200,0.9\n3000,0.9\n"
pathlib.Path("own.csv").write_text(table, encoding="utf-8")
tare("plan", case, "--density", "ct", "--hu-table", "own.csv", "--heterogeneity", "source",
     "--out", "own")
tare("plan", case, "--density", "ct", "--heterogeneity", "source", "--out", "built_in")
own, built_in = result("own"), result("built_in")
# the clamp keeps the liver between 1.00 and 1.10 g/cm3, whatever a table says
liver = voi(own, "liver")
near(liver["mass_g"] / liver["volume_ml"], 1.0, 0.006, "density of the clamped liver")
need(liver["mass_g"] < 0.99 * voi(built_in, "liver")["mass_g"], "the own table changes nothing")
near(voi(own, "lungs")["mass_g"], voi(built_in, "lungs")["mass_g"], 0.02, "mass of the lungs")
digest = hashlib.sha256(table.encode()).hexdigest()
need([i["sha256"] for i in own["inputs"] if i["role"] == "hu_table"] == [digest],
     "the digest of the table is not among the inputs")

refused(2, ["--hu-table", "--density ct"], "plan", case, "--hu-table", "own.csv", "--out", "x",
        out="x")
pathlib.Path("bad.csv").write_text("hu,g_per_cm3\n100,1\n0,1\n", encoding="utf-8")
refused(3, ["--hu-table", "bad.csv"], "plan", case, "--density", "ct", "--hu-table", "bad.csv",
        "--out", "x", out="x")

tare("plan", case, "--out", "rays")
engine = result("rays")["engine"]
need(engine["heterogeneity"] == "ray" and engine["ray_voxels"] > 1000,
     f"engine says {engine['heterogeneity']}, {engine['ray_voxels']} voxels by rays")
need(built_in["engine"]["ray_voxels"] == 0, "source kernels say that they used rays")
lungs = voi(result("rays"), "lungs")
near(lungs["mass_g"], 0.26 * lungs["volume_ml"], 1e-6, "mass of the lungs by organ")
near(lungs["energy_j"], lungs["mean_gy"] * lungs["mass_g"] / 1000, 1e-6, "energy in the lungs")
