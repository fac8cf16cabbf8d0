package asterisk

// What a waiting caller hears: prompts, one playback after another, and music.

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/CyCoreSystems/ari/v5"

	"presszero/call"
)

// spoken is one playback that has not ended.
type spoken struct {
	play string // the core's name for it
	has  bool   // Asterisk has it
}

// slots is how many names a call's playbacks have in Asterisk, in turn. There
// are few of them, so that a controller that has just started finds the prompt
// that another one began: Asterisk does not list playbacks, and a channel obeys
// no order before its prompt is over. There are more than can be heard of at
// the same time.
const slots = 8

func (c *caller) slotID(slot int) string { return fmt.Sprintf("%s.say%d", c.id, slot%slots) }

// hushLimit is how long hush tries, at most.
const hushLimit = 5 * time.Second

// hush ends what an earlier controller had begun to say, and throws away what
// it had begun to record: whoever was speaking is asked again. A request that
// Asterisk does not answer is repeated, or the caller would hear the old prompt
// to its end, and then the same from the beginning.
func (c *caller) hush(ctx context.Context) {
	if l := c.theLeg(); l != nil {
		return // talks
	}
	ctx, cancel := context.WithTimeout(ctx, hushLimit)
	defer cancel()
	for slot := range slots {
		if untilAnswered(ctx, func() error { return c.s.api.Playback().Stop(playbackKey(c.slotID(slot))) }) == nil {
			c.mu.Lock()
			c.slot = slot
			c.mu.Unlock()
		}
	}
	var name string
	err := untilAnswered(ctx, func() (err error) {
		name, err = c.s.api.Channel().GetVariable(channelKey(c.channel), varRecord)
		return err
	})
	if err == nil && name != "" {
		_ = untilAnswered(ctx, func() error { return c.s.api.LiveRecording().Scrap(ari.NewKey(ari.LiveRecordingKey, name)) }) // mostly over long ago
	}
}

// untilAnswered repeats a request until Asterisk has answered it, with yes or no.
func untilAnswered(ctx context.Context, ask func() error) error {
	for {
		err := ask()
		if no := (*Error)(nil); err == nil || errors.As(err, &no) && no.Status < http.StatusInternalServerError {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(askAgain):
		}
	}
}

// play speaks the prompts. That they could not be spoken is told like a sound
// that is missing: whoever waits for this playback's end must hear of it.
func (c *caller) play(ctx context.Context, p call.Play) error {
	id, once := c.begin(p.Play)
	if !once {
		return nil
	}
	if c.unpromised {
		c.unpromised = false
		c.playEnded(id, true)
		return nil
	}
	media := c.sounds(ctx, p.Prompts) // while the music plays
	if err := unheard(c.stopMusic()); errors.Is(err, errUnheard) {
		c.unbegin(id)
		return err
	} else if err != nil {
		c.playEnded(id, true)
		return err
	}
	if len(media) == 0 {
		c.playEnded(id, len(p.Prompts) > 0)
		return nil
	}
	c.stopUnsaid()
	media = append(c.silenceBefore(), media...)
	err := unheard(onChannel(c.s.api.play(ctx, c.channel, id, media)))
	if errors.Is(err, errUnheard) {
		c.unbegin(id)
		c.unsaid = id
		return err
	}
	if errors.Is(err, errGone) || errors.Is(err, errTaken) {
		return err
	}
	if err != nil {
		c.s.log.Warn("prompts could not be played", "call", c.id, "prompts", named(p.Prompts), "error", err)
		c.playEnded(id, true)
		return nil
	}
	c.mu.Lock()
	if is := c.plays[id]; is != nil {
		is.has = true
	}
	c.mu.Unlock()
	return nil
}

// onePacket is how much sound a packet holds (RFC 3551's usual 20 ms).
const onePacket = 20 * time.Millisecond

// silenceBefore is what is played before the words: the lead-in, if the call was
// answered a moment ago. It is a part of the playback, and not a wait of ours: a
// controller that stops answering meanwhile leaves the caller with her words.
func (c *caller) silenceBefore() []string {
	c.mu.Lock()
	length, since := c.leadIn, time.Since(c.upAt)
	c.mu.Unlock()
	if since >= length || c.s.cfg.Silence == nil {
		return nil
	}
	uri, err := c.s.cfg.Silence(length + onePacket) // the first may be there before the answer
	if err != nil {
		c.s.log.Warn("the silence after the answer cannot be had and is left out", "call", c.id, "error", err)
		return nil
	}
	return []string{uri}
}

// What counts as the end of a greeting: so many ms of silence, in which the beep
// comes and goes, below this loudness.
const silenceAfterTalk = "1500,256"

// letFinish waits until the far end has been silent for a moment. The worker
// waits with it: what is ordered next is what is to be heard then.
func (c *caller) letFinish(ctx context.Context, most time.Duration) error {
	silent := make(chan struct{})
	c.mu.Lock()
	c.silent = silent
	c.mu.Unlock()
	if err := c.set("TALK_DETECT(set)", silenceAfterTalk); err != nil {
		return err
	}
	select {
	case <-silent:
	case <-time.After(most):
	case <-c.over:
		return nil
	case <-ctx.Done():
		return nil
	}
	return c.set("TALK_DETECT(remove)", "")
}

// fallsSilent: the far end has talked and is silent now.
func (c *caller) fallsSilent() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.silent != nil {
		close(c.silent)
		c.silent = nil
	}
}

// Limits of what may take its time before a caller hears something.
const (
	soundLimit   = 3 * time.Second        // to have all sounds of a Play
	promiseLimit = 500 * time.Millisecond // to have the facts on disk
)

// sounds are the addresses of the prompts. One that cannot be had is left out.
func (c *caller) sounds(ctx context.Context, prompts []string) (media []string) {
	ctx, cancel := context.WithTimeout(ctx, soundLimit)
	defer cancel()
	for _, prompt := range prompts {
		uri, err := c.s.cfg.Sound(ctx, prompt)
		if err != nil {
			c.s.log.Warn("a prompt cannot be had and is left out", "call", c.id, "prompt", named([]string{prompt}), "error", err)
			continue
		}
		media = append(media, uri)
	}
	return media
}

// named are prompts as a log may know them: a text that is spoken may hold
// what the caller has typed.
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
func (c *caller) promise(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, promiseLimit)
	defer cancel()
	err := c.s.cfg.Promise(ctx)
	c.unpromised = err != nil
	return err
}

// begin notes a playback before it is asked for, since its end may be heard
// before the answer to the request. It is false for one that was ordered twice.
func (c *caller) begin(play string) (id string, once bool) {
	c.mu.Lock()
	if c.begun == play || c.idLocked(play) != "" {
		c.mu.Unlock()
		return "", false
	}
	c.slot++
	id = c.slotID(c.slot)
	c.plays[id] = &spoken{play: play}
	c.begun = play
	c.mu.Unlock()
	c.s.mu.Lock()
	c.s.plays[id] = c
	c.s.mu.Unlock()
	return id, true
}

// unbegin takes back that a playback has begun: Asterisk could not be asked.
func (c *caller) unbegin(id string) {
	c.mu.Lock()
	delete(c.plays, id)
	c.begun = ""
	c.mu.Unlock()
	c.s.mu.Lock()
	delete(c.s.plays, id)
	c.s.mu.Unlock()
}

// stopUnsaid ends a playback that Asterisk perhaps has after all.
func (c *caller) stopUnsaid() {
	if c.unsaid == "" {
		return
	}
	if err := c.s.api.Playback().Stop(playbackKey(c.unsaid)); err == nil || refused(err, http.StatusNotFound) {
		c.unsaid = ""
	} // else before the next sound
}

// unheard marks an error of the network. A refusal is Asterisk's answer.
func unheard(err error) error {
	var no *Error
	if err == nil || errors.As(err, &no) || errors.Is(err, errGone) || errors.Is(err, errTaken) {
		return err
	}
	return errors.Join(errUnheard, err)
}

// idLocked is the id of the core's playback in Asterisk, "" when it is over.
// It expects c.mu.
func (c *caller) idLocked(play string) string {
	for id, is := range c.plays {
		if is.play == play {
			return id
		}
	}
	return ""
}

// playEnded tells a playback's end, once.
func (c *caller) playEnded(id string, failed bool) {
	c.mu.Lock()
	is := c.plays[id]
	delete(c.plays, id)
	if is != nil && !c.isOver {
		c.s.post(call.PlayEnded{Call: c.id, Play: is.play, Failed: failed})
	}
	c.mu.Unlock()
	c.s.mu.Lock()
	delete(c.s.plays, id)
	c.s.mu.Unlock()
}

// stopPlay silences a playback of the core's, which may be over.
func (c *caller) stopPlay(play string) error {
	c.mu.Lock()
	id := c.idLocked(play)
	c.mu.Unlock()
	if id == "" {
		return nil
	}
	return c.stopID(id)
}

// stopID silences a playback. Its end is told at once: Asterisk says nothing
// about one that had not begun.
func (c *caller) stopID(id string) error {
	err := c.s.api.Playback().Stop(playbackKey(id))
	if err != nil && !refused(err, http.StatusNotFound) {
		return err
	}
	c.playEnded(id, false)
	return nil
}

// running are the playbacks that Asterisk has.
func (c *caller) running() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var ids []string
	for id, is := range c.plays {
		if is.has {
			ids = append(ids, id)
		}
	}
	return ids
}

func (c *caller) playMusic(class string) error {
	if class == "" {
		class = c.s.cfg.MusicClass
	}
	c.mu.Lock()
	playing := c.music == "on "+class
	c.mu.Unlock()
	if playing {
		return nil
	}
	if err := onChannel(c.s.api.Channel().MOH(channelKey(c.channel), class)); err != nil {
		c.setMusic(unknownMusic) // perhaps it was heard after all
		return unheard(err)
	}
	c.setMusic("on " + class)
	return nil
}

func (c *caller) stopMusic() error {
	c.mu.Lock()
	off := c.music == ""
	c.mu.Unlock()
	if off {
		return nil
	}
	if err := onChannel(c.s.api.Channel().StopMOH(channelKey(c.channel))); err != nil {
		return err
	}
	c.setMusic("")
	return nil
}

func (c *caller) setMusic(m string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.music = m
}
