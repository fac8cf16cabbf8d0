package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"presszero/report"
	"presszero/web"
)

// TestWhoMayHearARecording: a supervisor has those of her queues, an agent her own where the
// flow says so, and nobody those that the flow keeps from the role. What one may not hear is
// not there: neither in a list, nor its sound, nor by a link that another has.
func TestWhoMayHearARecording(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	d.recorded.talked("r3", "support", 10)
	d.recorded.talked("r2", "billing", 10)
	d.recorded.talked("r1", "", 10)
	d.recorded.listen = map[string]bool{"agent/support": true, "admin/billing": false}
	other := d.recorded.list[0]
	other.ID, other.Agent = "r0", "bob"
	d.recorded.list = append(d.recorded.list, other)
	for _, c := range []struct {
		who   string
		v     func() *http.Client
		hears string
	}{
		{"agent", func() *http.Client { return d.as("agent") }, "r3"},
		{"supervisor of all", func() *http.Client { return d.as("supervisor") }, "r3 r2 r1 r0"},
		{"supervisor of billing", func() *http.Client { return leaderOf(d, "billing") }, "r2"},
		{"admin, not let billing", func() *http.Client { return d.as("admin") }, "r3 r1 r0"},
	} {
		who, v := c.who, c.v()
		if got := get[recordingPage](d, v, "/api/v1/recordings").ids(); got != c.hears {
			t.Errorf("%s finds %q, not %q", who, got, c.hears)
		}
		for _, id := range []string{"r3", "r2", "r1", "r0"} {
			want := http.StatusNotFound
			if strings.Contains(c.hears, id) {
				want = http.StatusOK
			}
			for _, path := range []string{"", "/peaks"} {
				if a := d.do(v, "GET", "/api/v1/recordings/"+id+path, nil); a.status != want {
					t.Errorf("%s, %s%s: %d %s", who, id, path, a.status, a.body)
				}
			}
			for _, path := range []string{"/sound?token=x", "/download?why=x"} {
				if a := d.do(v, "GET", "/api/v1/recordings/"+id+path, nil); (a.status == http.StatusNotFound) != (want == http.StatusNotFound) {
					t.Errorf("%s, %s%s: %d %.100s", who, id, path, a.status, a.body)
				}
			}
			if a := d.do(v, "POST", "/api/v1/recordings/"+id+"/play", nil); a.status == http.StatusCreated != (want == http.StatusOK) {
				t.Errorf("%s plays %s: %d %s", who, id, a.status, a.body)
			}
			if a := d.do(v, "POST", "/api/v1/recordings/"+id+"/comments", map[string]any{"at_s": 1, "text": "well"}); a.status == http.StatusCreated != (want == http.StatusOK) {
				t.Errorf("%s comments %s: %d %s", who, id, a.status, a.body)
			}
		}
	}
}

// TestLinkToARecording: it is for one sign-in and one recording, within a minute, and goes on
// as long as its player asks; it is no page. Each is in the audit, and without that there is
// none.
func TestLinkToARecording(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	d.recorded.talked("r2", "support", 10)
	d.recorded.talked("r1", "support", 10)
	v, other := d.as("supervisor"), d.as("supervisor")
	now := time.Now()
	d.pages.SetPlayClock(func() time.Time { return now })
	link := func() string {
		t.Helper()
		a := d.do(v, "POST", "/api/v1/recordings/r1/play", nil)
		if a.status != http.StatusCreated {
			t.Fatal(a)
		}
		_, token, _ := strings.Cut(a.body, `"token":"`)
		token, _, _ = strings.Cut(token, `"`)
		return "/api/v1/recordings/r1/sound?token=" + token
	}
	sounds := func(what string, v *http.Client, path string, want int, header ...string) {
		t.Helper()
		if a := d.do(v, "GET", path, nil, header...); a.status != want {
			t.Errorf("%s: %d %.100s", what, a.status, a.body)
		}
	}
	one := link()
	if acts := d.acts.acts; len(acts) != 1 || acts[0].What != "recording.play" || acts[0].Who != "supervisor" || !strings.Contains(string(acts[0].Detail), `"recording":"r1"`) {
		t.Errorf("the audit has %+v", acts)
	}
	a := d.do(v, "GET", one, nil, "Range", "bytes=44-1043")
	if a.status != http.StatusPartialContent || a.body != string(toneFile(10)[44:1044]) || a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("a range: %d, %d bytes, %v", a.status, len(a.body), a.header)
	}
	sounds("another sign-in of the same person", other, one, http.StatusForbidden)
	sounds("another recording", v, strings.Replace(one, "r1", "r2", 1), http.StatusForbidden)
	sounds("in a tab of its own", v, one, http.StatusForbidden, "Sec-Fetch-Dest", "document")
	sounds("without", v, "/api/v1/recordings/r1/sound", http.StatusForbidden)
	now = now.Add(9 * time.Minute)
	sounds("while it is played", v, one, http.StatusOK)
	now = now.Add(11 * time.Minute)
	sounds("after a long pause", v, one, http.StatusForbidden)
	late := link()
	now = now.Add(61 * time.Second)
	sounds("an old one", v, late, http.StatusForbidden)
	long := link()
	for range 3 {
		sounds("for long", v, long, http.StatusOK)
		now = now.Add(7 * time.Minute)
	}
	sounds("for three times its length", v, long, http.StatusForbidden)

	d.recorded.away = errAway
	if a := d.do(v, "POST", "/api/v1/recordings/r1/play", nil); a.status != http.StatusServiceUnavailable {
		t.Errorf("without an audit: %d %s", a.status, a.body)
	}
	d.recorded.away = nil
	d.recorded.list[1].State = "stopped"
	if a := d.do(v, "POST", "/api/v1/recordings/r1/play", nil); a.status != http.StatusConflict {
		t.Errorf("before it is in the archive: %d %s", a.status, a.body)
	}
	d.recorded.list[1].State = "removed"
	if a := d.do(v, "POST", "/api/v1/recordings/r1/play", nil); a.status != http.StatusNotFound {
		t.Errorf("when it is removed: %d %s", a.status, a.body)
	}
}

// TestSoundForBrowsers: those of Apple are given WAV, in the parts that they ask for.
func TestSoundForBrowsers(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	d.recorded.talked("r1", "support", 1)
	v := d.as("supervisor")
	for agent, wav := range map[string]bool{
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 Safari/605.1.15":                  true,
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/133.0 Mobile/15E148 Safari/604.1": true,
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36":                                  false,
		"Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0":                                                                 false,
	} {
		a := d.do(v, "POST", "/api/v1/recordings/r1/play", nil)
		_, token, _ := strings.Cut(a.body, `"token":"`)
		token, _, _ = strings.Cut(token, `"`)
		// Safari asks for two bytes first, and plays nothing unless it gets just them.
		for part, want := range map[string]string{"bytes=0-1": string(toneFile(1)[:2]), "bytes=44-1043": string(toneFile(1)[44:1044]), "": string(toneFile(1))} {
			status := map[bool]int{true: http.StatusPartialContent, false: http.StatusOK}[part != ""]
			if a := d.do(v, "GET", "/api/v1/recordings/r1/sound?token="+token, nil, "User-Agent", agent, "Range", part); a.status != status || d.recorded.wav != wav ||
				a.body != want || a.header.Get("Accept-Ranges") != "bytes" || a.header.Get("Content-Type") != "audio/wav" {
				t.Errorf("%s: %s of it: %d, WAV %v, %d bytes, %v", agent, part, a.status, d.recorded.wav, len(a.body), a.header)
			}
		}
	}
}

// TestDownloadOfARecording: with a reason, by whom the house lets, and in the audit.
func TestDownloadOfARecording(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	d.recorded.talked("r1", "support", 1)
	admin := d.as("admin")
	const path = "/api/v1/recordings/r1/download?why=court+order+7"
	if a := d.do(d.as("supervisor"), "GET", path, nil); a.status != http.StatusForbidden {
		t.Errorf("a supervisor: %d %s", a.status, a.body)
	}
	if a := d.do(admin, "GET", "/api/v1/recordings/r1/download", nil); a.status != http.StatusUnprocessableEntity {
		t.Errorf("without a reason: %d %s", a.status, a.body)
	}
	d.recorded.away = errAway
	if a := d.do(admin, "GET", path, nil); a.status != http.StatusServiceUnavailable || strings.Contains(a.body, "RIFF") {
		t.Errorf("without an audit: %d", a.status)
	}
	d.recorded.away, d.acts.acts = nil, nil
	a := d.do(admin, "GET", path, nil, "Range", "bytes=0-3")
	_, id, _ := strings.Cut(a.header.Get("Content-Disposition"), `attachment; filename="r1-`)
	id, _, _ = strings.Cut(id, ".wav")
	if a.status != http.StatusOK || id == "" || a.body != string(toneFile(1))+"copy "+id+" for admin" || !strings.Contains(string(d.acts.acts[0].Detail), id) {
		t.Errorf("%d, %d bytes, %v", a.status, len(a.body), a.header)
	}
	if acts := d.acts.acts; len(acts) != 1 || acts[0].What != "recording.download" || !strings.Contains(string(acts[0].Detail), "court order 7") {
		t.Errorf("the audit has %+v", acts)
	}
	if a := d.do(admin, "GET", path, nil, "Sec-Fetch-Site", "cross-site"); a.status != http.StatusForbidden {
		t.Errorf("from another site: %d", a.status)
	}
}

// TestRecordingIsTold: with its marks by the facts, comments, and who has heard it.
func TestRecordingIsTold(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	d.recorded.talked("r1", "support", 60)
	d.books.facts = map[string][]report.Fact{"c-r1": {
		{Seq: 1, At: nine.Add(10 * time.Second), Kind: "bridge.held", Data: raw(map[string]any{"agent": "agent"})},
		{Seq: 2, At: nine.Add(20 * time.Second), Kind: "bridge.resumed", Data: raw(map[string]any{"agent": "agent"})}}}
	v := d.as("supervisor")
	if a := d.do(v, "POST", "/api/v1/recordings/r1/comments", map[string]any{"at_s": 12.5, "text": " well said "}); a.status != http.StatusCreated {
		t.Error(a)
	}
	for _, wrong := range []map[string]any{{"at_s": 61, "text": "x"}, {"at_s": 1, "text": " "}} {
		if a := d.do(v, "POST", "/api/v1/recordings/r1/comments", wrong); a.status != http.StatusUnprocessableEntity {
			t.Error(a)
		}
	}
	d.do(v, "POST", "/api/v1/recordings/r1/play", nil)
	play := d.recorded.plays[0].ID
	if a := d.do(v, "POST", "/api/v1/recordings/r1/plays/"+play+"/heard", map[string]any{"from_s": 3, "to_s": 7.25}); a.status != http.StatusNoContent {
		t.Error(a)
	}
	if last := d.acts.acts[len(d.acts.acts)-1]; last.What != "recording.heard" || !strings.Contains(string(last.Detail), `"from_s":3`) || !strings.Contains(string(last.Detail), `"to_s":7.3`) {
		t.Errorf("the audit has %+v", last)
	}
	if a := d.do(v, "POST", "/api/v1/recordings/r1/plays/"+play+"/heard", map[string]any{"from_s": 3, "to_s": 2}); a.status != http.StatusUnprocessableEntity {
		t.Error(a)
	}
	got := get[struct {
		Marks     []report.Mark
		Comments  []report.RecordingComment
		Plays     []report.RecordingPlay
		Downloads bool
	}](d, v, "/api/v1/recordings/r1")
	if len(got.Marks) != 1 || got.Marks[0].Kind != "hold" || *got.Marks[0].UntilS != 20 || len(got.Comments) != 1 || got.Comments[0].Text != "well said" || got.Comments[0].By != "supervisor" ||
		len(got.Plays) != 1 || got.Downloads {
		t.Errorf("%+v", got)
	}
	if get[struct{ Downloads bool }](d, d.as("admin"), "/api/v1/recordings/r1").Downloads != true {
		t.Error("an admin may not download")
	}
}

var _ web.Recordings = &recordingBook{}
