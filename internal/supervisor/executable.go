package supervisor

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

// executable is a program file that stays what it is for as long as we need
// it, even when another is installed in its place: a part that ended is
// started again with the program that it was, and not with one that nobody
// has tried.
type executable struct {
	file *os.File
	name string // where it was installed
	path string // a link to the open file; its last element is what ps shows
}

// executables are the program in force and the one before.
type executables struct {
	dir string // for the links

	mu     sync.Mutex
	count  int
	now    *executable
	before *executable // nil: there is nothing to go back to
	since  time.Time   // of now
}

// trial is how long a new program's controller must last. One that ends sooner
// is not started again: the program before is.
const trial = time.Minute

// open opens the program at path.
func (e *executables) open(path string) (*executable, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("the program cannot be read: %w", err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.count++
	link := filepath.Join(e.dir, strconv.Itoa(e.count), "presszero")
	target := fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), f.Fd())
	err = errors.Join(os.RemoveAll(filepath.Dir(link)), os.MkdirAll(filepath.Dir(link), 0o700), os.Symlink(target, link))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the program cannot be put in place: %w", err), f.Close())
	}
	return &executable{f, path, link}, nil
}

// close lets the file go.
func (x *executable) close() {
	if x != nil {
		_ = os.RemoveAll(filepath.Dir(x.path))
		_ = x.file.Close()
	}
}

// put makes x the program in force.
func (e *executables) put(x *executable) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.before.close()
	e.before, e.now, e.since = e.now, x, time.Now()
}

// current is the program in force.
func (e *executables) current() *executable {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.now
}

// goBack puts the program before in force again, if the one that is has not
// stood its trial, and tells whether it did.
func (e *executables) goBack() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.before == nil || time.Since(e.since) > trial {
		return false
	}
	e.now.close()
	e.now, e.before = e.before, nil
	return true
}

// closeAll lets all files go.
func (e *executables) closeAll() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.before.close()
	e.now.close()
	e.before, e.now = nil, nil
	_ = os.RemoveAll(e.dir)
}

// openOwn makes the program that runs here the one in force.
func (sup *Supervisor) openOwn() error {
	sup.programs.dir = sup.settings.Path("program")
	x, err := sup.programs.open("/proc/self/exe")
	if err == nil {
		sup.programs.put(x)
	}
	return err
}
