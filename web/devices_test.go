package web_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// before has every page run a script before its own.
func (b *tab) before(script string) {
	b.t.Helper()
	b.do("script", chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
		return err
	}))
}

// plugs lets a test pull devices of the browser by their labels, and see which
// microphones were opened and on which outputs something was played.
const plugs = `(() => {
	const media = navigator.mediaDevices, list = media.enumerateDevices.bind(media), ask = media.getUserMedia.bind(media);
	const there = async () => (await list()).filter(d => !pulled.includes(d.label));
	window.pulled = [], window.opened = [], window.played = [];
	window.pull = (...labels) => { pulled = labels; media.dispatchEvent(new Event('devicechange')); };
	media.enumerateDevices = there;
	media.getUserMedia = async (wish) => {
		const exact = wish.audio.deviceId?.exact;
		if (exact && !(await there()).some(d => d.deviceId === exact)) throw new DOMException('', 'OverconstrainedError');
		const stream = await ask(wish);
		opened.push(stream.getAudioTracks()[0].label);
		return stream;
	};
	const play = HTMLMediaElement.prototype.play;
	HTMLMediaElement.prototype.play = function () {
		if (this.src) list().then(all => played.push(all.find(d => d.kind === 'audiooutput' && d.deviceId === this.sinkId)?.label ?? ''));
		return play.call(this);
	};
})()`

// The devices that Chromium pretends to have.
const (
	mic1, mic2 = "Fake Audio Input 1", "Fake Audio Input 2"
	out1, out2 = "Fake Audio Output 1", "Fake Audio Output 2"
)

// selects chooses an option by its text, as a person does.
func selects(css, text string) step {
	return until(fmt.Sprintf(`(s => { const o = [...s.options].find(o => o.text === %q); if (!o) return false; s.value = o.value;
		s.dispatchEvent(new Event('change', {bubbles: true})); return true; })(document.querySelector(%q))`, text, css))
}

// chosen waits until an option is shown as the chosen one.
func chosen(css, text string) step {
	return until(fmt.Sprintf("document.querySelector(%q)?.selectedOptions[0]?.text === %q", css, text))
}

// TestAgentChoosesDevices: each of three is chosen for itself, used at once, and
// remembered, also when the browser has given it another id.
func TestAgentChoosesDevices(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	b := newTab(t, d)
	b.before(plugs)
	b.signIn("agent", password)
	b.do("desk", shows("Ready to ring"), until("!document.querySelector('.sounds')"))
	b.tabTo(".setup .more")
	b.do("settings", keys(kb.Enter), seen("#choose-mic"), chosen("#choose-mic", "As the system has it"), chosen("#choose-bell", "As the system has it"))
	b.accessible("sound-settings")
	b.do("choose", selects("#choose-mic", mic2), until("opened.at(-1) === '"+mic2+"'"), selects("#choose-ear", out2), selects("#choose-bell", "All outputs"))
	b.do("ears", until("(played = [], true)"), click("#choose-ear + .choices button:last-child"), until("played.join() === '"+out2+"'"))
	b.do("bell", until("(played = [], true)"), click("#choose-bell + .choices button"), until("played.sort().join() === '"+out1+","+out2+"'"))

	d.desk.show("available", "ringing", map[string]any{"offer": caller(nil)})
	b.do("it rings on all outputs", until("(played = [], true)"), until("new Set(played).size === 2"))
	d.desk.show("away", "idle", map[string]any{"reason": "break"})

	again := func(what string, more ...step) {
		t.Helper()
		b.do(what, append([]step{chromedp.Navigate(b.url + "/agent"), shows("Ready to ring"), click(".setup .more"), seen("#choose-mic")}, more...)...)
	}
	again("loaded anew", chosen("#choose-mic", mic2), chosen("#choose-ear", out2), chosen("#choose-bell", "All outputs"), until("opened.join() === '"+mic2+"'"))
	b.do("other ids", until(`(localStorage.setItem('presszero.devices', localStorage.getItem('presszero.devices').replaceAll(/"id":"[^"]{9,}"/g, '"id":"of last week"')), true)`))
	again("found by its label", chosen("#choose-mic", mic2), chosen("#choose-ear", out2), until("opened.at(-1) === '"+mic2+"'"))
	b.do("a device that is not here", until(`(localStorage.setItem('presszero.devices', '{"mic":{"id":"x","label":"Jabra <b>"},"ear":{"id":"y","label":"Poly"}}'), true)`))
	again("the system's are taken, and it says so", shows("“Jabra <b>” is not there. Your voice goes through"), shows("“Poly” is not there. You hear callers on the system's output."),
		chosen("#choose-mic", "Jabra <b> (not here)"))
	b.accessible("sound-missing")
}

func TestSoundInEveryLanguage(t *testing.T) {
	t.Parallel()
	for _, language := range []string{"es", "ko", "ja"} {
		t.Run(language, func(t *testing.T) {
			b := newTab(t, newTestServer(t), chromedp.Flag("accept-lang", language))
			b.before(plugs)
			b.signIn("agent", password)
			b.do("a microphone that is gone", seen(".setup.ready"), click(".setup .more"), selects("#choose-mic", mic2), until("opened.at(-1) === '"+mic2+"'"),
				until("(pull('"+mic2+"'), true)"), seen(".setup:not(.ready)"), seen(".news .banner"))
			b.accessible("sound-" + language)
		})
	}
}

// TestMicrophoneIsPulled: in a talk the next one is used and said, and the chosen one
// again when it is back. When nobody is there, no caller is sent until it is back, or
// she goes on with another.
func TestMicrophoneIsPulled(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	b := newTab(t, d)
	b.before(plugs)
	b.signIn("agent", password)
	b.do("choose", shows("Ready to ring"), click(".setup .more"), selects("#choose-mic", mic2), until("opened.at(-1) === '"+mic2+"'"))
	d.desk.show("available", "talking", map[string]any{"talk": talking("c1")})
	b.do("pulled in a talk", seen(".panel.talk"), until("(pull('"+mic2+"'), true)"), shows("“"+mic2+"” is not there. Your voice goes through “"),
		until("opened.at(-1) !== '"+mic2+"'"))
	b.accessible("microphone-pulled")
	b.do("back in the talk", until("(pull(), true)"), shows("“"+mic2+"” is back"), until("opened.at(-1) === '"+mic2+"'"))

	d.desk.show("available", "idle", nil)
	b.do("pulled when nobody is there", shows("Waiting for a call"), until("(pull('"+mic2+"'), true)"), shows("Cannot ring yet"), shows("The microphone has gone"),
		shows("The microphone “"+mic2+"” is not there."))
	b.accessible("microphone-gone")
	b.do("plugged in again", until("(pull(), true)"), shows("Ready to ring"), until("opened.at(-1) === '"+mic2+"'"))
	b.do("pulled once more", until("(pull('"+mic2+"'), true)"), shows("The microphone has gone"))
	b.do("and another one is taken", click(".setup li .choices button:last-child"), shows("Ready to ring"), shows("Your voice goes through “"))
	b.do("all are pulled", until("(pull('"+mic1+"', '"+mic2+"', 'Fake Default Audio Input'), true)"), shows("Cannot ring yet"))
}

// talking is a desk's talk.
func talking(id string) map[string]any {
	return map[string]any{"call": id, "queue": "support", "since": time.Now(), "waited": 5.0, "caller": caller(nil)["caller"]}
}

// headset is a browser's WebHID with one headset: the hook switch and mute in report 2,
// the lamps off-hook, mute and ring in report 3. It is granted by a click.
const headset = `(() => {
	const bit = (usage, isAbsolute = true) => ({usages: [usage], reportSize: 1, reportCount: 1, isAbsolute});
	let granted = false;
	window.device = {
		opened: false, productName: 'Fake headset', lamps: 0, oninputreport: null,
		collections: [{usagePage: 0x0b, inputReports: [{reportId: 2, items: [bit(0x0b0020), bit(0x0b002f, false)]}],
			outputReports: [{reportId: 3, items: [bit(0x080017), bit(0x080009), bit(0x080018)]}]}],
		async open() { this.opened = true; }, async close() { this.opened = false; },
		async sendReport(id, data) { this.lamps = data[0]; },
	};
	window.press = (bits) => { device.oninputreport?.({reportId: 2, data: new DataView(Uint8Array.of(bits).buffer)}); return true; };
	const hid = {getDevices: async () => granted ? [device] : [], requestDevice: async () => { granted = navigator.userActivation.isActive; return [device]; }};
	Object.defineProperty(navigator, 'hid', {value: hid});
})()`

// TestHeadsetKeys: a call is answered, muted and ended at the headset, which is open for
// no longer than the call.
func TestHeadsetKeys(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	b := newTab(t, d)
	b.before(headset)
	b.signIn("agent", password)
	b.do("grant", shows("Ready to ring"), click(".setup .more"), shows("Answer, hang up and mute by the keys of your headset."),
		click(".sounds .choose:last-child button"), shows("Answer, hang up and mute: Fake headset"), until("!device.opened"))
	d.desk.show("available", "ringing", map[string]any{"offer": caller(nil)})
	b.do("rings", seen(".panel.ringing"), until("device.opened && device.lamps === 0b100"), until("press(0b01)"))
	if m := d.desk.hear("accept"); m["offer"] != "c1.o1" {
		t.Fatalf("the page said %v", m)
	}
	d.desk.show("available", "talking", map[string]any{"talk": talking("c1")})
	b.do("mute", seen(".panel.talk"), until("device.lamps === 0b001"), until("press(0b11)"), shows("You are muted"), until("device.lamps === 0b011"),
		until("press(0b11)"), until("device.lamps === 0b001"), until("!document.body.innerText.includes('You are muted')"),
		until("window.held ??= Date.now(), Date.now() - window.held > 600"), until("press(0b00)")) // a key that springs back is faster
	if m := d.desk.hear("hangup"); m["call"] != "c1" {
		t.Fatalf("the page said %v", m)
	}
	d.desk.show("available", "wrap_up", map[string]any{"wrap_up": time.Now().Add(30 * time.Second)})
	b.do("closed", shows("After-call work"), until("!device.opened && device.lamps === 0"))
}
