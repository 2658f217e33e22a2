# One patient as DICOM, NIfTI and NRRD: images give one dose; contours and masks one volume.
# labels: slow
# fixture: phantom
exec /usr/bin/python3 "$CASE/check.py"
