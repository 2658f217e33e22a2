# Names, numbers and birth dates of patients, and names of files and folders, in no output.
# labels: slow
# fixture: phantom
exec /usr/bin/python3 "$CASE/check.py"
