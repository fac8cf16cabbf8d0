package backup

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"presszero/journal"
	"presszero/sql"
)

const (
	manifestFile = "manifest.json"
	dumpFile     = "database.dump.age"
	stateFile    = "state.age"
	erasedFile   = "erased.age"
	secretsFile  = "secrets.age"
	stateFolder  = "state"
	setFolder    = "set"
	sidesFolder  = "recorded" // in stateFile: what Asterisk has recorded of talks

	// format is raised when an earlier program could not restore a backup.
	format = 2
	// inClear is the form of backups whose database, plainDump, and journal everybody can
	// read, and that may lack secrets.
	inClear   = 1
	plainDump = "database.dump"
)

// Manifest says what a backup has.
type Manifest struct {
	Format   int         `json:"format"`
	Made     time.Time   `json:"made"`     // when its snapshot was taken
	Database sql.Content `json:"database"` // in that snapshot
	Journal  struct {
		ID  string `json:"id"`  // "": there is no journal yet
		End string `json:"end"` // to where its copy reaches at least, segment:byte
	} `json:"journal"`
	Keys    []string `json:"keys"`    // public keys of those who can open it
	Secrets bool     `json:"secrets"` // they are in secrets.age
	Spooled int      `json:"spooled"` // talks that were not in the archive yet; of form 1 they are not here
	Files   int      `json:"files"`   // in SHA256SUMS, this one included
	Bytes   int64    `json:"bytes"`   // of the others together
}

// readManifest reads the manifest of the backup in dir. What cannot be restored by this
// program is an error that says why.
func readManifest(dir string) (Manifest, error) {
	var m Manifest
	b, err := os.ReadFile(filepath.Join(dir, manifestFile))
	if errors.Is(err, fs.ErrNotExist) {
		return m, fmt.Errorf("%s is no backup: it has no %s", dir, manifestFile)
	}
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(b, &m); err != nil || m.Format == 0 {
		return m, fmt.Errorf("%s of %s is cut or damaged; take another backup", manifestFile, dir)
	}
	return m, m.fits()
}

// fits refuses what another version has made and this one cannot read.
func (m Manifest) fits() error {
	if m.Format != format && m.Format != inClear {
		return fmt.Errorf("the backup is of the form %d, and this program knows %d; restore it with the version that made it", m.Format, format)
	}
	if newest := sql.NewestSchema(); m.Database.Schema > newest {
		return fmt.Errorf("the backup was made by a newer program: its database has migration %d, and this program knows %d; install that version or a newer one, and restore with it", m.Database.Schema, newest)
	}
	return nil
}

// sealed are the files of a backup that are encrypted.
func (m Manifest) sealed() []string {
	switch {
	case m.Format != inClear:
		return []string{dumpFile, stateFile, erasedFile, secretsFile}
	case m.Secrets:
		return []string{secretsFile}
	}
	return nil
}

// joined refuses a journal that does not reach to where the database has come.
func (m Manifest) joined() error {
	shipped := m.Database.Journals[m.Journal.ID]
	if m.Journal.ID == "" || shipped == "" {
		return nil
	}
	end, err := journal.ParseOffset(m.Journal.End)
	if err != nil {
		return err
	}
	at, err := journal.ParseOffset(shipped)
	if err == nil && end.Before(at) {
		err = fmt.Errorf("the journal ends at %s, and the database has come to %s: they do not belong together", end, at)
	}
	return err
}
