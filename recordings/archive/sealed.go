package archive

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"

	"filippo.io/age"
)

// sealing encrypts what is read through it. What comes out is the body; the header is
// apart. The sums are those of what has been read so far.
type sealing struct {
	io.Reader
	header        []byte
	plain, sealed counting
}

// counting counts and sums what is written to it.
type counting struct {
	hash.Hash
	n int64
}

func (c *counting) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return c.Hash.Write(p)
}

func (c *counting) sum() string { return hex.EncodeToString(c.Sum(nil)) }

func seal(plain io.Reader, to []age.Recipient) (*sealing, error) {
	s := &sealing{plain: counting{Hash: sha256.New()}, sealed: counting{Hash: sha256.New()}}
	whole, err := age.EncryptReader(io.TeeReader(plain, &s.plain), to...)
	if err != nil {
		return nil, err
	}
	var begun bytes.Buffer // more than the header may have been read to find its end
	if s.header, err = age.ExtractHeader(io.TeeReader(whole, &begun)); err != nil {
		return nil, err
	}
	begun.Next(len(s.header))
	s.Reader = io.TeeReader(io.MultiReader(&begun, whole), &s.sealed)
	return s, nil
}

// part is what there is to know of what has been sealed and read to its end.
func (s *sealing) part() Part {
	return Part{Header: s.header, Size: s.sealed.n, Sealed: s.sealed.sum(), Bytes: s.plain.n, Sum: s.plain.sum()}
}

// unseal returns the plain sound of a body, of which any range can be read. The end is
// read and authenticated at once, so a body that is cut off is refused.
func unseal(p Part, body io.ReaderAt, with []age.Identity) (*io.SectionReader, error) {
	plain, size, err := age.DecryptReaderAt(joined{p.Header, body}, int64(len(p.Header))+p.Size, with...)
	if err != nil {
		return nil, err
	}
	return io.NewSectionReader(plain, 0, size), nil
}

// joined is a header and its body, as one.
type joined struct {
	header []byte
	body   io.ReaderAt
}

func (j joined) ReadAt(p []byte, at int64) (n int, err error) {
	long := int64(len(j.header))
	if at < long {
		n = copy(p, j.header[at:])
		if n == len(p) {
			return n, nil
		}
		at = long
	}
	more, err := j.body.ReadAt(p[n:], at-long)
	return n + more, err
}
