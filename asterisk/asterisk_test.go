package asterisk

import (
	"errors"
	"fmt"
	"io"
	"testing"
	"time"
)

// An event as Asterisk 22.10.1 sent it.
const stasisStart = `{"type":"StasisStart","timestamp":"2026-11-21T20:36:12.729+0000","args":["100","again"],` +
	`"channel":{"id":"pz1-1795293372.0","name":"PJSIP/caller-00000000","state":"Ring","protocol_id":"rq9@127.0.0.1",` +
	`"caller":{"name":"Ann","number":"+34600000001"},"connected":{"name":"","number":""},"accountcode":"",` +
	`"dialplan":{"context":"from-trunk","exten":"100","priority":6,"app_name":"Stasis","app_data":"presszero,100"},` +
	`"creationtime":"2026-11-21T20:36:12.728+0000","language":"en","channelvars":{"PZ_CALL":"abc"}},` +
	`"asterisk_id":"d2:95:0e:aa:61:0a","application":"presszero"}`

func TestUnderstand(t *testing.T) {
	e, known, err := understand([]byte(stasisStart))
	if err != nil || !known {
		t.Fatal(known, err)
	}
	if e.Type != "StasisStart" || len(e.Args) != 2 || e.Channel.ID != "pz1-1795293372.0" || e.Channel.Caller.Name != "Ann" ||
		e.Channel.Caller.Number != "+34600000001" || e.Channel.Vars["PZ_CALL"] != "abc" || e.Timestamp == "" {
		t.Errorf("understood as %+v", e)
	}
}

// Whatever comes is taken without a panic, and an event that the library reads
// is read the same from its bare JSON.
func FuzzUnderstand(f *testing.F) {
	f.Add([]byte(stasisStart))
	f.Add([]byte(`{"cause":16,"type":"ChannelHangupRequest","channel":{"id":"a","caller":null}}`))
	f.Add([]byte(`{"type":"PlaybackFinished","playback":{"id":"p","state":"failed"}}`))
	f.Add([]byte(`{"type":7}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _, _ = understand(data)
	})
}

func TestWhoEnded(t *testing.T) {
	for cause, want := range map[int]string{0: "caller", 16: "caller", 17: "caller", 31: "caller", 127: "caller",
		34: "system", 38: "system", 41: "system", 44: "system", 58: "system", 102: "system"} {
		if got := sideOf(cause); string(got) != want {
			t.Errorf("cause %d: %s, want %s", cause, got, want)
		}
	}
}

func TestBornBefore(t *testing.T) {
	at := time.Unix(1795293372, 0).UTC().Format("2006-01-02T15:04:05.000-0700")
	for channel, want := range map[string]bool{
		"pz1-1795293371.7": true, "pz1-1795293372.0": false, "1795293000.1": true, "a-b-1795293000.1": true, "odd": false, "": false,
	} {
		if got := bornBefore(channel, at); got != want {
			t.Errorf("bornBefore(%q) = %v, want %v", channel, got, want)
		}
	}
	if bornBefore("pz1-1.1", "some day") {
		t.Error("an unknown start proves nothing")
	}
}

func TestRefused(t *testing.T) {
	err := fmt.Errorf("outer: %w", &Error{Method: "POST", Path: "/x", Status: 409, Message: "Channel not in Stasis application"})
	if !refused(err, 404, 409) || refused(err, 404) || refused(nil, 404) || refused(io.EOF, 404) {
		t.Error("refused is wrong")
	}
	if !errors.Is(onChannel(err), errTaken) || !errors.Is(onChannel(&Error{Status: 404}), errGone) || onChannel(nil) != nil {
		t.Error("onChannel is wrong")
	}
}
