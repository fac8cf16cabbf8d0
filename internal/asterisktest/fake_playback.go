package asterisktest

import (
	"strings"
	"time"
)

// playback is a row of sounds.
type playback struct {
	id    string
	media []string
	now   string // what is heard
	state string
	on    *channel
	timer *time.Timer
}

// speak begins a playback, after what is spoken already.
func (f *Fake) speak(ch *channel, id string, media []string) *playback {
	p := &playback{id: id, media: media, state: "queued", on: ch}
	f.playbacks[id] = p
	f.playlists = append(f.playlists, strings.Join(media, " "))
	ch.whenIdle(func() {
		if p.state != "done" {
			ch.speaking = p
			if ch.bridge == nil {
				ch.music = "" // only in a bridge does it go on after the words
			}
			p.speakNext(0)
		} else {
			p.finished()
		}
	})
	return p
}

// speakNext speaks the i-th sound. A sound that is missing ends the playback.
func (p *playback) speakNext(i int) {
	// A channel that a bridge's end has thrown out is not out at once.
	if i == len(p.media) || time.Since(p.on.thrownOut) < 20*time.Millisecond {
		p.conclude("done")
		return
	}
	long, known := p.on.f.length(p.media[i])
	if !known {
		p.conclude("failed")
		return
	}
	p.now, p.state = p.media[i], "playing"
	p.on.sendEvent("PlaybackStarted", map[string]any{"playback": p.asJSON()})
	p.timer = time.AfterFunc(long, func() {
		p.on.f.mu.Lock()
		defer p.on.f.mu.Unlock()
		if p.on.speaking == p && p.on.f.channels[p.on.id] == p.on {
			p.speakNext(i + 1)
		}
	})
}

// conclude ends what is spoken and lets the channel go on.
func (p *playback) conclude(state string) {
	if p.timer != nil {
		p.timer.Stop()
	}
	p.state, p.now = state, ""
	if p.on.speaking == p {
		p.on.speaking = nil
		p.finished()
		p.on.drain()
	}
}

func (p *playback) finished() {
	delete(p.on.f.playbacks, p.id)
	if p.on.heard {
		p.on.f.sendEvent("PlaybackFinished", map[string]any{"playback": p.asJSON()})
	}
}

func (p *playback) asJSON() map[string]any {
	return map[string]any{"id": p.id, "media_uri": p.media[0], "target_uri": "channel:" + p.on.id, "language": "en", "state": p.state}
}

// length tells how long a sound is, and whether it is there at all.
func (f *Fake) length(media string) (time.Duration, bool) {
	if silence, is := strings.CutPrefix(media, fakeSilence); is {
		long, err := time.ParseDuration(silence)
		return long, err == nil
	}
	if media == RingingTone {
		return time.Hour, true
	}
	long, known := f.sounds[media]
	return long, known
}

// fakeSilence and a length is a sound without a sound.
const fakeSilence = "sound:silence/"
