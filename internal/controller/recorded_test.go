package controller

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"presszero/call"
	"presszero/internal/audio"
	"presszero/ivr"
	"presszero/recordings/archive"
	"presszero/report"
	"presszero/web"
)

// TestWhoHears: the roles that the flow names for a queue, a number and the house; where it
// names none, supervisors and admins.
func TestWhoHears(t *testing.T) {
	t.Parallel()
	flow, err := ivr.Parse("flow.yaml", []byte(`
version: 1
language: en
person: support
queues:
  support: {recording: {listen: [agent, supervisor, admin]}}
  billing: {recording: {listen: [admin]}}
  sales: {}
numbers: {"100": {node: main, recording: {listen: [admin]}}, "200": main}
nodes:
  main: {menu: main, keys: {"1": billing, "2": sales}}
  billing: {queue: billing}
  sales: {queue: sales}
prompts: {main: Press 1 or 2 or 0.}
`))
	if err != nil {
		t.Fatal(err)
	}
	r := recorded{plan: func() call.RecordingPlan { return flow.RecordingPlan(nil) }, queues: func() []string { return []string{"support", "billing", "sales"} }, downloads: []string{"admin"}}
	for role, want := range map[web.Role]struct {
		hidden []string
		hears  string // of support, billing, sales by 200, support by 100, and the agent's own call
	}{
		web.RoleAgent:      {[]string{"", "billing", "sales"}, "yes no no no no"},
		web.RoleSupervisor: {[]string{"billing"}, "yes no yes no yes"},
		web.RoleAdmin:      {nil, "yes yes yes yes yes"},
	} {
		hidden := r.Hidden(role)
		slices.Sort(hidden)
		if !slices.Equal(hidden, want.hidden) {
			t.Errorf("from %s are hidden %q", role, hidden)
		}
		got := ""
		for _, rec := range []report.Recording{{Direction: "in", Queue: "support", Dialed: "200"}, {Direction: "callback", Queue: "billing"}, {Direction: "in", Queue: "sales", Dialed: "200"},
			{Direction: "in", Queue: "support", Dialed: "100"}, {Direction: "out"}} {
			got += map[bool]string{true: " yes", false: " no"}[r.Hears(role, rec)]
		}
		if got != " "+want.hears {
			t.Errorf("%s hears:%s, not %s", role, got, want.hears)
		}
	}
	// Of a recording without facts nobody knows the country of the caller.
	of := flow.RecordingPlan(nil)
	of.House.Countries = map[string]call.RecordingRule{"de": {Listen: []string{"admin"}}, "fr": {Talks: call.RecordOff}}
	of.Country = func(string) string { return "" }
	r.plan = func() call.RecordingPlan { return of }
	for role, want := range map[web.Role]bool{web.RoleAdmin: true, web.RoleSupervisor: false} {
		rec := report.Recording{Direction: "in", Queue: "sales", Dialed: "200", Alone: true}
		alone := r.Hears(role, rec)
		rec.Alone = false
		if alone != want || !r.Hears(role, rec) {
			t.Errorf("%s hears the one of an unknown country: %v", role, alone)
		}
	}
	if r.Downloads(web.RoleSupervisor) || !r.Downloads(web.RoleAdmin) {
		t.Error("others than those named download")
	}
}

// TestRecordedSound: what the archive keeps is heard as it is kept and as WAV, and what it
// does not keep is not there.
func TestRecordedSound(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	keys, _, err := archive.MakeKeys(filepath.Join(dir, "keys"), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	a := &archive.Archive{Kind: "talks", Index: filepath.Join(dir, "index"), Keys: keys, Local: archive.Folder{Dir: filepath.Join(dir, "archive")}}
	var file bytes.Buffer
	if err := audio.WriteWAV(&file, make([]int16, 8000)); err != nil {
		t.Fatal(err)
	}
	const id = "01890a5d-ac96-774b-8000-000000000001.o1.leg"
	if _, err := a.Keep(t.Context(), id, bytes.NewReader(file.Bytes()), archive.Meta{At: time.Now(), Length: time.Second, Format: "wav", Peaks: [2][]byte{{1, 2}, {3, 4}}}); err != nil {
		t.Fatal(err)
	}
	r := recorded{archive: a}
	for _, wav := range []bool{false, true} {
		sound, err := r.Sound(t.Context(), id, wav)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(sound.Content)
		if err != nil || sound.Type != "audio/wav" || len(got) != file.Len() {
			t.Errorf("%s, %d bytes, %v", sound.Type, len(got), err)
		}
		if err := sound.Content.Close(); err != nil {
			t.Error(err)
		}
	}
	seeksInFLAC(t, r)
	mine, err := r.Copy(t.Context(), id, report.RecordingPlay{ID: "d1", By: "ann", At: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(mine.Content); err != nil || mine.Content.Close() != nil || !bytes.Contains(got, []byte("RECORDING="+id+"\nCOPY_FOR=ann\nCOPY_AT=2")) || !bytes.Contains(got, []byte("COPY_ID=d1")) {
		t.Errorf("a copy says %q, %v", got[len(got)-200:], err)
	}
	if peaks, err := r.Peaks(t.Context(), id); err != nil || !bytes.Equal(peaks[1], []byte{3, 4}) {
		t.Errorf("peaks %v, %v", peaks, err)
	}
	const none = "01890a5d-ac96-774b-8000-000000000002.o1.leg"
	if _, err := r.Sound(t.Context(), none, false); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("what is not kept: %v", err)
	}
	if _, err := r.Peaks(t.Context(), none); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("peaks of what is not kept: %v", err)
	}
	r.archive = &archive.Archive{Kind: "talks", Index: a.Index, Keys: archive.Keys{Dir: filepath.Join(dir, "no keys")}, Local: a.Local}
	if _, err := r.Sound(t.Context(), id, false); err == nil || errors.Is(err, web.ErrNotFound) {
		t.Errorf("without a key: %v", err)
	}
}

// seeksInFLAC asks, as Safari does, for parts of a talk that is kept as FLAC: they are those of
// the same talk as WAV of 16 bits.
func seeksInFLAC(t *testing.T, r recorded) {
	t.Helper()
	samples := make([]int16, 2*20*8000)
	for i := range samples {
		samples[i] = int16(i * i % 20011)
	}
	var plain bytes.Buffer
	if err := binary.Write(&plain, binary.LittleEndian, samples); err != nil {
		t.Fatal(err)
	}
	flac := exec.Command("flac", "-5", "--silent", "--stdout", "--force-raw-format", "--endian=little", "--sign=signed", "--channels=2", "--bps=16", "--sample-rate=8000",
		"--input-size="+strconv.Itoa(plain.Len()), "-")
	flac.Stdin = bytes.NewReader(plain.Bytes())
	file, err := flac.Output()
	if err != nil {
		t.Fatal(err)
	}
	const id = "01890a5d-ac96-774b-8000-000000000003.o1.leg"
	if _, err := r.archive.Keep(t.Context(), id, bytes.NewReader(file), archive.Meta{At: time.Now(), Length: 20 * time.Second, Format: "flac"}); err != nil {
		t.Fatal(err)
	}
	for _, from := range []int{0, 44, 32_044, 600_001, 44 + plain.Len() - 500} {
		sound, err := r.Sound(t.Context(), id, true)
		if err != nil {
			t.Fatal(err)
		}
		ask := httptest.NewRequest("GET", "/sound", nil)
		ask.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", from, from+499))
		w := httptest.NewRecorder()
		http.ServeContent(w, ask, "", sound.Changed, sound.Content)
		if w.Code != http.StatusPartialContent || w.Header().Get("Content-Range") != fmt.Sprintf("bytes %d-%d/%d", from, from+499, 44+plain.Len()) {
			t.Errorf("from %d: %d %v", from, w.Code, w.Header())
		}
		if begin := max(0, from-44); !bytes.HasSuffix(w.Body.Bytes(), plain.Bytes()[begin:max(from+500-44, 0)]) || from == 0 && !bytes.HasPrefix(w.Body.Bytes(), []byte("RIFF")) {
			t.Errorf("from %d is something else", from)
		}
		if err := sound.Content.Close(); err != nil {
			t.Error(err)
		}
	}
}
