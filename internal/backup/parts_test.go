package backup

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var inStateFolder = regexp.MustCompile(`\.Path\("([^"]+)"(?:, "([^"]+)")?`)

// TestEveryPartIsDecidedOn: whoever keeps something new in the state folder says in the
// table of parts whether it is in a backup.
func TestEveryPartIsDecidedOn(t *testing.T) {
	t.Parallel()
	names := map[string]string{} // to the file that has it
	for _, root := range []string{"../../cmd", "../../internal", "../../recordings"} {
		must(t, filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "internal/backup/") {
				return err
			}
			text, err := os.ReadFile(path)
			for _, m := range inStateFolder.FindAllStringSubmatch(string(text), -1) {
				name := m[1]
				if name == "sounds" && m[2] != "" {
					name += "/" + m[2]
				}
				names[name] = path
			}
			return err
		}))
	}
	if len(names) < 20 {
		t.Fatalf("only %d names are found in the state folder", len(names))
	}
	for name, file := range names {
		if !slices.ContainsFunc(parts, func(p part) bool { return p.name == name || strings.HasPrefix(p.name, name+"/") }) && !strings.Contains(name, "*") {
			t.Errorf("the table of parts does not say whether %s of the state folder is in a backup; %s has it", name, file)
		}
	}
}
