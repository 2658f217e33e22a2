"""Every folder of testdata: usable_as as the facts of testdata/INDEX.md have it, no name, no ID.

NONE is a series or file that cannot serve: one slice, a scout, a tilted or broken stack, a picture.
"""
import collections
import json
import re
import subprocess

from e2e import SHARED, need, refused, shared, tare, tool

NONE = None
VALUES = NONE  # a NIfTI or NRRD does not say what its values are: NONE, with needs
EXPECTED = {
    # CT: volumes; a single slice, two slices at one place, a hole or a tilt are no volume.
    "ct/Enet4-dicom-test-files__WG04_CT1_transfer_syntaxes": {NONE},
    "ct/QIICR-dcmqi__ct_3slice": ["ct"],
    "ct/QIICR-dcmqi__legacy_enhanced_23x38x3": ["ct", "ct"],
    "ct/QIICR-dcmqi__legacy_enhanced_23x38x3/classic": ["ct"],
    "ct/derived__philips_axial_128/base": ["ct"],
    "ct/derived__philips_axial_128/duplicate_same_file_twice": ["ct"],
    "ct/derived__philips_axial_128/duplicate_same_position_new_uid": [NONE],
    "ct/derived__philips_axial_128/missing_slice_7": [NONE],
    "ct/derived__philips_axial_128/shuffled_names_and_instance_numbers": ["ct"],
    "ct/fo-dicom__ge_oblique_negSBS": [NONE],
    "ct/icometrix-dicom2nifti__ge_slice_increment": [NONE],
    "ct/icometrix-dicom2nifti__siemens_gantrytilt": [NONE],
    "ct/neurolabusc-dcm_qa_ct__philips_axial_5mm": ["ct"],
    "ct/neurolabusc-dcm_qa_ct__philips_tilt_minus": [NONE],
    "ct/orthanc-tests__ge_signedCT": [NONE],
    "ct/pydicom-data__enhanced_ct": ["ct"],
    "ct/pydicom__CT_small": [NONE],
    # NM: reconstructions, planar views, and pictures of modality NM.
    "nm/Enet4-dicom-test-files__WG04_NM1_secondary_capture": {NONE},
    "nm/derived__jaszczak_transfer_syntaxes": ["spect"] * 3,
    "nm/glpoli-NMQC__jaszczak_recon": ["spect"],
    "nm/glpoli-NMQC__planar": ["planar", "planar"],
    # PET: series; single slices are no volume.
    "pet/derived__philips_cnts": ["pet"],
    "pet/derived__slope_per_slice_bqml": ["pet"],
    "pet/gschramm-pynemaiqpet__nema_recon_1": ["pet"],
    "pet/oncoray-suv_dro": ["pet"] * 7 + ["rtstruct"] * 7 + ["mask"] * 7,
    "pet/orthanc-tests__philips_gemini_issue94": [NONE],
    "pet/orthanc-tests__siemens_mCT_slice": [NONE],
    "pet/suyashkumar-dicom__acrin_siemens1094_029": [NONE],
    # RT: doses in Gy only; a plan, a plane, doses without pixels are none.
    "rt/dicompyler-core__breast_ct_rtss_plan": ["rtstruct", NONE, NONE],
    "rt/plastimatch-synth__sphere_A": ["ct", "rtdose", "rtstruct"],
    "rt/pymedphys__raystation_wedge_dose": ["rtdose"],
    "rt/pymedphys__varian_dose_orientations": [NONE] * 4,
    "rt/pymedphys__varian_planar_dose": [NONE],
    # SEG: binary ones, fractional, RLE and label map ones, and NRRD twins.
    "seg/QIICR-dcmqi__label_23x38x3": ["seg", "mask"],
    "seg/QIICR-dcmqi__labelmap_noppv": ["seg", "mask"],
    "seg/QIICR-dcmqi__liver_on_ct_3slice": ["seg", "mask"],
    "seg/highdicom__ct_binary": ["seg", "seg"],
    "pmap/pydicom-data__parametric_map_float": [NONE],
    "reg/plastimatch-synth__translation": [NONE],
    # NIfTI: 4-D, 5-D, geometry missing are refused; label maps are masks; the rest lacks a unit.
    "nifti/debian-mricron-data__labels": ["mask"],
    "phantom/qurit-PyTheranostics__skeleton": ["mask"],
    "nifti/derived__odd_headers": {VALUES},
    "nifti/nibabel__basic": [VALUES] * 4 + ["mask"],
}
WITHOUT_META = {  # of mixed kinds, or files without DICOM's preamble: read or refused, not mistaken
    "rt/pymedphys__monaco_rtstruct": {NONE, "rtstruct"},
    "rt/pydicom__rt_small": {NONE, "rtstruct"},
    "seg/pydicom-data__liver_variants": {"seg"},
    "nifti/Enet4-nifti-rs__bigendian_pairs": {NONE},
    "nifti/Enet4-nifti-rs__datatypes": {NONE, "mask"},
    "nifti/NIFTI-Imaging-nifti-test-data__regress": {NONE, "mask"},
}
IDENTIFYING = ["0010,0010", "0010,0020", "0010,0030", "0010,1000", "0010,1001", "0010,1040",
               "0010,2154", "0008,0050", "0008,0080", "0008,0090", "0008,1050", "0008,1070"]

# Series number, maker, model, series date: may be said, and some files repeat them as an ID.
PUBLIC = ["0020,0011", "0008,0070", "0008,1090", "0008,0021"]

data = shared("testdata")
tool("dcmdump")


def values_of(folder, tags):
    """parts of the values of these elements in a folder's files that are long enough to tell"""
    files = [str(f) for f in sorted(folder.rglob("*")) if f.is_file()]
    wanted = [a for tag in tags for a in ("+P", tag)]
    text = subprocess.run(["dcmdump", "-q", *wanted, *files], capture_output=True).stdout
    found = set()
    for value in re.findall(r"\([0-9a-f,]{9}\) \w\w \[([^\]]+)\]", text.decode("latin-1")):
        for part in re.split(r"[\\^= ]+", value):
            if len(part) >= 4 and not re.fullmatch("0+", part):
                found.add(part)
    return found


def check_privacy(folder, said):
    # A base name may be said: that is how a person finds the file.
    allowed = "\n".join(f.name for f in folder.rglob("*")).lower()
    for secret in values_of(folder, IDENTIFYING) - values_of(folder, PUBLIC):
        hit = re.search(r"(?<![0-9A-Za-z.])" + re.escape(secret) + r"(?![0-9A-Za-z.])", said)
        need(not hit or secret.lower() in allowed, f"{folder.name}: shows {secret!r}")
    need(str(SHARED) not in said, f"{folder.name}: shows a folder")


def check_series(where, s):
    need(set(s) >= {"modality", "usable_as", "reason", "needs", "files"}, f"{where}: keys {list(s)}")
    need((s["usable_as"] is None) == bool(s["reason"]), f"{where}: {s['usable_as']} {s['reason']}")


count = collections.Counter()
for where, want in {**EXPECTED, **WITHOUT_META}.items():
    folder = data / where
    if not folder.exists():
        continue
    p = tare("inspect", folder, "--json", want=None)
    need(p.returncode == 0, f"{where}: exit {p.returncode}: {p.stderr}")
    page = tare("inspect", folder)
    need(not p.stderr and not page.stderr, f"{where}: {p.stderr}")
    series = json.loads(p.stdout)["series"]
    for s in series:
        check_series(where, s)
    got = [s["usable_as"] for s in series]
    if isinstance(want, set):
        need(got and set(got) <= want, f"{where}: {got}, wanted some of {want}")
    else:
        need(sorted(map(str, got)) == sorted(map(str, want)), f"{where}: {got}, wanted {want}")
    check_privacy(folder, p.stdout + page.stdout)
    count.update(map(str, got))

facts = {  # what INDEX.md says of size and spacing, as x, y, z
    "nm/glpoli-NMQC__jaszczak_recon": ([128, 128, 45], [4.13, 4.13, 4.13]),
    "pet/gschramm-pynemaiqpet__nema_recon_1": ([192, 192, 89], [2.083333, 2.083333, 2.78]),
    "ct/neurolabusc-dcm_qa_ct__philips_axial_5mm": ([512, 512, 28], [0.4511719, 0.4511719, 5]),
    "ct/QIICR-dcmqi__ct_3slice": ([512, 512, 3], [0.810547, 0.810547, 1]),
    "ct/pydicom-data__enhanced_ct": ([512, 512, 2], [0.388672, 0.388672, 10]),
    "rt/pymedphys__raystation_wedge_dose": ([75, 130, 60], [2, 2, 2]),
}
for where, (size, spacing) in facts.items():
    s = json.loads(tare("inspect", data / where, "--json").stdout)["series"][0]
    need(s["size"] == size, f"{where}: {s['size']}")
    need(all(abs(a - b) < 1e-4 for a, b in zip(s["spacing_mm"], spacing)), f"{where}: {s['spacing_mm']}")
nema = json.loads(tare("inspect", data / "pet/gschramm-pynemaiqpet__nema_recon_1", "--json").stdout)
need(set(nema["series"][0]["needs"]) == {"units", "times", "radionuclide"}, f"NEMA {nema}")

# What cannot serve is described all the same, by its header; a bare data set is not lost.
slice_ = json.loads(tare("inspect", data / "pet/orthanc-tests__siemens_mCT_slice", "--json").stdout)["series"][0]
for key, want in (("usable_as", None), ("size", [200, 200, 1]), ("spacing_mm", [4.07283, 4.07283]),
                  ("header_units", "BQML"), ("radionuclide", "F-18"), ("decay_correction", "START"),
                  ("header_orientation", [1, 0, 0, 0, 1, 0]), ("acquired", "2019-11-13T11:16:24")):
    need(slice_[key] == want, f"one slice of a PET: {key} is {slice_[key]}")
for where in "rt/pymedphys__monaco_rtstruct", "rt/pydicom__rt_small":
    found = json.loads(tare("inspect", data / where, "--json").stdout)["series"]
    need(any("made one by dcmconv" in str(s["reason"]) for s in found), f"{where}: {found}")

# Hostile files, one by one: described as not usable, or one line and exit 3; never a crash.
for f in sorted((data / "hostile").rglob("*")):
    if not f.is_file():
        continue
    p = tare("inspect", f, "--json", want=None)
    if p.returncode == 0:
        got = [s["usable_as"] for s in json.loads(p.stdout)["series"]]
        need(set(got) <= {NONE}, f"{f.name}: {got}")
        count.update(map(str, got))
    else:
        refused(3, [], "inspect", f, "--json")
    check_privacy(f.parent, p.stdout + p.stderr)
print(dict(count))
