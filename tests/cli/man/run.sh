# Every command has a manual page that names each of its options, and the completion script is
# one that bash can read and that offers them.
"$TARE" --help | awk '/^  [a-z]+  / { print $1 }' >commands
[ "$(wc -l <commands)" -ge 16 ]
"$TARE" --man >tare.1
"$TARE" --completion bash >tare.bash
bash -n tare.bash
while read -r command; do
    "$TARE" "$command" --man >page
    head -n 1 page | grep -q '^\.TH "TARE' || { echo "$command: no .TH line"; exit 1; }
    grep -q "tare.-$command" tare.1 || { echo "tare.1 does not list $command"; exit 1; }
    "$TARE" "$command" --help | sed -n 's/^  --\([a-z0-9-]*\).*/\1/p' >options
    while read -r option; do
        roff=$(printf '%s' "$option" | sed 's/-/\\\\-/g')
        grep -q "\\\\-\\\\-$roff" page || { echo "$command: page lacks --$option"; exit 1; }
        grep -q -- "--$option" tare.bash || { echo "completion lacks --$option"; exit 1; }
    done <options
done <commands
# What completion offers for the first word.
bash -c '. ./tare.bash; COMP_WORDS=(tare sc); COMP_CWORD=1; _tare; [ "${COMPREPLY[*]}" = scenarios ]'
