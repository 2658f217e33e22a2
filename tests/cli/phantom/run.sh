# The synthetic patient: whole, the same again, pseudonymous, valid, equal in DICOM and NIfTI.
# labels: slow
# fixture: phantom
cp -r "$PHANTOM" a # seed 1, two threads
for f in truth.json case-plan.json case-verify.json dicom/rtstruct.dcm dicom/spect/spect.dcm \
    nifti/spect.nii.gz nifti/ct.nii.gz nifti/pet.nii.gz nifti/pet.json nifti/voi_T1.nii.gz; do
    test -s a/$f
done

# Same seed, other thread count: same bytes. Another seed with noise and breathing: others.
"$TARE" phantom --seed 1 --out b --threads 1 >summary
grep -q "case-plan.json" summary
(cd a && find . -type f | sort | xargs sha256sum) >a.sums
(cd b && find . -type f | sort | xargs sha256sum) >b.sums
cmp a.sums b.sums
"$TARE" phantom --seed 6 --noise --blur-mm 12 --out b --overwrite >/dev/null
! cmp -s a/dicom/spect/spect.dcm b/dicom/spect/spect.dcm
! cmp -s a/dicom/pet/pet_0040.dcm b/dicom/pet/pet_0040.dcm
(cd b && find . -type f | sort) >b.names
(cd a && find . -type f | sort) | cmp - b.names # nothing left, nothing missing

# Refusals: one line, exit 2, nothing written.
rc=0; "$TARE" phantom --seed 1 --out a 2>message || rc=$?
test $rc -eq 2 && test "$(wc -l <message)" -eq 1
rc=0; "$TARE" phantom --preset large --out c 2>message || rc=$?
test $rc -eq 2 && grep -q small message && test ! -e c
: >file
rc=0; "$TARE" phantom --out file/below 2>message || rc=$?
test $rc -eq 4 && test "$(wc -l <message)" -eq 1

/usr/bin/python3 "$CASE/check.py" a b

# Slices of a series differ in numbers only: every fifth is examined.
if command -v dciodvfy >/dev/null; then
    find a/dicom b/dicom/spect b/dicom/rtstruct.dcm -name '*[18].dcm' -o -name '[rs]*.dcm' |
        while read -r f; do
            dciodvfy "$f" 2>&1 | grep -i '^error' && { echo "$f is not accepted"; exit 1; } || :
        done
fi
