package carrier

import "testing"

func TestCarrierDemands(t *testing.T) {
	d, err := ParseDemand("register, tls,srtp")
	if want := (Demand{Register: true, TLS: true, SRTP: true}); err != nil || d != want {
		t.Errorf("%+v, %v", d, err)
	}
	for _, text := range []string{"srtp", "registers"} {
		if d, err := ParseDemand(text); err == nil {
			t.Errorf("%q was taken for %+v", text, d)
		}
	}
}
