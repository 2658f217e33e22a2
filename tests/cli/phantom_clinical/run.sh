# The synthetic patient in a clinic's size against its truth; see phantom_truth.
# labels: slow
# timeout: 600
"$TARE" phantom --preset clinical --out patient >/dev/null
exec /usr/bin/python3 "$CASE/../phantom_truth/check.py" patient
