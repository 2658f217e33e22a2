# `tare report` renders a result folder again; the page needs nothing else and knows nothing more.
# fixture: phantom
exec /usr/bin/python3 "$CASE/check.py"
