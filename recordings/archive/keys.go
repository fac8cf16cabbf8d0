package archive

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"filippo.io/age"

	"presszero/internal/atomicfile"
)

// Keys are a folder of age's own files (age-encryption.org/v1), which its command
// line tool reads too:
//
//	recipients          public; new things are encrypted to all of them: the server, the recovery key
//	identities/*.key    secret; of the server, the older ones too, with which older things open
//	recovery.key        secret; is to be taken off the machine, and opens everything
//
// Whoever writes needs recipients alone. They are X25519 keys: an attacker who keeps
// the bodies for a quantum computer has not got the headers.
type Keys struct{ Dir string }

// MakeKeys returns the keys of a folder, and makes them when there are none. made is
// true then. Keys of which half is missing are not made anew: ErrKeys.
func MakeKeys(dir string, now time.Time) (k Keys, made bool, err error) {
	k = Keys{dir}
	if _, err := k.recipients(); !errors.Is(err, fs.ErrNotExist) {
		return k, false, err
	}
	if old, _ := k.identityFiles(); len(old) > 0 {
		return k, false, fmt.Errorf("%w: %s is missing, though there are keys of earlier recordings beside it; restore it from a backup", ErrKeys, filepath.Join(dir, "recipients"))
	}
	if err := os.MkdirAll(filepath.Join(dir, "identities"), 0o700); err != nil {
		return k, false, err
	}
	recovery, err := age.GenerateX25519Identity()
	if err != nil {
		return k, false, err
	}
	if err := writeIdentity(k.RecoveryFile(), recovery, now); err != nil {
		return k, false, err
	}
	server, err := k.newServerKey(now)
	if err != nil {
		return k, false, err
	}
	return k, true, k.setRecipients(server, recovery.Recipient().String())
}

// ErrKeys is told when the keys cannot be used; the sentence says which and why.
var ErrKeys = errors.New("the keys of the archive are not whole")

// RecoveryFile is where the recovery key is until somebody takes it away.
func (k Keys) RecoveryFile() string { return filepath.Join(k.Dir, "recovery.key") }

// RecoveryHere reports whether the recovery key is still on this machine, where it
// goes down with the server's.
func (k Keys) RecoveryHere() bool {
	_, err := os.Stat(k.RecoveryFile())
	return err == nil
}

// Fingerprint names the key of the server to which new things are encrypted.
func (k Keys) Fingerprint() (string, error) {
	now, err := k.inForce()
	return now.Server, err
}

// Fingerprint is the short name of a public key: 16 hexadecimal digits of its SHA-256.
func Fingerprint(recipient string) string {
	sum := sha256.Sum256([]byte(recipient))
	return hex.EncodeToString(sum[:8])
}

// Rotate makes a new key of the server. What is kept from now on is encrypted to it;
// the older keys stay, for what they open: until all of that is gone, or has new headers
// (Archive.Rekey).
func (k Keys) Rotate(now time.Time) (fingerprint string, err error) {
	list, err := k.recipients()
	if err != nil {
		return "", err
	}
	server, err := k.newServerKey(now)
	if err != nil {
		return "", err
	}
	return Fingerprint(server), k.setRecipients(server, list[1])
}

// SetRecovery has what is kept from now on encrypted to another recovery key, whose
// secret half was made elsewhere and is not known here: recipient is its public half,
// age1….
func (k Keys) SetRecovery(recipient string) error {
	recipient = strings.TrimSpace(recipient)
	if _, err := age.ParseX25519Recipient(recipient); err != nil {
		return fmt.Errorf("%q is no public key of age; write the one that age-keygen has printed, age1…: %w", recipient, err)
	}
	list, err := k.recipients()
	if err != nil {
		return err
	}
	if recipient == list[0] {
		return errors.New("this is the key of the server; the recovery key must be another one, kept elsewhere")
	}
	return k.setRecipients(list[0], recipient)
}

// Missing names the key of the server to which things are encrypted and that is not in
// identities: what is written now can be opened by the recovery key alone. "": none is.
func (k Keys) Missing() (fingerprint string, err error) {
	list, err := k.recipients()
	if err != nil {
		return "", err
	}
	identities, err := k.Identities()
	if err != nil {
		return "", err
	}
	if slices.ContainsFunc(identities, func(i age.Identity) bool {
		own, ok := i.(*age.X25519Identity)
		return ok && own.Recipient().String() == list[0]
	}) {
		return "", nil
	}
	return Fingerprint(list[0]), nil
}

// Identities reads the secret keys of the server. None is no error: nothing can be
// opened then, and all the same written.
func (k Keys) Identities() ([]age.Identity, error) {
	files, err := k.identityFiles()
	if err != nil {
		return nil, err
	}
	var all []age.Identity
	for _, file := range slices.Backward(files) { // the newest opens most
		some, err := ReadIdentities(file)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// ReadIdentities reads a file of secret keys, as age-keygen writes it.
func ReadIdentities(file string) ([]age.Identity, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	some, err := age.ParseIdentities(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrKeys, file, err)
	}
	return some, nil
}

func (k Keys) identityFiles() ([]string, error) {
	return filepath.Glob(filepath.Join(k.Dir, "identities", "*.key"))
}

// newServerKey makes a key of the server and returns its public half.
func (k Keys) newServerKey(now time.Time) (string, error) {
	server, err := age.GenerateX25519Identity()
	if err != nil {
		return "", err
	}
	name := now.UTC().Format("20060102T150405Z-") + Fingerprint(server.Recipient().String()) + ".key"
	return server.Recipient().String(), writeIdentity(filepath.Join(k.Dir, "identities", name), server, now)
}

func writeIdentity(file string, i *age.X25519Identity, now time.Time) error {
	return atomicfile.Write(file, fmt.Appendf(nil, "# created: %s\n# public key: %s\n%s\n", now.UTC().Format(time.RFC3339), i.Recipient(), i))
}

// recipients returns the server's public key and the recovery key's. Everything has two:
// one key that is lost must not be the end of all recordings.
func (k Keys) recipients() ([]string, error) {
	file := filepath.Join(k.Dir, "recipients")
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var list []string
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if _, err := age.ParseX25519Recipient(line); err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrKeys, file, err)
		}
		list = append(list, line)
	}
	if len(list) != 2 {
		return nil, fmt.Errorf("%w: %s has %d public keys, not those of the server and of recovery; restore it from a backup", ErrKeys, file, len(list))
	}
	return list, nil
}

func (k Keys) setRecipients(server, recovery string) error {
	return atomicfile.Write(filepath.Join(k.Dir, "recipients"), fmt.Appendf(nil, "# the server's\n%s\n# for recovery\n%s\n", server, recovery))
}

// Recipients are the public keys to which things are encrypted: the server's and that of
// recovery. fs.ErrNotExist; ErrKeys.
func (k Keys) Recipients() ([]age.Recipient, error) {
	now, err := k.inForce()
	return now.to, err
}

// keysInForce are those to which things are encrypted now, and their fingerprints.
type keysInForce struct {
	to               []age.Recipient
	Server, Recovery string
}

func (k Keys) inForce() (now keysInForce, err error) {
	list, err := k.recipients()
	if err != nil {
		return now, err
	}
	for _, text := range list {
		r, err := age.ParseX25519Recipient(text)
		if err != nil {
			return now, err
		}
		now.to = append(now.to, r)
	}
	now.Server, now.Recovery = Fingerprint(list[0]), Fingerprint(list[1])
	return now, nil
}

// opens reports whether an entry is for these two keys, and for no others.
func (now keysInForce) opens(e Entry) bool {
	return e.Key == now.Server && e.Recovery == now.Recovery
}
