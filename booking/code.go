package booking

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"
	"time"
)

// Six digits are mailed where a link would have to be typed. A code is good for a while and a few tries, and each reference
// and each address is sent a bounded number per hour, so that guessing is hopeless and nobody's box is filled.
const (
	CodeLife       = 30 * time.Minute
	codeTries      = 5
	codesPerHour   = 5 // to one appointment and purpose
	proofsPerHour  = 5 // to one address
	proofPurpose   = "proof/"
	findPurpose    = "find/"
	addressPurpose = "to/"
)

// code is what is known of the codes for one purpose: the last one, and when those of the last hour were made.
type code struct {
	Digest string    // SHA-256 of key and code, in hexadecimal; "": there is none
	Until  time.Time // the code is good before
	Tries  int       // left
	Made   []time.Time
}

// fingerprint is the SHA-256 of a secret where text is needed.
func fingerprint(secret string) string { return hex.EncodeToString([]byte(digest(secret))) }

// mayMake counts one more in the hour that ends now, unless there have been most.
func (c *code) mayMake(most int, now time.Time) bool {
	if c.recent(now) >= most {
		return false
	}
	c.Made = append(c.Made, now)
	return true
}

// recent drops what is older than an hour from the count, and returns the rest of it.
func (c *code) recent(now time.Time) int {
	c.Made = slices.DeleteFunc(c.Made, func(at time.Time) bool { return now.Sub(at) >= time.Hour })
	return len(c.Made)
}

// newCode makes a code for a purpose and an id in place of an earlier one, or "" when there were enough this hour.
func (t *tx) newCode(purpose, id string) (string, error) {
	var c code
	if _, err := t.getJSON(codes, purpose+id, &c); err != nil {
		return "", err
	}
	if !c.mayMake(codesPerHour, t.now) {
		return "", nil
	}
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return "", fmt.Errorf("make code: %w", err)
	}
	digits := fmt.Sprintf("%06d", n)
	c.Digest, c.Until, c.Tries = fingerprint(purpose+id+" "+digits), t.now.Add(CodeLife), codeTries
	t.putJSON(codes, purpose+id, c)
	return digits, nil
}

// tryCode reports whether this is the code that is good now; a wrong one costs a try. The caller commits either way.
func (t *tx) tryCode(purpose, id, digits string) (bool, error) {
	var c code
	if _, err := t.getJSON(codes, purpose+id, &c); err != nil {
		return false, err
	}
	if c.Digest == "" || c.Tries <= 0 || !t.now.Before(c.Until) {
		return false, nil
	}
	if fingerprint(purpose+id+" "+digits) == c.Digest {
		return true, nil
	}
	c.Tries--
	t.putJSON(codes, purpose+id, c)
	return false, nil
}

// spendCode ends a code; how many were made stays counted.
func (t *tx) spendCode(purpose, id string) error {
	var c code
	found, err := t.getJSON(codes, purpose+id, &c)
	if found {
		c.Digest = ""
		t.putJSON(codes, purpose+id, c)
	}
	return err
}

// mayProve counts a proof sent to an address, and reports false when it was sent enough this hour.
func (t *tx) mayProve(email string) (bool, error) {
	key := addressPurpose + fingerprint(foldEmail(email))
	var c code
	if _, err := t.getJSON(codes, key, &c); err != nil {
		return false, err
	}
	if !c.mayMake(proofsPerHour, t.now) {
		return false, nil
	}
	t.putJSON(codes, key, c)
	return true, nil
}
