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
		return c.file(ctx, path, filepath.Join(name, rel))
	})
}

// file copies one file. One that was copied before is copied anew only if it has changed.
func (c *copier) file(ctx context.Context, from, name string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	in, err := os.Open(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return err
	}
	to, key := filepath.Join(c.to, name), filepath.ToSlash(name)
	if old, err := os.Stat(to); err == nil {
		if same(old, info) {
			return nil
		}
		c.bytes -= old.Size()
		if err := os.Remove(to); err != nil { // it may be the file of the backup before
			return err
		}
	}
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
