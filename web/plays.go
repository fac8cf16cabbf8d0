package web

import (
	"crypto/rand"
	"crypto/sha256"
	"net/http"
	"sync"
	"time"
)

// How long a recording can be had by one link.
const (
	linkUnused = time.Minute      // before it is first used
	playIdle   = 10 * time.Minute // afterwards, between two requests of the player
	playLeast  = 15 * time.Minute // in all, or three times the recording if that is longer
)

// play is a recording that somebody is about to hear, or hears. A browser asks for many
// parts of a sound, so that a link cannot be for one request: it is for one sign-in.
type play struct {
	id        string
	recording string
	session   [sha256.Size]byte // of the sign-in with which it was asked for
	until     time.Time         // the link is void from then on, whatever is asked for
	next      time.Time         // and from then on unless something is
}

// plays are the links that hold, by their tokens. They are not kept over a restart: the
// page asks for another.
type plays struct {
	now func() time.Time

	mu sync.Mutex
	of map[string]*play
}

func newPlays() *plays { return &plays{now: time.Now, of: map[string]*play{}} }

// begin makes a link. A player that has been left does not say so: links that are void are
// swept here.
func (p *plays) begin(id, recording string, session [sha256.Size]byte, length time.Duration) (token string) {
	token = rand.Text()
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	for t, old := range p.of {
		if old.over(now) {
			delete(p.of, t)
		}
	}
	p.of[token] = &play{id: id, recording: recording, session: session, until: now.Add(max(3*length, playLeast)), next: now.Add(linkUnused)}
	return token
}

func (p *play) over(now time.Time) bool { return !now.Before(p.next) || !now.Before(p.until) }

// use reports whether the token is a link to the recording, of this sign-in, that holds.
func (p *plays) use(token, recording string, session [sha256.Size]byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	one, ok := p.of[token]
	if !ok || one.recording != recording || one.session != session || one.over(p.now()) {
		return false
	}
	one.next = p.now().Add(playIdle)
	return true
}

// sessionOf is the sign-in of a request, so that it need not be remembered itself.
func (s *sessions) sessionOf(r *http.Request) [sha256.Size]byte {
	c, err := r.Cookie(s.cookies.Cookie.Name)
	if err != nil {
		return sha256.Sum256(nil)
	}
	return sha256.Sum256([]byte(c.Value))
}
