package main

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// secrets are made on the first run and kept, readable by their owner only.
type secrets struct {
	ARIPassword string `json:"ari_password"`
	CallerKey   []byte `json:"caller_key"` // turns numbers into caller keys; changing it unlinks old callers from new
}

func loadSecrets(s Settings) (secrets, error) {
	var k secrets
	path := s.path("secrets")
	b, err := os.ReadFile(path)
	switch {
	case err == nil:
		if err := json.Unmarshal(b, &k); err != nil {
			return k, fmt.Errorf("%s is damaged; restore it, or delete it and old callers are no longer recognised: %w", path, err)
		}
	case errors.Is(err, fs.ErrNotExist):
		k = secrets{ARIPassword: password(24), CallerKey: random(32)}
		b, _ := json.Marshal(k)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			return k, err
		}
	default:
		return k, err
	}
	if s.ARIPassword != "" {
		k.ARIPassword = s.ARIPassword
	}
	return k, nil
}

// deviceKey signs the cookies of devices on which somebody has signed in.
func (k secrets) deviceKey() []byte {
	m := hmac.New(sha256.New, k.CallerKey)
	m.Write([]byte("devices"))
	return m.Sum(nil)
}

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails (crypto/rand)
	return b
}

// password returns a random password of n characters, 6 bits each.
func password(n int) string {
	return base64.RawURLEncoding.EncodeToString(random(n))[:n]
}
