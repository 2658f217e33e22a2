# A cohort: bad rows beside good ones, resumed after an end by force, only what is missing is done.
exec /usr/bin/python3 "$CASE/check.py"
