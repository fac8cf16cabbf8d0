package asterisk

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/CyCoreSystems/ari/v5"

	"presszero/call"
)

// found is what Asterisk had when we asked.
type found struct {
	startup   string
	callers   map[string]channelState // in our application, by channel
	legs      map[string]bool         // likewise; a consulted party's channel is in both, until it is known to be one of the two
	bridges   map[string][]string     // made by us: channels in each
	ringing   map[string]bool         // calls and transfers that we make, not answered
	elsewhere map[string]bool         // channels in the dialplan or in other applications
	heard     []string                // channels whose events we are sent
}

// reconciler compares the callers that Asterisk has with ours, after each connect, in
// Run's goroutine.
type reconciler struct {
	*common
	startup string // when Asterisk started, in its own words; "": not known yet. Only Run's goroutine uses it
}

// survey asks Asterisk for all it has. Another controller's calls on the same
// Asterisk are told apart by the name of the application.
func (s *reconciler) survey(ctx context.Context) (*found, error) {
	var info struct {
		Status struct {
			StartupTime string `json:"startup_time"`
		}
	}
	var channels []channelState
	var bridges []ari.BridgeData
	heard, err := s.api.heard(ctx, s.cfg.App)
	for path, into := range map[string]any{"/asterisk/info": &info, "/channels": &channels, "/bridges": &bridges} {
		if err == nil {
			err = s.api.request(ctx, "GET", path, nil, into)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("ask Asterisk which callers it has: %w", err)
	}
	f := &found{startup: info.Status.StartupTime, callers: map[string]channelState{}, legs: map[string]bool{},
		bridges: map[string][]string{}, ringing: map[string]bool{}, elsewhere: map[string]bool{}, heard: heard}
	for _, ch := range channels {
		switch {
		case ch.Dialplan.App == "AppDial2" && ch.Vars[varCall] != "" && slices.Contains(f.heard, ch.ID):
			f.ringing[ch.ID] = true
		case !ch.inApplication(s.cfg.App):
			f.elsewhere[ch.ID] = true
		default:
			if isLeg(ch.ID) {
				f.legs[ch.ID] = true
			}
			if !isLeg(ch.ID) || argumentsOf(ch).dialled {
				f.callers[ch.ID] = ch
			}
		}
	}
	for _, b := range bridges {
		if b.Name == s.cfg.App && strings.HasSuffix(b.ID, ".leg.bridge") {
			f.bridges[b.ID] = b.ChannelIDs
		}
	}
	return f, nil
}

// reconcile compares the callers that Asterisk has with those that we and the core
// believe in, and tells the difference as ordinary events. Events that Asterisk sends
// meanwhile wait; some of them are then told twice, which changes nothing.
func (s *reconciler) reconcile(ctx context.Context, known func() []Known) error {
	before := s.believed() // before asking: whatever begins later is no difference
	f, err := s.survey(ctx)
	if err != nil {
		return err
	}
	if err := s.filter(ctx); err != nil {
		s.log.Warn("Asterisk will send more events than needed", "err", err)
	}
	if err := s.resubscribe(f); err != nil {
		return err
	}
	restarted := s.startup != "" && s.startup != f.startup
	s.startup = f.startup
	lost := s.readiness.lastLost()

	for _, b := range before {
		s.compare(ctx, b, f, restarted, lost)
	}
	if known != nil {
		for _, k := range known() {
			s.compareKnown(ctx, k, f, restarted)
		}
	}
	for id, ch := range f.callers {
		if !f.legs[id] { // else it is somebody's, or an orphan
			s.release(ctx, ch, f)
			s.adopt(ch)
		}
	}
	s.removeOrphans(ctx, f)
	return nil
}

// believed is a caller as we believed in it before asking.
type believed struct {
	*caller
	leg   string // bridged, or a transfer's
	inApp bool   // the leg
}

func (s *reconciler) believed() []believed {
	s.callers.mu.Lock()
	defer s.callers.mu.Unlock()
	var all []believed
	for _, c := range s.callers.calls {
		b := believed{caller: c}
		c.mu.Lock()
		if l := c.talk.leg; l != nil && (l.bridged || l.transfer != nil) {
			b.leg, b.inApp = l.id, l.inApp
		}
		c.mu.Unlock()
		all = append(all, b)
	}
	return all
}

// compare tells what happened to a caller of ours while we were not connected,
// which was since lost.
func (s *reconciler) compare(ctx context.Context, b believed, f *found, restarted bool, lost time.Time) {
	ch, here := f.callers[b.channel]
	switch {
	case here:
		delete(f.callers, b.channel)
		if b.dialing.answered("", argumentsOf(ch)); b.dialing.isOpen() { // we call, and Asterisk is about to listen
			return
		}
	case b.dialing.isBetween():
		return
	case b.dialing.isOpen() && (f.ringing[b.channel] || f.elsewhere[b.channel]):
		return
	case f.elsewhere[b.channel]:
		h := b.orderedEnd(taken)
		h.Estimated, h.At = true, lost
		b.hungUp(h)
		return
	default:
		h := absent(restarted, lost)
		if !restarted { // perhaps we ended it, and the answer was lost
			h = b.orderedEnd(h)
			h.Estimated, h.At = true, lost
		}
		b.hungUp(h)
		return
	}
	if ch.State == "Up" {
		b.picked()
	}
	switch {
	case b.leg == "":
	case f.legs[b.leg] && !b.inApp:
		b.talk.handleEvent(event{Type: ari.Events.StasisStart, Channel: channelState{ID: b.leg}})
	case !f.legs[b.leg] && !f.ringing[b.leg] && !f.elsewhere[b.leg]:
		b.talk.legEnded(b.leg, 0, 0)
	}
	b.playback.check(ctx)
	b.recorder.check(ctx)
	b.aside(b.care.renewOnce)
}

// compareKnown takes up a call that the core knows and this process, which has just
// started, does not.
func (s *reconciler) compareKnown(ctx context.Context, k Known, f *found, restarted bool) {
	if here, ended := s.callers.knows(k.Call); here || ended {
		return
	}
	if f.ringing[k.Channel] { // its answer or end will be told
		s.callers.mu.Lock()
		c := s.newCallerLocked(k.Call, k.Channel, "", false)
		c.dialing.out = &outgoing{id: k.Channel, until: time.Now(), attempt: attempt{rang: true}}
		s.callers.mu.Unlock()
		c.worker.start(func(context.Context) {})
		return
	}
	ch, here := f.callers[k.Channel]
	if !here {
		h := absent(restarted || bornBefore(k.Channel, f.startup), k.Seen)
		if f.elsewhere[k.Channel] {
			h.Side, h.Text = taken.Side, taken.Text
		}
		s.newCaller(k.Call, k.Channel, "", false).hungUp(h)
		return
	}
	delete(f.callers, k.Channel)
	s.resume(ctx, k, ch, f)
}

// resume takes up a caller of an earlier controller, who is on the channel ch.
func (s *reconciler) resume(ctx context.Context, k Known, ch channelState, f *found) {
	away := f.away(k)
	if !f.joined(k.Leg, k.Channel) && (away == "" || !f.stands(k.Leg)) {
		k.Leg = ""
	}
	c := s.newCaller(k.Call, k.Channel, "", true)
	c.before = ch.State == "Up"
	c.identified(ch)
	if k.Leg != "" {
		c.talk.begin(leg{id: k.Leg, timed: f.callers[k.Leg].Name, inApp: true, bridged: true})
	}
	handedOn := k.Transfer != "" && f.joined(call.TransferLeg(k.Transfer), k.Channel)
	if handedOn {
		s.resumeTransfer(c, k.Transfer, f)
	}
	if c.consult.away = away; away != k.With {
		c.orders.queueOrder(call.Part{Call: k.Call}) // of before, and not carried out
	}
	c.care.spread()
	c.postEvent(call.Resumed{Call: k.Call, Node: s.cfg.Node, Leg: k.Leg})
	if k.Leg == "" && away == "" && !handedOn {
		s.release(ctx, ch, f)
	}
	if k.Transfer != "" && !handedOn {
		c.postEvent(call.TransferEnded{Call: k.Call, Transfer: k.Transfer, Why: "over"})
	}
	if ch.Vars[varCall] == string(k.Call) { // marked already; the first order need not wait for it
		c.care.setCharged()
		c.worker.start(c.playback.endEarlierSounds)
		c.aside(c.care.renewOnce)
	} else {
		c.worker.start(func(ctx context.Context) {
			c.playback.endEarlierSounds(ctx)
			c.care.takeCharge(ctx)
		})
	}
	if away != "" {
		c.worker.enqueue(c.consult.watchStreams)
	}
}

// resumeTransfer takes up a talk with a number outside.
func (s *reconciler) resumeTransfer(c *caller, id string, f *found) {
	r, ch := &transfer{id: id}, f.callers[call.TransferLeg(id)]
	r.way.Trunk, _ = trunkOf(ch.Name)
	if r.counted = r.way.Trunk != "" && s.cfg.Carriers != nil; r.counted {
		s.cfg.Carriers.Began(r.way.Trunk, false)
	}
	l := c.talk.begin(leg{id: call.TransferLeg(id), transfer: r, timed: ch.Name, inApp: true, bridged: true})
	for _, tap := range taps { // if it is recorded, that is ordered again
		if f.legs[tapOf(l.id, tap.side)] {
			s.callers.legs.register(tapOf(l.id, tap.side), c)
		}
	}
}

// adopt takes in a caller that neither we nor the core know: the event of the arrival was
// lost, or the journal was. The call gets a new id even if its channel names one: facts
// may be written under the old id, and two calls would become one.
func (s *reconciler) adopt(ch channelState) {
	args := argumentsOf(ch)
	if args.dialled {
		s.hangUpUnknown(ch.ID)
		return
	}
	if _, over := s.callers.knows(call.ID(ch.Vars[varCall])); over && !args.again {
		// We have told its end: the request to hang up was lost, or is under way.
		s.log.Warn("Asterisk still had a caller whose call is over", "call", ch.Vars[varCall])
		_ = s.api.Channel().Hangup(channelKey(ch.ID), "normal")
		return
	}
	args.again = args.again || ch.Vars[varCall] != ""
	s.newCaller(s.cfg.NewID(), ch.ID, "", true).arrived(ch, args)
}

// release takes a caller out of the bridge with a leg that is not theirs any
// more, before anything is ordered. Words that were begun during a hold are silenced:
// Asterisk would let them end first.
func (s *reconciler) release(ctx context.Context, ch channelState, f *found) {
	for bridge, members := range f.bridges {
		if !slices.Contains(members, ch.ID) {
			continue
		}
		for slot := range slots {
			_ = s.api.Playback().Stop(playbackKey(slotID(call.ID(ch.Vars[varCall]), slot)))
		}
		if err := s.api.leave(ctx, bridge, ch.ID); err != nil {
			s.log.Warn("a caller stays in the bridge of a talk that is over", "channel", ch.ID, "err", err)
		}
	}
}

// removeOrphans takes away legs and bridges that belong to nobody. Asterisk would keep
// them for ever: nothing tells it that an RTP leg's far end is dead.
func (s *reconciler) removeOrphans(ctx context.Context, f *found) {
	kept := s.callers.channels()
	orphans := map[string]bool{}
	for id := range f.ringing {
		if isLeg(id) {
			orphans[id] = true
		} else if !kept[id] {
			s.hangUpUnknown(id)
		}
	}
	for id := range f.legs {
		orphans[id] = true
	}
	for id := range f.bridges {
		orphans[strings.TrimSuffix(id, ".bridge")] = true
	}
	for id := range orphans {
		if kept[id] {
			continue
		}
		s.log.Info("taking away a leg that belongs to no call", "leg", id)
		if err := s.api.remove(ctx, id); err != nil {
			s.log.Warn("a leg that belongs to no call stays in Asterisk", "leg", id, "err", err)
		}
	}
}

// resubscribe makes sure that we hear of every channel of ours. Asterisk
// remembers across connections, but not always.
func (s *reconciler) resubscribe(f *found) error {
	deaf := func(id string) bool { return !slices.Contains(f.heard, id) }
	var sources []string
	for id := range f.callers {
		if deaf(id) {
			sources = append(sources, "channel:"+id)
		}
	}
	for id := range f.legs {
		if _, both := f.callers[id]; deaf(id) && !both {
			sources = append(sources, "channel:"+id)
		}
	}
	for _, source := range sources {
		if err := s.api.Application().Subscribe(ari.NewKey(ari.ApplicationKey, s.cfg.App), source); err != nil && !refused(err, 404, 422) {
			return fmt.Errorf("subscribe to %s: %w", source, err)
		}
	}
	return nil
}

// joined reports whether leg and caller are still in their bridge.
func (f *found) joined(leg, channel string) bool {
	return f.stands(leg) && slices.Contains(f.bridges[bridgeOf(leg)], channel)
}

// stands reports whether a leg is in its bridge.
func (f *found) stands(leg string) bool {
	return f.legs[leg] && slices.Contains(f.bridges[bridgeOf(leg)], leg)
}

// away returns the leg of the talk in whose bridge a consulted party's channel is, instead
// of with the leg of its own call: all three talk, or did a moment ago. "": the channel is
// in no such bridge.
func (f *found) away(k Known) string {
	for bridge, members := range f.bridges {
		leg := strings.TrimSuffix(bridge, ".bridge")
		if isLeg(k.Channel) && slices.Contains(members, k.Channel) && leg != k.Leg && (leg == k.With || f.stands(k.Leg)) {
			return leg
		}
	}
	return ""
}

// absent is the end of a caller who was there when last seen and is not now.
func absent(restarted bool, seen time.Time) call.HungUp {
	h := vanished
	if restarted {
		h.Side, h.Text = call.SideSystem, "Asterisk was restarted"
	}
	h.At = seen
	return h
}

// bornBefore reports whether a channel is older than the Asterisk that runs
// now. A unique id is [systemname-]epoch.sequence.
func bornBefore(channel, startup string) bool {
	id := channel[strings.LastIndexByte(channel, '-')+1:]
	epoch, _, _ := strings.Cut(id, ".")
	born, err := strconv.ParseInt(epoch, 10, 64)
	started, bad := time.Parse(ari.DateFormat, startup)
	return err == nil && bad == nil && born < started.Unix()
}

// Known is a call that the core believes open.
type Known struct {
	Call    call.ID
	Channel string // as told by Arrived, or the id of the Dial
	Leg     string // the leg that is bridged and whose agent is still connected, else ""

	// Seen is when the caller was last known to be there; zero: not known. A
	// caller that Asterisk does not have has ended then.
	Seen time.Time

	// With, of a call in which an agent asks somebody, is the leg of the talk with which
	// the far end is united; "": with none.
	With string

	// Transfer is the one that has been answered and is not over. If it is over
	// by now, TransferEnded follows Resumed.
	Transfer string
}

// filter asks Asterisk to send only what is wanted. It belongs to a
// connection's application object, so it is asked for after every connect.
func (s *reconciler) filter(ctx context.Context) error {
	type named struct {
		Type string `json:"type"`
	}
	var allowed []named
	for _, t := range wanted {
		allowed = append(allowed, named{t})
	}
	return s.api.request(ctx, http.MethodPut, "/applications/"+s.cfg.App+"/eventFilter", map[string]any{"allowed": allowed}, nil)
}
