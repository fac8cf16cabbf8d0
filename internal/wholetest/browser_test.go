package wholetest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"presszero/internal/audio"
	"presszero/internal/browsertest"
	"presszero/internal/running"
	"presszero/internal/settings"
)

// browser is a person at a real, headless Chromium.
type browser struct {
	testing.TB
	ctx context.Context
}

// listen makes the page tell what its voice connection hears: it puts an
// analyser on every remote stream, and takes the filters off the microphone,
// since a steady tone is just what noise suppression is there to remove.
const listen = `
window.heard = [];
window.peers = [];
const Peer = window.RTCPeerConnection;
window.RTCPeerConnection = class extends Peer {
	constructor(...args) {
		super(...args);
		window.peers.push(this);
		this.addEventListener("track", (e) => {
			const sounds = new AudioContext();
			const ear = sounds.createAnalyser();
			ear.fftSize = 4096;
			sounds.createMediaStreamSource(e.streams[0] ?? new MediaStream([e.track])).connect(ear);
			window.heard.push({ear, rate: sounds.sampleRate});
		});
	}
};
const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = () => ask({audio: {echoCancellation: false, noiseSuppression: false, autoGainControl: false}});
// sent is how many packets of voice go out in so many ms.
window.sent = async (ms) => {
	const count = async () => {
		let packets = 0;
		for (const peer of window.peers) (await peer.getStats()).forEach((s) => { if (s.type === "outbound-rtp") packets += s.packetsSent; });
		return packets;
	};
	const before = await count();
	await new Promise((done) => setTimeout(done, ms));
	return await count() - before;
};
// share is how much of what is heard now is a tone of this frequency (Goertzel).
window.share = (hz) => Math.max(0, ...window.heard.map(({ear, rate}) => {
	const x = new Float32Array(ear.fftSize);
	ear.getFloatTimeDomainData(x);
	let energy = 0, a = 0, b = 0;
	const k = 2 * Math.cos(2 * Math.PI * hz / rate);
	for (const v of x) { energy += v * v; [a, b] = [v + k * a - b, a]; }
	return energy < 1e-4 ? 0 : 2 * (a * a + b * b - k * a * b) / (x.length * energy);
}));`

// openBrowser starts Chromium with a microphone that says a tone of hz, and an ear.
func openBrowser(t testing.TB, hz float64) *browser {
	t.Helper()
	b := &browser{t, openChromium(t, hz)}
	b.do("bring an ear", chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: listen})
		return err
	}))
	return b
}

// openChromium starts Chromium with a microphone that says a tone of hz, and with these
// options besides.
func openChromium(t testing.TB, hz float64, options ...chromedp.ExecAllocatorOption) context.Context {
	t.Helper()
	mic := filepath.Join(t.TempDir(), "mic.wav")
	samples := make([]int16, 10*audio.SampleRate)
	audio.NewTone(hz, 8000).Fill(samples)
	var wav bytes.Buffer
	must(t, audio.WriteWAV(&wav, samples))
	must(t, os.WriteFile(mic, wav.Bytes(), 0o644))

	return browsertest.Open(t, append(options, chromedp.Flag("use-file-for-fake-audio-capture", mic),
		chromedp.Flag("autoplay-policy", "no-user-gesture-required"))...)
}

// do carries out steps, none of which may take longer than a person would wait.
func (b *browser) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		shown, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string]("document.body.innerText"))
		b.Fatalf("%s: %v; the page shows:\n%s", what, err, shown)
	}
}

// until waits for a condition in the page, over navigations.
func until(js string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		for {
			if ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+js+")")); ok && err == nil {
				return nil
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("waiting for %s: %w", js, ctx.Err())
			case <-time.After(20 * time.Millisecond):
			}
		}
	})
}

func shows(text string) chromedp.Action[chromedp.Void] {
	return until(fmt.Sprintf("document.body.innerText.includes(%q)", text))
}

// hears waits until what the page hears is a tone of hz.
func hears(hz float64) chromedp.Action[chromedp.Void] {
	return until(fmt.Sprintf("window.share(%v) > 0.6", hz))
}

func press(key string) chromedp.Action[chromedp.Void] { return chromedp.KeyEvent(key) }

func click(css string) chromedp.Action[chromedp.Void] { return chromedp.Click(chromedp.CSS(css)) }

// signIn signs a user of the first run in, by keyboard.
func (b *browser) signIn(h *building, user string) {
	b.Helper()
	word, err := running.PasswordOf(settings.Settings{StateDir: h.dir}, user)
	must(b, err)
	b.do("sign in", chromedp.Navigate(h.web+"/"), until("document.activeElement?.name === 'name'"),
		press(user), press(kb.Tab), press(word), press(kb.Enter))
}

// picture keeps a screenshot where PRESSZERO_PICTURES says, for the README.
func (b *browser) picture(name string) {
	b.Helper()
	dir := os.Getenv("PRESSZERO_PICTURES")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	must(b, err)
	must(b, os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644))
}
