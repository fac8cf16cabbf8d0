package asterisktest

import (
	"testing"

	"presszero/call"
)

// Of a talk with a number outside that cannot be recorded, or not any more, that is told; it
// goes on, and nothing listens to it.
func TestTalkOutsideIsNotRecorded(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]Fault{
		"no channel":   {Method: "POST", Path: "/snoop/", Status: 500},
		"no recording": {Method: "POST", Path: ".leg/record", Status: 500},
		"it ends":      {},
	} {
		fake, b := onFake(t)
		id, who := b.phoned()
		person := fake.Person(theirs, Answers, Agent)
		transfer := call.TransferID(id, 1)
		leg := call.TransferLeg(transfer)
		b.sw.Do(call.TransferOut{Call: id, Transfer: transfer, Number: theirs})
		awaitEvent[call.TransferAnswered](b, id)
		if fault.Status != 0 {
			fake.Fault(fault)
		}
		b.sw.Do(call.RecordTalk{Call: id, Leg: leg, Recording: leg})
		if fault.Status == 0 {
			if e := awaitEvent[call.RecordingTold](b, id); e.What != "started" {
				t.Fatalf("%s: told was %+v", name, e)
			}
			if err := b.rig.askARI("POST", "/recordings/live/"+leg+".right/stop", nil); err != nil {
				t.Fatal(err)
			}
		}
		if e := awaitEvent[call.RecordingTold](b, id); e.What != "failed" || e.Why != "failed" || e.Leg != leg || e.Recording != leg {
			t.Errorf("%s: told was %+v", name, e)
		}
		if fault.Status == 0 { // as the policy orders
			b.sw.Do(call.StopRecording{Call: id, Leg: leg, Recording: leg})
			awaitEvent[call.RecordingTold](b, id)
		}
		b.until("nothing listens", func() bool {
			left, right := b.rig.askARI("GET", "/channels/"+leg+".left.leg", nil), b.rig.askARI("GET", "/channels/"+leg+".right.leg", nil)
			return left != nil && right != nil
		})
		b.hears(who, Agent)
		b.hears(person, Voice)
		who.HangUp()
		awaitEvent[call.HungUp](b, id)
		b.nothingLeft(id)
		if heard[call.RecordingTold](b, id) {
			t.Errorf("%s: told were %v", name, b.allTold())
		}
	}
}

// Of a talk with a number outside of which only one side can be recorded that one is, and
// nothing is told as a failure; ordered again, the other is recorded, too.
func TestOneSideOutsideIsRecorded(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		Fault
		recorded, not string
	}{
		"no second channel":  {Fault{Method: "POST", Path: ".right.leg", Status: 503, Times: 1}, "left", "right"},
		"no first recording": {Fault{Method: "POST", Path: ".left.leg/record", Status: 500, Times: 1}, "right", "left"},
	} {
		fake, b := onFake(t)
		id, who := b.phoned()
		person := fake.Person(theirs, Answers, Agent)
		transfer := call.TransferID(id, 1)
		leg := call.TransferLeg(transfer)
		b.sw.Do(call.TransferOut{Call: id, Transfer: transfer, Number: theirs})
		awaitEvent[call.TransferAnswered](b, id)
		fake.Fault(c.Fault)
		for again, both := range []bool{false, true} {
			b.sw.Do(call.RecordTalk{Call: id, Leg: leg, Recording: leg})
			if e := awaitEvent[call.RecordingTold](b, id); e.What != "started" || e.Leg != leg || e.Recording != leg {
				t.Errorf("%s, %d: told was %+v", name, again, e)
			}
			one, other := b.rig.askARI("GET", "/recordings/live/"+leg+"."+c.recorded, nil), b.rig.askARI("GET", "/recordings/live/"+leg+"."+c.not, nil)
			if one != nil || (other == nil) != both {
				t.Errorf("%s, %d: %s: %v, %s: %v", name, again, c.recorded, one, c.not, other)
			}
		}
		b.hears(who, Agent)
		b.hears(person, Voice)
		who.HangUp()
		awaitEvent[call.HungUp](b, id)
		b.nothingLeft(id)
		if heard[call.RecordingTold](b, id) {
			t.Errorf("%s: told were %v", name, b.allTold())
		}
	}
}
