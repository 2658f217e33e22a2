# One result for any number of threads: doses, VOIs and DVH to the bit, numbers to the digit.
# labels: slow
# fixture: phantom
exec /usr/bin/python3 "$CASE/check.py"
