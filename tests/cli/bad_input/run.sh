# Input that cannot be used: the exit status, one line that names what is wrong, nothing left.
# fixture: phantom
exec /usr/bin/python3 "$CASE/check.py"
