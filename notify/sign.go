package notify

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Keys makes the keys with which webhooks are signed, from a secret of the house: they
// are in no database, and shown once.
type Keys []byte

// Key returns the nth key of a subscription, 32 bytes.
func (k Keys) Key(subscription string, n int) []byte {
	m := hmac.New(sha256.New, k)
	fmt.Fprintf(m, "webhook %s %d", subscription, n)
	return m.Sum(nil)
}

// Written is a key as the libraries of Standard Webhooks take it.
func Written(key []byte) string { return "whsec_" + base64.StdEncoding.EncodeToString(key) }

// sign returns the header webhook-signature: one signature for each key, with blanks
// between (Standard Webhooks 1.0, "Signature scheme").
func sign(id string, at time.Time, body []byte, keys ...[]byte) string {
	var all []string
	for _, key := range keys {
		m := hmac.New(sha256.New, key)
		m.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "."))
		m.Write(body)
		all = append(all, "v1,"+base64.StdEncoding.EncodeToString(m.Sum(nil)))
	}
	return strings.Join(all, " ")
}

// safeID is the id of a notice with nothing in it that an id of a webhook or a mail may
// not have. In what is signed, dots separate the id from the rest.
func safeID(id string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_", r)
	}
	if id != "" && len(id) <= 128 && strings.IndexFunc(id, func(r rune) bool { return !plain(r) }) < 0 {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return "n-" + base64.RawURLEncoding.EncodeToString(sum[:])
}
