package trunk

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/nyaruka/phonenumbers"

	"presszero/call/number"
	"presszero/internal/yamlfile"
)

// What holds for the file as a whole, and between its trunks.

var (
	validQueue   = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)
	validAgent   = regexp.MustCompile(`^[\pL\pN][\pL\pN._-]{0,39}$`)
	plusPrefix   = regexp.MustCompile(`^\+[1-9][0-9]{0,14}$`)
	countryCode  = regexp.MustCompile(`^[A-Z]{2}$`)
	rangeOfPlus  = regexp.MustCompile(`^\s*(\+[^+]*?)\s*[-–]\s*(\+[^+]*?)\s*$`)
	rangeOfDigit = regexp.MustCompile(`^\s*([0-9 ]{5,}?)\s*[-–]\s*([0-9 ]{5,}?)\s*$`)
)

// kindNames are the kinds of numbers that a route can name.
var kindNames = []string{"mobile", "fixed", "toll_free", "shared_cost", "premium", "voip"}

// reason is why a file cannot be read, without its path.
func reason(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}

const maxPEM = 4 << 20 // bytes of a file of certificates

func (r *reader) readTLS() {
	f := r.file.TLS
	read := func(w text, what string) (path string, pem []byte) {
		if w.missing() || w.bad {
			return "", nil
		}
		path = r.resolvePath(w.value)
		pem, err := readFile(path, maxPEM)
		if err != nil {
			r.refuse(w.at, "tls", "tls.%s cannot be read (%s); correct the path, which begins at the folder of this file, or the rights", what, reason(err))
		}
		return path, pem
	}
	var certificate, key, authorities []byte
	r.book.TLS.Certificate, certificate = read(f.Certificate, "certificate")
	r.book.TLS.Key, key = read(f.Key, "key")
	r.book.TLS.Authorities, authorities = read(f.Authorities, "authorities")
	switch {
	case f.Certificate.missing() && !f.Key.missing():
		r.refuse(f.Key.at, "tls", "tls.key needs tls.certificate; write both, or neither")
	case f.Key.missing() && !f.Certificate.missing():
		r.refuse(f.Certificate.at, "tls", "tls.certificate needs tls.key; write both, or neither")
	case certificate != nil && key != nil:
		if _, err := tls.X509KeyPair(certificate, key); err != nil {
			r.refuse(f.Certificate.at, "tls", "tls.certificate and tls.key cannot be used (%v); write a certificate in PEM, and the key that belongs to it", err)
		}
	}
	if authorities != nil && !x509.NewCertPool().AppendCertsFromPEM(authorities) {
		r.refuse(f.Authorities.at, "tls", "tls.authorities holds no certificate; write a file of certificates in PEM")
	}
}

// place is what is compared between trunks, and where it is written.
type place[T any] struct {
	value T
	trunk string
	at    ast.Node
}

// compareSources refuses addresses from where calls of two trunks come, since
// Asterisk does not define which of the two a call belongs to.
func (r *reader) compareSources() {
	var all []place[Source]
	for i, t := range r.book.Trunks {
		for _, w := range r.file.Trunks[i].From.items {
			if s, ok := source(w.value); ok {
				all = append(all, place[Source]{Source{s.Network.Masked(), s.Port}, t.Name, w.at})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b place[Source]) int {
		return cmp.Or(a.value.Network.Addr().Compare(b.value.Network.Addr()), cmp.Compare(a.value.Network.Bits(), b.value.Network.Bits()))
	})
	// Of networks in this order, those that overlap one are around it: a stack.
	var around []place[Source]
	for _, one := range all {
		around = slices.DeleteFunc(around, func(a place[Source]) bool { return !a.value.Network.Overlaps(one.value.Network) })
		for _, a := range around {
			if a.trunk == one.trunk || a.value.Port != 0 && one.value.Port != 0 && a.value.Port != one.value.Port {
				continue
			}
			later, earlier := one, a
			if before(later.at, earlier.at) {
				later, earlier = earlier, later
			}
			r.refuse(later.at, "overlap", "trunk %s: from has %s, which overlaps %s of trunk %s, so that a call from there belongs to either; remove one, or write ADDRESS:PORT for both",
				later.trunk, later.value, earlier.value, earlier.trunk)
			break
		}
		around = append(around, one)
	}
}

// before reports whether a stands before b in the file.
func before(a, b ast.Node) bool {
	p, q := a.GetToken().Position, b.GetToken().Position
	return p != nil && q != nil && cmp.Or(cmp.Compare(p.Line, q.Line), cmp.Compare(p.Column, q.Column)) < 0
}

const maxRange = 100_000 // numbers

// rangeOf reads a number, or two with a dash between them.
func (t *in) rangeOf(w text) (Range, bool) {
	if w.bad || w.missing() {
		return Range{}, false
	}
	first, last, isRange := splitRange(w.value)
	if !isRange {
		one, ok := t.readE164(w.at, "trunk "+t.file.name+": numbers has", w.value)
		return Range{one, one}, ok
	}
	a, ok := t.readE164(w.at, "trunk "+t.file.name+": numbers has", first)
	if !ok {
		return Range{}, false
	}
	b, ok := t.readE164(w.at, "trunk "+t.file.name+": numbers has", last)
	if !ok {
		return Range{}, false
	}
	from, _ := strconv.ParseInt(a[1:], 10, 64) // E.164 is at most 15 digits
	to, _ := strconv.ParseInt(b[1:], 10, 64)
	switch {
	case len(a) != len(b):
		t.refuse(w.at, "range", "the range %q begins and ends with numbers of different lengths; write one range for each length", w.value)
	case from > to:
		t.refuse(w.at, "range", "the range %q ends before it begins; swap its ends", w.value)
	case to-from >= maxRange:
		t.refuse(w.at, "range", "the range %q has more than %d numbers; correct its ends", w.value, maxRange)
	default:
		return Range{a, b}, true
	}
	return Range{}, false
}

// splitRange splits a range. Without a plus, both ends must begin with the same three
// digits and have as many, since a dash may also stand within one number.
func splitRange(text string) (first, last string, isRange bool) {
	if m := rangeOfPlus.FindStringSubmatch(text); m != nil {
		return m[1], m[2], true
	}
	if m := rangeOfDigit.FindStringSubmatch(text); m != nil {
		a, b := strings.ReplaceAll(m[1], " ", ""), strings.ReplaceAll(m[2], " ", "")
		return a, b, len(a) == len(b) && len(a) >= 5 && a[:3] == b[:3]
	}
	return "", "", false
}

// readE164 reads one number, as it is written in the field.
func (r *reader) readE164(at ast.Node, field, written string) (string, bool) {
	one, ok := r.numbers.E164(written)
	switch {
	case strings.HasSuffix(strings.TrimSpace(written), "-"):
		r.refuse(at, "range", "%s %q, which ends in a dash; write the last number behind it, or remove it", field, written)
		return "", false
	case ok:
	case r.book.Country == "":
		r.refuse(at, "number", "%s %q, which is not a telephone number as it is written; write it with + and the country code, or write the country at the top of the file, like country: DE", field, written)
	default:
		r.refuse(at, "number", "%s %q, which is not a telephone number; write it with + and the country code", field, written)
	}
	return one, ok
}

// compareNumbers warns of numbers that two trunks have.
func (r *reader) compareNumbers() {
	var all []place[Range]
	for i, t := range r.book.Trunks {
		for _, w := range r.file.Trunks[i].Numbers.items {
			if first, last, ok := r.again(w.value); ok {
				all = append(all, place[Range]{Range{first, last}, t.Name, w.at})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b place[Range]) int {
		return cmp.Or(cmp.Compare(len(a.value.First), len(b.value.First)), cmp.Compare(a.value.First, b.value.First))
	})
	var reach place[Range] // of those before, the one that ends last
	for _, one := range all {
		shared := reach.value.Has(one.value.First)
		if shared && reach.trunk != one.trunk {
			later, earlier := one, reach
			if before(later.at, earlier.at) {
				later, earlier = earlier, later
			}
			r.warnAt(later.at, "same-number", "trunk %s: %s is also at trunk %s; both take its calls and may show it, so remove one if that is not meant", later.trunk, one.value.First, earlier.trunk)
		}
		if !shared || one.value.Last > reach.value.Last {
			reach = one
		}
	}
}

// again reads a number or a range that has been read before, and tells nothing.
func (r *reader) again(written string) (first, last string, ok bool) {
	if a, b, isRange := splitRange(written); isRange {
		first, ok = r.numbers.E164(a)
		last, _ = r.numbers.E164(b)
		return first, last, ok && len(first) == len(last) && first <= last
	}
	first, ok = r.numbers.E164(written)
	return first, first, ok
}

// compareAccounts warns of two trunks that register the same account.
func (r *reader) compareAccounts() {
	had := map[string]string{}
	for i := range r.book.Trunks {
		t := &r.book.Trunks[i]
		if t.SignIn != Register || t.User == "" || t.Server == "" {
			continue
		}
		account := strings.ToLower(t.Server) + " " + t.User
		if other := had[account]; other != "" {
			r.warnAt(r.file.Trunks[i].User.at, "same-account", "trunk %s: trunk %s registers the same account at the same server, and the later registration may end the earlier; use one trunk", t.Name, other)
			continue
		}
		had[account] = t.Name
	}
}

// outgoing checks that a name is that of a trunk over which calls can leave.
func (r *reader) outgoing(w text, where string) bool {
	t := r.book.Trunk(w.value)
	switch {
	case t == nil:
		names := make([]string, len(r.book.Trunks))
		for i, t := range r.book.Trunks {
			names[i] = t.Name
		}
		r.refuse(w.at, "no-such-trunk", "%s names %q, which is not one of the trunks%s; correct the name, or add the trunk", where, w.value, yamlfile.DidYouMean(w.value, names))
	case !t.CarriesOut():
		r.refuse(w.at, "no-server", "%s names trunk %s, which has no server, so no calls leave over it; write its server, or another trunk here", where, t.Name)
	default:
		return true
	}
	return false
}

// readRoutes reads the routes, and warns of those that can never be used.
func (r *reader) readRoutes() {
	behind := 0 // the line of the route that takes all numbers
	for _, f := range r.file.Routes {
		if f.at == nil {
			continue
		}
		route := Route{Line: lineOf(f.at), To: r.readTo(f), Via: r.readVia(f)}
		if behind > 0 {
			r.warnAt(f.at, "unreachable", "this route is never used, since the one on line %d takes all numbers; move it before that one, or remove it", behind)
		}
		if behind == 0 && slices.Contains(route.To, Destination{}) {
			behind = route.Line
		}
		r.book.Routes = append(r.book.Routes, route)
	}
}

// readTo reads to which numbers a route leads.
func (r *reader) readTo(f fileRoute) (to []Destination) {
	switch {
	case f.To.at == nil:
		r.refuse(f.at, "route", "the route has no to; write to which numbers it leads, like to: [DE mobile], or to: [\"*\"] for all")
	case len(f.To.items) == 0:
		r.refuse(f.To.at, "route", "to is empty; write to which numbers the route leads, or \"*\" for all")
	}
	for _, w := range f.To.items {
		if w.bad || w.missing() {
			continue
		}
		if d, ok := r.destination(w); ok {
			to = append(to, d)
		}
	}
	return to
}

// readVia reads over which trunks a route leads, the preferred one first.
func (r *reader) readVia(f fileRoute) (via []string) {
	switch {
	case f.Via.at == nil:
		r.refuse(f.at, "route", "the route has no via; write the names of trunks, the one you prefer first")
	case len(f.Via.items) == 0:
		r.refuse(f.Via.at, "route", "via is empty; write the names of trunks, the one you prefer first")
	}
	for _, w := range f.Via.items {
		if w.bad || w.missing() || !r.outgoing(w, "via") {
			continue
		}
		if slices.Contains(via, w.value) {
			r.refuse(w.at, "route", "via names trunk %s twice; remove one of them", w.value)
			continue
		}
		via = append(via, w.value)
	}
	return via
}

// lineOf is the line on which a node stands; 0 when that is not known.
func lineOf(at ast.Node) int {
	if p := at.GetToken().Position; p != nil {
		return p.Line
	}
	return 0
}

// destination reads *, DE, DE mobile, mobile, or the beginning of a number.
func (r *reader) destination(w text) (Destination, bool) {
	words := strings.Fields(w.value)
	var d Destination
	switch {
	case w.value == "*":
		return d, true
	case plusPrefix.MatchString(w.value):
		return Destination{Prefix: w.value}, true
	case len(words) == 1 && slices.Contains(kindNames, words[0]):
		return Destination{Kind: words[0]}, true
	case len(words) == 0 || len(words) > 2 || strings.HasPrefix(words[0], "+"):
		r.refuse(w.at, "destination", "to has %q; write *, a country like DE, a country and a kind like DE mobile, a kind, or the beginning of a number like +4930", w.value)
		return d, false
	case !countryCode.MatchString(words[0]):
		r.refuse(w.at, "destination", "to has %q, which is neither a country nor a kind%s; countries are two capital letters, kinds are %s", words[0], yamlfile.DidYouMean(words[0], kindNames), strings.Join(kindNames, ", "))
		return d, false
	}
	if _, err := number.New(words[0]); err != nil {
		r.refuse(w.at, "destination", "to has %q; %v", w.value, err)
		return d, false
	}
	d.Country = words[0]
	if len(words) == 2 {
		if !slices.Contains(kindNames, words[1]) {
			r.refuse(w.at, "destination", "to has the kind %q%s; kinds are %s", words[1], yamlfile.DidYouMean(words[1], kindNames), strings.Join(kindNames, ", "))
			return d, false
		}
		d.Kind = words[1]
	}
	return d, true
}

func (r *reader) readShow() {
	f, show := r.file.Show, &r.book.Show
	if w := f.Default; !w.missing() && !w.bad {
		if w.value == Withheld {
			r.refuse(w.at, "show", "show.default cannot be withheld, since it is shown where nothing else is said; write one of our numbers, or withheld at a queue or an agent")
		} else {
			show.Default = r.shown(w, "show.default is")
		}
	}
	show.Queues = r.shownBy(f.Queues, "show.queues", validQueue, "at most 64 of a-z, 0-9, - and _, beginning with a letter or a digit")
	show.Agents = r.shownBy(f.Agents, "show.agents", validAgent, "at most 40 letters, digits, and . _ -, beginning with a letter or a digit")
}

func (r *reader) shownBy(f named, field string, valid *regexp.Regexp, form string) map[string]string {
	by := map[string]string{}
	for _, n := range f {
		if !valid.MatchString(n.name) {
			r.refuse(n.key, "show", "%s has the name %q, which does not fit; write %s", field, n.name, form)
		}
		switch {
		case n.bad || n.missing():
		case n.value == Withheld:
			by[n.name] = Withheld
		default:
			by[n.name] = r.shown(n.text, field+" has")
		}
	}
	return by
}

// shown reads a number that others shall see.
func (r *reader) shown(w text, field string) string {
	e164, ok := r.readE164(w.at, field, w.value)
	if !ok {
		return ""
	}
	n, err := phonenumbers.Parse(e164, "")
	switch {
	case err != nil:
		r.refuse(w.at, "show", "%s %q, which is not a telephone number; write one of our numbers", field, w.value)
	case phonenumbers.IsValidShortNumber(n) || phonenumbers.ConnectsToEmergencyNumber(w.value, r.book.Country):
		r.refuse(w.at, "show", "%s %s, which is a short or an emergency number, and carriers refuse to show these; write one of our numbers", field, e164)
	case !phonenumbers.IsValidNumber(n):
		r.refuse(w.at, "show", "%s %s, which does not exist in its country's numbering plan; correct the number", field, e164)
	case phonenumbers.GetNumberType(n) == phonenumbers.PREMIUM_RATE:
		r.refuse(w.at, "show", "%s %s, which is a premium-rate number, and carriers refuse to show these; write another of our numbers", field, e164)
	case !r.book.Owns(e164):
		r.refuse(w.at, "show", "%s %s, which is not among the numbers of any trunk; add it to the trunk that owns it, or write another", field, e164)
	}
	return e164
}
