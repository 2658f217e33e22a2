# `tare register` and `--transform`: against plastimatch, against moved files, and what is refused.
# timeout: 600
# fixture: phantom
exec /usr/bin/python3 "$CASE/check.py"
