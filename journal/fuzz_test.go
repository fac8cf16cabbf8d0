package journal

import (
	"bytes"
	"io"
	"testing"
)

// FuzzReader: whatever the bytes, the reader ends, stays within them and
// returns what was written before the damage.
func FuzzReader(f *testing.F) {
	f.Add([]byte{}, 0)
	f.Add([]byte{0, 0, 0, 0, 0, 0, 0, 0}, 2)
	f.Add([]byte{255, 255, 255, 255, 1, 2, 3, 4, 5}, 1)
	one, _ := appendRecord(nil, fact("c", 2))
	f.Add(one, 3)
	f.Add(one[:len(one)-1], 3)
	f.Fuzz(func(t *testing.T, tail []byte, n int) {
		n = max(0, min(n, 20))
		var b []byte
		var want [][]byte
		for i := range n {
			at := len(b)
			b, _ = appendRecord(b, fact("c", i+1))
			want = append(want, b[at+headerSize:])
		}
		whole := append(bytes.Clone(b), tail...)
		r := newReader(bytes.NewReader(whole), 0, int64(len(whole)))
		for i := 0; ; i++ {
			got, err := r.nextRecord()
			if err == io.EOF {
				if i < n {
					t.Fatalf("only %d of %d good records were read", i, n)
				}
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if i < n && !bytes.Equal(got, want[i]) {
				t.Fatalf("record %d changed", i)
			}
			callAndKind(got)
			_, _ = decode(got)
		}
		if r.good > int64(len(whole)) || r.good < int64(len(b)) {
			t.Fatalf("the good end %d is outside %d..%d", r.good, len(b), len(whole))
		}
	})
}
