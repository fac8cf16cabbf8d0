package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// executable is a program file that stays what it is for as long as we need it,
// even when another is installed in its place: a part that ended is started
// again with the program that it was, and not with one that nobody has tried.
type executable struct {
	file *os.File
	name string // where it was installed
	path string // a link to the open file; its last element is what ps shows
}

// openExecutable opens the program at path and puts a link to it at link.
func openExecutable(path, link string) (*executable, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("the program cannot be read: %w", err)
	}
	target := fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), f.Fd())
	err = errors.Join(os.MkdirAll(filepath.Dir(link), 0o700), os.RemoveAll(link))
	if err == nil {
		err = os.Symlink(target, link)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the program cannot be put in place: %w", err), f.Close())
	}
	return &executable{f, path, link}, nil
}

// openOwn makes the program that runs here the one in force.
func (h *house) openOwn() (err error) {
	h.program, err = openExecutable("/proc/self/exe", h.s.path("program", "presszero"))
	return err
}

// become puts the program in the place of another.
func (p *executable) become(was *executable) error {
	if err := os.Rename(p.path, was.path); err != nil {
		return fmt.Errorf("the program cannot be put in place: %w", err)
	}
	p.path = was.path
	return was.file.Close()
}

// release lets the file go, and the link if it is still ours.
func (p *executable) release() {
	_ = os.Remove(p.path)
	_ = p.file.Close()
}
