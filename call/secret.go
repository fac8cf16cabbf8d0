package call

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
)

// Secret is what a caller has typed. However it is printed, logged or made
// into JSON, only its length is told; Reveal returns it, for the one use it is meant for.
type Secret struct{ value string }

// NewSecret keeps a value.
func NewSecret(value string) Secret { return Secret{value} }

// Reveal returns the value.
func (s Secret) Reveal() string { return s.value }

// String tells the length only.
func (s Secret) String() string { return fmt.Sprintf("(%d typed)", len(s.value)) }

// Format keeps every verb of fmt, %#v too, from looking inside.
func (s Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.String()) }

// MarshalJSON tells the length only.
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }

// LogValue tells the length only.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// Request returns the address and body to be sent, the values filled in:
// escaped for an address, and as the inside of a JSON string for a body. The
// result holds what callers typed and belongs in no log.
func (l LookUp) Request() (address, body string) {
	address, body = l.Address, l.Body
	for name, v := range l.Values {
		address = strings.ReplaceAll(address, "{"+name+"}", url.QueryEscape(v.value))
		quoted, _ := json.Marshal(v.value) // a string always can be
		body = strings.ReplaceAll(body, "{"+name+"}", string(quoted[1:len(quoted)-1]))
	}
	return address, body
}
