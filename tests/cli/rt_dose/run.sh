# `tare dvh` on RTDOSE and RTSTRUCT of another program, against its facts and its own DVH.
exec /usr/bin/python3 "$CASE/check.py"
