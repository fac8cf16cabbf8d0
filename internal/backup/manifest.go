package backup

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"presszero/sql"
)

const (
	manifestFile = "manifest.json"
	dumpFile     = "database.dump"
	secretsFile  = "secrets.age"
	stateFolder  = "state"
	setFolder    = "set"

	// format is raised when an earlier program could not restore a backup.
	format = 1
)

// Manifest says what a backup has.
type Manifest struct {
	Format   int         `json:"format"`
	Made     time.Time   `json:"made"`     // when its snapshot was taken
	Database sql.Content `json:"database"` // in that snapshot
	Journal  struct {
		ID  string `json:"id"`  // "": there is no journal yet
		End string `json:"end"` // of its copy, segment:byte
	} `json:"journal"`
	Secrets bool  `json:"secrets"` // they are in secrets.age
	Spooled int   `json:"spooled"` // recordings that were not in the archive yet, and are not here
	Files   int   `json:"files"`   // in SHA256SUMS, this one included
	Bytes   int64 `json:"bytes"`   // of the others together
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
	if m.Format != format {
		return fmt.Errorf("the backup is of the form %d, and this program knows %d; restore it with the version that made it", m.Format, format)
	}
	if newest := sql.NewestSchema(); m.Database.Schema > newest {
		return fmt.Errorf("the backup was made by a newer program: its database has migration %d, and this program knows %d; install that version or a newer one, and restore with it", m.Database.Schema, newest)
	}
	return nil
}
