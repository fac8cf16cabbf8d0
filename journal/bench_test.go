package journal

import (
	"context"
	"testing"
)

func BenchmarkAppend(b *testing.B) {
	j := open(b, b.TempDir(), Options{})
	e := facts("01890a5d-ac96-774b-bcce-b302099a8057", 2, 2)
	b.ReportAllocs()
	for b.Loop() {
		j.Append(e)
	}
}

func BenchmarkSync(b *testing.B) {
	j := open(b, b.TempDir(), Options{})
	e := facts("01890a5d-ac96-774b-bcce-b302099a8057", 2, 2)
	for b.Loop() {
		j.Append(e)
		j.Sync(context.Background())
	}
}
