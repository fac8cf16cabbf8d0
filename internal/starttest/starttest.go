// Package starttest is what tests of a start share: damaged files, recordings,
// certificates, and Must.
package starttest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// Damages are what can have happened to a file, by name.
var Damages = map[string]func(t *testing.T, path string){
	"missing": func(t *testing.T, path string) { Must(t, os.RemoveAll(path)) },
	"empty":   func(t *testing.T, path string) { Must(t, os.WriteFile(path, nil, 0o600)) },
	"half": func(t *testing.T, path string) {
		text, err := os.ReadFile(path)
		Must(t, err)
		Must(t, os.WriteFile(path, text[:len(text)/2], 0o600))
	},
	"noise": func(t *testing.T, path string) {
		noise := make([]byte, 3000)
		rand.Read(noise)
		Must(t, os.WriteFile(path, noise, 0o600))
	},
	// Tests run as root, which may read everything: a folder in its place.
	"unreadable": func(t *testing.T, path string) {
		Must(t, os.RemoveAll(path))
		Must(t, os.MkdirAll(filepath.Join(path, "in the way"), 0o700))
	},
}

// Tone makes a recording of one second.
func Tone(t testing.TB, path string) {
	t.Helper()
	Must(t, os.MkdirAll(filepath.Dir(path), 0o700))
	if out, err := exec.Command("sox", "-n", "-r", "8000", "-c", "1", "-b", "16", path, "synth", "1", "sine", "440").CombinedOutput(); err != nil {
		t.Fatalf("sox: %v: %s", err, out)
	}
}

// Issued is a certificate as an authority issues it: for a name only, good
// until then; and its key.
func Issued(t testing.TB, name string, until time.Time) (cert, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	Must(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		DNSNames: []string{name}, NotBefore: until.AddDate(0, -3, 0), NotAfter: until}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	Must(t, err)
	der2, err := x509.MarshalPKCS8PrivateKey(private)
	Must(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der2})
}

// IsCert asserts that a server has shown this certificate.
func IsCert(t *testing.T, got *x509.Certificate, cert []byte) {
	t.Helper()
	if block, _ := pem.Decode(cert); !bytes.Equal(got.Raw, block.Bytes) {
		t.Errorf("the certificate of %s until %s is served", got.Subject.CommonName, got.NotAfter)
	}
}

// Must ends the test when err is not nil.
func Must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
