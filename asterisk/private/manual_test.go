package private

import (
	"os"
	"path/filepath"
	"testing"
)

const someManual = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE docs SYSTEM "appdocsxml.dtd">
<docs xmlns:xi="http://www.w3.org/2001/XInclude">
<module name="a"><configInfo>not this one</configInfo></module>
	<application name="Dial"><syntax/><see>configInfo &amp; more</see></application>
<configInfo name="stasis"><xi:include href="x"/><description>as it was &lt;</description></configInfo>
	<function name="F"/><manager name="DBGet" language="en"/><manager name="Ping"/>
	<configInfo name="res_pjsip"/>
</docs>
`

// TestTrimManual: what a start needs stays as it was, the whole is kept, and
// once is enough.
func TestTrimManual(t *testing.T) {
	r := Root{Dir: t.TempDir()}
	path := filepath.Join(r.Dir, "usr/share/asterisk", manual)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := trimManual(r); err != nil || manualIsTrimmed(r) {
		t.Errorf("without a manual: %v, trimmed: %v", err, manualIsTrimmed(r))
	}
	for range 2 {
		if err := os.WriteFile(path, []byte(someManual), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := trimManual(r); err != nil || !manualIsTrimmed(r) {
			t.Fatalf("%v, trimmed: %v", err, manualIsTrimmed(r))
		}
		const want = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE docs SYSTEM "appdocsxml.dtd">
<docs xmlns:xi="http://www.w3.org/2001/XInclude">

	
<configInfo name="stasis"><xi:include href="x"/><description>as it was &lt;</description></configInfo>
	<manager name="DBGet" language="en"/>
	<configInfo name="res_pjsip"/>
</docs>
`
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("left is %s, %v", got, err)
		}
		full := filepath.Join(r.dataDir(), fullManual)
		if got, err := os.ReadFile(full); err != nil || string(got) != someManual {
			t.Errorf("kept is %s, %v", got, err)
		}
		if err := os.Remove(full); err != nil { // as if the next version had come
			t.Fatal(err)
		}
	}

	// What is not a whole manual stays as it is.
	const half = "<docs><application>"
	if err := os.WriteFile(path, []byte(half), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := trimManual(r); err == nil || manualIsTrimmed(r) {
		t.Errorf("half a manual: %v, trimmed: %v", err, manualIsTrimmed(r))
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != half {
		t.Errorf("left of half a manual is %q, %v", got, err)
	}
}
