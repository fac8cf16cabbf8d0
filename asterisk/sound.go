package asterisk

// What a waiting caller hears: prompts, one playback after another, and music.

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"presszero/call"
)

// play speaks the prompts. That they could not be spoken is told like a sound
// that is missing: whoever waits for this playback's end must hear of it.
func (c *caller) play(ctx context.Context, p call.Play) error {
	if !c.begin(p.Play) {
		return nil // ordered twice
	}
	if c.unpromised {
		c.unpromised = false
		c.playEnded(p.Play, true)
		return nil
	}
	media := c.sounds(ctx, p.Prompts) // while the music plays
	if err := c.stopMusic(); err != nil {
		c.playEnded(p.Play, true)
		return err
	}
	if len(media) == 0 {
		c.playEnded(p.Play, len(p.Prompts) > 0)
		return nil
	}
	err := onChannel(c.s.api.play(ctx, c.channel, p.Play, media))
	if errors.Is(err, errGone) || errors.Is(err, errTaken) {
		return err
	}
	if err != nil {
		c.s.log.Warn("prompts could not be played", "call", c.id, "prompts", named(p.Prompts), "error", err)
		c.playEnded(p.Play, true)
		return nil
	}
	c.mu.Lock()
	if _, still := c.plays[p.Play]; still {
		c.plays[p.Play] = true
	}
	c.mu.Unlock()
	return nil
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
// before the answer to the request.
func (c *caller) begin(play string) bool {
	c.mu.Lock()
	_, running := c.plays[play]
	twice := running || c.spoken == play
	if !twice {
		c.plays[play] = false
		c.spoken = play
	}
	c.mu.Unlock()
	if twice {
		return false
	}
	c.s.mu.Lock()
	c.s.plays[play] = c
	c.s.mu.Unlock()
	return true
}

// playEnded tells a playback's end, once.
func (c *caller) playEnded(play string, failed bool) {
	c.mu.Lock()
	_, running := c.plays[play]
	delete(c.plays, play)
	if running && !c.isOver {
		c.s.post(call.PlayEnded{Call: c.id, Play: play, Failed: failed})
	}
	c.mu.Unlock()
	c.s.mu.Lock()
	delete(c.s.plays, play)
	c.s.mu.Unlock()
}

// stopPlay silences a playback. Its end is told at once: Asterisk says nothing
// about one that had not begun.
func (c *caller) stopPlay(play string) error {
	c.mu.Lock()
	_, running := c.plays[play]
	c.mu.Unlock()
	err := c.s.api.Playback().Stop(playbackKey(play))
	if err != nil && !refused(err, http.StatusNotFound) {
		return err
	}
	if running {
		c.playEnded(play, false)
	}
	return nil
}

// running are the playbacks that Asterisk has.
func (c *caller) running() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var ids []string
	for id, begun := range c.plays {
		if begun {
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
		return err
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
