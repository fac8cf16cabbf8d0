package web_test

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"presszero/call"
	"presszero/internal/figures"
	"presszero/report"
	"presszero/web"
)

// busyFloor is a floor on which much goes on at once.
func busyFloor(d *testServer) {
	now := time.Now().UTC()
	ago := func(s int) time.Time { return now.Add(-time.Duration(s) * time.Second) }
	agent := func(name string, state call.AgentState, presence call.Presence, reason string, media bool, since int, queues ...string) call.AgentNow {
		return call.AgentNow{Agent: call.AgentID(name), Name: name, State: state, Presence: presence, Reason: reason, Media: media, Since: ago(since), Queues: queues}
	}
	d.floor.set(func(l *web.Live) {
		l.InMenus, l.GaveUpInMenus = new(4), &report.GaveUp{Place: report.InMenu, Callers: 3, MedianS: 14, LongestS: 40}
		l.Queues = []call.QueueNow{
			{Name: "billing", Open: true, Waiting: []call.CallerNow{{Call: "c9", Number: "+34910000009", State: "waiting", Since: ago(12)}}},
			{Name: "complaints", Open: false},
			{Name: "sales", Open: true, Peak: &call.PeakNow{Until: now.Add(time.Hour), By: "sue"}},
			{Name: "support", Open: true, Waiting: []call.CallerNow{
				{Call: "c1", Number: "+34910000001", Name: "Ana García", VIP: true, State: "waiting", Since: ago(252)},
				{Call: "c2", Number: "+34910000002", State: "ringing", Agent: "bea", Since: ago(130)},
				{Call: "c3", Number: "", State: "waiting", Since: ago(61)}}},
		}
		l.Agents = []call.AgentNow{
			agent("ana", call.Talking, call.Available, "", true, 301, "support"), agent("bea", call.Ringing, call.Available, "", true, 4, "support"),
			agent("carl", call.Idle, call.Away, "lunch", true, 900, "support", "billing"), agent("dora", call.WrapUp, call.Available, "", true, 33, "support"),
			agent("eve", call.Idle, call.Available, "", true, 75, "billing", "sales"), agent("finn", call.Idle, call.Available, "", false, 20, "sales"), agent("gus", call.Talking, call.Available, "", true, 610, "sales")}
		l.Agents[0].Help, l.Agents[0].Call, l.Agents[0].Skills = ago(45), "c0", []call.SkillLevel{{Name: "german", Level: 8}}
		levels := []float64{0.93, 0, 0.81, 0.62}
		l.Figures = nil
		for i, q := range l.Queues {
			n := figures.Count(q, l.Agents, now)
			n.Today = &figures.Today{ServiceLevel: &levels[i], TargetS: 20, Decided: 140 - 20*i, Open: n.Waiting, Offered: 150, Answered: 120, Abandoned: 12}
			l.Figures = append(l.Figures, n)
		}
		l.Figures[1].Today = &figures.Today{TargetS: 20}
		l.Figures[1].Overdue, l.Figures[1].OverdueSince = 3, new(ago(7000))
		s := &l.Figures[3]
		s.Told = &figures.Told{LowS: 120, HighS: 300}
		s.GaveUp = []report.GaveUp{{Place: report.InLine, Callers: 4, MedianS: 95, LongestS: 240}, {Place: report.Ringing, Callers: 1, MedianS: 30, LongestS: 30}}
		s.Limits = []figures.Crossing{
			{Queue: "support", Limit: figures.LongestWait, Bound: 180, Value: 252, Worst: 252, Crossed: ago(72)},
			{Queue: "support", Limit: figures.ServiceLevel, Bound: 0.7, Value: 0.62, Worst: 0.58, Crossed: ago(4000)}}
	})
	over := ago(1000)
	d.walls.crossed = []figures.Crossing{
		{Queue: "support", Limit: figures.LongestWait, Bound: 180, Value: 252, Worst: 252, Crossed: ago(72)},
		{Queue: "billing", Limit: figures.Waiting, Bound: 10, Value: 11, Worst: 14, Crossed: ago(1600), Over: &over}}
}

// sized makes the window so wide and high.
func sized(width, height int64) step {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1})
		return err
	})
}

// part is one event of a key that is pressed.
func part(of *input.DispatchKeyEventParams) step {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, input.DispatchKeyEvent, *of)
		return err
	})
}

// TestFloorPage: each queue in figures, limits in colour and said once, and what opens beside
// the floor, which has an address and gives the focus back.
func TestFloorPage(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	busyFloor(d)
	b := newTab(t, d)
	b.do("wide", sized(1280, 900))
	b.signIn("supervisor", password)
	b.do("figures", seen("main.floor .queue"), shows("2 to 5 min"), shows("4 in the line (after 1:35, the longest 4:00)"), shows("so far: 3 still wait"), shows("3 overdue messages"),
		shows("Somebody has waited longer than 3:00"), until("document.querySelectorAll('.queue.crossed').length === 1"), until("document.querySelectorAll('[role=alert]').length === 2"),
		shows("3 gave up, 15 min"), until("document.querySelectorAll('table.limits tbody tr').length === 2"))
	b.accessible("floor")
	b.do("wide", sized(1280, 900))
	b.tabTo("table a[href='#caller/c1']")
	b.do("caller", keys(kb.Enter), seen("dialog.beside-floor[open]"), until("location.hash === '#caller/c1'"), shows("Serve next"))
	b.accessible("floor-caller")
	enter := kb.Encode('\r') // a slow page has opened the panel before it hears the rest of the key
	b.do("the same on a slow page", keys(kb.Escape), until("!document.querySelector('dialog[open]') && document.activeElement.matches('a[href=\"#caller/c1\"]')"),
		part(enter[0]), seen("dialog.beside-floor[open]"), until("document.activeElement.innerText === 'Close'"), part(enter[1]), part(enter[2]), seen("dialog.beside-floor[open]"))
	b.do("and back", keys(kb.Escape), until("!document.querySelector('dialog[open]') && location.hash === ''"),
		until("document.activeElement.matches('a[href=\"#caller/c1\"]')"))
	b.do("the browser's way back", until("(location.hash = '#queue/support', true)"), seen("dialog.beside-floor[open]"), shows("It is open by its hours."),
		until("(history.back(), true)"), until("!document.querySelector('dialog[open]')"))
	for _, c := range []struct{ name, address, text string }{
		{"floor-queue", "queue/support", "Begin peak"}, {"floor-agent", "agent/ana", "Asks for help"}, {"floor-emergency", "emergency", "Say this to every caller"}, {"floor-gone", "agent/nobody", "not on the floor any more"},
	} {
		b.do(c.name, chromedp.Navigate(b.url+"/menus"), seen("main.floor"), chromedp.Navigate(b.url+"/supervisor#"+c.address), seen("dialog.beside-floor[open]"), shows(c.text))
		b.accessible(c.name)
	}
}

// TestWallPage: a screen signs in by its address, shows the figures of its queues, says when
// it is cut off, and shows nothing any more once it is signed out.
func TestWallPage(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	busyFloor(d)
	d.walls.hang("token", time.Now().Add(time.Hour))
	b := newTab(t, d)
	b.do("nobody", sized(1920, 1080), chromedp.Navigate(b.url+"/wall"), shows("This screen is not signed in."))
	b.forgiveAll("401")
	b.do("in", until("(location.hash = 'token', true)"), seen(".wall .queue.crossed"))
	b.do("figures", until("location.hash === ''"), shows("Hall"), shows("support"), shows("4:1"),
		until("!document.body.innerText.includes('Ana')"),
		until("document.documentElement.scrollWidth <= 1920 && document.documentElement.scrollHeight <= 1080"),
		until("[...document.querySelectorAll('.wall dd')].every((x) => x.getBoundingClientRect().height >= 80)"),
		until("[...document.querySelectorAll('.wall .queue')].every((x) => x.scrollHeight <= x.clientHeight + 1 && x.scrollWidth <= x.clientWidth + 1)"))
	b.look("wall")
	b.forgiveAll("401")
	d.floor.set(func(l *web.Live) { l.Queues, l.Figures = l.Queues[3:], l.Figures[3:] })
	b.do("one queue", until("document.querySelectorAll('.wall .queue').length === 1"))
	b.look("wall-one")
	b.do("after a reload", chromedp.Reload(), seen(".wall .queue"))
	if err := d.walls.EndWall(t.Context(), "w1", "sue"); err != nil {
		t.Fatal(err)
	}
	d.floor.set(func(*web.Live) {})
	b.do("out", shows("This screen is not signed in."))
	b.forgiveAll("401")
}

// TestWallsPage: a leader adds a screen, is told its address once, and signs it out.
func TestWallsPage(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	busyFloor(d)
	b := newTab(t, d)
	b.signIn("supervisor", password)
	b.do("floor", seen("main.floor"))
	b.visit("/walls", shows("There is no screen."), shows("support"), fill("input[name=name]", "Hall"), click("input[value=support]"), click("form button.primary"), shows("Open this address on the screen"),
		until("/wall#[A-Z2-7]{26}$/.test(document.querySelector('.made code').textContent)"), until("document.querySelectorAll('tbody tr').length === 1"))
	b.accessible("walls")
	b.do("out", click("tbody button"), shows("Really sign"), click("tbody .decline"), shows("There is no screen."))
}

// TestFloorInSpanish: with the longest words everything has its place.
func TestFloorInSpanish(t *testing.T) {
	t.Parallel()
	tongue := cmp.Or(os.Getenv("TONGUE"), "es-MX")
	d := newTestServer(t)
	busyFloor(d)
	d.walls.hang("token", time.Now().Add(time.Hour))
	b := newTab(t, d, chromedp.Flag("accept-lang", tongue+",en"))
	b.do("wide", sized(1280, 900))
	b.signIn("supervisor", password)
	b.do("floor", seen("main.floor .queue.crossed"), until("document.documentElement.scrollWidth <= 1280"))
	b.accessible("floor-" + tongue)
	d.floor.set(func(l *web.Live) { l.Warnings = everyWarning() })
	b.do("warnings, in a sentence each", until("document.querySelectorAll('.floor > .banner.warn').length === 13"),
		until("[...document.querySelectorAll('.floor > .banner.warn > span')].every((x) => x.innerText.length > 5) && !document.body.innerText.includes('for the log')"),
		until("(document.querySelector('.floor > .banner.warn summary').click(), true)"), shows("archive, for the log"))
	b.accessible("floor-warnings-" + tongue)
	d.floor.set(func(l *web.Live) { l.Warnings = nil })
	for _, address := range []string{"queue/support", "agent/ana", "caller/c1", "emergency"} {
		b.do(address, until(fmt.Sprintf("(location.hash = '#%s', true)", address)), seen("dialog.beside-floor[open]"), sized(390, 900),
			until("document.querySelector('dialog').scrollWidth <= 390 && document.documentElement.scrollWidth <= 390"))
	}
	b.do("wall", sized(1920, 1080), chromedp.Navigate(b.url+"/wall#token"), seen(".wall .queue.crossed"))
	b.look("wall-" + tongue)
	b.do("it fits", until("[...document.querySelectorAll('.wall .queue')].every((x) => x.scrollHeight <= x.clientHeight + 1 && x.scrollWidth <= x.clientWidth + 1)"))
}

// everyWarning is one of each kind; the page says that of a demo elsewhere.
func everyWarning() (list []web.Warning) {
	for _, about := range []web.About{web.AboutArchive, web.AboutCertificate, web.AboutDatabase, web.AboutDemo, web.AboutDisk, web.AboutFlow, web.AboutJournal,
		web.AboutMessages, web.AboutNumbers, web.AboutOutgoing, web.AboutRecording, web.AboutSecrets, web.AboutSounds, web.AboutTrunk} {
		list = append(list, web.Warning{About: about, Text: string(about) + ", for the log"})
	}
	return list
}

// press clicks the button that is called so, in the panel or the toast.
func press(name string) step {
	return until(fmt.Sprintf(`(b => b && (b.click(), true))([...document.querySelectorAll('dialog[open] button, .toast button')].find((b) => b.innerText.trim() === %q && !b.disabled))`, name))
}

// choose takes a choice of a list.
func choose(css, value string) step {
	return until(fmt.Sprintf(`(s => s && (s.value = %q, s.dispatchEvent(new Event('change', {bubbles: true})), s.value === %q))(document.querySelector(%q))`, value, value, css))
}

// TestFloorActs: what a supervisor does on the floor is asked for, said, and undone by one click.
func TestFloorActs(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	busyFloor(d)
	d.users.users["ana"] = web.User{Name: "ana", Role: web.RoleAgent}
	d.talks.targets.Breaks = []web.Break{{ID: "prayer", Title: "Time of prayer"}, {ID: "lunch", Title: "Lunch"}}
	b := newTab(t, d)
	b.do("wide", sized(1280, 900))
	b.signIn("supervisor", password)
	b.do("floor", seen("main.floor .queue"))
	holds := func(what string, want ...string) {
		t.Helper()
		var got []string
		for _, h := range d.orders.standing() {
			got = append(got, fmt.Sprintf("%s %s%s open %v %s %v by %s", h.What, h.Queue, h.Agent, h.Open, h.Reason, h.Queues, h.By))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: in force are %q, want %q", what, got, want)
		}
	}
	did := func(want string) {
		t.Helper()
		d.orders.mu.Lock()
		defer d.orders.mu.Unlock()
		if n := len(d.orders.did); n == 0 || d.orders.did[n-1] != want {
			t.Errorf("done was %q, want %q last", d.orders.did, want)
		}
	}

	b.do("close", click("a[href='#queue/support']"), press("Close now"), shows("support is closed"))
	holds("close", "door support open false  [] by supervisor")
	b.look("floor-done")
	b.do("undo", press("Undo"), shows("Undone: support follows its hours again"))
	holds("undo")
	d.orders.unfit = "The queue has no other hours."
	b.do("refused", press("Close now"), shows("The queue has no other hours."))
	b.forgive("400")
	d.orders.unfit = ""

	b.do("peak", press("Begin peak"), shows("support has peak until"))
	holds("peak", "peak support open false  [] by supervisor")
	b.do("no peak", press("Undo"), shows("Undone: support has no peak any more"))
	holds("no peak")

	b.do("next", click("dialog a[href='#caller/c1']"), press("Serve next"), shows("Ana García is next"))
	did("supervisor places c1 true")
	b.do("undo beside the floor", keys(kb.Escape), until("!document.querySelector('dialog[open]')"), seen(".toast .said"), press("Undo"), shows("Ana García has the old place again"))
	did("supervisor places c1 false")
	b.do("move", click("tbody a[href='#caller/c1']"), choose("dialog select", "billing"), press("Move"), shows("Ana García waits in billing"))
	did("supervisor moves c1 to billing")
	b.do("move back", press("Undo"), shows("Undone: Ana García waits in support"))
	did("supervisor moves c1 to support")

	b.do("help", until("(location.hash = '#agent/ana', true)"), shows("Asks for help"), press("I have answered"), shows("The call of ana for help is answered"))
	did("supervisor helps ana")
	b.do("away", choose("dialog select", "prayer"), press("Set away"), shows("ana is away"))
	holds("away", "away ana open false prayer [] by supervisor")
	b.do("available", press("Undo"), shows("Undone: ana takes calls again"))
	holds("available")
	b.do("leaving", press("Sign out after this talk"), shows("ana is signed out after this talk"))
	holds("leaving", "leaving ana open false  [] by supervisor")
	b.do("stays", press("Undo"), shows("Undone: ana stays signed in"))
	b.do("today", fill("dialog fieldset input", "billing, sales"), press("For today"), shows("ana has other queues and skills today"))
	holds("today", "today ana open false  [billing sales] by supervisor")
	b.do("usual", press("Undo"), shows("Undone: ana has the usual queues and skills"))
	holds("usual")

	b.do("emergency", until("(location.hash = '#emergency', true)"), fill("dialog textarea", "The line to the north is cut."), press("Say this to every caller"), shows("Every caller hears the text until"))
	holds("emergency", "emergency  open false  [] by supervisor")
	b.do("calm", press("Undo"), shows("Undone: The emergency text is off"))
	holds("calm")
	b.do("recorded", press("● Record"), until("[...document.querySelectorAll('dialog button')].some((b) => b.innerText.trim() === '■ Stop')"),
		until("(window.recording ??= Date.now(), Date.now() - window.recording > 600)"), press("■ Stop"), shows("Recorded, 0:0"), press("Play the recording to every caller"), shows("Every caller hears the text until"))
	var size int
	if list := d.orders.standing(); len(list) != 1 || list[0].What != call.EmergencyDirective || list[0].Text != "" || list[0].Until.IsZero() {
		t.Errorf("in force is %+v", list)
	} else if _, err := fmt.Sscan(list[0].Sound, &size); err != nil || size < 16_000 { // half a second of 16 bits at 16 kHz
		t.Errorf("the recording has %s", list[0].Sound)
	}
}
