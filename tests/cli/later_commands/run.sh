# Commands of a later version explain themselves in full and refuse to run, in one line.
for command in study; do
    "$TARE" "$command" --help >help
    [ "$(wc -l <help)" -ge 15 ] || { echo "$command --help is too short"; exit 1; }
    status=0
    "$TARE" "$command" >out 2>errors || status=$?
    [ "$status" -eq 2 ] || { echo "$command: exit $status, wanted 2"; exit 1; }
    [ "$(wc -l <errors)" -eq 1 ] || { echo "$command: not one line of error"; exit 1; }
    grep -q "comes in a later version" errors
    [ ! -s out ]
done
