package web_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"presszero/internal/browsertest"
)

// toneOf has the page take down half a second of what its player plays, and tell the
// loudest tone in it, in Hz. Where there is no sound device, an AudioContext never runs in
// Firefox; what is captured of the player, and an OfflineAudioContext, do.
const toneOf = `(async () => {
	const a = window.heard;
	const recorder = new MediaRecorder(window.captured);
	const parts = [];
	recorder.ondataavailable = (e) => parts.push(e.data);
	const stopped = new Promise((done) => { recorder.onstop = done; });
	recorder.start();
	await new Promise((done) => setTimeout(done, 700));
	recorder.stop();
	await stopped;
	const at = a.currentTime;
	const sound = await new OfflineAudioContext(1, 48000, 48000).decodeAudioData(await new Blob(parts).arrayBuffer());
	const samples = sound.getChannelData(0).slice(-12000);
	let best = 0, loudest = 0;
	for (let hertz = 450; hertz < 1800; hertz += 5) {
		let re = 0, im = 0;
		samples.forEach((s, i) => { const p = 2 * Math.PI * hertz * i / sound.sampleRate; re += s * Math.cos(p); im += s * Math.sin(p); });
		if (re * re + im * im > loudest) { loudest = re * re + im * im; best = hertz; }
	}
	return at + " " + best;
})()`

// TestRecordingInFirefox: a recording plays in Firefox, and from where one jumps to: the
// tones of its seconds are told from what the player plays.
func TestRecordingInFirefox(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	d.recorded.talked("r1", "support", 60)
	f := browsertest.OpenFirefox(t)
	ask := func(js string) string {
		t.Helper()
		got, err := f.Evaluate(js)
		if err != nil {
			t.Fatalf("%s: %v", js, err)
		}
		return got
	}
	wait := func(js string) {
		t.Helper()
		for end := time.Now().Add(20 * time.Second); ask("!!("+js+")") != "true"; time.Sleep(50 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("waiting for %s; the page shows %s", js, ask("[!!window.heard, window.heard && [window.heard.paused, window.heard.currentTime, window.heard.readyState, window.heard.networkState, String(window.heard.error && window.heard.error.message)]]"))
			}
		}
	}
	if err := f.Navigate(d.server.URL + "/sign-in"); err != nil {
		t.Fatal(err)
	}
	ask(fmt.Sprintf(`fetch("/api/v1/session", {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify({name: "supervisor", password: %q})}).then((r) => String(r.status))`, password))
	if err := f.Preload(`const play = HTMLMediaElement.prototype.play; HTMLMediaElement.prototype.play = function () {
		window.heard = this;
		window.captured ??= this.mozCaptureStream(); // and not to a sound device, which there may not be
		return play.call(this);
	};`); err != nil {
		t.Fatal(err)
	}
	if err := f.Navigate(d.server.URL + "/recordings?recording=r1&t=10"); err != nil {
		t.Fatal(err)
	}
	wait(`document.querySelector(".player button.primary")`)
	ask(`(document.querySelector(".player button.primary").click(), "")`)
	for _, from := range []int{10, 45, 3} {
		if from != 10 {
			ask(fmt.Sprintf(`(() => { const r = document.querySelector(".player input[type=range]"); r.value = %d; r.dispatchEvent(new Event("input", {bubbles: true})); return ""; })()`, from))
		}
		wait(fmt.Sprintf("window.heard && !window.heard.paused && !window.heard.seeking && Math.abs(window.heard.currentTime - %d) < 3", from))
		told := ask(toneOf)
		var at, tone float64
		if _, err := fmt.Sscanf(strings.Trim(told, `"`), "%g %g", &at, &tone); err != nil {
			t.Fatalf("%s: %v", told, err)
		}
		if want, _ := toneAt(int(at - 0.15)); tone < want-25 || tone > want+25 || at < float64(from) || at > float64(from)+5 {
			t.Errorf("from %d s on, at %g s, %g Hz sound", from, at, tone)
		}
	}
}
