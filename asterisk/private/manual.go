package private

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Asterisk reads its manual, 1.6 MB of XML, at every start, and insists on the
// part about its settings (configInfo), by which it checks them. The rest is
// what its console tells about applications, functions and events. Without it a
// start takes 0.8 s instead of 1.2 s, and half the processor time.
const (
	manual     = "documentation/core-en_US.xml"
	fullManual = "documentation/core-en_US.full" // as it came
)

// trimManual leaves of the manual of an Asterisk that we have unpacked what a
// start needs. The whole manual is kept beside it. The caller holds the lock.
func trimManual(r Root) error {
	path, full := filepath.Join(r.dataDir(), manual), filepath.Join(r.dataDir(), fullManual)
	if r.Dir == hostDir || manualIsTrimmed(r) {
		return nil
	}
	whole, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // Asterisk itself says what it misses
	}
	if err != nil {
		return fmt.Errorf("shorten Asterisk's manual: %w", err)
	}
	short, err := onlyChildren(whole, needed)
	if err != nil {
		return fmt.Errorf("shorten Asterisk's manual %s: %w", path, err)
	}
	if err := os.WriteFile(path+".new", short, 0o644); err != nil {
		return fmt.Errorf("shorten Asterisk's manual: %w", err)
	}
	if err := os.WriteFile(full, whole, 0o644); err != nil {
		return fmt.Errorf("keep Asterisk's whole manual: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("shorten Asterisk's manual: %w", err)
	}
	return nil
}

// manualIsTrimmed reports whether there is nothing left to do.
func manualIsTrimmed(r Root) bool {
	_, err := os.Stat(filepath.Join(r.dataDir(), fullManual))
	return err == nil
}

// needed reports whether a start reads this part: settings, and the actions of the
// manager interface for the database, of which Asterisk complains otherwise.
func needed(part xml.StartElement) bool {
	if part.Name.Local == "manager" {
		return slices.ContainsFunc(part.Attr, func(a xml.Attr) bool { return a.Name.Local == "name" && strings.HasPrefix(a.Value, "DB") })
	}
	return part.Name.Local == "configInfo"
}

// onlyChildren returns an XML document without the other children of its root
// element.
func onlyChildren(document []byte, keep func(xml.StartElement) bool) ([]byte, error) {
	var kept bytes.Buffer
	d := xml.NewDecoder(bytes.NewReader(document))
	written := int64(0) // so much of the document is kept or left out
	dropping := false
	for depth := 0; ; {
		before := d.InputOffset()
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) && depth == 0 {
			kept.Write(document[written:])
			return kept.Bytes(), nil
		}
		if err != nil {
			return nil, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			if depth++; depth == 2 && !keep(t) {
				kept.Write(document[written:before])
				written, dropping = before, true
			}
		case xml.EndElement:
			if depth--; depth == 1 && dropping {
				written, dropping = d.InputOffset(), false
			}
		}
	}
}
