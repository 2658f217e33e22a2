# Rows V and G of the threat model that only a whole run can answer: what is left out, refused, told.
# fixture: phantom
exec /usr/bin/python3 "$CASE/check.py"
