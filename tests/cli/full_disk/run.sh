# A disk that fills up or cannot be written: exit 4, one line, no file under its final name.
exec /usr/bin/python3 "$CASE/check.py" plan dose dvh compare
