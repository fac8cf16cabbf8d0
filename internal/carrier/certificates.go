package carrier

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// Certificate says what is wrong with the carrier's TLS certificate.
type Certificate string

// The certificates.
const (
	CertificateGood    Certificate = ""        // for the carrier's address and domain, from the authority
	CertificateUnknown Certificate = "unknown" // from an authority that Authorities does not hold
	CertificateName    Certificate = "name"    // for another name and no address
	CertificateExpired Certificate = "expired" // since an hour
)

// lifetime of the authority and its certificates.
const lifetime = 10 * 365 * 24 * time.Hour

// An authority signs certificates.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority(name string) (authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return authority{}, err
	}
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-24 * time.Hour), NotAfter: time.Now().Add(lifetime),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return authority{}, err
	}
	certificate, err := x509.ParseCertificate(der)
	return authority{certificate, key}, err
}

// signServer writes a server's certificate and its key as PEM files.
func (a authority) signServer(names []string, addresses []net.IP, end time.Time, certificateFile, keyFile string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: names[0]}, DNSNames: names, IPAddresses: addresses,
		NotBefore: time.Now().Add(-24 * time.Hour), NotAfter: end,
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	if err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := writePEM(keyFile, "PRIVATE KEY", private); err != nil {
		return err
	}
	return writePEM(certificateFile, "CERTIFICATE", der)
}

func serial() *big.Int {
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		panic(err) // crypto/rand never fails
	}
	return n
}

func writePEM(file, kind string, der []byte) error {
	mode := os.FileMode(0o644)
	if kind == "PRIVATE KEY" {
		mode = 0o600
	}
	return os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), mode)
}

// keptAuthority is the authority of an earlier start in the same folder, so
// that a program that trusts it goes on; else a new one.
func (c Config) keptAuthority() (authority, error) {
	if pair, err := tls.LoadX509KeyPair(c.authorities(), c.authorityKey()); err == nil {
		if key, ok := pair.PrivateKey.(*ecdsa.PrivateKey); ok && time.Now().Before(pair.Leaf.NotAfter) {
			return authority{pair.Leaf, key}, nil
		}
	}
	a, err := newAuthority("Press Zero test carrier")
	if err != nil {
		return a, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(a.key)
	if err != nil {
		return a, err
	}
	if err := writePEM(c.authorityKey(), "PRIVATE KEY", private); err != nil {
		return a, err
	}
	return a, writePEM(c.authorities(), "CERTIFICATE", a.certificate.Raw)
}

// writeCertificates makes the carrier's certificate, and an authority if there
// is none in the carrier's folder.
func (c Config) writeCertificates() error {
	good, err := c.keptAuthority()
	if err != nil {
		return fmt.Errorf("carrier: make an authority: %w", err)
	}
	signer, end := good, time.Now().Add(lifetime)
	names, addresses := []string{c.Account.Domain}, []net.IP{net.ParseIP(c.host)}
	switch c.Certificate {
	case CertificateUnknown:
		if signer, err = newAuthority("Nobody knows this authority"); err != nil {
			return fmt.Errorf("carrier: make an authority: %w", err)
		}
	case CertificateName:
		names, addresses = []string{"another.invalid"}, nil
	case CertificateExpired:
		end = time.Now().Add(-time.Hour)
	}
	if err := signer.signServer(names, addresses, end, c.certificate(), c.keyFile()); err != nil {
		return fmt.Errorf("carrier: make a certificate: %w", err)
	}
	return nil
}

func (c Config) authorities() string  { return filepath.Join(c.Dir, "authorities.pem") }
func (c Config) authorityKey() string { return filepath.Join(c.Dir, "authority-key.pem") }
func (c Config) certificate() string  { return filepath.Join(c.Dir, "certificate.pem") }
func (c Config) keyFile() string      { return filepath.Join(c.Dir, "key.pem") }
