package bundle

import (
	"encoding/json"
	"slices"
)

// haexSignatureJSON is the signature file of FormatHaex2, and what Alcove makes
// for a package of FormatHaex1.
type haexSignatureJSON struct {
	Files     []statedFile `json:"files"`
	Format    string       `json:"format"`
	PublicKey string       `json:"publicKey"`
	Signature string       `json:"signature,omitempty"`
}

// readHaex reads the canonical text of a haex signature file and writes it
// again. The statement is nil if it has another form.
func readHaex(text []byte) (*statement, []byte) {
	var s haexSignatureJSON
	if json.Unmarshal(text, &s) != nil {
		return nil, nil
	}
	f, ok := formatOf(s.Format)
	if !ok || f == native {
		return nil, nil
	}
	again, err := canonical(s)
	if err != nil {
		return nil, nil
	}
	signature := s.Signature
	s.Signature = ""
	body, err := canonical(s)
	if err != nil {
		return nil, nil
	}
	return &statement{
		format: f, lineage: s.PublicKey, signer: s.PublicKey, files: s.Files, signature: signature,
		message: slices.Concat([]byte(f.tag+"\n"), body),
	}, again
}

// formatOfFile tells the format of a stored signature file. What says nothing
// that is known is judged as a native one.
func formatOfFile(signature []byte) *format {
	var says struct {
		Format string `json:"format"`
	}
	if json.Unmarshal(signature, &says) == nil {
		if f, ok := formatOf(says.Format); ok {
			return f
		}
	}
	return native
}
