package asterisktest

import (
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"presszero/asterisk"
	"presszero/call"
)

// asksOnFake is asksBoth on a fake of its own.
func asksOnFake(t *testing.T, try func(*question, *Fake), change ...func(*asterisk.Config)) {
	t.Helper()
	for what, number := range map[string]bool{"number": true, "colleague": false} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			fake := NewFake(t)
			rig := fake.Rig()
			for _, c := range change {
				c(&rig.Config)
			}
			try(asks(begin(t, rig), number), fake)
		})
	}
}

// brokenRequests are the ways in which a request can fail.
var brokenRequests = map[string]Fault{
	"refused":            {Status: http.StatusConflict},
	"broken":             {Status: http.StatusInternalServerError},
	"too busy":           {Status: http.StatusServiceUnavailable},
	"cut":                {Cut: true},
	"the answer is lost": {Cut: true, Done: true},
}

// A request to call the consulted party that breaks calls nobody twice. Who answers all the same,
// after the end of the call was told, is hung up.
func TestAskBroken(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault Fault
		taken bool
	}{
		"lost":                     {Fault{Cut: true}, false},
		"one answer is lost":       {Fault{Cut: true, Done: true, Times: 1}, true},
		"carried out all the same": {Fault{Status: http.StatusInternalServerError, Done: true, Times: 1}, false},
		"refused after the answer": {Fault{Status: http.StatusInternalServerError, Done: true, Times: 1, After: 300 * time.Millisecond}, false},
	} {
		for _, number := range []string{"", theirs} {
			t.Run(name+number, func(t *testing.T) {
				t.Parallel()
				fake, b := onFake(t)
				id, colleague, person := NewID(), newSIPAgent(t, Asked), fake.Person(theirs, Rings, Asked)
				fault := c.fault
				fault.Method, fault.Path = "POST", "/ari/channels"
				fake.Fault(fault)
				b.sw.Do(call.Dial{Call: id, Dial: call.AskDial(id), Number: number, Media: colleague.address(), Ring: time.Minute})
				if number != "" && c.fault.Done {
					b.until("it rings", person.Rings)
					person.Answers()
				}
				// An answer that is heard before the refusal is read is an answer.
				b.until("how it went is told", func() bool { return heard[call.DialAnswered](b, id) || heard[call.DialFailed](b, id) })
				if answered := heard[call.DialAnswered](b, id); answered && (c.taken || c.fault.Done) {
					b.sw.Do(call.HangUp{Call: id})
				} else if answered || c.taken {
					t.Errorf("told were: %v", b.allTold())
				} else if f := awaitEvent[call.DialFailed](b, id); f.Why != "failed" && f.Why != "trunk" {
					t.Errorf("told was %+v", f)
				}
				b.nothingLeft(id)
			})
		}
	}
}

// A move into the talk that fails is told, and the consulted party is with the agent's second leg
// again, whether or not Asterisk had carried it out.
func TestUniteFails(t *testing.T) {
	t.Parallel()
	for name, fault := range brokenRequests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asksOnFake(t, func(q *question, fake *Fake) {
				fault := fault
				fault.Path = "/addChannel"
				end := fake.Fault(fault)
				q.sw.Do(call.Unite{Call: q.ask, With: q.id})
				if f := awaitEvent[call.Failed](q.bench, q.ask); f.Command != "unite" || f.Why == "" {
					t.Errorf("told was %+v", f)
				}
				end()
				q.isWithOther()
				q.toAll()
				q.isWithAll()
			})
		})
	}
}

// The way back is repeated until Asterisk has carried it out, unless the two are united
// again.
func TestPartIsRepeated(t *testing.T) {
	t.Parallel()
	for name, fault := range brokenRequests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asksOnFake(t, func(q *question, fake *Fake) {
				q.toAll()
				q.isWithAll()
				fault := fault
				fault.Path, fault.Times = "/addChannel", 3 // more often than one order asks
				fake.Fault(fault)
				q.fromAll()
				q.isWithOther()
				if heard[call.Failed](q.bench, q.ask) {
					t.Errorf("told were: %v", q.allTold())
				}
			})
		})
	}
	t.Run("united again", func(t *testing.T) {
		t.Parallel()
		asksOnFake(t, func(q *question, fake *Fake) {
			q.toAll()
			q.isWithAll()
			fake.Fault(Fault{Path: "/addChannel", Status: 500, Times: 1})
			q.sw.Do(call.Part{Call: q.ask})
			q.toAll()
			q.sw.Do(call.SendKeys{Call: q.ask, Keys: call.NewSecret("123")}) // takes longer than the pause before it is repeated
			q.sw.Do(call.Hold{Call: q.ask})
			q.until("the consulted party hears music", func() bool { return q.asked.hears(Music) })
			q.sw.Do(call.Unhold{Call: q.ask})
			q.isWithAll()
		})
	})
}

// A consulted party whom Asterisk has thrown out of a bridge again, after it had told that
// all went well, is moved once more.
func TestPartIsLookedAt(t *testing.T) {
	t.Parallel()
	asksOnFake(t, func(q *question, fake *Fake) {
		q.toAll()
		q.isWithAll()
		fake.Fault(Fault{Method: "POST", Path: "/bridges/" + q.second + ".bridge/addChannel", Status: http.StatusNoContent, Times: 2})
		q.who.HangUp()
		awaitEvent[call.HungUp](q.bench, q.id)
		q.sw.Do(call.Part{Call: q.ask})
		q.a.turnTo(q.second)
		q.until("the others talk on", func() bool { return q.a.Hears(Asked) && q.asked.hears(Agent) })
	})
}

// A caller of three is on hold only once the consulted party has left: a frame of the mixer
// that came later would end the music. A Part that takes too long is not waited for.
func TestHoldWaitsForThePart(t *testing.T) {
	t.Parallel()
	asksOnFake(t, func(q *question, fake *Fake) {
		q.toAll()
		q.isWithAll()
		bridge, mute := "/bridges/"+q.second+".bridge/addChannel", "POST /ari/channels/"+q.channel+"/mute"
		moved, muted := fake.Requests("POST /ari"+bridge), fake.Requests(mute)
		fake.Fault(Fault{Method: "POST", Path: bridge, After: 300 * time.Millisecond, Times: 1})
		q.fromAll()
		time.Sleep(150 * time.Millisecond) // the Hold has half the time of the Part
		if fake.Requests(mute) != muted {
			t.Error("the caller was muted before the consulted party had left")
		}
		q.isWithOther()
		if fake.Requests("POST /ari"+bridge) != moved+1 || fake.Requests(mute) == muted {
			t.Error("the caller was not muted, or the consulted party was moved again")
		}

		q.toAll()
		q.isWithAll()
		fake.Fault(Fault{Method: "POST", Path: bridge, Cut: true, Times: 6})
		q.fromAll()
		q.isWithOther()
	})
}

// A consulted party whose music goes on, though Asterisk was asked to end it, hears the caller
// all the same.
func TestMusicAfterHandOn(t *testing.T) {
	t.Parallel()
	asksOnFake(t, func(q *question, fake *Fake) {
		q.toCaller()
		q.isWithCaller()
		fake.Fault(Fault{Method: "DELETE", Path: call.AskDial(q.ask) + "/moh", Status: http.StatusNoContent, Times: 1})
		q.handOn()
		q.isHandedOn()
	})
}

// A caller who cannot be handed on is alone; nobody stays behind, and of the call of who was
// asked nothing is told any more.
func TestHandOnFails(t *testing.T) {
	t.Parallel()
	for name, fault := range brokenRequests {
		for _, path := range []string{"/addChannel", ".d1.leg.bridge", ".d1.leg/moh"} {
			if name == "refused" && path == ".d1.leg.bridge" {
				continue // there is one already
			}
			t.Run(name+path, func(t *testing.T) {
				t.Parallel()
				asksOnFake(t, func(q *question, fake *Fake) {
					q.toCaller()
					q.isWithCaller()
					fault := fault
					fault.Path = path
					end := fake.Fault(fault)
					q.handOn()
					if f := awaitEvent[call.Failed](q.bench, q.id); f.Command != "hand_on" || f.Leg != call.AskDial(q.ask) {
						t.Errorf("told was %+v", f)
					}
					end()
					q.nothingLeft(q.ask)
					q.legsAreGone(q.leg, q.second)
					q.sw.Do(call.Music{Call: q.id})
					q.hears(q.who, Music)
					q.connected(q.id, q.who, call.LegID(call.OfferID(q.id, 2)))
					q.ends()
				})
			})
		}
	}
	t.Run("one answer is lost", func(t *testing.T) {
		t.Parallel()
		for _, path := range []string{"/addChannel", ".d1.leg.bridge", "/moh", "/mute"} {
			asksOnFake(t, func(q *question, fake *Fake) {
				q.toCaller()
				q.isWithCaller()
				fake.Fault(Fault{Path: path, Cut: true, Done: true, Times: 1})
				q.handOn()
				q.isHandedOn()
				q.otherLeaves()
				q.ends()
			})
		}
	})
}

// Whoever hangs up while the caller is handed on: one thing is told of it, and nobody stays
// behind.
func TestHangUpsAtTheHandOver(t *testing.T) {
	t.Parallel()
	for _, slow := range []string{"/moh", ".d1.leg.bridge", "/addChannel", "/channels/"} {
		for who, ends := range map[string]func(*question){
			"the caller": func(q *question) { q.who.HangUp() },
			"the asked":  func(q *question) { q.asked.hangUp() },
			"both":       func(q *question) { q.asked.hangUp(); q.who.HangUp() },
			"the agent":  func(q *question) { q.a.hangUp(q.second); q.a.hangUp(q.leg) },
		} {
			t.Run(who+slow, func(t *testing.T) {
				t.Parallel()
				asksOnFake(t, func(q *question, fake *Fake) {
					fake.Fault(Fault{Path: slow, After: 50 * time.Millisecond})
					before := fake.Requests("POST")
					q.handOn()
					q.until("it is under way", func() bool { return slow == "/moh" || fake.Requests("POST") > before })
					ends(q)
					q.settles()
				})
			})
		}
	}
}

// Who was to be handed on to a caller who is gone before that is hung up; and so is who has
// not answered.
func TestHandedOnInVain(t *testing.T) {
	t.Parallel()
	keys := call.NewSecret("1234567890")
	for name, busy := range map[string]func(*question) call.ID{
		"the caller's channel is busy":        func(q *question) call.ID { return q.id },
		"that of the consulted party is busy": func(q *question) call.ID { return q.ask },
		"none is busy, and the order late":    func(q *question) call.ID { q.who.HangUp(); return "" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asksOnFake(t, func(q *question, fake *Fake) {
				if of := busy(q); of != "" {
					before := fake.Requests("POST")
					q.sw.Do(call.SendKeys{Call: of, Keys: keys})
					q.until("keys are pressed", func() bool { return fake.Requests("POST") > before })
					q.handOn()
					q.who.HangUp()
					awaitEvent[call.HungUp](q.bench, q.id)
				} else {
					awaitEvent[call.HungUp](q.bench, q.id)
					q.handOn()
				}
				awaitEvent[call.HungUp](q.bench, q.ask)
				q.nothingLeft(q.id, q.ask)
			})
		})
	}
	t.Run("it rings", func(t *testing.T) {
		t.Parallel()
		fake, b := onFake(t)
		id, who, _ := b.talking()
		person, ask := fake.Person(theirs, Rings, Asked), NewID()
		b.sw.Do(call.Dial{Call: ask, Dial: call.AskDial(ask), Number: theirs, Ring: time.Minute})
		b.until("it rings", person.Rings)
		b.sw.Do(call.HandOn{Call: id, Ask: ask, Leg: call.AskDial(ask), Transfer: call.AskTransfer(ask)})
		awaitEvent[call.Failed](b, id)
		awaitEvent[call.DialFailed](b, ask)
		b.endBy(true, id, who)
		b.nothingLeft(ask)
	})
}

// An order about the consulted party that is under way is carried out before the caller is handed
// on, and not after.
func TestHandedOnDuringAnOrder(t *testing.T) {
	t.Parallel()
	asksOnFake(t, func(q *question, fake *Fake) {
		q.sw.Do(call.Unhold{Call: q.id})
		fake.Fault(Fault{Method: "POST", Path: ".d1.leg/moh", After: 300 * time.Millisecond, Times: 1})
		of := "POST /ari/channels/" + call.AskDial(q.ask)
		q.sw.Do(call.Hold{Call: q.ask})
		q.until("the hold has begun", func() bool { return fake.Requests(of+"/mute") > 0 })
		q.handOn()
		q.until("it has been carried out", func() bool { return fake.Requests(of+"/moh") > 0 })
		q.isHandedOn()
		q.otherLeaves()
		q.ends()
	})
}

// settles waits until nothing happens any more, ends the caller's call, and looks whether
// all has been told once.
func (q *question) settles() {
	q.t.Helper()
	q.sw.Do(call.HangUp{Call: q.id})
	awaitEvent[call.HungUp](q.bench, q.id)
	if !q.handed { // else the consulted party is the caller's, or gone
		q.sw.Do(call.HangUp{Call: q.ask})
	}
	q.nothingLeft(q.id, q.ask)
	q.until("no trunk carries anything", func() bool { return q.carried() == 0 })
	farEnds := 0
	for _, e := range q.allTold() {
		switch e := e.(type) {
		case call.LegEnded:
			if e.Leg == call.AskDial(q.ask) {
				farEnds++
			}
		case call.TransferEnded:
			farEnds++
		case call.HungUp:
			if e.Call == q.ask {
				farEnds++
			}
		}
	}
	if farEnds > 1 {
		q.t.Errorf("the end of the consulted party was told %d times: %v", farEnds, q.allTold())
	}
}

// Whatever happens in whatever order: each end is told once, and nothing stays behind.
func TestAskingInAnyOrder(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	for round := range uint64(30) {
		asksOnFake(t, func(q *question, fake *Fake) {
			chance := rand.New(rand.NewPCG(seed, round))
			steps := []func(){
				func() { q.sw.Do(call.Unite{Call: q.ask, With: q.id}) },
				func() { q.sw.Do(call.Part{Call: q.ask}) },
				q.toCaller, q.toOther, q.toAll, q.fromAll,
				func() { q.sw.Do(call.Play{Call: q.ask, Play: "p", Prompts: []string{Hello}}) },
				func() { q.sw.Do(call.DropLeg{Call: q.ask, Leg: q.second}) },
				func() { q.sw.Do(call.DropLeg{Call: q.id, Leg: q.leg}) },
				func() { q.sw.Do(call.Connect{Call: q.id, Leg: q.leg, Address: q.a.address()}) },
				func() { fake.Fault(Fault{Method: "POST", Path: "Channel", Cut: true, Done: true, Times: 1}) },
				func() { fake.Fault(Fault{Method: "POST", Path: "/bridges", Status: 500, Times: 1}) },
				q.handOn,
				q.handOn,
				q.who.HangUp,
				q.asked.hangUp,
				func() { q.sw.Do(call.HangUp{Call: q.ask}) },
				func() { q.a.hangUp(q.leg) },
				func() { q.a.hangUp(q.second) },
			}
			for range 2 + chance.IntN(6) {
				steps[chance.IntN(len(steps))]()
				time.Sleep(time.Duration(chance.IntN(8)) * time.Millisecond) // so that it meets another moment of what was ordered
			}
			q.settles()
		})
	}
}

// What happens to the three while the network is cut is told when it is back; and after
// Asterisk's own end, that both calls are over.
func TestAskingWhileCut(t *testing.T) {
	t.Parallel()
	t.Run("handed on", func(t *testing.T) {
		t.Parallel()
		asksOnFake(t, func(q *question, _ *Fake) {
			q.handOn()
			q.isHandedOn()
			q.wire.Cut()
			q.until("the switch notices", func() bool { return !q.sw.Ready() })
			q.wire.Mend()
			q.until("the switch is ready again", q.sw.Ready)
			q.isHandedOn()
			q.wire.Cut()
			q.until("the switch notices", func() bool { return !q.sw.Ready() })
			q.asked.hangUp()
			q.wire.Mend()
			q.otherLeaves()
			q.ends()
		})
	})
	t.Run("united", func(t *testing.T) {
		t.Parallel()
		asksOnFake(t, func(q *question, _ *Fake) {
			q.toAll()
			q.isWithAll()
			q.wire.Cut()
			q.until("the switch notices", func() bool { return !q.sw.Ready() })
			q.wire.Mend()
			q.until("the switch is ready again", q.sw.Ready)
			q.isWithAll()
			q.fromAll()
			q.isWithOther()
		})
	})
	for name, before := range map[string]func(*question){"asked": func(*question) {}, "united": (*question).toAll, "handed on": (*question).handOn} {
		t.Run("Asterisk ends, "+name, func(t *testing.T) {
			t.Parallel()
			asksOnFake(t, func(q *question, fake *Fake) {
				before(q)
				fake.Restart()
				awaitEvent[call.HungUp](q.bench, q.id)
				if name != "handed on" {
					awaitEvent[call.HungUp](q.bench, q.ask)
				}
				q.until("no trunk carries anything", func() bool { return q.carried() == 0 })
			})
		})
	}
}

// TestUnitedTwice: an order to unite that is given twice puts the channel of the consulted
// party into the bridge once; or twice, where Asterisk does not say which bridge it is in.
func TestUnitedTwice(t *testing.T) {
	t.Parallel()
	for status, joins := range map[int]int{0: 1, 500: 2} {
		asksOnFake(t, func(q *question, fake *Fake) {
			q.toAll()
			q.isWithAll()
			if status > 0 {
				fake.Fault(Fault{Method: "GET", Path: "/bridges/", Status: status})
			}
			q.toAll()
			q.fromAll()
			q.isWithOther()
			if n := fake.Requests("POST /ari/bridges/" + q.leg + ".bridge/addChannel"); n != 2+joins {
				t.Errorf("answered with %d, there are %d requests to join, want %d", status, n, 2+joins)
			}
			q.settles()
		})
	}
}
