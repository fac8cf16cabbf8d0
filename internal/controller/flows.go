package controller

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"presszero/call"
	"presszero/call/number"
	"presszero/callqueue"
	"presszero/internal/atomicfile"
	"presszero/ivr"
	"presszero/ivr/lookup"
	"presszero/report"
	"presszero/web"
)

// flows is the flow that is served, and how another takes its place: prepared, and only
// then served, to calls that begin from then on. One that is refused changes nothing.
//
//	file, SIGHUP ─┐                          ┌─> menus
//	page, API ────┴─> flowFiles ─> publish ──┼─> queues, sounds, services
//	                      │ refused          └─> flows/VERSION.yaml
//	                      └─> an alarm; the old one serves on
type flows struct {
	*flowFiles
	flowUsers

	changing sync.Mutex // one change at a time; held while sounds are made

	mu  sync.Mutex
	now *served
	old map[string]*served // versions that open calls may be on
}

// flowUsers are those who go by the flow that is served.
type flowUsers struct {
	menus    *ivr.Machine
	line     *callqueue.Machine
	ask      func(ctx context.Context, f func(now time.Time)) error // between two events
	services *lookup.Client
	keep     func(ctx context.Context, version, by, text string) error // in the history
	record   func(flow *ivr.Flow)                                      // tells the stages which talks are recorded
}

// newFlows serves the flow that a start has found, to the users, and to the open calls of
// the past the flows that they began with.
func newFlows(ctx context.Context, files *flowFiles, now *served, past []call.Entry, users flowUsers) *flows {
	f := &flows{flowFiles: files, flowUsers: users, now: now, old: map[string]*served{}}
	f.reopen(ctx, past)
	f.permit()
	return f
}

// names reports whether the flow in force names the number, in any writing.
func (f *flows) names(wanted string) bool {
	reader, err := number.New(f.s.Country)
	if err != nil {
		return false // the start says so
	}
	for written := range f.current().flow.Numbers {
		if reader.One(written) == wanted {
			return true
		}
	}
	return false
}

// reopen gives the machine the flows that open calls began with.
func (f *flows) reopen(ctx context.Context, past []call.Entry) {
	for _, e := range past {
		n, ok := e.Fact.(call.NodeEntered)
		if !ok || n.Flow == f.now.flow.Version || f.old[n.Flow] != nil {
			continue
		}
		// Else its calls go on with the present flow.
		if s, err := f.prepare(ctx, f.earlier(n.Flow), ""); err == nil {
			f.old[n.Flow] = s
			f.speaker.Publish(n.Flow, s.sounds) // not the dialplan's names, which are the present flow's
			f.menus.Publish(s.flow, f.length(n.Flow))
		}
	}
	f.menus.Publish(f.now.flow, f.length(f.now.flow.Version))
	f.record(f.now.flow)
	f.speaker.Publish(f.now.flow.Version, f.now.sounds)
}

// publish serves s to calls that begin from now on.
func (f *flows) publish(ctx context.Context, s *served) error {
	version := s.flow.Version
	if err := atomicfile.Write(f.path(version), s.text); err != nil {
		return err
	}
	f.publishSounds(s)
	var used []string
	err := f.ask(ctx, func(time.Time) {
		f.menus.Publish(s.flow, f.length(version))
		f.line.Configure(LineSettings(s.flow)...)
		f.record(s.flow)
		used = f.menus.Retire()
	})
	if err != nil {
		return err
	}
	f.mu.Lock()
	f.old[f.now.flow.Version] = f.now
	delete(f.old, version)
	for v := range f.old {
		if !slices.Contains(used, v) {
			delete(f.old, v)
		}
	}
	f.now = s
	f.mu.Unlock()
	f.setAlarm("")
	f.soundsAreWell()
	f.permit()
	f.log.Info("a flow is served from now on", "version", version, "by", s.by)
	if err := f.keep(ctx, version, s.by, string(s.text)); err != nil {
		f.log.Warn("a flow cannot be added to the history of flows; it is served all the same", "version", version, "err", err)
	}
	return f.remember(s)
}

// permit lets look-ups reach the services that the flows in use allow.
func (f *flows) permit() {
	f.mu.Lock()
	defer f.mu.Unlock()
	var hosts []string
	var private []netip.Prefix
	for _, s := range append([]*served{f.now}, values(f.old)...) {
		for _, begins := range s.flow.Services.Allow {
			if u, err := url.Parse(begins); err == nil {
				hosts = append(hosts, u.Host)
			}
		}
		if s.flow.Services.Private {
			private = lookup.PrivateNetworks()
		}
	}
	f.services.Permit(hosts, private)
}

func values[V any](m map[string]V) (list []V) {
	for _, v := range m {
		list = append(list, v)
	}
	return list
}

// reload reads the file again, as SIGHUP asks.
func (f *flows) reload(ctx context.Context) {
	f.changing.Lock()
	defer f.changing.Unlock()
	s, err := f.prepare(ctx, f.fromFile(), "file")
	if err == nil {
		err = f.publish(ctx, s)
	}
	if err != nil {
		f.setAlarm(err.Error())
		f.log.Error("the flow file must not be served; the old flow serves on", "err", err)
	}
}

// Now implements web.Flow.
func (f *flows) Now(context.Context) (web.FlowNow, error) {
	now := f.current()
	f.troubleMu.Lock()
	defer f.troubleMu.Unlock()
	return web.FlowNow{FlowVersion: report.FlowVersion{Version: now.flow.Version, PublishedAt: now.at, PublishedBy: now.by},
		Profiles: now.flow.Profiles, Warnings: shownFindings(now.flow.Warnings), Alarm: f.alarm}, nil
}

// Picture implements web.Flow.
func (f *flows) Picture(_ context.Context, nodes []report.MenuNode, language string) ([]byte, error) {
	return []byte(ivr.DrawSVG(f.current().flow, notesOf(nodes), language)), nil
}

// notesOf writes figures without words, for readers of any language: who came to a
// node, pressed 0 there, hung up there. The page says what the signs stand for.
func notesOf(nodes []report.MenuNode) ivr.Notes {
	n := ivr.Notes{Boxes: map[string]string{}, Keys: map[string]map[string]int{}}
	zero := 0
	for _, node := range nodes {
		line := fmt.Sprintf("→ %d", node.Entries)
		if pressed := node.ZeroDuring + node.ZeroAfter; pressed > 0 {
			line += fmt.Sprintf(" · 0: %d", pressed)
			zero += pressed
		}
		if node.HungUp > 0 {
			line += fmt.Sprintf(" · ✕ %d", node.HungUp)
		}
		n.Boxes[node.Node], n.Keys[node.Node] = line, node.Keys
	}
	if zero > 0 {
		n.Boxes[ivr.PersonBox] = fmt.Sprintf("0: %d", zero) // who failed three times is not among them
	}
	return n
}

// Check implements web.Flow.
func (f *flows) Check(ctx context.Context, text []byte) (web.FlowCheck, error) {
	_, check, err := f.checked(ctx, text, "")
	return check, err
}

// checked prepares a flow and tells the findings. s is nil when it is refused.
func (f *flows) checked(ctx context.Context, text []byte, by string) (s *served, check web.FlowCheck, err error) {
	s, err = f.prepare(ctx, fromText("flow.yaml", text), by)
	var found ivr.Findings
	if errors.As(err, &found) {
		return nil, web.FlowCheck{Refused: true, Findings: shownFindings(found)}, nil
	}
	if err != nil {
		return nil, check, err
	}
	return s, web.FlowCheck{Version: s.flow.Version, Findings: shownFindings(s.flow.Warnings)}, nil
}

// Publish implements web.Flow.
func (f *flows) Publish(ctx context.Context, text []byte, present, by string) (web.FlowCheck, error) {
	f.changing.Lock()
	defer f.changing.Unlock()
	if present != f.current().flow.Version {
		return web.FlowCheck{}, web.ErrChanged
	}
	s, check, err := f.checked(ctx, text, by)
	if err != nil || check.Refused {
		return check, err
	}
	return check, f.publish(ctx, s)
}

// shownFindings names the files without their folders, which pages do not show.
func shownFindings(found ivr.Findings) ivr.Findings {
	list := slices.Clone(found)
	for i, f := range list {
		list[i].File = filepath.Base(f.File)
	}
	return list
}

// current returns the flow that is served.
func (f *flows) current() *served {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

// again makes the present flow's sounds anew, after a recording came or went.
// It expects that nothing else is being changed.
func (f *flows) again(ctx context.Context) error {
	now := f.current()
	s, err := f.prepare(ctx, fromText("flow.yaml", now.text), now.by)
	if err != nil {
		return err
	}
	s.at = now.at
	f.publishSounds(s)
	f.soundsAreWell()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = s
	return nil
}
