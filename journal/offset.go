package journal

import (
	"fmt"
	"strconv"
	"strings"
)

// Offset is a place in the journal, between two records. The zero Offset is
// its beginning.
type Offset struct {
	Segment int64 // number of the segment file
	Byte    int64 // position in it
}

// String writes the offset as "segment:byte".
func (o Offset) String() string { return fmt.Sprintf("%d:%d", o.Segment, o.Byte) }

// Before reports whether o comes before p.
func (o Offset) Before(p Offset) bool {
	return o.Segment < p.Segment || o.Segment == p.Segment && o.Byte < p.Byte
}

// ParseOffset reads what String wrote.
func ParseOffset(s string) (Offset, error) {
	seg, pos, ok := strings.Cut(s, ":")
	n, err1 := strconv.ParseInt(seg, 10, 64)
	b, err2 := strconv.ParseInt(pos, 10, 64)
	if !ok || err1 != nil || err2 != nil || n < 0 || b < 0 {
		return Offset{}, fmt.Errorf("journal: %q is no offset; expected segment:byte", s)
	}
	return Offset{n, b}, nil
}
