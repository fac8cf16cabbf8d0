package backup

import (
	"bufio"
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// sumsFile lists the files of a backup, itself excepted, as sha256sum does.
const sumsFile = "SHA256SUMS"

// sums are SHA-256 in hex, by the file's path in the backup.
type sums map[string]string

// In a name, a line end and what marks it are written so; such a line begins with \.
var (
	escaping   = strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`)
	unescaping = strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\r`, "\r")
)

// text is the list, in the order of the names.
func (s sums) text() []byte {
	var b bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(s)) {
		if escaped := escaping.Replace(name); escaped != name {
			fmt.Fprintf(&b, "\\%s  %s\n", s[name], escaped)
			continue
		}
		fmt.Fprintf(&b, "%s  %s\n", s[name], name)
	}
	return b.Bytes()
}

// readSums reads the list.
func readSums(path string) (sums, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	s, lines := sums{}, bufio.NewScanner(f)
	for lines.Scan() {
		line, escaped := strings.CutPrefix(lines.Text(), `\`)
		sum, name, ok := strings.Cut(line, "  ")
		if !ok || len(sum) != 64 || name == "" {
			return nil, fmt.Errorf("%s is cut or damaged at %q", sumsFile, lines.Text())
		}
		if escaped {
			name = unescaping.Replace(name)
		}
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			return nil, fmt.Errorf("%s names %q, which is not in the backup", sumsFile, name)
		}
		s[name] = sum
	}
	return s, lines.Err()
}
