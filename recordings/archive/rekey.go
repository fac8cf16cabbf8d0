package archive

import (
	"bytes"
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"filippo.io/age"
)

// Rekeyed counts what Rekey has done.
type Rekeyed struct {
	Done   int      // entries whose headers are new
	Before int      // entries that were for the keys in force
	Locked []string // ids that none of the keys opens; they are as they were
}

// Rekeying is what Rekey is about to do.
type Rekeying struct {
	Entries int      // that are for other keys than those in force
	From    []string // fingerprints of these keys, as far as the entries name them
	To      []string // of those in force: the server's and that of recovery
}

// Rekeying tells what Rekey would do now. An entry that cannot be read is not counted;
// Rekey tells of it.
func (a *Archive) Rekeying(ctx context.Context) (r Rekeying, err error) {
	now, err := a.Keys.inForce()
	if err != nil {
		return r, err
	}
	r.To = []string{now.Server, now.Recovery}
	for e, unread := range a.Entries(ctx) {
		if unread != nil || now.opens(e) {
			continue
		}
		r.Entries++
		for _, key := range []string{e.Key, e.Recovery} {
			if key != "" && !slices.Contains(r.To, key) && !slices.Contains(r.From, key) {
				r.From = append(r.From, key)
			}
		}
	}
	slices.Sort(r.From)
	return r, ctx.Err()
}

// Rekey makes new headers, for the keys in force, of all entries that are for others: the
// keys of before then open nothing in the index any more. Bodies stay as they are: what is
// in them is encrypted with a key of their own, which is what a header holds. Broken off
// anywhere, it is run again and goes on. with are the keys that open the entries; told, if
// not nil, hears of each thousand.
//
// It does not take back what somebody has copied: an old header opens its body for ever.
func (a *Archive) Rekey(ctx context.Context, with []age.Identity, told func(Rekeyed)) (r Rekeyed, err error) {
	missing, err := a.Keys.Missing()
	if err != nil {
		return r, err
	}
	if missing != "" {
		return r, fmt.Errorf("%w: the secret half of the server's key %s is missing, and so nothing could be played afterwards; make a new one first: presszero archive rotate", ErrKeys, missing)
	}
	// What is being kept with the keys of before has its entry when this is had.
	alone, err := a.index().lock(ctx, true)
	if err != nil {
		return r, err
	}
	alone.Close()
	for e, unread := range a.Entries(ctx) {
		if unread != nil {
			err = errors.Join(err, unread)
			continue
		}
		switch done, failed := a.rekey(ctx, e.ID, with); {
		case errors.As(failed, new(*age.NoIdentityMatchError)):
			r.Locked = append(r.Locked, e.ID)
		case failed != nil:
			err = errors.Join(err, fmt.Errorf("%s: %w", e.ID, failed))
		case done:
			r.Done++
		default:
			r.Before++
		}
		if n := r.Done + r.Before + len(r.Locked); told != nil && n%1000 == 0 {
			told(r)
		}
	}
	return r, err
}

// rekey makes the headers of one entry anew, if they are for other keys than those in force.
// Nobody removes the entry or keeps it anew meanwhile: it would come back.
func (a *Archive) rekey(ctx context.Context, id string, with []age.Identity) (done bool, err error) {
	alone, err := a.index().lock(ctx, true)
	if err != nil {
		return false, err
	}
	defer alone.Close()
	e, err := a.index().entry(id)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil // removed meanwhile
	}
	if err != nil {
		return false, err
	}
	now, err := a.Keys.inForce()
	if err != nil {
		return false, err
	}
	if now.opens(e) {
		return false, nil
	}
	if e.Sound.Header, err = newHeader(e.Sound.Header, with, now.to); err != nil {
		return false, err
	}
	if e.Peaks != nil {
		if e.Peaks.Header, err = newHeader(e.Peaks.Header, with, now.to); err != nil {
			return false, err
		}
	}
	e.Key, e.Recovery = now.Server, now.Recovery
	return true, a.index().put(e)
}

// newHeader returns a header for other recipients that opens the same body: age has no
// function for it. It is as the format has it (age-encryption.org/v1, C2SP, "Header" and
// "Header MAC"): a stanza for each recipient, and a MAC with a key that is derived from the
// file's. age itself reads it back before it is used.
func newHeader(header []byte, with []age.Identity, to []age.Recipient) ([]byte, error) {
	key, err := age.DecryptHeader(header, with...)
	if err != nil {
		return nil, err
	}
	b := bytes.NewBufferString("age-encryption.org/v1\n")
	for _, r := range to {
		stanzas, err := r.Wrap(key)
		if err != nil {
			return nil, err
		}
		for _, s := range stanzas {
			// The body is of 32 bytes for X25519, and so one line that is shorter than 64.
			fmt.Fprintf(b, "-> %s\n%s\n", strings.Join(append([]string{s.Type}, s.Args...), " "), base64.RawStdEncoding.EncodeToString(s.Body))
		}
	}
	b.WriteString("---")
	macKey, err := hkdf.Key(sha256.New, key, nil, "header", sha256.Size)
	if err != nil {
		return nil, err
	}
	mac := hmac.New(sha256.New, macKey)
	mac.Write(b.Bytes())
	fmt.Fprintf(b, " %s\n", base64.RawStdEncoding.EncodeToString(mac.Sum(nil)))
	read, err := age.DecryptHeader(b.Bytes(), age.NewInjectedFileKeyIdentity(key))
	if err == nil && !bytes.Equal(read, key) {
		err = errors.New("it holds another key")
	}
	if err != nil {
		return nil, fmt.Errorf("a header that was made anew cannot be read back: %w", err)
	}
	return b.Bytes(), nil
}
