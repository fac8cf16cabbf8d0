package web_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"presszero/internal/yamlfile"
	"presszero/report"
	"presszero/web"
)

// sources are callers, messages, a flow and prompts in memory.
type sources struct {
	mu       sync.Mutex
	callers  []report.Caller
	called   map[string][]string // by caller, the queues
	messages []report.Message
	flows    []flowFile // the newest last
	alarm    string
	profiles []string
	prompts  []web.Prompt
	recorded map[string][]byte
	changes  []string // who did what
	acts     *actBook // for what is written in the transaction of the change

	callbacks []web.Callback

	outgoingOff bool
}

// callbackBook is the callbacks of sources.
type callbackBook struct{ *sources }

func (h callbackBook) List(context.Context) ([]web.Callback, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.callbacks), nil
}

func (h callbackBook) Cancel(_ context.Context, id, by string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	i := slices.IndexFunc(h.callbacks, func(c web.Callback) bool { return c.ID == id })
	switch {
	case i < 0:
		return web.ErrNotFound
	case h.callbacks[i].OnPhone:
		return web.ErrChanged
	}
	h.callbacks = slices.Delete(h.callbacks, i, i+1)
	h.changes = append(h.changes, by+" cancels "+id)
	return nil
}

type flowFile struct {
	report.FlowVersion
	text string
}

func newSources() *sources {
	h := &sources{recorded: map[string][]byte{}}
	h.flows = []flowFile{{report.FlowVersion{Version: "v1", PublishedAt: nine, PublishedBy: "admin"}, "numbers: {100: main} # depth\n"}}
	h.prompts = []web.Prompt{
		{Language: "en", Name: "main", Text: "Press 0 for a person.", Source: "spoken", House: true, Length: 2.5},
		{Language: "es", Name: "core/beep", Source: "core", Length: 0.3},
	}
	return h
}

// tone is a second of 440 Hz as WAV.
var tone = sync.OnceValue(func() []byte {
	const rate = 8000
	var b bytes.Buffer
	b.WriteString("RIFF")
	_ = binary.Write(&b, binary.LittleEndian, uint32(36+2*rate))
	b.WriteString("WAVEfmt ")
	for _, v := range []any{uint32(16), uint16(1), uint16(1), uint32(rate), uint32(2 * rate), uint16(2), uint16(16)} {
		_ = binary.Write(&b, binary.LittleEndian, v)
	}
	b.WriteString("data")
	_ = binary.Write(&b, binary.LittleEndian, uint32(2*rate))
	for i := range rate {
		_ = binary.Write(&b, binary.LittleEndian, int16(8000*math.Sin(2*math.Pi*440*float64(i)/rate)))
	}
	return b.Bytes()
})

type content struct{ *bytes.Reader }

func (content) Close() error { return nil }

func sounding(b []byte) web.Audio {
	return web.Audio{Type: "audio/wav", Changed: nine, Content: content{bytes.NewReader(b)}}
}

// isOf reports whether a caller has called one of the queues; none: any.
func (h *sources) isOf(key string, queues []string) bool {
	return len(queues) == 0 || slices.ContainsFunc(h.called[key], func(queue string) bool { return slices.Contains(queues, queue) })
}

func (h *sources) Callers(_ context.Context, number string, queues []string, limit int) (list []report.Caller, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range h.callers {
		if strings.Contains(c.Number, number) && h.isOf(c.Key, queues) && len(list) < limit {
			list = append(list, c)
		}
	}
	return list, nil
}

func (h *sources) EditCaller(_ context.Context, key string, e report.CallerEdit, queues []string, by string) (report.Caller, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range h.callers {
		if c := &h.callers[i]; c.Key == key && h.isOf(key, queues) {
			c.Name, c.Language, c.VIP, c.Note = e.Name, e.Language, e.VIP, e.Note
			h.changes = append(h.changes, by+" edits "+key)
			h.acts.Write(by, "caller.edit", map[string]any{"caller": key}) // in its transaction
			return *c, nil
		}
	}
	return report.Caller{}, web.ErrNotFound
}

func (h *sources) QueueOf(_ context.Context, id string) (queue string, err error) {
	err = h.message(id, func(m *report.Message) error { queue = m.Queue; return nil })
	return queue, err
}

func (h *sources) Messages(_ context.Context, done bool, queues []string, limit int) (list []report.Message, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, m := range h.messages {
		if m.Kind == "" {
			m.Kind = "voice"
		}
		if (m.State == "done") == done && len(list) < limit && (len(queues) == 0 || slices.Contains(queues, m.Queue)) {
			list = append(list, m)
		}
	}
	return list, nil
}

func (h *sources) message(id string, change func(*report.Message) error) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	i := slices.IndexFunc(h.messages, func(m report.Message) bool { return m.ID == id })
	if i < 0 {
		return web.ErrNotFound
	}
	return change(&h.messages[i])
}

func (h *sources) Take(_ context.Context, id, by, from string) error {
	return h.message(id, func(m *report.Message) error {
		if m.TakenBy != from || m.State == "done" {
			return web.ErrChanged
		}
		m.TakenBy, m.State = by, "taken"
		h.acts.Write(by, "message.take", map[string]any{"message": id}) // in its transaction
		return nil
	})
}

func (h *sources) CallBack(ctx context.Context, id, by, from string) error {
	if err := h.message(id, func(m *report.Message) error {
		if m.Number == "" {
			return web.Unfit("The caller withheld the number.")
		}
		return nil
	}); err != nil {
		return err
	}
	return h.Take(ctx, id, by, from)
}

func (h *sources) Done(_ context.Context, id, by, how string) error {
	return h.message(id, func(m *report.Message) error {
		if m.State == "done" {
			return web.ErrChanged
		}
		now := time.Now()
		m.DoneBy, m.How, m.State, m.DoneAt = by, how, "done", &now
		h.acts.Write(by, "message.done", map[string]any{"message": id}) // in its transaction
		return nil
	})
}

func (h *sources) Hold(_ context.Context, id, why string) error {
	return h.message(id, func(m *report.Message) error { m.Held = why; return nil })
}

func (h *sources) Release(_ context.Context, id string) error {
	return h.message(id, func(m *report.Message) error { m.Held = ""; return nil })
}

func (h *sources) Audio(_ context.Context, id string) (web.Audio, error) {
	if err := h.message(id, func(*report.Message) error { return nil }); err != nil {
		return web.Audio{}, err
	}
	return sounding(tone()), nil
}

func (h *sources) present() flowFile { return h.flows[len(h.flows)-1] }

func (h *sources) Now(context.Context) (web.FlowNow, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return web.FlowNow{FlowVersion: h.present().FlowVersion, Profiles: h.profiles, Warnings: findings(h.present().text), Alarm: h.alarm}, nil
}

func (h *sources) Picture(_ context.Context, nodes []report.MenuNode, _ string) ([]byte, error) {
	count := ""
	if len(nodes) > 0 {
		count = fmt.Sprintf("→ %d", nodes[0].Entries)
	}
	return []byte(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 420 120" width="420" height="120"><style>rect{fill:#e5effb;stroke:#1257a8}</style>
		<g class="choice" data-node="main"><rect x="10" y="40" width="120" height="40" rx="8"/><text class="head" x="45" y="60">main</text><text class="count" x="45" y="76">` + count + `</text></g>
		<path d="M130 60h120" stroke="#1257a8"/><text x="180" y="54">0</text>
		<rect x="250" y="40" width="140" height="40" rx="8"/><text x="290" y="65">support</text></svg>`), nil
}

// findings: a line that says "lost" traps callers, one that says "depth" is deep.
func findings(text string) (list yamlfile.Findings) {
	n := 0
	for line := range strings.SplitSeq(text, "\n") {
		n++
		if c := strings.Index(line, "lost"); c >= 0 {
			list = append(list, yamlfile.Finding{File: "flow.yaml", Line: n, Column: c + 1, Severity: "error", Code: "lost",
				What: "from here no caller can reach a person; add a way"})
		}
		if c := strings.Index(line, "depth"); c >= 0 {
			list = append(list, yamlfile.Finding{File: "flow.yaml", Line: n, Column: c + 1, Severity: "warning", Code: "depth", What: "this is the second menu on its way"})
		}
	}
	return list
}

func (h *sources) Check(_ context.Context, text []byte) (web.FlowCheck, error) {
	found := findings(string(text))
	refused := found.Refuses()
	return web.FlowCheck{Version: fmt.Sprintf("v%d", len(text)), Refused: refused, Findings: found}, nil
}

func (h *sources) Publish(ctx context.Context, text []byte, present, by string) (web.FlowCheck, error) {
	check, _ := h.Check(ctx, text)
	h.mu.Lock()
	defer h.mu.Unlock()
	if present != h.present().Version {
		return check, web.ErrChanged
	}
	if !check.Refused {
		h.flows = append(h.flows, flowFile{report.FlowVersion{Version: check.Version, PublishedAt: time.Now(), PublishedBy: by}, string(text)})
	}
	return check, nil
}

func (h *sources) Versions(context.Context) (list []report.FlowVersion, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, f := range slices.Backward(h.flows) {
		list = append(list, f.FlowVersion)
	}
	return list, nil
}

func (h *sources) Text(_ context.Context, version string) ([]byte, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, f := range h.flows {
		if f.Version == version {
			return []byte(f.text), nil
		}
	}
	return nil, web.ErrNotFound
}

func (h *sources) Prompts(context.Context) ([]web.Prompt, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.prompts), nil
}

func (h *sources) prompt(language, name string) *web.Prompt {
	for i := range h.prompts {
		if p := &h.prompts[i]; p.Language == language && p.Name == name {
			return p
		}
	}
	return nil
}

func (h *sources) Sound(_ context.Context, language, name string) (web.Audio, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.prompt(language, name) == nil {
		return web.Audio{}, web.ErrNotFound
	}
	return sounding(tone()), nil
}

func (h *sources) Record(_ context.Context, language, name string, sound io.Reader, by string) (web.Prompt, error) {
	b, err := io.ReadAll(sound)
	if err != nil {
		return web.Prompt{}, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.prompt(language, name)
	if p == nil {
		return web.Prompt{}, web.ErrNotFound
	}
	if !bytes.HasPrefix(b, []byte("RIFF")) {
		return web.Prompt{}, fmt.Errorf("recording: %w", web.Unfit("This is not a sound that can be read; send WAV, MP3 or Ogg."))
	}
	h.recorded[language+"/"+name] = b
	p.Source, p.Length = "recorded", 1
	h.changes = append(h.changes, by+" records "+name)
	return *p, nil
}

func (h *sources) Unrecord(_ context.Context, language, name, by string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, ok := h.recorded[language+"/"+name]; !ok {
		return web.ErrNotFound
	}
	delete(h.recorded, language+"/"+name)
	h.prompt(language, name).Source = "spoken"
	h.changes = append(h.changes, by+" drops "+name)
	return nil
}
