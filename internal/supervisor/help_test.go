package supervisor

import (
	"context"
	"testing"
	"time"

	"presszero/internal/starttest"
)

var must = starttest.Must

// soon bounds what should happen within moments.
func soon(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}
