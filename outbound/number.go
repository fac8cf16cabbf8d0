package outbound

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"presszero/call/number"
)

// Refusal is why a number must not be called, or not now.
type Refusal struct {
	Rule string // one word for reports: unreadable, own, emergency, short, invalid, country, satellite, premium, shared_cost, type, stopped, number_cap, agent_cap, hour_cap, day_cap
	Why  string // a sentence for people
}

// Error returns the rule and the sentence.
func (r *Refusal) Error() string { return r.Rule + ": " + r.Why }

func refuse(rule, why string, args ...any) *Refusal { return &Refusal{rule, fmt.Sprintf(why, args...)} }

// satellite country codes, and those of networks that are nowhere: what a call
// costs there is not known.
var satellite = []int32{870, 878, 881, 882, 883, 888, 979}

// types says of each type of number whether it may be called.
var types = map[phonenumbers.PhoneNumberType]struct{ name, refused string }{
	phonenumbers.FIXED_LINE:           {"fixed", ""},
	phonenumbers.MOBILE:               {"mobile", ""},
	phonenumbers.FIXED_LINE_OR_MOBILE: {"mobile", ""},
	phonenumbers.VOIP:                 {"voip", ""},
	phonenumbers.TOLL_FREE:            {"toll_free", "toll_free"},
	phonenumbers.PREMIUM_RATE:         {"premium", "premium"},
	phonenumbers.SHARED_COST:          {"shared_cost", "shared_cost"},
	phonenumbers.PERSONAL_NUMBER:      {"personal", "type"},
	phonenumbers.PAGER:                {"pager", "type"},
	phonenumbers.UAN:                  {"uan", "type"},
	phonenumbers.VOICEMAIL:            {"voicemail", "type"},
	phonenumbers.UNKNOWN:              {"unknown", "type"},
}

// Check returns the number in E.164, or why it must never be called.
func (p *Policy) Check(written string) (e164 string, err error) {
	e164, _, _, refused := p.judge(written)
	if refused != nil {
		return "", refused
	}
	return e164, nil
}

// Emergency returns an emergency number as it is dialled, and whether it is one
// that an agent may call. Such a call has no caps and no quiet hours, and is made
// also while outgoing calls are switched off.
func (p *Policy) Emergency(written string) (number string, may bool) {
	number = strings.TrimSpace(written)
	return number, p.cfg.Emergency && phonenumbers.ConnectsToEmergencyNumber(number, p.cfg.Home)
}

// judge also returns the country and the type.
func (p *Policy) judge(written string) (e164, country, kind string, refused *Refusal) {
	digits, isRead := strings.TrimSpace(written), false
	if phonenumbers.ConnectsToEmergencyNumber(digits, p.cfg.Home) {
		return "", "", "", refuse("emergency", "%s is an emergency number, which is not called from here: dial it from a telephone at hand. (Operators: name a trunk for such calls with emergency in trunks.yaml.)", written)
	}
	if !strings.Contains(digits, "@") { // an address is not dialled
		if read, ok := p.reader.E164(digits); ok {
			digits, isRead = read, true
		}
	}
	n, err := phonenumbers.Parse(digits, p.cfg.Home)
	if err != nil {
		return "", "", "", refuse("unreadable", "%q is not a telephone number", written)
	}
	e164 = phonenumbers.Format(n, phonenumbers.E164)
	country = phonenumbers.GetRegionCodeForNumber(n)
	switch {
	case p.own[e164] || p.cfg.Owns != nil && p.cfg.Owns(e164):
		return "", "", "", refuse("own", "%s is one of our own numbers", e164)
	case slices.Contains(satellite, n.GetCountryCode()):
		return "", "", "", refuse("satellite", "%s belongs to a satellite or a network without a country", e164)
	case phonenumbers.IsValidShortNumberForRegion(n, p.cfg.Home):
		return "", "", "", refuse("short", "%s is a short code", written)
	}
	if refused = p.checkPlace(n, e164, country); refused != nil {
		return "", "", "", refused
	}
	if !isRead {
		return "", "", "", refuse("unreadable", "%q can be read as two numbers; write it with + and the country code", written)
	}
	t := types[phonenumbers.GetNumberType(n)]
	if t.refused != "" && !(t.refused == "toll_free" && p.cfg.TollFree) {
		return "", "", "", refuse(t.refused, "%s is a %s number", e164, strings.ReplaceAll(t.name, "_", " "))
	}
	return e164, country, t.name, nil
}

// checkPlace says why a number of a country must not be called, or that it does
// not exist. Countries that share a code are told apart only by a valid number.
func (p *Policy) checkPlace(n *phonenumbers.PhoneNumber, e164, country string) *Refusal {
	sharing := phonenumbers.GetRegionCodesForCountryCode(int(n.GetCountryCode()))
	switch {
	case !slices.ContainsFunc(sharing, func(r string) bool { return slices.Contains(p.cfg.Countries, r) }):
		return refuse("country", "%s is in a country that is not called from here", e164)
	case !phonenumbers.IsValidNumber(n):
		return refuse("invalid", "%s does not exist", e164)
	case !slices.Contains(p.cfg.Countries, country):
		return refuse("country", "%s is in %s, which is not called from here", e164, country)
	}
	return nil
}

func (p *Policy) checkConfig() error {
	if p.cfg.Home == "" {
		return errors.New("outbound: the country we are in is not set; write two letters, as ES")
	}
	var err error
	if p.reader, err = number.New(p.cfg.Home); err != nil {
		return fmt.Errorf("outbound: %w", err)
	}
	for _, c := range p.cfg.Countries {
		if phonenumbers.GetCountryCodeForRegion(c) == 0 {
			return fmt.Errorf("outbound: %q is not a country; write two letters, as ES", c)
		}
	}
	for _, own := range p.cfg.Own {
		e164, ok := p.reader.E164(own)
		if !ok {
			return fmt.Errorf("outbound: our own number %q cannot be read; write it with + and the country code", own)
		}
		p.own[e164] = true
	}
	if _, err := loadZone(p.cfg.Zone); err != nil {
		return fmt.Errorf("outbound: %w", err)
	}
	return nil
}
