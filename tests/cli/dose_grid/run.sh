# The dose on the grid of the activity, on that of the CT and at a spacing of choice.
# labels: slow
# fixture: phantom
/usr/bin/python3 "$CASE/check.py" "$PHANTOM"
