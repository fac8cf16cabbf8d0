package web_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"presszero/report"
	"presszero/web"
)

// TestHeard: what a caller heard is told in order, and each sound can be had by its key.
func TestHeard(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	d.books.add(report.Call{Call: "c1", At: time.Now(), Queue: "support", Outcome: "abandoned_queue", QueueS: 9})
	v := d.as("supervisor")
	type answer struct{ Sounds []web.HeardSound }
	got := get[answer](d, v, "/api/v1/calls/c1/heard").Sounds
	if len(got) != 4 || got[0] != story(9)[0] {
		t.Errorf("heard was %+v", got)
	}
	for path, want := range map[string]int{
		"/api/v1/calls/c2/heard": http.StatusNotFound,
		"/api/v1/sounds/aa":      http.StatusOK, "/api/v1/sounds/gone": http.StatusNotFound,
		"/api/v1/music/default": http.StatusOK, "/api/v1/music/gone": http.StatusNotFound,
	} {
		if a := d.do(v, "GET", path, nil); a.status != want {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
}

// peak is which tone sounds, in Hz, of the sound that was played last; 0: none does.
const peak = `(() => {
	const a = window.heard;
	if (!a) return 0;
	if (!window.ear) {
		const c = new AudioContext();
		window.ear = c.createAnalyser();
		c.createMediaElementSource(a).connect(window.ear).connect(c.destination);
		window.bins = new Float32Array(window.ear.frequencyBinCount);
	}
	window.ear.getFloatFrequencyData(window.bins);
	const i = window.bins.indexOf(Math.max(...window.bins));
	return window.bins[i] > -60 ? i * window.ear.context.sampleRate / window.ear.fftSize : 0;
})()`

// sounds waits until a tone of about so many Hz sounds.
func sounds(hertz int) step { return until(fmt.Sprintf("Math.abs(%s - %d) < 50", peak, hertz)) }

// TestReplay: the story of a caller who gave up is heard again, with its words and its
// music at their times, twice as fast, and from where the keys lead; the facts light up.
func TestReplay(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	began := time.Now().UTC().Truncate(time.Second).Add(-time.Minute)
	d.books.add(report.Call{Call: "c1", At: began, Queue: "support", Outcome: "abandoned_queue", QueueS: 9})
	d.books.facts = map[string][]report.Fact{"c1": nil}
	for _, f := range []struct {
		after time.Duration
		kind  string
	}{{0, "call.started"}, {0, "call.answered"}, {1500 * time.Millisecond, "queue.entered"}, {4 * time.Second, "ewt.announced"}, {9 * time.Second, "queue.left"}, {9 * time.Second, "call.ended"}} {
		d.books.facts["c1"] = append(d.books.facts["c1"], report.Fact{Seq: len(d.books.facts["c1"]) + 1, At: began.Add(f.after), Kind: f.kind, Data: raw(map[string]any{})})
	}
	b := newTab(t, d)
	b.signIn("supervisor", password)
	b.do("floor", seen("main.floor"))
	b.visit("/history?call=c1", seen("dialog[open] .timeline li"), seen(".replay button"))
	b.do("catch what is played", until("(() => { const play = HTMLMediaElement.prototype.play; HTMLMediaElement.prototype.play = function () { window.heard = this; return play.call(this); }; return true; })()"))
	b.do("hear", click(".replay button"), shows("Welcome."), sounds(440), shows("Music"), sounds(880),
		until("document.querySelectorAll('.timeline li.passed').length === 3"), shows("two to five minutes"), sounds(440),
		until("document.querySelectorAll('.timeline li.passed').length === 4 && document.querySelectorAll('.strip i.passed').length === 4"))
	b.do("pause", keys(" "), shows("▶ Play"), until("window.heard.paused"))
	b.accessible("replay")
	b.do("back by a key", wide(1280), until("(document.querySelector('.replay input').focus(), true)"), keys(kb.ArrowLeft), until("document.querySelectorAll('.timeline li.passed').length < 4"))
	b.do("twice as fast", click(".replay [aria-label='Speed 2×']"), click(".replay .keys button"), until("!window.heard.paused && window.heard.playbackRate === 2 && window.heard.preservesPitch"), sounds(880),
		until("document.querySelectorAll('.timeline li.passed').length === 6"), shows("▶ Play"), until("window.heard.paused"))
}
