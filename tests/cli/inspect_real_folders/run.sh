# What `tare inspect` says about real folders, and that it names no patient.
[ -d "$SHARED/testdata" ] || exit 77
data=$SHARED/testdata

"$TARE" inspect "$data/nm/glpoli-NMQC__jaszczak_recon" >out.txt
grep -q '^spect: NM, 128 x 128 x 45, 4.13 x 4.13 x 4.13 mm, 1 file, counts, Tc-99m' out.txt

"$TARE" inspect "$data/rt/plastimatch-synth__sphere_A" --json >out.json
grep -q '"usable_as": "ct"' out.json
grep -q '"usable_as": "rtstruct"' out.json
grep -q '"usable_as": "rtdose"' out.json
grep -q '"Foreground"' out.json

# Names, numbers and UIDs of patients never appear.
for folder in nm ct pet rt seg hostile; do
    "$TARE" inspect "$data/$folder" --json >all.json
    "$TARE" inspect "$data/$folder" >all.txt
    for secret in CONTROL SYNTH SYN01 JANCT000 99000 Archibald 77654033 "$data"; do
        if grep -q "$secret" all.json all.txt; then
            echo "$folder: shows $secret"
            exit 1
        fi
    done
done

# A single file that is none of the formats: one line on standard error, exit 3.
echo text >notes.dcm
status=0
"$TARE" inspect notes.dcm >out.txt 2>err.txt || status=$?
[ "$status" = 3 ]
[ "$(wc -l <err.txt)" = 1 ]
grep -q 'notes.dcm' err.txt
[ ! -s out.txt ]

status=0
"$TARE" inspect >out.txt 2>err.txt || status=$?
[ "$status" = 2 ]
