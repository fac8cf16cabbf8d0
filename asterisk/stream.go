package asterisk

import (
	"context"
	"net/http"
	"time"
)

// A far end may begin another RTP stream during a talk: a carrier moves the call to another
// gateway, a mobile telephone leaves one network for another. While three are in a bridge,
// Asterisk translates the voice of each for its mixer, and Debian's translator (see consult)
// compares the sequence numbers of the new stream with those of the old one. For half of all
// pairs it takes the new packets for old ones and throws up to 32,768 packets away: 11 minutes
// of voice. (A caller and an agent alone need no translator: Asterisk forwards their packets.)
//
// Asterisk tells of another stream in the statistics of a channel only. So they are asked for
// while three talk, and a channel with another stream is put into the bridge again: that makes
// its translator anew, and costs one packet.

// streamsEvery is how often the streams of three are looked at.
const streamsEvery = time.Second

// watchStreams looks at the streams of the consulted party and of the caller in whose bridge
// it is, now and then again until it is in none. What comes now is what Asterisk expects.
func (k *consult) watchStreams(ctx context.Context) {
	anew := k.streams == nil
	k.streams = map[string]uint32{}
	k.lookAtStreams(ctx)
	if anew {
		k.lookAgain()
	}
}

func (k *consult) lookAgain() {
	time.AfterFunc(streamsEvery, func() {
		k.c.worker.enqueue(func(ctx context.Context) {
			if k.away == "" {
				k.streams = nil
				return
			}
			k.lookAtStreams(ctx)
			k.lookAgain()
		})
	})
}

func (k *consult) lookAtStreams(ctx context.Context) {
	k.lookAtStream(ctx, k.c)
	if other := k.c.s.callers.legs.lookUp(k.away); other != nil {
		k.unitedWith(other)
		k.lookAtStream(ctx, other)
	}
}

// lookAtStream has the channel of c, one of three, put into the bridge again if another
// stream comes from its far end than at the last look. A channel that cannot be asked is
// asked at the next look.
func (k *consult) lookAtStream(ctx context.Context, c *caller) {
	leg, before := k.away, k.streams[c.channel]
	now, err := c.s.api.stream(ctx, c.channel)
	if err != nil || now == 0 || now == before {
		return
	}
	k.streams[c.channel] = now
	if before == 0 {
		return
	}
	c.worker.enqueue(func(ctx context.Context) {
		err := c.joinAgain(ctx, leg)
		if err == nil {
			c.s.log.Info("another RTP stream has begun in a talk of three", "call", c.id)
			return
		}
		c.s.log.Warn("another RTP stream has begun in a talk of three, and may not be heard: the channel could not be put into the bridge again, which is repeated", "call", c.id, "err", err)
		k.c.worker.enqueue(func(context.Context) {
			if k.streams != nil {
				k.streams[c.channel] = before
			}
		})
	})
}

// joinAgain puts the channel into the bridge of the leg again, if it is to be there and is
// not on hold: a hold makes the translators anew. A channel that ends meanwhile is no error.
func (c *caller) joinAgain(ctx context.Context, leg string) error {
	if c.hold.wanted || c.talk.joinedLeg() != leg && c.consult.away != leg {
		return nil
	}
	err := c.s.api.addToBridge(ctx, bridgeOf(leg), c.channel)
	if refused(err, http.StatusBadRequest, http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity) {
		return nil
	}
	return err
}
