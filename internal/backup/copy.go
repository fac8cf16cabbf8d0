package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// copier puts files into a new backup. A file that the backup before has, of the same
// name, size and time of change, is linked: most of what is kept never changes.
type copier struct {
	to     string // the new backup
	before string // the one before; "": none
	had    sums   // of before
	sums   sums   // of the new one
	copied int    // files that were not linked
	bytes  int64  // of all
}

// tree copies the regular files below from that are wanted, under name. What is removed
// meanwhile is passed over, and so is a folder that is not there.
func (c *copier) tree(ctx context.Context, from, name string, wanted func(file string) bool) error {
	return walk(from, wanted, func(path, rel string) error { return c.file(ctx, path, filepath.Join(name, rel)) })
}

// walk gives the regular files below from that are wanted, nil: all, to do; one that is not
// there any more is none.
func walk(from string, wanted func(file string) bool, do func(path, rel string) error) error {
	return filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil || !e.Type().IsRegular() || wanted != nil && !wanted(rel) {
			return err
		}
		return do(path, rel)
	})
}

// openRegular opens a file to be copied; nil: it is not there any more, or is no file.
func openRegular(ctx context.Context, path string) (*os.File, fs.FileInfo, error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	in, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	info, err := in.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return nil, nil, errors.Join(err, in.Close())
	}
	return in, info, nil
}

// file copies one file.
func (c *copier) file(ctx context.Context, from, name string) error {
	in, info, err := openRegular(ctx, from)
	if in == nil {
		return err
	}
	defer in.Close()
	to, key := filepath.Join(c.to, name), filepath.ToSlash(name)
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	if old := filepath.Join(c.before, name); c.had[key] != "" {
		if was, err := os.Lstat(old); err == nil && same(was, info) && os.Link(old, to) == nil {
			c.sums[key], c.bytes = c.had[key], c.bytes+was.Size()
			return nil
		}
	}
	c.copied++
	return c.write(ctx, name, info.Mode().Perm(), func(w io.Writer) error {
		_, err := io.Copy(w, io.LimitReader(in, info.Size())) // what grows meanwhile is of the next
		return err
	}, info)
}

// same reports whether two files are taken for one. The time is compared too: a file that
// was replaced by one of the same size is another.
func same(a, b fs.FileInfo) bool {
	return a.Mode().IsRegular() && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

// write makes a file of what produce writes; like, if not nil, is whose time it gets.
func (c *copier) write(ctx context.Context, name string, mode fs.FileMode, produce func(io.Writer) error, like fs.FileInfo) error {
	path := filepath.Join(c.to, name)
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	hash, n := sha256.New(), counter{ctx: ctx}
	err = produce(io.MultiWriter(&n, out, hash))
	if err = errors.Join(err, out.Close()); err != nil {
		return err
	}
	if like != nil {
		if err := os.Chtimes(path, like.ModTime(), like.ModTime()); err != nil {
			return err
		}
	}
	c.sums[filepath.ToSlash(name)] = hex.EncodeToString(hash.Sum(nil))
	c.bytes += n.bytes
	return nil
}

// counter counts what is written, and refuses more when its time is over.
type counter struct {
	ctx   context.Context
	bytes int64
}

func (n *counter) Write(b []byte) (int, error) {
	n.bytes += int64(len(b))
	return len(b), n.ctx.Err()
}
