package archive

import (
	"context"
	"io"
	"iter"
	"time"
)

// Store is where bodies are. Names are those of files: talks/3f/ID.age. All methods
// may be called at the same time.
type Store interface {
	// Put keeps a body, whole or not at all, in the place of one of that name. size
	// and sum (SHA-256, hex) are those of the body; -1 and "": not known yet.
	Put(ctx context.Context, name string, body io.Reader, size int64, sum string) error
	// Open opens a body to be read anywhere. fs.ErrNotExist.
	Open(ctx context.Context, name string) (Body, error)
	// Sum returns the SHA-256 (hex) of the body as it is there. fs.ErrNotExist.
	Sum(ctx context.Context, name string) (string, error)
	// Remove removes a body. One that is not there is no error.
	Remove(ctx context.Context, name string) error
	// List lists the bodies whose names begin with prefix, which ends with a /.
	List(ctx context.Context, prefix string) iter.Seq2[Object, error]
}

// Body is an open body. ReadAt may be called at the same time by several.
type Body interface {
	io.ReaderAt
	io.Closer
}

// Object is a body that a store lists.
type Object struct {
	Name    string
	Size    int64
	Changed time.Time // when it was put there; says nothing of the talk
}
