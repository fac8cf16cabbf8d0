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
		return nil, fmt.Errorf("the key of the backup cannot be read: %w", err)
	}
	defer f.Close()
	list, err := age.ParseIdentities(f)
	if err != nil {
		return nil, fmt.Errorf("%s has no secret key of age: %w", path, err)
	}
	return list, nil
}

// seal makes a file of what fill writes, encrypted to the recipients.
func (c *copier) seal(ctx context.Context, name string, to []age.Recipient, fill func(io.Writer) error) error {
	return c.write(ctx, name, 0o600, func(w io.Writer) error {
		closed, err := age.Encrypt(w, to...)
		if err != nil {
			return err
		}
		return errors.Join(fill(closed), closed.Close())
	}, nil)
}

// sealTree makes a tar, encrypted to the recipients, of what fill adds.
func (c *copier) sealTree(ctx context.Context, name string, to []age.Recipient, fill func(*bundle) error) error {
	return c.seal(ctx, name, to, func(w io.Writer) error {
		b := &bundle{tar: tar.NewWriter(w), has: map[string]fs.FileInfo{}}
		return errors.Join(fill(b), b.tar.Close())
	})
}

// bundle is a tar that is being made. A file that is added again, since it has changed,
// comes after what it was: whoever unpacks has the last one.
type bundle struct {
	tar *tar.Writer
	has map[string]fs.FileInfo
}

// tree adds the regular files below from that are wanted, under name.
func (b *bundle) tree(ctx context.Context, from, name string, wanted func(file string) bool) error {
	return walk(from, wanted, func(path, rel string) error { return b.file(ctx, path, filepath.ToSlash(filepath.Join(name, rel))) })
}

func (b *bundle) file(ctx context.Context, from, name string) error {
	in, info, err := openRegular(ctx, from)
	if in == nil {
		return err
	}
	defer in.Close()
	if was, yes := b.has[name]; yes && same(was, info) {
		return nil
	}
	b.has[name] = info
	// The time is exact in this format only; from it follows when a side of a talk began.
	if err := b.tar.WriteHeader(&tar.Header{Format: tar.FormatPAX, Name: name, Mode: 0o600, Size: info.Size(), ModTime: info.ModTime()}); err != nil {
		return err
	}
	// Of a file that is cut meanwhile the rest is zero bytes, which the journal, the only
	// one that cuts, takes for the room that it has reserved.
	_, err = io.CopyN(b.tar, io.MultiReader(in, zeros{}), info.Size())
	return err
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// unsealed opens a file that seal has made.
func unsealed(file string, keys []age.Identity) (io.ReadCloser, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	opened, err := age.Decrypt(f, keys...)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return struct {
		io.Reader
		io.Closer
	}{opened, f}, nil
}

// unpack gives every file of what sealTree has made to put, and reads it to its end.
func unpack(file string, keys []age.Identity, put func(h *tar.Header, text io.Reader) error) error {
	opened, err := unsealed(file, keys)
	if err != nil {
		return err
	}
	defer opened.Close()
	t := tar.NewReader(opened)
	for {
		h, err := t.Next()
		end := errors.Is(err, io.EOF)
		if end {
			_, err = io.Copy(io.Discard, opened)
		}
		if err != nil {
			return fmt.Errorf("%s is damaged: %w", filepath.Base(file), err)
		}
		if end {
			return nil
		}
		if !filepath.IsLocal(filepath.FromSlash(h.Name)) {
			return fmt.Errorf("%s names %q, which leads out of the state folder", filepath.Base(file), h.Name)
		}
		if err := put(h, t); err != nil {
			return err
		}
	}
}

// putFile writes a file of a tar, in the place of what it was before in the same tar.
func putFile(path string, h *tar.Header, text io.Reader) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, text)
	return errors.Join(err, out.Close(), os.Chtimes(path, h.ModTime, h.ModTime))
}
