package sql

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"

	"presszero/call"
)

var (
	phoneNumber = regexp.MustCompile(`^[-+0-9 ()./]*$`)
	notDialled  = regexp.MustCompile(`[^+0-9]`)
	// isKey is what stands in the place of a number that is kept no more.
	isKey = regexp.MustCompile(`^~[0-9a-f]{32}$`)
)

// callerNumber is a claimed number as it is compared. The function
// caller_number in the database does the same.
func callerNumber(claimed string) string {
	if !phoneNumber.MatchString(claimed) {
		return claimed
	}
	n := notDialled.ReplaceAllString(claimed, "")
	if rest, ok := strings.CutPrefix(n, "00"); ok {
		n = "+" + rest
	}
	return n
}

// CallerKey returns what the reports have as caller_key for a claimed number,
// or "" when it is withheld: a caller who calls again is known without the number.
func CallerKey(key []byte, claimed string) string {
	if call.Withheld(claimed) || len(key) == 0 {
		return ""
	}
	if isKey.MatchString(claimed) {
		return claimed[1:]
	}
	m := hmac.New(sha256.New, key)
	m.Write([]byte(callerNumber(claimed)))
	return hex.EncodeToString(m.Sum(nil))[:32]
}

// hmacPads returns the key in the two forms that HMAC needs (RFC 2104 section 2),
// so that Postgres can compute it, or nils when there is no key.
func hmacPads(key []byte) (inner, outer []byte) {
	if len(key) == 0 {
		return nil, nil
	}
	if len(key) > sha256.BlockSize {
		sum := sha256.Sum256(key)
		key = sum[:]
	}
	inner, outer = make([]byte, sha256.BlockSize), make([]byte, sha256.BlockSize)
	copy(inner, key)
	copy(outer, key)
	for i := range inner {
		inner[i] ^= 0x36
		outer[i] ^= 0x5c
	}
	return inner, outer
}
