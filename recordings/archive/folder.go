package archive

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"strings"

	"presszero/internal/atomicfile"
)

// Folder is a Store on this machine. It is made when it is missing; every file is
// reached through an os.Root, so no name leads out of it.
type Folder struct{ Dir string }

var _ Store = Folder{}

// Put implements Store.
func (f Folder) Put(ctx context.Context, name string, body io.Reader, _ int64, _ string) error {
	root, err := f.root()
	if err != nil {
		return err
	}
	defer root.Close()
	return atomicfile.Replace(root, name, stoppable{ctx, body}, 0o700, 0o600, nil)
}

// stoppable ends a long copy with its context.
type stoppable struct {
	ctx context.Context
	io.Reader
}

func (s stoppable) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.Reader.Read(p)
}

// Open implements Store.
func (f Folder) Open(_ context.Context, name string) (Body, error) {
	root, err := f.root()
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return root.Open(name)
}

// Sum implements Store.
func (f Folder) Sum(ctx context.Context, name string) (string, error) {
	body, err := f.Open(ctx, name)
	if err != nil {
		return "", err
	}
	defer body.Close()
	sum := sha256.New()
	_, err = io.Copy(sum, stoppable{ctx, body.(io.Reader)})
	return hex.EncodeToString(sum.Sum(nil)), err
}

// Remove implements Store.
func (f Folder) Remove(_ context.Context, name string) error {
	root, err := f.root()
	if err != nil {
		return err
	}
	defer root.Close()
	return atomicfile.Remove(root, name)
}

// List implements Store. Halves that a power cut has left are not listed.
func (f Folder) List(ctx context.Context, prefix string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		root, err := f.root()
		if err != nil {
			yield(Object{}, err)
			return
		}
		defer root.Close()
		err = fs.WalkDir(root.FS(), path.Clean(prefix), func(name string, d fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil // removed meanwhile
			}
			if err = errors.Join(err, ctx.Err()); err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".") {
				return err
			}
			info, err := d.Info()
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err != nil {
				return err
			}
			if !yield(Object{name, info.Size(), info.ModTime()}, nil) {
				return fs.SkipAll
			}
			return nil
		})
		if err != nil {
			yield(Object{}, err)
		}
	}
}

func (f Folder) root() (*os.Root, error) {
	if err := os.MkdirAll(f.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("the folder of the archive cannot be made: %w", err)
	}
	return os.OpenRoot(f.Dir)
}
