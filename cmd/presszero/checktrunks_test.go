package main

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"presszero/internal/yamlfile"
	"presszero/trunk"
)

// printed runs presszero check and returns what it prints.
func printed(t *testing.T, args ...string) (string, error) {
	t.Helper()
	return printedBy(t, func() error { return checkCommand(t.Context(), args) })
}

// printedBy returns what a command prints, and its error.
func printedBy(t *testing.T, command func() error) (string, error) {
	t.Helper()
	r, w, err := os.Pipe()
	must(t, err)
	stdout := os.Stdout
	os.Stdout = w
	defer func() { os.Stdout = stdout }()
	out := make(chan string)
	go func() {
		text, _ := io.ReadAll(r)
		out <- string(text)
	}()
	err = command()
	w.Close()
	return <-out, err
}

// TestCheckTrunks: presszero check takes a file with trunks for one, and prints its
// findings, or what is in it.
func TestCheckTrunks(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PRESSZERO_STATE_DIR", filepath.Join(dir, "state"))
	t.Setenv("PRESSZERO_COUNTRY", "ES")
	t.Setenv("CARRIER_PASSWORD", "hunter2")
	t.Setenv("OFFICE_PASSWORD", "hunter2")
	file := filepath.Join(dir, "any-name.yaml")
	must(t, os.WriteFile(file, trunk.Example, 0o600))
	out, err := printed(t, file)
	if err != nil || out != file+": 0 findings; 2 trunks, 2 routes, 11 numbers\n" {
		t.Errorf("the example: %q, %v", out, err)
	}
	if out, err := printed(t, "--json", file); err != nil || out != "[]\n" {
		t.Errorf("the example as JSON: %q, %v", out, err)
	}
	if out, err := printed(t, "--draw", "svg", file); err == nil || out != "" {
		t.Errorf("drawn: %q, %v", out, err)
	}

	// COUNTRY holds where the file has no country.
	must(t, os.WriteFile(file, []byte("trunks: {a: {server: x.example, numbers: [910000000]}, b: {server: y.example, numbers: [+34910000000]}}\n"), 0o600))
	if out, err := printed(t, file); err != nil || !strings.Contains(out, ":1:89: warning: trunk b: +34910000000 is also at trunk a") || !strings.HasSuffix(out, ": 1 finding; 2 trunks, 0 routes, 2 numbers\n") {
		t.Errorf("a warning: %q, %v", out, err)
	}

	must(t, os.WriteFile(file, []byte("trunks:\n  a: {sever: x.example}\n  b: {server: 'sip:x.example'}\n"), 0o600))
	out, err = printed(t, file)
	if err == nil || !strings.Contains(err.Error(), "must not be used: 3 findings") || strings.Count(out, file) != 3 || !strings.Contains(out, file+":2:7: unknown field \"sever\"; did you mean server?\n") {
		t.Errorf("a broken file: %q, %v", out, err)
	}
	out, err = printed(t, "--json", file)
	var found yamlfile.Findings
	if e := json.Unmarshal([]byte(out), &found); err == nil || e != nil || len(found) != 3 || found[2].Line != 3 || found[2].Code != "server" {
		t.Errorf("a broken file as JSON: %q, %v, %v", out, err, e)
	}
}

// TestCheckPresets: presszero check --presets lists all of them.
func TestCheckPresets(t *testing.T) {
	out, err := printed(t, "--presets")
	if err != nil || strings.Count(out, "\n") != len(trunk.Presets())+1 || !strings.Contains(out, "\ntwilio ") {
		t.Errorf("%q, %v", out, err)
	}
	if _, err := printed(t, "--presets", "flow.yaml"); err == nil {
		t.Error("a file beside --presets is passed over")
	}
	if _, err := printed(t); err == nil || !strings.Contains(err.Error(), "presszero check") {
		t.Errorf("without a file: %v", err)
	}
}
