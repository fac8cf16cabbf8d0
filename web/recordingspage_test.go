package web_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"presszero/report"
)

// tapped puts an ear between a page's sound graph and the loudspeaker, for each side.
const tapped = `(() => {
	const connect = AudioNode.prototype.connect;
	AudioNode.prototype.connect = function (to, ...more) {
		if (to === this.context.destination && !window.tap) {
			const sides = this.context.createChannelSplitter(2);
			connect.call(this, sides);
			window.tap = [0, 1].map((side) => {
				const ear = new AnalyserNode(this.context, {fftSize: 8192, smoothingTimeConstant: 0});
				connect.call(sides, ear, side);
				return ear;
			});
			window.bins = new Float32Array(window.tap[0].frequencyBinCount);
		}
		return connect.call(this, to, ...more);
	};
	const play = HTMLMediaElement.prototype.play;
	HTMLMediaElement.prototype.play = function () { window.heard = this; return play.call(this); };
	return true;
})()`

// inEar is which tone is heard on a side, in Hz; 0: none.
const inEar = `((side) => {
	if (!window.tap) return 0;
	window.tap[side].getFloatFrequencyData(window.bins);
	const i = window.bins.indexOf(Math.max(...window.bins));
	return window.bins[i] > -60 ? i * window.tap[side].context.sampleRate / window.tap[side].fftSize : 0;
})`

// earHears waits until the tones of a second sound: of the caller on the left and of the
// agent on the right, or of one of them on both. 0: silence.
func earHears(left, right float64) step {
	ear := func(side int, hertz float64) string {
		return fmt.Sprintf("Math.abs(%s(%d) - %g) < 10", inEar, side, hertz)
	}
	return until(ear(0, left) + " && " + ear(1, right))
}

// TestRecordingsPage: a supervisor finds a recording, opens it, and hears it: both sides
// apart, from where she jumps to by key, mark and address, at another speed, one side alone.
// The audit has what she heard, and her comment stands at its second.
func TestRecordingsPage(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	d.recorded.talked("r2", "support", 60)
	d.recorded.talked("r1", "billing", 5)
	d.books.facts = map[string][]report.Fact{"c-r2": {
		{Seq: 1, At: nine.Add(-9 * time.Second), Kind: "notice.played", Data: raw(map[string]any{"notice": "recorded"})},
		{Seq: 2, At: nine.Add(20 * time.Second), Kind: "bridge.held", Data: raw(map[string]any{"agent": "agent"})},
		{Seq: 3, At: nine.Add(30 * time.Second), Kind: "bridge.resumed", Data: raw(map[string]any{"agent": "agent"})},
		{Seq: 4, At: nine.Add(40 * time.Second), Kind: "recording.marked", Data: raw(map[string]any{"recording": "r2", "text": "promise"})},
		{Seq: 5, At: nine.Add(70 * time.Second), Kind: "recording.kept", Data: raw(map[string]any{"recording": "r2", "length_s": 60})}}}
	b := newTab(t, d)
	b.signIn("supervisor", password)
	b.do("floor", seen("main.floor"))
	b.visit("/recordings", seen("table.recordings tbody tr:nth-child(2)"), shows("Ana · +34600000001"))
	b.accessible("recordings")
	b.do("find", wide(1280), until("(document.querySelector('input[name=queue]').focus(), true)"), keys("support"), keys(kb.Enter),
		until("location.search === '?queue=support' && document.querySelectorAll('table.recordings tbody tr').length === 1"))
	if f := d.recorded.asked; f.Queue != "support" {
		t.Errorf("the page asked for %+v", f)
	}
	b.do("listen in", until(tapped))
	b.do("open", click("table.recordings tbody a"), seen(".player canvas"), shows("Marked by the agent · promise"), shows("0:20–0:30"),
		until("location.search.includes('recording=r2')"), until("document.activeElement.closest('.player .keys') !== null"))
	if len(d.recorded.plays) != 0 {
		t.Error("it is in the audit before anything was played")
	}
	c0, _ := toneAt(0)
	b.do("play", keys("1"), keys(" "), until("window.heard && !window.heard.paused"), earHears(c0, c0))
	b.do("both", keys("1"), until("document.querySelectorAll('.player .keys [aria-pressed=true]').length === 1"))
	c20, a20 := toneAt(20)
	b.do("to the hold, both apart", keys("m"), earHears(c20, a20), shows("On hold"))
	b.do("the agent alone", keys("2"), earHears(a20, a20), keys("2"))
	b.do("on and back", keys("ll"), until("window.heard.currentTime > 30"), keys("j"), until("window.heard.currentTime < 28"))
	c40, a40 := toneAt(40)
	b.do("to a mark, by the list", click(".moments li.is-mark button"), earHears(c40, a40))
	b.do("faster, the same tone", keys("]]]"), until("window.heard.playbackRate === 2 && window.heard.preservesPitch"), click(".moments li.is-mark button"), earHears(c40, a40))
	b.do("pause", keys(" "), until("window.heard.paused"))
	b.do("comment", until("(document.querySelector('form.comment input').focus(), true)"), keys("Well said: 12 j l"), keys(kb.Enter), shows("supervisor: Well said: 12 j l"))
	b.accessible("recording")
	if c := d.recorded.comments; len(c) != 1 || c[0].AtS < 40 || c[0].AtS > 50 {
		t.Errorf("comments: %+v", c)
	}
	heard := d.acts.all("recording.heard")
	if len(d.recorded.plays) != 1 || !strings.Contains(heard, `"from_s":20`) || !strings.Contains(heard, `"from_s":40`) || strings.Contains(heard, `"to_s":60`) {
		t.Errorf("%d plays, heard %s", len(d.recorded.plays), heard)
	}
	b.visit("/recordings?recording=r2&t=50", seen(".player canvas"), shows("0:50 / 1:00"))
	b.do("listen in again", until(tapped))
	c50, a50 := toneAt(50)
	b.do("from a second of the address", keys("2"), keys(" "), earHears(a50, a50), keys("2"), earHears(c50, a50))
	b.do("close", keys(kb.Escape), until("!location.search.includes('recording') && window.heard.paused"))
	b.visit("/recordings?recording=r2&t=10", seen(".player canvas"), shows("0:10 / 1:00"))
	b.do("play on", until(tapped), keys(" "), until("window.heard && window.heard.currentTime > 10.5"))
	b.visit("/history?call=c-r2", seen("dialog[open] .timeline li"), shows("The recording is in the archive"))
	for limit := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) { // the browser tells it when the page is gone
		if told := d.acts.all("recording.heard"); strings.Contains(told, `"from_s":10,`) {
			break
		} else if time.Now().After(limit) {
			t.Fatalf("who leaves the page while it plays has heard %s", told)
		}
	}
	b.do("from the call's story", click(".timeline a[href='/recordings?recording=r2']"), seen(".player canvas"))
}
