package private

import (
	"reflect"
	"testing"
	"time"
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
  Contact:  gate/sip:gate.example                          1e7bce3f51 Unavail         nan
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
