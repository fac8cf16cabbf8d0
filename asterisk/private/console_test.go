package private

import (
	"reflect"
	"testing"
	"time"

	"presszero/trunk"
)

// TestStandings: as Asterisk 22.10.1 prints them.
func TestStandings(t *testing.T) {
	got := readStandings(`
 <Registration/ServerURI..............................>  <Auth....................>  <Status.......>
==========================================================================================

 flex/sip:127.0.0.1:5070                                 flex                        Registered        (exp. 287s)
 gate/sip:gate.example                                   gate                        Rejected          (exp. 12s)
 late/sip:late.example\;transport=tls                    late                        Registered        (exp. 3s ago)
 new/sip:new.example                                     new                         Unregistered      

Objects found: 4
`, `
  Contact:  <Aor/ContactUri..............................> <Hash....> <Status> <RTT(ms)..>
==========================================================================================

  Contact:  flex/sip:127.0.0.1:5070                        0e7bce3f51 Avail         1.500
  Contact:  gate/sip:gate.example                          1e7bce3f51 Unavail        -nan
  Contact:  trunk/sip:carrier.example                      2e7bce3f51 NonQual         nan
`)
	want := map[string]TrunkStanding{
		"flex":  {"Registered", true, "Avail", 1500 * time.Microsecond},
		"gate":  {"Rejected", false, "Unavail", 0},
		"late":  {Registration: "Registered"},
		"new":   {Registration: "Unregistered"},
		"trunk": {Reach: "NonQual"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// TestRegistrationTrouble: as Asterisk 22.10.1 logs it.
func TestRegistrationTrouble(t *testing.T) {
	flex := trunk.Trunk{Name: "flex", SignIn: trunk.Register, Server: "127.0.0.1:5070", Domain: "carrier.test", User: "4930555", Transport: trunk.TransportTLS}
	const (
		forbidden = "[2026-11-26 12:55:39.016] WARNING[1] res_pjsip_outbound_registration.c: 403 Forbidden fatal response received from 'sip:127.0.0.1:5070;transport=tls' on registration attempt to 'sip:4930555@carrier.test;transport=tls', retrying in '300' seconds\n"
		temporal  = "[2026-11-26 12:55:39.016] WARNING[1] res_pjsip_outbound_registration.c: Temporal response '503' received from 'sip:127.0.0.1:5070;transport=tls' on registration attempt to 'sip:4930555@carrier.test;transport=tls', retrying in '30'\n"
		silent    = "[2026-11-26 12:55:53.233] WARNING[1] res_pjsip_outbound_registration.c: No response received from 'sip:127.0.0.1:5070;transport=tls' on registration attempt to 'sip:4930555@carrier.test;transport=tls', retrying in '30'\n"
		untrusted = "[2026-11-26 12:55:53.228] ERROR[1] res_pjsip/pjsip_transport_events.c: Transport 'tls' to remote '127.0.0.1' - 127.0.0.1:5070 - The certificate is untrusted\n"
		others    = "[2026-11-26 12:55:53.233] WARNING[1] res_pjsip_outbound_registration.c: No response received from 'sip:other' on registration attempt to 'sip:other@carrier.test', retrying in '30'\n"
	)
	for log, want := range map[string]*Trouble{
		"": nil, others: nil, forbidden: {SIP: 403}, temporal: {SIP: 503}, silent: {}, forbidden + others: {SIP: 403}, forbidden + temporal: {SIP: 503},
		untrusted + silent: {Certificate: "The certificate is untrusted"}, untrusted + others + silent: {}, untrusted + forbidden: {SIP: 403},
	} {
		got, ok := RegistrationTrouble(log, flex)
		if ok != (want != nil) || ok && got != *want {
			t.Errorf("of %q: %+v %v, want %+v", log, got, ok, want)
		}
	}
}
