package web

import (
	"net/http"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
)

// hashing costs about 25 ms and 19 MiB a password (OWASP's argon2id minimum),
// so that a stolen table is slow to guess and a full shift still signs in
// within seconds.
var hashing = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// Lengths of a password that is set over the API, in letters.
const (
	minPassword = 8
	maxPassword = 128
)

// HashPassword returns the hash of a password, to be stored.
func HashPassword(password string) (string, error) { return argon2id.CreateHash(password, hashing) }

// decoyHash is compared with the password of a sign-in whose name does not exist,
// so that the refusal takes as long as for a name that does. No password matches it.
var decoyHash = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5bm9ib2$" +
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// checkPassword reports whether the password matches; no password matches "".
func checkPassword(password, hash string) bool {
	if len(password) > 4*maxPassword {
		return false
	}
	known := hash != ""
	if !known {
		hash = decoyHash
	}
	match, err := argon2id.ComparePasswordAndHash(password, hash)
	return err == nil && match && known
}

func checkPasswordLength(password string) error {
	if n := utf8.RuneCountInString(password); n < minPassword || n > maxPassword {
		return refuse(http.StatusUnprocessableEntity, "A password has %d to %d letters; this one has %d.", minPassword, maxPassword, n)
	}
	return nil
}
