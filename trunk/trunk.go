package trunk

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"presszero/internal/yamlfile"
)

// Book is what trunks.yaml says: over which carriers and telephone systems calls
// come and go, and which of our numbers are shown.
type Book struct {
	Country   string // how numbers without a country are read, as "DE"; "" in the file: as the option Country says
	TLS       TLS
	Trunks    []Trunk // in the order of the file
	Routes    []Route // the first that fits a number is used; none: all trunks, in the order of the file
	Show      Show
	Emergency string            // the trunk that carries emergency calls; "": they are refused
	Warnings  yamlfile.Findings // what was found and does not stop the file from being used
}

// TLS is what the TLS transport needs, which all trunks with TransportTLS share. Its
// paths are absolute.
type TLS struct {
	Certificate string // PEM file shown to carriers that connect to us or ask for it; "": none
	Key         string // PEM file of its key
	Authorities string // PEM file of the authorities that carriers' certificates are from; "": those of the system
}

// Trunk is one carrier or telephone system. Its name is that of its PJSIP
// endpoint in Asterisk: [a-z0-9-], at most 20 characters.
type Trunk struct {
	Name   string
	Line   int    // in the file, from 1; 0: it is from no file
	Preset string // the name of the preset that has filled the defaults; ""

	SignIn SignIn
	Server string // HOST or HOST:PORT: where calls go, and registrations
	Proxy  string // HOST or HOST:PORT through which both go; "": directly
	Domain string // the host in From and in our account; "": the host of Server

	User     string // our account there, in From and To of a registration
	AuthUser string // the name in answers to digest challenges; "" is completed to User
	Password Secret

	Transport Transport
	Media     Media
	From      []Source // from where its calls come; by source address, beside a registration's own way

	DialledIn []string // where the number dialled stands, best first: "request", "To", or a header's name
	Writes    Writes
	CallerID  CallerID
	Trust     bool     // P-Asserted-Identity and Remote-Party-ID of its calls are believed
	Codecs    []string // alaw, ulaw, g722, opus; the one we prefer first
	Keys      Keys
	LeadIn    time.Duration // silence after the answer, before the first word; 0 s to 5 s
	Limits    Limits
	Numbers   []Range // ours there: callers dial them, and calls over this trunk may show them
	MediaSec  bool    // offer sdes-srtp;mediasec, as Deutsche Telekom demands
}

// Simple is the trunk "trunk" to a server that knows us by our address, and whose
// calls are let in by other means. server is HOST or HOST:PORT.
func Simple(server string) Trunk {
	return Trunk{Name: "trunk", SignIn: Address, Server: server, Transport: TransportUDP, Media: MediaPlain,
		DialledIn: []string{"request"}, Writes: Writes{Out: FormPlus}, CallerID: InFrom, Trust: true,
		Codecs: []string{"ulaw", "alaw"}, Keys: KeysAuto, LeadIn: 200 * time.Millisecond}
}

// SignIn is how a carrier knows us.
type SignIn string

// The ways to be known.
const (
	Register SignIn = "register" // we register, and answer digest challenges
	Digest   SignIn = "digest"   // we answer digest challenges, and do not register
	Address  SignIn = "address"  // by our address
)

// Transport is how SIP is carried.
type Transport string

// The transports.
const (
	TransportUDP Transport = "udp"
	TransportTCP Transport = "tcp"
	TransportTLS Transport = "tls"
)

// Media is how voice is carried.
type Media string

// The kinds of media. Encryption is SRTP with keys in SDP (RFC 4568), which
// needs TransportTLS.
const (
	MediaPlain   Media = "plain"
	MediaPrefer  Media = "prefer" // encrypted where the other side does so; an attacker on the way can prevent it unseen
	MediaEncrypt Media = "encrypt"
)

// Form is how a carrier writes an international number in E.164, as +4930123456.
type Form string

// The forms, of the number +4930123456 in Germany.
const (
	FormPlus          Form = "plus"          // +4930123456
	FormInternational Form = "international" // 4930123456
	Form00            Form = "00"            // 004930123456
	FormNational      Form = "national"      // 030123456; numbers of other countries as with Form00
)

// Writes is how numbers are written on the way.
type Writes struct {
	In     Form   // by the carrier; "": any writing, as the number says
	Out    Form   // by us
	Prefix string // in front of the number that we dial, as a tech prefix; digits, *, #
}

// CallerID is the header that tells a carrier which number of ours to show.
type CallerID string

// The headers. With all but the first, From holds our account.
const (
	InFrom CallerID = "from"
	InPAI  CallerID = "pai"  // P-Asserted-Identity (RFC 3325)
	InPPI  CallerID = "ppi"  // P-Preferred-Identity (RFC 3325)
	InRPID CallerID = "rpid" // Remote-Party-ID
)

// Keys is how keys pressed by callers arrive.
type Keys string

// The ways of keys.
const (
	KeysAuto   Keys = "auto"   // as events (RFC 4733) where the carrier offers them, else as tones
	KeysInband Keys = "inband" // as tones; events are not offered
)

// Limits are what the contract allows.
type Limits struct {
	Channels       int           // calls at once, both ways; 0: no limit
	CallsPerSecond float64       // calls that we begin; 0: no limit
	CallsPerDay    int           // calls that we begin in 24 h; 0: no limit
	Check          time.Duration // between two OPTIONS; 0: never
	Expiry         time.Duration // of a registration
}

// Source is an address, or a network, from where calls of a trunk come.
type Source struct {
	Network netip.Prefix
	Port    int // 0: any
}

// String is the source as Asterisk's identify objects and trunks.yaml write it.
func (s Source) String() string {
	switch {
	case s.Port != 0:
		return netip.AddrPortFrom(s.Network.Addr(), uint16(s.Port)).String()
	case s.Network.IsSingleIP():
		return s.Network.Addr().String()
	}
	return s.Network.String()
}

// Range is numbers in E.164 from First to Last, of equal length; both are the
// same where it is one number.
type Range struct{ First, Last string }

// String is the range as trunks.yaml writes it.
func (r Range) String() string {
	if r.First == r.Last {
		return r.First
	}
	return r.First + "-" + r.Last
}

// Has reports whether a number in E.164 is in the range.
func (r Range) Has(e164 string) bool {
	return len(e164) == len(r.First) && r.First <= e164 && e164 <= r.Last
}

// Size is how many numbers the range has.
func (r Range) Size() int {
	first, err := strconv.Atoi(strings.TrimPrefix(r.First, "+"))
	last, err2 := strconv.Atoi(strings.TrimPrefix(r.Last, "+"))
	if err != nil || err2 != nil {
		return 0
	}
	return last - first + 1
}

// CarriesOut reports whether calls can leave over the trunk: whether it says where
// they go.
func (t *Trunk) CarriesOut() bool { return t.Server != "" }

// Owns reports whether a number in E.164 is ours at this trunk.
func (t *Trunk) Owns(e164 string) bool {
	for _, r := range t.Numbers {
		if r.Has(e164) {
			return true
		}
	}
	return false
}

// Secret is a password. It prints itself as dots, so that it comes into no log
// and no page by accident.
type Secret string

// String implements fmt.Stringer.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "••••"
}

// GoString implements fmt.GoStringer.
func (s Secret) GoString() string { return s.String() }

// MarshalText implements encoding.TextMarshaler.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Route says which trunks carry calls to some numbers.
type Route struct {
	To   []Destination
	Via  []string // names of trunks, the one we prefer first
	Line int
}

// Destination is a kind of numbers. The zero Destination is all of them.
type Destination struct {
	Country string // two letters; "": any
	Kind    string // mobile, fixed, toll_free, shared_cost, premium, voip; "": any
	Prefix  string // the beginning of a number in E.164, as "+4930"; "": any
}

// String is the destination as trunks.yaml writes it.
func (d Destination) String() string {
	if d == (Destination{}) {
		return "*"
	}
	return strings.TrimSpace(d.Country + " " + d.Kind + d.Prefix)
}

// Withheld in place of a number shows none.
const Withheld = "withheld"

// Show is which of our numbers those see whom we call: that of the agent or of
// the queue, else the number that the customer had dialled, else Default. It must
// belong to the trunk that carries the call; if it does not, the next of these
// that does is shown, and else the first number of the trunk.
type Show struct {
	Default string            // E.164; ""
	Queues  map[string]string // E.164 or Withheld, by queue
	Agents  map[string]string // E.164 or Withheld, by agent
}

// Trunk returns the trunk of that name; nil: there is none.
func (b *Book) Trunk(name string) *Trunk {
	for i := range b.Trunks {
		if b.Trunks[i].Name == name {
			return &b.Trunks[i]
		}
	}
	return nil
}

// Size is how many numbers are ours, where one that two trunks have counts twice.
func (b *Book) Size() int {
	total := 0
	for _, t := range b.Trunks {
		for _, r := range t.Numbers {
			total += r.Size()
		}
	}
	return total
}

// Owns reports whether a number in E.164 is ours.
func (b *Book) Owns(e164 string) bool {
	for i := range b.Trunks {
		if b.Trunks[i].Owns(e164) {
			return true
		}
	}
	return false
}
