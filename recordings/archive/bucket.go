package archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// Bucket is a Store at a service that speaks S3. OpenBucket makes one.
type Bucket struct {
	core         minio.Core
	name, prefix string
}

var _ Store = (*Bucket)(nil)

// OpenBucket returns the bucket at https://KEY:SECRET@HOST[:PORT]/BUCKET[/PREFIX][?region=REGION];
// http is for a service on this machine. It is not asked yet whether it is there.
func OpenBucket(address string) (*Bucket, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, errBucket // not err: it holds the secret
	}
	secret, _ := u.User.Password()
	bucket, prefix, _ := strings.Cut(strings.Trim(u.Path, "/"), "/")
	if u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || bucket == "" || u.User.Username() == "" || secret == "" {
		return nil, errBucket
	}
	transport, err := minio.DefaultTransport(u.Scheme == "https")
	if err != nil {
		return nil, err
	}
	transport.ResponseHeaderTimeout = 30 * time.Second
	client, err := minio.New(u.Host, &minio.Options{
		Creds:           credentials.NewStaticV4(u.User.Username(), secret, ""),
		Secure:          u.Scheme == "https",
		Region:          u.Query().Get("region"),
		BucketLookup:    minio.BucketLookupAuto,
		Transport:       transport,
		MaxRetries:      2,    // whoever moves bodies tries again for days
		TrailingHeaders: true, // or minio-go sends no sums
	})
	if err != nil {
		return nil, err
	}
	if prefix != "" {
		prefix += "/"
	}
	return &Bucket{minio.Core{Client: client}, bucket, prefix}, nil
}

var errBucket = fmt.Errorf("the address of the bucket is not understood; write https://KEY:SECRET@HOST/BUCKET, with special characters of the secret as %%XX, and ?region=NAME where the service wants one")

// Put implements Store. The service is told the sum and refuses what does not have it.
// One request is enough for 5 GB, and a talk of a day has 1 GB.
func (b *Bucket) Put(ctx context.Context, name string, body io.Reader, size int64, sum string) error {
	raw, err := hex.DecodeString(sum)
	if err != nil || len(raw) != sha256.Size || size < 0 {
		return fmt.Errorf("%s: what goes to a bucket must have a size and a sum", name)
	}
	_, err = b.core.Client.PutObject(ctx, b.name, b.prefix+name, body, size, minio.PutObjectOptions{
		ContentType:      "application/octet-stream",
		DisableMultipart: true,
		UserMetadata:     map[string]string{"x-amz-checksum-sha256": base64.StdEncoding.EncodeToString(raw)},
	})
	return b.err(err)
}

// Sum implements Store. A service that has kept the sum of what it got is believed; what
// another one has is read.
func (b *Bucket) Sum(ctx context.Context, name string) (string, error) {
	info, err := b.core.Client.StatObject(ctx, b.name, b.prefix+name, minio.StatObjectOptions{Checksum: true})
	if err != nil {
		return "", b.err(err)
	}
	if raw, err := base64.StdEncoding.DecodeString(info.ChecksumSHA256); err == nil && len(raw) == sha256.Size {
		return hex.EncodeToString(raw), nil
	}
	body, _, _, err := b.core.GetObject(ctx, b.name, b.prefix+name, minio.GetObjectOptions{})
	if err != nil {
		return "", b.err(err)
	}
	defer body.Close()
	h := sha256.New()
	_, err = io.Copy(h, body)
	return hex.EncodeToString(h.Sum(nil)), b.err(err)
}

// Remove implements Store. In a bucket with versions this marks the body as removed, and
// older versions stay; without their header they are noise.
func (b *Bucket) Remove(ctx context.Context, name string) error {
	return b.err(b.core.Client.RemoveObject(ctx, b.name, b.prefix+name, minio.RemoveObjectOptions{}))
}

// List implements Store.
func (b *Bucket) List(ctx context.Context, prefix string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		for o := range b.core.Client.ListObjects(ctx, b.name, minio.ListObjectsOptions{Prefix: b.prefix + prefix, Recursive: true}) {
			if !yield(Object{strings.TrimPrefix(o.Key, b.prefix), o.Size, o.LastModified}, b.err(o.Err)) {
				return
			}
		}
	}
}

// err says that a body is not there as files do.
func (b *Bucket) err(err error) error {
	if err == nil {
		return nil
	}
	if e := minio.ToErrorResponse(err); e.Code == "NoSuchKey" || e.StatusCode == http.StatusNotFound && e.Code != "NoSuchBucket" {
		return fmt.Errorf("%w: %w", fs.ErrNotExist, err)
	}
	return err
}

// readAhead is how much is fetched at once of what is played: a minute and a half of sound.
const readAhead = 1 << 20

// remote is an open body of a bucket.
type remote struct {
	ctx  context.Context
	of   *Bucket
	name string
	size int64

	mu    sync.Mutex
	at    int64  // where ahead begins
	ahead []byte // the last that was fetched
}

// Open implements Store. The context holds for all that is read.
func (b *Bucket) Open(ctx context.Context, name string) (Body, error) {
	info, err := b.core.Client.StatObject(ctx, b.name, b.prefix+name, minio.StatObjectOptions{})
	if err != nil {
		return nil, b.err(err)
	}
	return &remote{ctx: ctx, of: b, name: b.prefix + name, size: info.Size}, nil
}

// Close implements Body.
func (r *remote) Close() error { return nil }

// ReadAt implements Body.
func (r *remote) ReadAt(p []byte, at int64) (n int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for n < len(p) {
		if at >= r.size {
			return n, io.EOF
		}
		if at < r.at || at >= r.at+int64(len(r.ahead)) {
			if err := r.fetch(at); err != nil {
				return n, err
			}
		}
		k := copy(p[n:], r.ahead[at-r.at:])
		n, at = n+k, at+int64(k)
	}
	return n, nil
}

func (r *remote) fetch(at int64) error {
	end := min(at+readAhead, r.size)
	var o minio.GetObjectOptions
	if err := o.SetRange(at, end-1); err != nil {
		return err
	}
	body, _, _, err := r.of.core.GetObject(r.ctx, r.of.name, r.name, o)
	if err != nil {
		return r.of.err(err)
	}
	defer body.Close()
	var got bytes.Buffer
	if _, err := io.CopyN(&got, body, end-at); err != nil {
		return err
	}
	r.at, r.ahead = at, got.Bytes()
	return nil
}
