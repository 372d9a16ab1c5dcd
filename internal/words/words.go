// Package words turns bytes into words a person can read aloud, and back.
//
// The list is the EFF long word list (7,776 words), which the diceware module
// carries. Three things use it: a publisher's fingerprint, the recovery kit
// and suggested passphrases.
package words

import (
	"crypto/rand"
	"fmt"
	"math/big"
	"strings"
	"sync"

	"github.com/sethvargo/go-diceware/diceware"
)

// Count is the number of words in the list, 6^5.
const Count = 7776

type table struct {
	words []string
	index map[string]int
}

var load = sync.OnceValue(func() table {
	list := diceware.WordListEffLarge()
	t := table{words: make([]string, Count), index: make(map[string]int, Count)}
	for i := range Count {
		word := list.WordAt(roll(i))
		t.words[i] = word
		t.index[word] = i
	}
	return t
})

// roll is the five dice, as decimal digits, that stand for index i.
func roll(i int) int {
	digits, factor := 0, 1
	for range 5 {
		digits += (i%6 + 1) * factor
		i /= 6
		factor *= 10
	}
	return digits
}

// Encode writes the big-endian number in b as n words, most significant word
// first. It panics if the number does not fit, which a caller rules out by the
// sizes it chooses.
func Encode(b []byte, n int) []string {
	t := load()
	value, base, digit := new(big.Int).SetBytes(b), big.NewInt(Count), new(big.Int)
	out := make([]string, n)
	for i := n - 1; i >= 0; i-- {
		value.DivMod(value, base, digit)
		out[i] = t.words[digit.Int64()]
	}
	if value.Sign() != 0 {
		panic("words: number does not fit")
	}
	return out
}

// Decode is the inverse of Encode: the number the words stand for, big-endian
// in size bytes. Case and surrounding space do not matter.
func Decode(list []string, size int) ([]byte, error) {
	t := load()
	value, base := new(big.Int), big.NewInt(Count)
	for i, word := range list {
		index, ok := t.index[strings.ToLower(strings.TrimSpace(word))]
		if !ok {
			return nil, fmt.Errorf("word %d is not in the word list", i+1)
		}
		value.Mul(value, base).Add(value, big.NewInt(int64(index)))
	}
	if value.BitLen() > size*8 {
		return nil, fmt.Errorf("words stand for more than %d bytes", size)
	}
	return value.FillBytes(make([]byte, size)), nil
}

// Random returns n words chosen uniformly with the system's random source.
func Random(n int) []string {
	t := load()
	out := make([]string, n)
	for i := range out {
		// The error is nil by documentation: crypto/rand never fails.
		k, err := rand.Int(rand.Reader, big.NewInt(Count))
		if err != nil {
			panic(err)
		}
		out[i] = t.words[k.Int64()]
	}
	return out
}
