package asterisktest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"
)

// Fault is one way to misbehave. A request is matched by Method and a part of
// its Path, an event by its Type; it applies Times times, 0 meaning for ever.
type Fault struct {
	Method, Path string
	Status       int           // answer with this instead
	After        time.Duration // answer so late
	Cut          bool          // close the connection instead of answering
	Done         bool          // with Cut: but carry the request out first, at once

	Type  string
	Lose  bool // never send the event
	Twice bool // send it twice
	Hold  bool // send it after the next event
	Times int

	held [][]byte
}

// Fault adds a fault and returns a function that ends it.
func (f *Fake) Fault(fault Fault) (end func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := &fault
	if p.Times == 0 {
		p.Times = -1
	}
	f.faults = append(f.faults, p)
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		p.Times = 0
	}
}

// misbehave answers a request in place of Asterisk, if a fault says so. carry
// is how Asterisk would carry it out.
func (f *Fake) misbehave(w http.ResponseWriter, r *http.Request, carry func(http.ResponseWriter)) bool {
	f.mu.Lock()
	var hit *Fault
	for _, p := range f.faults {
		if p.Type == "" && p.Times != 0 && (p.Method == "" || p.Method == r.Method) && strings.Contains(r.URL.Path, p.Path) {
			hit = p
			p.Times--
			break
		}
	}
	f.mu.Unlock()
	if hit == nil {
		return false
	}
	if hit.Done {
		carry(httptest.NewRecorder())
	}
	if hit.After > 0 {
		select {
		case <-time.After(hit.After):
		case <-r.Context().Done():
			return true
		}
	}
	switch {
	case hit.Cut:
		panic(http.ErrAbortHandler) // the server closes the connection
	case hit.Status == http.StatusServiceUnavailable:
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(hit.Status)
		_, _ = w.Write([]byte("<html><body>Service Unavailable</body></html>"))
		return true
	case hit.Status != 0:
		refuse(w, hit.Status, "a fault of the test")
		return true
	}
	return false
}

// fault sends an event, or what a fault makes of it. f.mu is held.
func (f *Fake) fault(e map[string]any) {
	if f.out == nil {
		return // Asterisk: "Inactive Stasis app missed message"
	}
	data, err := json.Marshal(e)
	if err != nil {
		panic(err)
	}
	for _, p := range f.faults {
		if p.Type != e["type"] || p.Times == 0 {
			continue
		}
		p.Times--
		switch {
		case p.Lose:
			return
		case p.Twice:
			f.out.enqueue(data)
		case p.Hold:
			p.held = append(p.held, data)
			return
		}
	}
	f.out.enqueue(data)
	for _, p := range f.faults {
		for _, held := range p.held {
			f.out.enqueue(held)
		}
		p.held = nil
	}
}
