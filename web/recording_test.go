package web_test

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// recorded is a talk that is recorded like this; see call.DeskRecording.
func recorded(state string, more map[string]any, can ...string) map[string]any {
	m := map[string]any{"call": "c1", "state": state, "can": can}
	for k, v := range more {
		m[k] = v
	}
	return aTalk(everything, map[string]any{"recording": m})
}

// TestAgentSteersTheRecording: an agent reads whether her talk is recorded, pauses for a
// card, goes on, marks a moment and takes down that the caller does not want it, by keys.
func TestAgentSteersTheRecording(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	b := newTab(t, d)
	b.signIn("agent", password)
	b.do("desk", seen(".panel"))
	d.desk.show("available", "talking", aTalk(everything, nil))
	b.do("in a house that does not record", seen(".panel.talk"), until("!document.querySelector('.recorded').innerText.trim()"), alt("p"), alt("w"))
	d.desk.show("available", "talking", recorded("on", nil, "pause", "mark", "refused"))
	b.do("recorded", shows("This talk is recorded."), shows("Pause recording for card data"), alt("p"))
	d.desk.says("pause", map[string]any{"call": "c1"}) // and nothing before
	b.accessible("recorded")

	d.desk.show("available", "talking", recorded("paused", map[string]any{"why": "agent", "until": time.Now().Add(95 * time.Second)}, "resume", "refused"))
	b.do("paused", shows("Recording is paused: nothing that is said now is kept."), shows("Goes on by itself in 1:3"), until("!document.body.innerText.includes('Mark')"),
		alt("p"), // pressed twice
		until("window.paused ??= Date.now(), Date.now() - window.paused > 1000"), alt("p"))
	d.desk.says("resume", map[string]any{"call": "c1"})
	b.accessible("recording-paused")

	d.desk.show("available", "talking", recorded("on", map[string]any{"marks": 1}, "pause", "mark", "refused"))
	b.do("again", shows("This talk is recorded. 1 moment marked."), alt("n"))
	d.desk.says("mark", map[string]any{"call": "c1"})
	d.desk.show("available", "talking", recorded("on", map[string]any{"marks": 2}, "pause", "mark", "refused"))
	b.do("what was that", shows("2 moments marked."), seen(".mark-name input:focus"), keys("price"))
	b.accessible("recording-mark")
	b.do("price", keys(kb.Enter), until("!document.querySelector('.mark-name')"))
	d.desk.says("mark", map[string]any{"call": "c1", "text": "price", "of": 2.0})
	b.do("nothing to say", alt("n"), seen(".mark-name input:focus"), keys(kb.Escape), until("!document.querySelector('.mark-name')"))
	d.desk.says("mark", map[string]any{"call": "c1"})
	b.do("refused", alt("w"))
	d.desk.says("refused", map[string]any{"call": "c1"})
	if m := d.desk.nothingBut("ping", "media"); m != nil { // media: its offer is answered by nobody here, and so is made again
		t.Errorf("the page said %v as well", m)
	}
	d.desk.show("available", "talking", recorded("off", map[string]any{"why": "on_demand"}, "record", "refused"))
	b.do("on demand", shows("This talk is not recorded. You may begin it."), alt("r"))
	d.desk.says("record", map[string]any{"call": "c1"})
	b.accessible("recording-off")
	for why, text := range map[string]string{"refused": "The caller does not want it.", "disk": "The disk does not take it; it is tried again.", "media": "The voice process cannot record.", "tomorrow": "This talk is not recorded."} {
		d.desk.show("available", "talking", recorded("off", map[string]any{"why": why}))
		b.do(why, shows(text))
	}
	d.desk.show("available", "talking", recorded("off", map[string]any{"why": "off"}))
	b.do("nobody's are", until("!document.querySelector('.recorded').innerText.trim()"))

	d.desk.show("available", "talking", aTalk(append([]string{"step"}, everything...), nil))
	b.do("a card by keys", shows("Have the caller type it by keys"), alt("y"))
	d.desk.says("step", map[string]any{"call": "c1"})
	d.desk.show("available", "talking", aTalk([]string{"resume", "end"}, map[string]any{"step": true, "hold": map[string]any{"since": time.Now()}}))
	b.do("the caller types", shows("The caller is typing, unheard by you and the recording"))
	b.accessible("step")
	for why, text := range map[string]string{"done": "The caller has typed it and is back.", "zero": "The caller is back and has not typed it to the end."} {
		d.desk.show("available", "talking", aTalk(everything, map[string]any{"stepped": why}))
		b.do("back: "+why, shows(text))
	}
}

// TestRecordingInEveryLanguage: the lamp and its buttons are in the agent's language.
func TestRecordingInEveryLanguage(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	b := newTab(t, d)
	b.language("es-MX")
	b.signIn("agent", password)
	for i, c := range []struct{ tag, paused, resume string }{
		{"es-MX", "La grabación está en pausa", "Seguir grabando"}, {"ko-KR", "녹음이 일시 중지되었습니다.", "녹음 계속"}, {"ja-JP", "録音を一時停止しています。", "録音を再開"},
	} {
		if i > 0 {
			b.language(c.tag)
			b.do("again", chromedp.Reload())
		}
		d.desk.hear("hello")
		d.desk.show("available", "talking", recorded("paused", map[string]any{"why": "agent", "until": time.Now().Add(time.Minute)}, "resume", "refused"))
		b.do(c.tag, shows(c.paused), shows(c.resume), until("!/undefined|null|=>/.test(document.body.innerText)"))
		b.accessible("recording-" + c.tag[:2])
		d.desk.show("available", "idle", nil)
		b.do("over", until("!document.querySelector('.panel.talk')"))
	}
}
