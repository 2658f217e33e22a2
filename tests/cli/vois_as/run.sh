# VOIs as SEG, RTSTRUCT and .seg.nrrd: valid, equal to vois.nii.gz, and read back equal.
# fixture: phantom
exec /usr/bin/python3 "$CASE/check.py"
