# fixture: phantom
# The shunt of the synthetic patient from SPECT/CT; planar views made here, in DICOM and NIfTI.
exec python3 "$CASE/check.py"
