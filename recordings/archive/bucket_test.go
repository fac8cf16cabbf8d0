package archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"presszero/internal/versitytest"
)

// service is a service that speaks S3, and can be away.
type service struct {
	away atomic.Bool
	next http.Handler
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.away.Load() {
		panic(http.ErrAbortHandler)
	}
	s.next.ServeHTTP(w, r)
}

// bucket returns a bucket named voices in a service of its own: one in this process that
// believes what it is told, or the real one that PRESSZERO_VERSITYGW names, which make soak
// has built, with signatures and sums.
func bucket(t *testing.T) (*Bucket, *service) {
	t.Helper()
	s := &service{}
	if versitytest.Program() != "" {
		s.next = httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: versitytest.Start(t).Address})
	} else {
		memory := s3mem.New()
		if err := memory.CreateBucket("voices"); err != nil {
			t.Fatal(err)
		}
		s.next = gofakes3.New(memory).Server()
	}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	b, err := OpenBucket("http://key:s%2Fcret@" + must(url.Parse(server.URL)).Host + "/voices/house?region=eu-south-2")
	if err != nil {
		t.Fatal(err)
	}
	return b, s
}

func TestBucketAddress(t *testing.T) {
	for _, bad := range []string{"", "s3.example", "https://s3.example/voices", "https://key@s3.example/voices", "https://key:secret@s3.example/", "s3://key:secret@voices", "https://key:%zz@s3.example/voices"} {
		if _, err := OpenBucket(bad); err == nil {
			t.Errorf("%q was taken", bad)
		} else if bytes.Contains([]byte(err.Error()), []byte("secret@")) {
			t.Errorf("the secret is told: %v", err)
		}
	}
}

func TestBucketIsAStore(t *testing.T) {
	b, _ := bucket(t)
	for what, s := range map[string]Store{"bucket": b, "folder": Folder{filepath.Join(t.TempDir(), "archive")}} {
		ctx, body := t.Context(), sound(3_000_000)
		sum := sealedSum(body)
		const name = "talks/3f/x.age"
		for _, err := range []error{
			s.Put(ctx, name, bytes.NewReader(body), int64(len(body)), sum),
			s.Put(ctx, name, bytes.NewReader(body), int64(len(body)), sum), // again
			s.Put(ctx, "talks/40/y.age", bytes.NewReader(body[:5]), 5, sealedSum(body[:5])),
		} {
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
		}
		if got, err := s.Sum(ctx, name); err != nil || got != sum {
			t.Errorf("%s: %s, %v", what, got, err)
		}
		r, err := s.Open(ctx, name)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		for range 50 {
			at, p := rand.IntN(len(body)), make([]byte, rand.IntN(1_500_000))
			if n, err := r.ReadAt(p, int64(at)); !bytes.Equal(p[:n], body[at:min(at+len(p), len(body))]) || err != nil && err != io.EOF {
				t.Errorf("%s: %d bytes at %d: %d, %v", what, len(p), at, n, err)
			}
		}
		r.Close()
		for prefix, want := range map[string]int{"talks/3f/": 1, "talks/": 2, "messages/": 0} {
			n := 0
			for o, err := range s.List(ctx, prefix) {
				if err != nil || o.Size != 5 && o.Size != int64(len(body)) || time.Since(o.Changed) > time.Hour {
					t.Errorf("%s: %+v, %v", what, o, err)
				}
				n++
			}
			if n != want {
				t.Errorf("%s: %d bodies in %s, want %d", what, n, prefix, want)
			}
		}
		for range 2 {
			if err := errors.Join(s.Remove(ctx, name), s.Remove(ctx, "talks/40/y.age")); err != nil {
				t.Errorf("%s: %v", what, err)
			}
		}
		_, opened := s.Open(ctx, name)
		_, summed := s.Sum(ctx, name)
		if !errors.Is(opened, fs.ErrNotExist) || !errors.Is(summed, fs.ErrNotExist) {
			t.Errorf("%s: removed, and then: %v, %v", what, opened, summed)
		}
	}
}

func sealedSum(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// TestMove: bodies go to the bucket and are heard from there as before.
func TestMove(t *testing.T) {
	a := empty(t)
	b, _ := bucket(t)
	a.Bucket = b
	plain := sound(2_500_000)
	keep(t, a, id, plain)
	half := filepath.Join(a.Local.Dir, must(a.name("half", ".age")))
	if err := errors.Join(os.MkdirAll(filepath.Dir(half), 0o700), os.WriteFile(half, sound(10), 0o600)); err != nil { // still being kept
		t.Fatal(err)
	}
	if m, err := a.Move(t.Context()); err != nil || m != (Moved{Bodies: 2, Waiting: 1}) {
		t.Fatalf("%+v, %v", m, err)
	}
	if left := bodies(t, a); len(left) != 1 {
		t.Errorf("left here: %d bodies", len(left))
	}
	if !bytes.Equal(heard(t, a, id), plain) {
		t.Error("from the bucket comes something else")
	}
	s, err := a.Open(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for range 200 {
		at, p := rand.IntN(len(plain)), make([]byte, rand.IntN(70_000))
		n, err := s.ReadAt(p, int64(at))
		if !bytes.Equal(p[:n], plain[at:min(at+len(p), len(plain))]) || err != nil && err != io.EOF {
			t.Fatalf("%d bytes at %d: %d, %v", len(p), at, n, err)
		}
	}
	s.Close()
	if kept := keep(t, a, id, nil); !kept.Again {
		t.Error("what is in the bucket was kept again")
	}
	if f, err := a.Verify(t.Context(), Share{0, 1}, time.Now().Add(2*time.Hour)); err != nil || f.Checked != 2 || len(f.Damaged)+len(f.Missing) > 0 || len(f.Strange) != 1 {
		t.Errorf("%+v, %v", f, err)
	}
	if err := a.Remove(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	for o, err := range b.List(t.Context(), "talks/") {
		t.Errorf("left in the bucket: %+v, %v", o, err)
	}
}

// TestBucketAway: nothing is lost and nothing waits for it; it goes on when the bucket is
// back, also with what was removed meanwhile.
func TestBucketAway(t *testing.T) {
	a := empty(t)
	b, service := bucket(t)
	a.Bucket = b
	keep(t, a, "there", sound(1000))
	if _, err := a.Move(t.Context()); err != nil {
		t.Fatal(err)
	}
	service.away.Store(true)
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	keep(t, a, "meanwhile", sound(2000))
	if !bytes.Equal(heard(t, a, "meanwhile"), sound(2000)) {
		t.Error("what is here is not heard")
	}
	if err := a.Remove(ctx, "there"); err != nil {
		t.Error(err)
	}
	if _, err := a.Open(ctx, "there"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("removed, and then: %v", err)
	}
	if m, err := a.Move(ctx); err == nil {
		t.Errorf("moved to a bucket that is away: %+v", m)
	}
	service.away.Store(false)
	if m, err := a.Move(ctx); err != nil || m != (Moved{Bodies: 2}) {
		t.Errorf("%+v, %v", m, err)
	}
	var names []string
	for o, err := range b.List(ctx, "talks/") {
		names = append(names, o.Name)
		if err != nil {
			t.Error(err)
		}
	}
	if len(names) != 2 || names[0] != must(a.name("meanwhile", ".age")) {
		t.Errorf("in the bucket: %v", names)
	}
}

// TestUploadDamaged: what is damaged here does not go to the bucket, and keeps no other.
func TestUploadDamaged(t *testing.T) {
	a := empty(t)
	b, _ := bucket(t)
	a.Bucket = b
	keep(t, a, "good", sound(1000))
	keep(t, a, "bad", sound(1000))
	keep(t, a, "better", sound(1000))
	file := filepath.Join(a.Local.Dir, must(a.name("bad", ".age")))
	body := must(os.ReadFile(file))
	body[100] ^= 1
	if err := os.WriteFile(file, body, 0o600); err != nil {
		t.Fatal(err)
	}
	if m, err := a.Move(t.Context()); !errors.Is(err, errDamaged) || m != (Moved{Bodies: 5, Waiting: 1}) {
		t.Errorf("%+v, %v", m, err)
	}
	if _, err := os.Stat(file); err != nil {
		t.Error(err)
	}
}
