package asterisk

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/CyCoreSystems/ari/v5"

	"presszero/call"
)

// playback is what a waiting caller hears: prompts, one playback after another,
// and music. The worker begins and stops it; its end comes with Asterisk's events,
// in Run's goroutine, or is found by a round of care.
type playback struct {
	c *caller

	leadIn time.Duration // silence after the answer, before the first word; set before the worker starts

	// The caller's mu guards these.
	plays  map[string]*spoken // the playbacks that have not ended, by their id in Asterisk
	begun  string             // call.Play's name of the playback that was begun last
	slot   int                // of that playback, or of the last one of an earlier controller; see slotID
	music  string             // "": off; "on CLASS"; or unknownMusic
	silent chan struct{}      // closed when the far end falls silent; nil: nobody waits for it

	// Only the worker's goroutine reads and writes these.
	promiseBroken bool   // the facts are not on disk: the next Play is left out
	uncertain     string // a playback that Asterisk may have, or not: the answer was lost
}

// unknownMusic: music may be on, by an earlier controller or by an order whose
// answer was lost.
const unknownMusic = "?"

func newPlayback(c *caller, earlier bool) *playback {
	p := &playback{c: c, leadIn: c.s.cfg.LeadIn, plays: map[string]*spoken{}}
	if earlier {
		p.music = unknownMusic
	}
	return p
}

// spoken is one playback that has not ended.
type spoken struct {
	play      string // call.Play's name for it
	confirmed bool   // Asterisk has taken the request
}

// slots is how many names a call's playbacks have in Asterisk, in turn. There
// are few of them, so that a controller that has just started finds the prompt
// that another one began: Asterisk does not list playbacks, and a channel obeys
// no order before its prompt is over. There are more than can be heard of at
// the same time.
const slots = 8

func (p *playback) slotID(slot int) string { return slotID(p.c.id, slot) }

func slotID(id call.ID, slot int) string { return fmt.Sprintf("%s.say%d", id, slot%slots) }

// earlierLimit is how long endEarlierSounds tries, at most.
const earlierLimit = 5 * time.Second

// endEarlierSounds ends the prompts that an earlier controller had begun, and throws
// away the recording that it had begun: the caller is asked again. A request that
// Asterisk does not answer is repeated. Otherwise the caller would hear the old
// prompt to its end, and then the same from the beginning.
func (p *playback) endEarlierSounds(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, earlierLimit)
	defer cancel()
	for slot := range slots {
		if untilAnswered(ctx, func() error { return p.c.s.api.Playback().Stop(playbackKey(p.slotID(slot))) }) == nil {
			p.c.mu.Lock()
			p.slot = slot
			p.c.mu.Unlock()
		}
	}
	var name string
	err := untilAnswered(ctx, func() (err error) {
		name, err = p.c.s.api.Channel().GetVariable(channelKey(p.c.channel), varRecord)
		return err
	})
	if err == nil && name != "" {
		_ = untilAnswered(ctx, func() error { return p.c.s.api.LiveRecording().Scrap(ari.NewKey(ari.LiveRecordingKey, name)) }) // mostly over long ago
	}
}

// speak speaks the prompts. A failure is told as the end of the playback, as a
// missing sound is: the flow waits for that end.
func (p *playback) speak(ctx context.Context, cmd call.Play) error {
	id, once := p.begin(cmd.Play)
	if !once {
		return nil
	}
	if p.promiseBroken {
		p.promiseBroken = false
		p.ended(id, true)
		return nil
	}
	media := p.sounds(ctx, cmd.Prompts) // while the music plays
	if err := unheard(p.clearWay()); errors.Is(err, errUnheard) {
		p.takeBack(id)
		return err
	} else if err != nil {
		p.ended(id, true)
		return err
	}
	if len(media) == 0 {
		p.ended(id, len(cmd.Prompts) > 0)
		return nil
	}
	p.stopUncertain()
	return p.request(ctx, id, cmd.Prompts, append(p.silenceBefore(), media...))
}

// clearWay ends what would stand in the way of words: music, and the mute of a hold
// that is over. During a hold both stay. Asterisk speaks over the music and goes on with
// it afterwards; without it the caller would hear what the agent says between the
// words and the next order.
func (p *playback) clearWay() error {
	if p.c.hold.isOn() {
		p.doubtMusic() // the next Hold makes sure of it
		return nil
	}
	if err := p.stopMusic(); err != nil {
		return err
	}
	return p.c.hold.unmute()
}

// request asks Asterisk to speak the media as the playback with that id.
func (p *playback) request(ctx context.Context, id string, prompts, media []string) error {
	err := unheard(onChannel(p.c.s.api.startPlayback(ctx, p.c.channel, id, media)))
	if errors.Is(err, errUnheard) {
		p.takeBack(id)
		p.uncertain = id
		return err
	}
	if errors.Is(err, errGone) || errors.Is(err, errTaken) {
		return err
	}
	if err != nil {
		p.c.s.log.Warn("prompts could not be played", "call", p.c.id, "prompts", named(prompts), "err", err)
		p.ended(id, true)
		return nil
	}
	p.c.mu.Lock()
	defer p.c.mu.Unlock()
	if is := p.plays[id]; is != nil {
		is.confirmed = true
	}
	return nil
}

// onePacket is how much sound a packet holds (RFC 3551's usual 20 ms).
const onePacket = 20 * time.Millisecond

// silenceBefore is the media before the words: the lead-in, if the call was
// answered a moment ago. It is a part of the playback, and not a wait of ours: if
// the controller dies meanwhile, the caller still hears the words.
func (p *playback) silenceBefore() []string {
	p.c.mu.Lock()
	length, since := p.leadIn, time.Since(p.c.upAt)
	p.c.mu.Unlock()
	if since >= length || p.c.s.cfg.Silence == nil {
		return nil
	}
	uri, err := p.c.s.cfg.Silence(length + onePacket) // the first may be there before the answer
	if err != nil {
		p.c.s.log.Warn("the silence after the answer cannot be had and is left out", "call", p.c.id, "err", err)
		return nil
	}
	return []string{uri}
}

// What counts as the end of a greeting: so many ms of silence, in which the beep
// comes and goes, below this loudness.
const silenceAfterTalk = "1500,256"

// letFinish waits until the far end has been silent for a moment, at most as long as
// most. The worker waits with it: the next order is to be heard in the silence.
func (p *playback) letFinish(ctx context.Context, most time.Duration) error {
	silent := make(chan struct{})
	p.c.mu.Lock()
	p.silent = silent
	p.c.mu.Unlock()
	if err := p.c.setVariable("TALK_DETECT(set)", silenceAfterTalk); err != nil {
		return err
	}
	select {
	case <-silent:
	case <-time.After(most):
	case <-p.c.over:
		return nil
	case <-ctx.Done():
		return nil
	}
	return p.c.setVariable("TALK_DETECT(remove)", "")
}

// fallsSilent takes that the far end has talked and is silent now.
func (p *playback) fallsSilent() {
	p.c.mu.Lock()
	defer p.c.mu.Unlock()
	if p.silent != nil {
		close(p.silent)
		p.silent = nil
	}
}

// Limits of what may take its time before a caller hears something.
const (
	soundLimit   = 3 * time.Second        // to have all sounds of a Play
	promiseLimit = 500 * time.Millisecond // to have the facts on disk
)

// sounds returns the addresses of the prompts. A prompt that cannot be had is left out.
func (p *playback) sounds(ctx context.Context, prompts []string) (media []string) {
	ctx, cancel := context.WithTimeout(ctx, soundLimit)
	defer cancel()
	for _, prompt := range prompts {
		uri, err := p.c.s.cfg.Sound(ctx, prompt)
		if err != nil {
			p.c.s.log.Warn("a prompt cannot be had and is left out", "call", p.c.id, "prompt", named([]string{prompt}), "err", err)
			continue
		}
		media = append(media, uri)
	}
	return media
}

// named returns the prompts as a log may hold them: a text that is spoken may hold
// the digits that the caller has typed.
func named(prompts []string) (names []string) {
	for _, p := range prompts {
		if language, text, spoken := call.SpokenText(p); spoken {
			p = fmt.Sprintf("say:%s:(%d bytes)", language, len(text))
		}
		names = append(names, p)
	}
	return names
}

// promise waits until the facts are on disk. If they are not in time, the
// words that would bind us are not said.
func (p *playback) promise(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, promiseLimit)
	defer cancel()
	err := p.c.s.cfg.Promise(ctx)
	p.promiseBroken = err != nil
	return err
}

// begin notes a playback before it is asked for, since its end may be heard
// before the answer to the request. It is false for one that was ordered twice.
func (p *playback) begin(play string) (id string, once bool) {
	p.c.mu.Lock()
	if p.begun == play || p.idLocked(play) != "" {
		p.c.mu.Unlock()
		return "", false
	}
	p.slot++
	id = p.slotID(p.slot)
	p.plays[id] = &spoken{play: play}
	p.begun = play
	p.c.mu.Unlock()
	p.c.s.callers.plays.register(id, p.c)
	return id, true
}

// leftOut tells the end of a playback that was taken back and is not to be heard any more.
func (p *playback) leftOut(play string) {
	p.c.mu.Lock()
	defer p.c.mu.Unlock()
	if p.begun != play && p.idLocked(play) == "" && !p.c.isOver { // else it was ordered once more
		p.c.s.post(call.PlayEnded{Call: p.c.id, Play: play, Failed: true})
	}
}

// takeBack notes that a playback has not begun after all: Asterisk could not be asked.
func (p *playback) takeBack(id string) {
	p.c.mu.Lock()
	delete(p.plays, id)
	p.begun = ""
	p.c.mu.Unlock()
	p.c.s.callers.plays.remove(id)
}

// stopUncertain ends a playback that Asterisk perhaps has after all.
func (p *playback) stopUncertain() {
	if p.uncertain == "" {
		return
	}
	if err := p.c.s.api.Playback().Stop(playbackKey(p.uncertain)); err == nil || refused(err, http.StatusNotFound) {
		p.uncertain = ""
	} // else before the next sound
}

// idLocked returns the id in Asterisk of call.Play's playback, "" when it is over. The
// caller's mu is held.
func (p *playback) idLocked(play string) string {
	for id, is := range p.plays {
		if is.play == play {
			return id
		}
	}
	return ""
}

// idsLocked returns the ids of the playbacks that have not ended. The caller's mu is
// held.
func (p *playback) idsLocked() []string { return slices.Collect(maps.Keys(p.plays)) }

// ended tells a playback's end, once.
func (p *playback) ended(id string, failed bool) {
	p.c.mu.Lock()
	is := p.plays[id]
	delete(p.plays, id)
	if is != nil && !p.c.isOver {
		p.c.s.post(call.PlayEnded{Call: p.c.id, Play: is.play, Failed: failed})
	}
	p.c.mu.Unlock()
	p.c.s.callers.plays.remove(id)
}

// stopNamed silences a playback by call.Play's name for it. It may be over.
func (p *playback) stopNamed(play string) error {
	p.c.mu.Lock()
	id := p.idLocked(play)
	p.c.mu.Unlock()
	if id == "" {
		return nil
	}
	return p.stopPlayback(id)
}

// stopPlayback silences a playback. Its end is told at once: Asterisk says nothing
// about one that had not begun.
func (p *playback) stopPlayback(id string) error {
	err := p.c.s.api.Playback().Stop(playbackKey(id))
	if err != nil && !refused(err, http.StatusNotFound) {
		return err
	}
	p.ended(id, false)
	return nil
}

// stopAll silences all playbacks.
func (p *playback) stopAll() error {
	p.stopUncertain()
	for _, id := range p.running() {
		if err := p.stopPlayback(id); err != nil {
			return err
		}
	}
	return nil
}

// running returns the ids of the playbacks that Asterisk has.
func (p *playback) running() []string {
	p.c.mu.Lock()
	defer p.c.mu.Unlock()
	var ids []string
	for id, is := range p.plays {
		if is.confirmed {
			ids = append(ids, id)
		}
	}
	return ids
}

func (p *playback) playMusic(class string) error { return unheard(p.startMusic(class)) }

// startMusic plays music of the class, unless that is what is heard.
func (p *playback) startMusic(class string) error {
	if class == "" {
		class = p.c.s.cfg.MusicClass
	}
	p.c.mu.Lock()
	playing := p.music == "on "+class
	p.c.mu.Unlock()
	if playing {
		return nil
	}
	if err := onChannel(p.c.s.api.Channel().MOH(channelKey(p.c.channel), class)); err != nil {
		p.setMusic(unknownMusic) // perhaps it was heard after all
		return err
	}
	p.setMusic("on " + class)
	return nil
}

// stopMusic ends the music. In a bridge the bridge's thread makes it, and Asterisk (22.10.1)
// forgets a request to end it that comes while that thread writes a packet of it: about as
// seldom as the thread is interrupted there. The caller would hear music instead of the
// agent until the talk ends, and Asterisk does not tell. So it is asked again, twice.
func (p *playback) stopMusic() error {
	p.c.mu.Lock()
	off := p.music == ""
	p.c.mu.Unlock()
	if off {
		return nil
	}
	if err := p.requestSilence(); err != nil {
		return err
	}
	p.setMusic("")
	if p.c.isInTalk() {
		p.stopLost(p.c.worker)
	}
	return nil
}

// stopLost asks Asterisk twice more to end the music, unless music or a prompt was begun
// meanwhile: the request would end that. w is the worker of the call whose channel this is
// now: after a hand-on, that of the caller.
func (p *playback) stopLost(w *worker) {
	for _, later := range []time.Duration{100 * time.Millisecond, time.Second} {
		time.AfterFunc(later, func() {
			w.enqueue(func(context.Context) {
				p.c.mu.Lock()
				quiet := p.music == "" && len(p.plays) == 0
				p.c.mu.Unlock()
				if quiet {
					_ = p.requestSilence()
				}
			})
		})
	}
}

func (p *playback) requestSilence() error {
	return onChannel(p.c.s.api.Channel().StopMOH(channelKey(p.c.channel)))
}

func (p *playback) setMusic(m string) {
	p.c.mu.Lock()
	defer p.c.mu.Unlock()
	p.music = m
}

// doubtMusic notes that music which was on may be off by now, or not.
func (p *playback) doubtMusic() {
	p.c.mu.Lock()
	defer p.c.mu.Unlock()
	if p.music != "" {
		p.music = unknownMusic
	}
}

// check tells the end of playbacks that are over.
func (p *playback) check(ctx context.Context) {
	for _, id := range p.running() {
		if playing, err := p.c.s.api.playing(ctx, id); err == nil && !playing {
			p.ended(id, false)
		}
	}
}
