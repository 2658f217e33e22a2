# Plans a real patient from MAA SPECT and contours; numbers of testdata/clinical/README.md.
# labels: slow
exec /usr/bin/python3 "$CASE/check.py"
