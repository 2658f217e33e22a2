# Verifies a real patient from Y-90 PET and contours; numbers of testdata/clinical/README.md.
# labels: slow
exec /usr/bin/python3 "$CASE/check.py"
