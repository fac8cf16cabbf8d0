package backup

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"presszero/internal/atomicfile"
	"presszero/internal/settings"
)

// The erasure list (package person) is a folder with a secret of its own, key, and the file
// list, with a line for each number that is forgotten. Who was forgotten after the backup
// was made stays forgotten: so the lists of all backups beside it are taken, and that of the
// lost machine, if there is one.

// gatherErased joins the lists of these folders into that of the state folder.
func gatherErased(s settings.Settings, folders []string) error {
	to := s.Path("erased")
	var all, key []byte
	known := map[string]bool{}
	for _, folder := range append([]string{to}, folders...) {
		lines, err := os.ReadFile(filepath.Join(folder, "list"))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		itsKey, noKey := os.ReadFile(filepath.Join(folder, "key"))
		if err := errors.Join(err, noKey); err != nil {
			return err
		}
		if key == nil {
			key = itsKey
		}
		if !bytes.Equal(key, itsKey) {
			return fmt.Errorf("the list in %s was made with another key than the others, and cannot be joined with them; move it away if it is of another house", folder)
		}
		for line := range bytes.Lines(lines) {
			if line = append(bytes.TrimSpace(line), '\n'); len(line) > 1 && !known[string(line)] {
				known[string(line)] = true
				all = append(all, line...)
			}
		}
	}
	if len(all) == 0 {
		return nil
	}
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	return errors.Join(atomicfile.Write(filepath.Join(to, "key"), key), atomicfile.Write(filepath.Join(to, "list"), all))
}

// erasedBeside are the folders of lists of the backups beside one, this one included.
func erasedBeside(backup string) ([]string, error) {
	dir := filepath.Dir(real(backup))
	names, err := list(dir)
	var folders []string
	for _, name := range names {
		folders = append(folders, filepath.Join(dir, name, stateFolder, "erased"))
	}
	return folders, err
}
