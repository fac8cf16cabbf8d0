package settings

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"presszero/internal/atomicfile"
)

// Secrets are made on the first run and kept twice, readable by their owner
// only: a damaged file must not keep the centre from starting.
type Secrets struct {
	ARIPassword string `json:"ari_password"`
	CallerKey   []byte `json:"caller_key"` // turns numbers into caller keys; changing it unlinks old callers from new

	Trouble []string `json:"-"` // what is wrong with the files
}

// LoadSecrets reads the secrets of the state folder, and makes them on the first run.
// It is an error only if new ones cannot be kept; what is wrong with the files is in
// Trouble.
func LoadSecrets(s Settings) (Secrets, error) {
	path, spare := s.Path("secrets"), s.Path("secrets.copy")
	k, err := readSecrets(path)
	copied, errCopy := readSecrets(spare)
	first := errors.Is(err, fs.ErrNotExist) && errors.Is(errCopy, fs.ErrNotExist)
	switch {
	case err == nil:
	case errCopy == nil:
		k = copied
	default:
		k = Secrets{ARIPassword: RandomPassword(24), CallerKey: random(32)}
	}
	text, _ := json.Marshal(k)
	for file, had := range map[string]error{path: err, spare: errCopy} {
		if had == nil {
			continue
		}
		if !errors.Is(had, fs.ErrNotExist) {
			slog.Error("a file of secrets is damaged; its copy is used, or new secrets are made", "file", file, "err", had)
			_ = os.Rename(file, fmt.Sprintf("%s.damaged-%d", file, time.Now().Unix()))
		}
		switch err := atomicfile.Write(file, text); {
		case err != nil && first:
			return k, fmt.Errorf("the secrets cannot be kept: %w", err)
		case err != nil:
			k.Trouble = append(k.Trouble, fmt.Sprintf("the secrets cannot be saved, and a restart may miss them; look whether the disk is full: %s", err))
		}
	}
	damaged, _ := filepath.Glob(s.Path("secrets*.damaged-*"))
	for _, file := range damaged {
		k.Trouble = append(k.Trouble, fmt.Sprintf("a file of secrets was damaged and has been replaced by its copy, or where that was damaged too by new secrets, with which earlier callers are not recognised: restore %s from a backup if you have one, and remove %s", path, file))
	}
	if s.ARIPassword != "" {
		k.ARIPassword = s.ARIPassword
	}
	return k, nil
}

func readSecrets(path string) (k Secrets, err error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return k, err
	}
	if err := json.Unmarshal(b, &k); err != nil {
		return k, fmt.Errorf("%s: %w", path, err)
	}
	if k.ARIPassword == "" || len(k.CallerKey) == 0 {
		return k, fmt.Errorf("%s is not whole", path)
	}
	return k, nil
}

// DeviceKey signs the cookies of devices on which somebody has signed in.
func (k Secrets) DeviceKey() []byte { return k.derive("devices") }

// WebhookKey is that of which the keys of webhooks are made.
func (k Secrets) WebhookKey() []byte { return k.derive("webhooks") }

func (k Secrets) derive(what string) []byte {
	m := hmac.New(sha256.New, k.CallerKey)
	m.Write([]byte(what))
	return m.Sum(nil)
}

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails (crypto/rand)
	return b
}

// RandomPassword returns a random password of n characters, 6 bits each.
func RandomPassword(n int) string {
	return base64.RawURLEncoding.EncodeToString(random(n))[:n]
}
