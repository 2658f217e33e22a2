# A scanner's own calibration of CT numbers, and what the result says of rays and parts of voxels.
# labels: slow
# fixture: phantom
exec /usr/bin/python3 "$CASE/check.py"
