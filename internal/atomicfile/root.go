package atomicfile

import (
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Remove removes a file below root, so that a power cut does not bring it back. A file
// that is missing is removed already.
func Remove(root *os.Root, name string) error {
	if err := root.Remove(name); errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	return SyncFolder(root, filepath.Dir(name))
}

// Replace writes a file below root, which it cannot leave even by a symbolic
// link, and makes the folders that lead to it. After a power cut there is the old
// file or the new, never a half. finish may see to the file before it gets its
// name; nil: nothing to see to. A power cut may leave a file .new-… in its folder.
func Replace(root *os.Root, name string, from io.Reader, folder, mode fs.FileMode, finish func(*os.File) error) error {
	dir := filepath.Dir(name)
	if err := root.MkdirAll(dir, folder); err != nil {
		return err
	}
	fresh := filepath.Join(dir, ".new-"+rand.Text())
	f, err := root.OpenFile(fresh, os.O_RDWR|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	defer root.Remove(fresh) // gone already when all went well
	_, err = io.Copy(f, from)
	if err == nil && finish != nil {
		err = finish(f)
	}
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = root.Rename(fresh, name)
	}
	if err == nil {
		err = SyncFolder(root, dir)
	}
	return err
}

// SyncFolder makes new and removed names last.
func SyncFolder(root *os.Root, dir string) error {
	d, err := root.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
