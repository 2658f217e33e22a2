# One SPECT in every transfer syntax that dcmtk and gdcm write: the same dose to the bit; those that
# cannot be read are refused by name, with the remedy.
# fixture: phantom
spect=$PHANTOM/dicom/spect/spect.dcm
command -v dcmcrle >/dev/null && command -v gdcmconv >/dev/null || exit 77

dose() { # FILE
    "$TARE" dose --spect "$1" --dose-engine local --activity-gbq 1 --residual-fraction 0 \
        --lung-shunt-fraction 0 --case-id S --out out --overwrite >text
    gzip -dc out/dose.nii.gz | sha256sum
}
refused() { # FILE TEXT
    status=0
    "$TARE" dose --spect "$1" --activity-gbq 1 --case-id S --out none >text 2>errors || status=$?
    [ "$status" -eq 3 ] && [ "$(wc -l <errors)" -eq 1 ] && grep -q -- "$2" errors || {
        echo "$1: exit $status"
        cat errors
        exit 1
    }
}

want=$(dose "$spect")
dcmconv +ti "$spect" d17_implicit.dcm
dcmconv +tb "$spect" d17_big_endian.dcm
dcmconv +te "$spect" explicit.dcm
dcmconv +td "$spect" deflated.dcm
dcmconv +e +te "$spect" undefined_lengths.dcm
dcmcrle "$spect" rle.dcm
dcmcjpeg +e1 "$spect" d16_jpeg_lossless.dcm
dcmcjpeg +el +sv 6 "$spect" d16_jpeg_lossless_6.dcm
dcmcjpls +el "$spect" d16_jpeg_ls.dcm
gdcmconv --j2k "$spect" d16_jpeg_2000.dcm
for f in *.dcm; do
    got=$(dose "$f")
    [ "$got" = "$want" ] || { echo "$f: another dose"; exit 1; }
    "$TARE" inspect "$f" | grep -q '^spect: NM' || { echo "$f: no SPECT"; exit 1; }
done

# Of the compressed pixels one fragment is cut short, in length and content.
python3 - <<'PY'
raw = open("d16_jpeg_2000.dcm", "rb").read()
at = raw.rindex(b"\xff\x4f\xff\x51")
cut = bytearray(raw[:at + 76])
cut[at - 4:at] = (76).to_bytes(4, "little")
open("d04_cut_codestream.dcm", "wb").write(bytes(cut) + b"\xfe\xff\xdd\xe0\0\0\0\0")
# Transfer syntaxes that nobody reads here, by their identifiers.
plain = open("explicit.dcm", "rb").read()
for name, uid in (("video", b"1.2.840.10008.1.2.4.102"), ("private", b"1.2.276.0.7230010.3")):
    at = plain.index(b"\x02\0\x10\0UI")
    size = int.from_bytes(plain[at + 6:at + 8], "little")
    uid += b"\0" * (len(uid) % 2)
    head = plain[:at + 6] + len(uid).to_bytes(2, "little") + uid
    open(f"d16_{name}.dcm", "wb").write(head + plain[at + 8 + size:])
PY
refused d04_cut_codestream.dcm "JPEG 2000 codestream is cut off"
refused d16_video.dcm "pixels are not compressed, in the transfer syntax MPEG4"
refused d16_private.dcm "transfer syntax 1.2.276.0.7230010.3 (0002,0010) is not known"
