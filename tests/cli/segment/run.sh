# VOIs made from the synthetic patient's images against its truth; refusals; the way into a dose.
# fixture: phantom
exec /usr/bin/python3 "$CASE/check.py"
