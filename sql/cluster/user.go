package cluster

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	osuser "os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// user is the user as which Postgres runs. Postgres refuses to run as root.
//
//	we are not root        as ourselves
//	we are root            in a user namespace in which we look like the
//	                       package's user "postgres": to the system it is
//	                       still root without its powers, so it may enter our
//	                       0700 folders, and no file changes hands
//	namespaces refused     as "postgres", who then owns the data
type user struct {
	as   asWhom
	uid  int
	gid  int
	home string
}

type asWhom int

const (
	ourselves asWhom = iota
	mapped
	another
)

// refuseNamespaces is set by the test of the last case.
var refuseNamespaces = false

// chooseUser finds out which of the three cases holds.
func chooseUser(bin string) (user, error) {
	if os.Geteuid() != 0 {
		return user{as: ourselves, uid: os.Geteuid(), gid: os.Getegid()}, nil
	}
	pg, err := osuser.Lookup("postgres")
	if err != nil {
		return user{}, errors.New("postgres does not run as root and the user postgres is missing; install the package postgresql")
	}
	uid, err1 := strconv.Atoi(pg.Uid)
	gid, err2 := strconv.Atoi(pg.Gid)
	if err := errors.Join(err1, err2); err != nil {
		return user{}, fmt.Errorf("the user postgres has no numbers: %w", err)
	}
	u := user{as: mapped, uid: uid, gid: gid, home: pg.HomeDir}
	if refuseNamespaces {
		u.as = another
	} else if _, err := u.runToEnd(exec.Command(filepath.Join(bin, "postgres"), "--version")); err != nil {
		u.as = another
	}
	return u, nil
}

func (u user) attributes() *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Setpgid: true}
	if u.as == ourselves {
		return a
	}
	a.Credential = &syscall.Credential{Uid: uint32(u.uid), Gid: uint32(u.gid), NoSetGroups: u.as == mapped}
	if u.as == mapped {
		a.Cloneflags = syscall.CLONE_NEWUSER
		a.UidMappings = []syscall.SysProcIDMap{{ContainerID: u.uid, HostID: 0, Size: 1}}
		a.GidMappings = []syscall.SysProcIDMap{{ContainerID: u.gid, HostID: 0, Size: 1}}
	}
	return a
}

// place returns where the data can lie: as "postgres" the wanted folder may
// be out of reach, and then it is one in that user's home.
func (u user) place(data string) (string, error) {
	if u.as != another || reachable(filepath.Dir(data)) {
		return data, nil
	}
	dir := filepath.Join(u.home, "presszero-"+shortName(data))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("user namespaces are refused and %s cannot be made: %w", dir, err)
	}
	if err := u.takeOwnership(dir); err != nil {
		return "", err
	}
	return filepath.Join(dir, "data"), nil
}

// reachable reports whether every user may pass through dir and all above it.
func reachable(dir string) bool {
	for {
		info, err := os.Stat(dir)
		if err != nil || info.Mode().Perm()&0o001 == 0 {
			return false
		}
		up := filepath.Dir(dir)
		if up == dir {
			return true
		}
		dir = up
	}
}

// takeOwnership gives dir and all in it to the user as which Postgres runs, if it is not theirs.
func (u user) takeOwnership(dir string) error {
	uid, gid := u.uid, u.gid
	if u.as == mapped {
		uid, gid = 0, 0
	}
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok && int(st.Uid) == uid {
		return nil
	}
	return filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, uid, gid)
	})
}

// shortName is a name for a path, short and always the same.
func shortName(path string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(path)))[:12] }
