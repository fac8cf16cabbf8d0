package controller

import (
	"slices"
	"testing"
	"time"

	"presszero/asterisk/private"
	"presszero/internal/settings"
	"presszero/trunk"
	"presszero/web"
)

// TestTroublesSayTheirBeginning: a trouble keeps its time while figures in its text
// change, and a trouble that comes back has a new one.
func TestTroublesSayTheirBeginning(t *testing.T) {
	t.Parallel()
	var l lasting
	noon := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	at := func(minutes int, want string, troubles ...trouble) {
		t.Helper()
		got := textsOf(l.describe(noon.Add(time.Duration(minutes)*time.Minute), troubles))
		if want == "" && len(got) > 0 || want != "" && !slices.Equal(got, []string{want}) {
			t.Errorf("after %d minutes %q, want %q", minutes, got, want)
		}
	}
	at(0, "1 waits (seen since 2026-03-02 12:00:00 UTC)", trouble{web.AboutDisk, "disk", "1 waits"})
	at(1, "2 wait (seen since 2026-03-02 12:00:00 UTC)", trouble{web.AboutDisk, "disk", "2 wait"})
	at(2, "")
	at(3, "1 waits (seen since 2026-03-02 12:03:00 UTC)", trouble{web.AboutDisk, "disk", "1 waits"})
}

// TestRegistrationThatIsTriedAgain: a trunk whose registration is refused, tried again
// and refused again has been in trouble since the first refusal.
func TestRegistrationThatIsTriedAgain(t *testing.T) {
	t.Parallel()
	tr := &trunks{settings: settings.Settings{StateDir: t.TempDir()}}
	one := &trunk.Trunk{Name: "one", SignIn: trunk.Register}
	var names []string
	for _, registration := range []string{"Rejected", "Unregistered", ""} {
		for _, x := range tr.standingTrouble(one, private.TrunkStanding{Registration: registration}) {
			names = append(names, x.name)
		}
	}
	if want := slices.Repeat([]string{"registration of one"}, 3); !slices.Equal(names, want) {
		t.Errorf("the troubles are %q, want %q", names, want)
	}
}
