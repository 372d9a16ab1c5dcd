package vault

import "time"

// maxDelay bounds the pause after wrong passphrases. There is no lock-out:
// whoever owns the vault can always try again, and the recovery kit, which
// cannot be guessed, is never delayed.
const maxDelay = 30 * time.Second

// delay is the pause after n wrong passphrases in a row: 0, 0, 1, 2, 4, … 30 s.
func delay(n int) time.Duration {
	if n < 3 {
		return 0
	}
	if n > 8 {
		return maxDelay
	}
	return min(time.Second<<(n-3), maxDelay)
}

// guesses counts the wrong passphrases for one vault.
type guesses struct {
	wrong int
	until time.Time
}

func (g *guesses) wait(now time.Time) time.Duration { return max(0, g.until.Sub(now)) }

func (g *guesses) missed(now time.Time) {
	g.wrong++
	g.until = now.Add(delay(g.wrong))
}
