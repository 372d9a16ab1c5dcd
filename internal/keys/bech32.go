package keys

// ageSecretKey is the text form of an age X25519 identity: BIP 173's Bech32 of
// the 32 bytes with the prefix "AGE-SECRET-KEY-", in upper case. age can print
// one only for an identity that it made itself.
func ageSecretKey(secret []byte) string {
	const prefix = "AGE-SECRET-KEY-"
	const alphabet = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"
	digits := base32Digits(secret)
	check := bech32Checksum("age-secret-key-", digits)
	out := make([]byte, 0, len(prefix)+1+len(digits)+len(check))
	out = append(append(out, prefix...), '1')
	for _, d := range append(digits, check...) {
		out = append(out, alphabet[d])
	}
	return string(out)
}

// base32Digits regroups bytes into 5-bit digits, padded with zero bits.
func base32Digits(data []byte) []byte {
	out := make([]byte, 0, (len(data)*8+4)/5+6)
	var pending uint32
	var bits uint
	for _, b := range data {
		pending = pending<<8 | uint32(b)
		bits += 8
		for bits >= 5 {
			bits -= 5
			out = append(out, byte(pending>>bits)&31)
		}
	}
	if bits > 0 {
		out = append(out, byte(pending<<(5-bits))&31)
	}
	return out
}

func bech32Checksum(prefix string, digits []byte) []byte {
	values := make([]byte, 0, 2*len(prefix)+1+len(digits)+6)
	for _, c := range []byte(prefix) {
		values = append(values, c>>5)
	}
	values = append(values, 0)
	for _, c := range []byte(prefix) {
		values = append(values, c&31)
	}
	values = append(append(values, digits...), 0, 0, 0, 0, 0, 0)
	sum := uint32(1)
	for _, v := range values {
		top := sum >> 25
		sum = sum&0x1ffffff<<5 ^ uint32(v)
		for i, generator := range [5]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
			if top>>i&1 == 1 {
				sum ^= generator
			}
		}
	}
	sum ^= 1
	out := make([]byte, 6)
	for i := range out {
		out[i] = byte(sum>>(5*(5-i))) & 31
	}
	return out
}
