package shell

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
)

// order is what the supervisor is told, once. Arguments and paths are bytes,
// which JSON text would change where they are no UTF-8.
type order struct {
	Path     []byte   `json:"path"`
	Args     [][]byte `json:"args"` // with the program's name first
	Dir      []byte   `json:"dir"`
	Env      [][]byte `json:"env"`
	Terminal bool     `json:"terminal"`
}

func bytesOf(list []string) [][]byte {
	out := make([][]byte, len(list))
	for i, s := range list {
		out[i] = []byte(s)
	}
	return out
}

func textsOf(list [][]byte) []string {
	out := make([]string, len(list))
	for i, b := range list {
		out[i] = string(b)
	}
	return out
}

// report is what the supervisor says: first that the program runs or why not,
// and at the end how it ended, when nothing of it is left.
type report struct {
	Failed string `json:"failed,omitempty"` // "folder" or "start"
	Reason string `json:"reason,omitempty"` // for the log
	Code   int    `json:"code"`
	Signal int    `json:"signal,omitempty"`
}

// send writes one value with its length before it.
func send(w io.Writer, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	_, err = w.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(data))), data...))
	return err
}

// receive reads what send wrote.
func receive(r io.Reader, into any) error {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return err
	}
	length := binary.BigEndian.Uint32(head[:])
	if length > maxSpecLength {
		return errors.New("a message between Alcove and its supervisor is too long")
	}
	data := make([]byte, length)
	if _, err := io.ReadFull(r, data); err != nil {
		return err
	}
	return json.Unmarshal(data, into)
}
