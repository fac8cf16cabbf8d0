package backup

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"

	"presszero/internal/settings"
)

// Recipients reads public keys of age: one itself (age1…), or a file of them.
func Recipients(text string) ([]age.Recipient, error) {
	if b, err := os.ReadFile(text); err == nil {
		text = string(b)
	}
	list, err := age.ParseRecipients(strings.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("no public key of age, nor a file of them (age-keygen makes one): %w", err)
	}
	return list, nil
}

// Identities reads a file of secret keys of age.
func Identities(path string) ([]age.Identity, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("the key of the secrets cannot be read: %w", err)
	}
	defer f.Close()
	list, err := age.ParseIdentities(f)
	if err != nil {
		return nil, fmt.Errorf("%s has no secret key of age: %w", path, err)
	}
	return list, nil
}

// seal writes the secrets, as one tar encrypted to the recipients.
func seal(ctx context.Context, c *copier, s settings.Settings, to []age.Recipient) error {
	return c.write(ctx, secretsFile, 0o600, func(w io.Writer) error {
		closed, err := age.Encrypt(w, to...)
		if err != nil {
			return err
		}
		t := tar.NewWriter(closed)
		for _, p := range parts {
			if p.fate == secret {
				err = errors.Join(err, addTo(t, s.Path(p.name), filepath.Join(stateFolder, p.name)))
			}
		}
		for name, path := range map[string]string{"tls/cert.pem": s.TLSCert, "tls/key.pem": s.TLSKey} {
			if path != "" {
				err = errors.Join(err, addTo(t, path, filepath.Join(setFolder, name)))
			}
		}
		return errors.Join(err, t.Close(), closed.Close())
	}, nil)
}

// addTo adds the regular files of a file or folder; one that is not there is none.
func addTo(t *tar.Writer, from, name string) error {
	return filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if err := t.WriteHeader(&tar.Header{Name: filepath.ToSlash(filepath.Join(name, rel)), Mode: 0o600, Size: int64(len(text))}); err != nil {
			return err
		}
		_, err = t.Write(text)
		return err
	})
}

// unseal gives every secret to put.
func unseal(file string, keys []age.Identity, put func(name string, text []byte) error) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	opened, err := age.Decrypt(f, keys...)
	if err != nil {
		return fmt.Errorf("the secrets cannot be opened with this key: %w", err)
	}
	t := tar.NewReader(opened)
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("the secrets are damaged: %w", err)
		}
		text, err := io.ReadAll(t)
		if err != nil {
			return fmt.Errorf("the secrets are damaged: %w", err)
		}
		if err := put(h.Name, text); err != nil {
			return err
		}
	}
}
