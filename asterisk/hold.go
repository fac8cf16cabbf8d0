package asterisk

import (
	"errors"

	"github.com/CyCoreSystems/ari/v5"

	"presszero/call"
)

// hold puts a joined caller on hold: the caller's channel gets music and is muted, so
// that the agent does not hear the caller. The agent's leg and the bridge stay.
//
// Asterisk keeps music and mute, also when leg, bridge and controller are gone. A mute that is
// forgotten would follow the caller: the next agent would hear nothing, and the next
// message would be silence. So it is taken back before the caller is joined, recorded
// or, without a leg, told anything (see quiet and clearWay), and by the dialplan for
// whoever comes to the fallback.
//
// Only the worker's goroutine uses it.
type hold struct {
	c      *caller
	muted  bool // the channel is muted, or may be: by an earlier controller, or by an order whose answer was lost
	wanted bool // of Hold and Unhold, Hold was ordered last
}

// begin puts the caller on hold. The mute comes first, so that the agent does not hear the
// caller once the music plays. To repeat it does no harm. While a prompt is spoken to the
// caller, Asterisk keeps both requests until the prompt ends; the agent does not hear the
// caller in that time either.
func (h *hold) begin(cmd call.Hold) error {
	h.c.consult.awaitPart()
	if !h.c.isInTalk() {
		return errors.New("the caller is joined with nobody")
	}
	h.wanted, h.muted = true, true
	if err := onChannel(h.c.s.api.Channel().Mute(channelKey(h.c.channel), ari.DirectionIn)); err != nil {
		return err
	}
	return h.c.playback.startMusic(cmd.Class)
}

// end has the two hear each other again. Words under way are silenced: in Asterisk all
// else would wait for their end. A caller who is not joined keeps what is heard.
func (h *hold) end() error {
	h.wanted = false
	if !h.c.isInTalk() {
		return h.unmute()
	}
	return h.c.quiet()
}

// refresh mutes the caller for a moment during a talk, so that Asterisk sets the formats of
// the caller's channel and of the leg's anew; see consult.
func (h *hold) refresh() {
	if h.wanted || !h.c.isInTalk() {
		return
	}
	h.muted = true
	if err := onChannel(h.c.s.api.Channel().Mute(channelKey(h.c.channel), ari.DirectionIn)); errors.Is(err, errGone) {
		return
	}
	if h.unmute() != nil {
		h.c.orders.repeatUntilDone(call.Unhold{Call: h.c.id}, askAgain)
	}
}

// isOn reports whether the caller is on hold, or may be.
func (h *hold) isOn() bool { return h.muted && h.c.isInTalk() }

// unmute takes the mute back.
func (h *hold) unmute() error {
	if !h.muted {
		return nil
	}
	if err := onChannel(h.c.s.api.Channel().Unmute(channelKey(h.c.channel), ari.DirectionIn)); err != nil {
		return err
	}
	h.muted = false
	return nil
}
