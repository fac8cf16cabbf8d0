package asterisk

import (
	"fmt"
	"testing"
	"time"
)

// TestNotTaken: each SIP answer and each Q.850 cause that a carrier may give
// to a call of ours.
func TestNotTaken(t *testing.T) {
	const quick, long = 100 * time.Millisecond, 25 * time.Second
	for _, c := range []struct {
		sip, q850 int
		rang      bool
		took      time.Duration
		want      string
	}{
		{486, 17, false, quick, "busy"},
		{486, 17, true, quick, "busy"},
		{600, 17, false, quick, "busy"},
		{480, 19, false, quick, "no_answer"},
		{480, 19, true, quick, "no_answer"},
		{480, 19, true, long, "no_answer"},
		{480, 19, false, long, "trunk"}, // Asterisk's own, after silence
		{603, 21, false, quick, "declined"},
		{607, 127, false, quick, "declined"},
		{608, 127, true, quick, "declined"},
		{404, 1, false, quick, "invalid"},
		{604, 1, false, quick, "invalid"},
		{410, 22, false, quick, "invalid"},
		{484, 28, false, quick, "invalid"},
		{485, 0, false, quick, "invalid"},
		{300, 0, false, quick, "trunk"},
		{302, 23, false, quick, "trunk"},
		{400, 127, false, quick, "trunk"},
		{401, 21, false, quick, "trunk"},
		{402, 127, false, quick, "trunk"},
		{403, 21, false, quick, "trunk"},
		{407, 21, false, quick, "trunk"},
		{408, 18, false, 32 * time.Second, "trunk"},
		{408, 18, true, long, "no_answer"},
		{415, 79, false, quick, "trunk"},
		{420, 127, false, quick, "trunk"},
		{433, 127, false, quick, "trunk"},
		{482, 127, false, quick, "trunk"},
		{483, 19, false, quick, "trunk"},
		{487, 127, true, long, "no_answer"},
		{487, 127, false, long, "trunk"},
		{488, 58, false, quick, "trunk"},
		{500, 38, false, quick, "trunk"},
		{501, 79, false, quick, "trunk"},
		{502, 27, false, quick, "trunk"},
		{503, 34, false, 0, "trunk"}, // also ICMP, and TLS trouble
		{503, 17, false, quick, "trunk"},
		{503, 34, true, quick, "trunk"},
		{504, 102, false, quick, "trunk"},
		{513, 127, false, quick, "trunk"},
		{580, 127, false, quick, "trunk"},
		{606, 58, false, quick, "trunk"},
		{0, 17, false, quick, "busy"},
		{0, 18, true, long, "no_answer"},
		{0, 19, true, long, "no_answer"},
		{0, 19, false, long, "trunk"}, // the carrier has said nothing at all
		{0, 19, false, time.Second, "no_answer"},
		{0, 20, true, quick, "no_answer"},
		{0, 21, false, quick, "declined"},
		{0, 1, false, quick, "invalid"},
		{0, 22, false, quick, "invalid"},
		{0, 28, false, quick, "invalid"},
		{0, 3, false, quick, "trunk"},
		{0, 27, false, quick, "trunk"},
		{0, 34, false, quick, "trunk"},
		{0, 38, false, quick, "trunk"},
		{0, 41, false, quick, "trunk"},
		{0, 42, false, quick, "trunk"},
		{0, 102, false, quick, "trunk"},
		{0, 0, false, quick, "failed"},
		{0, 16, false, quick, "failed"},
		{0, 31, false, quick, "failed"},
		{0, 127, false, quick, "failed"},
	} {
		name := fmt.Sprintf("SIP %d, cause %d, rang %v, after %s", c.sip, c.q850, c.rang, c.took)
		if got := notTaken(c.sip, c.q850, c.rang, c.took); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
