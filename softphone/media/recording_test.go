package media_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"presszero/internal/audio"
	"presszero/internal/headless"
	"presszero/internal/mediatest"
	"presszero/recordings/capture"
	"presszero/softphone/media"
)

// newRecorder is an engine that records into that folder.
func newRecorder(t testing.TB, talks string, onEvent func(media.Event)) *media.Local {
	t.Helper()
	engine, err := media.New(media.Config{MediaAddr: "127.0.0.1:0", Talks: talks, OnEvent: onEvent,
		Logger: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := engine.Shutdown(); err != nil {
			t.Errorf("shutdown: %v", err)
		}
	})
	return engine
}

// must ends the test when a request fails.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func ofRecording(leg, recording, what, why string) media.Event {
	return media.Event{Seat: "ana", Kind: media.Recording, Leg: leg, Recording: recording, What: what, Why: why}
}

// take is the one of that recording; it has been finished by its writer.
func take(t *testing.T, dir, recording string) capture.Take {
	t.Helper()
	var found capture.Take
	mediatest.Until(t, "the files of "+recording+" are closed", func() bool {
		takes, err := capture.Find(dir)
		must(t, err)
		for _, take := range takes {
			if take.Recording == recording && !take.Live {
				found = take
				return true
			}
		}
		return false
	})
	return found
}

// sides is the sound of a take, left and right apart.
func sides(t *testing.T, take capture.Take, from, to time.Time) (voices [2][]byte, r capture.Result) {
	t.Helper()
	var both bytes.Buffer
	r, err := take.WriteMulaw(&both, from, to)
	must(t, err)
	for i, b := range both.Bytes() {
		voices[i%2] = append(voices[i%2], b)
	}
	return voices, r
}

// has holds that a stretch of mu-law is a tone and nothing else, 40 dB and more; 0 Hz is
// silence.
func has(t *testing.T, what string, voice []byte, hz, not float64) {
	t.Helper()
	samples := audio.AppendFromUlaw(nil, voice)
	if hz == 0 {
		if !audio.Silent(samples) {
			at := 0
			for at+audio.FrameSamples < len(samples) && audio.Silent(samples[at:at+audio.FrameSamples]) {
				at += audio.FrameSamples
			}
			t.Errorf("%s is not silent at %v of %v", what, audio.Duration(at), audio.Duration(len(samples)))
		}
		return
	}
	if is, other := audio.Level(samples, hz), audio.Level(samples, not); is < 0.99 || other > 1e-4 {
		frames := ""
		for frame := range slices.Chunk(samples, audio.FrameSamples) {
			switch {
			case audio.Silent(frame):
				frames += "_"
			case audio.Level(frame, hz) > 0.98:
				frames += "+"
			default:
				frames += "?"
			}
		}
		t.Errorf("%s: %.4f of it are %v Hz, and %.6f are %v Hz: %s", what, is, hz, other, not, frames)
	}
}

// TestRecording: a talk of two tones, with a page's refresh, a hold for another leg, a
// pause that ends by itself and the kill of the controller. Left is the caller, right the
// agent, nothing of the one in the other; its length is that of the talk; what was said
// during the pause is not in the file.
func TestRecording(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "pz")
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	talks, diary := filepath.Join(dir, "talks"), mediatest.NewDiary()
	engine := newRecorder(t, talks, diary.Write)
	t.Cleanup(serve(t, filepath.Join(dir, "media.sock"), engine))
	client := dialServer(t, filepath.Join(dir, "media.sock"), nil)

	options := headless.Options{Tone: mediatest.Agent, Listen: []float64{mediatest.Caller}}
	phone, answer := mediatest.Page(t, client, "ana", options)
	c := mediatest.NewPeer(t, answer.RTPAddr, mediatest.Caller)
	other := mediatest.NewPeer(t, answer.RTPAddr, mediatest.Caller2)
	must(t, client.TalkTo("ana", "leg1", c.Addr()))
	awaitTone(t, phone.Ear, mediatest.Caller)
	must(t, client.Record("ana", "leg1", "c.o1.leg", 0))
	began := time.Now()
	must(t, client.Record("ana", "leg1", "c.o1.leg", 0))
	if err := client.Record("ana", "leg1", "other", 0); err == nil {
		t.Error("a leg has two recordings")
	}
	diary.Wait(t, ofRecording("leg1", "c.o1.leg", media.RecordingStarted, ""))
	said := func(more uint64) {
		t.Helper()
		from := stats(t, engine)
		mediatest.Until(t, "both have said more", func() bool {
			now := stats(t, engine)
			return now.FromAgent.Packets >= from.FromAgent.Packets+more && now.FromCaller.Packets >= from.FromCaller.Packets+more
		})
	}
	talked := func(more uint64) {
		t.Helper()
		said(more)
		mediatest.OnTime()
	}
	talked(50)

	refreshed := time.Now()
	old := phone
	phone, _ = mediatest.Page(t, client, "ana", options)
	old.Close()
	awaitTone(t, phone.Ear, mediatest.Caller)
	talked(25)

	held := time.Now()
	must(t, client.TalkTo("ana", "leg2", other.Addr()))
	onHold := time.Now()
	talked(25)
	released := time.Now()
	must(t, client.TalkTo("ana", "leg1", c.Addr()))
	back := time.Now()
	talked(50)
	still := time.Now()

	must(t, client.PauseRecording("ana", "leg1", time.Hour))
	must(t, client.PauseRecording("ana", "leg1", 800*time.Millisecond))
	paused := time.Now()
	diary.Wait(t, ofRecording("leg1", "c.o1.leg", media.RecordingPaused, ""))
	if seats, err := client.Seats(); err != nil || len(seats[0].Recordings) != 1 || seats[0].Recordings[0] != (media.Recorded{Leg: "leg1", Recording: "c.o1.leg", Kept: true, Paused: true}) {
		t.Errorf("during the pause: %+v, %v", seats, err)
	}
	_ = client.Shutdown() // the controller dies
	c.SetTone(mediatest.Caller3)
	phone.SetTone(mediatest.Caller3) // a secret
	said(25)
	c.SetTone(mediatest.Caller)
	phone.SetTone(mediatest.Agent)
	diary.Wait(t, ofRecording("leg1", "c.o1.leg", media.RecordingResumed, media.WhyLimit))
	resumed := time.Now()
	talked(50)
	ended := time.Now()
	engine.Hush("ana", "leg1")
	diary.Wait(t, ofRecording("leg1", "c.o1.leg", media.RecordingStopped, media.WhyLeg))

	recorded := take(t, talks, "c.o1.leg")
	if !recorded.Ended || recorded.Leg != "leg1" || recorded.Agent != "ana" || recorded.Parts != 1 {
		t.Errorf("take %+v", recorded)
	}
	voices, r := sides(t, recorded, began, ended)
	if off := r.Length - ended.Sub(began); off.Abs() > time.Millisecond || len(r.Holes) > 0 || len(r.Paused) != 1 {
		t.Errorf("length %v of %v, holes %v, pauses %v", r.Length, ended.Sub(began), r.Holes, r.Paused)
	}
	_, whole := sides(t, recorded, time.Time{}, time.Time{})
	if off := whole.Length - ended.Sub(began); off.Abs() > 50*time.Millisecond {
		t.Errorf("by its packets, the talk of %v has a length of %v", ended.Sub(began), whole.Length)
	}
	const edge = 150 * time.Millisecond // what happened is in the sound after the way there, and packets were on it
	part := func(voice []byte, from, to time.Time) []byte {
		return voice[8*from.Sub(began).Milliseconds() : 8*to.Sub(began).Milliseconds()]
	}
	for _, s := range []struct {
		what        string
		from, to    time.Time
		left, right float64
	}{
		{"before the refresh", began.Add(edge), refreshed.Add(-edge), mediatest.Caller, mediatest.Agent},
		{"during the refresh", refreshed, held.Add(-edge), mediatest.Caller, 0},
		{"on hold", onHold.Add(edge), released.Add(-edge), 0, 0},
		{"after the hold", back.Add(edge), still.Add(-edge), mediatest.Caller, mediatest.Agent},
		{"the pause", paused.Add(edge), paused.Add(650 * time.Millisecond), 0, 0},
		{"after the pause", resumed.Add(2 * edge), ended.Add(-edge), mediatest.Caller, mediatest.Agent},
	} {
		has(t, s.what+", left", part(voices[capture.Left], s.from, s.to), s.left, mediatest.Agent)
		if s.what != "during the refresh" { // its page comes sooner or later
			has(t, s.what+", right", part(voices[capture.Right], s.from, s.to), s.right, mediatest.Caller)
		}
	}
	// Nothing of the secret is in the file: no packet of it came to the log.
	for side, voice := range voices {
		for from := 0; from+400 <= len(voice); from += 160 {
			if l := audio.Level(audio.AppendFromUlaw(nil, voice[from:from+400]), mediatest.Caller3); l > 0.5 {
				t.Fatalf("side %d: the secret is heard at %v", side, audio.Duration(from))
			}
		}
	}
}

func stats(t *testing.T, engine media.Engine) media.Stats {
	t.Helper()
	s, err := engine.Stats("ana")
	must(t, err)
	return s
}

// TestRecordingAgain: what was stopped can begin anew, in another part; a leg that is
// called anew from elsewhere goes on being recorded.
func TestRecordingAgain(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "pz")
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	talks, diary := filepath.Join(dir, "talks"), mediatest.NewDiary()
	engine := newRecorder(t, talks, diary.Write)
	t.Cleanup(serve(t, filepath.Join(dir, "media.sock"), engine))
	client := dialServer(t, filepath.Join(dir, "media.sock"), nil)
	_, answer := mediatest.Page(t, engine, "ana", headless.Options{Tone: mediatest.Agent})
	peer := mediatest.NewPeer(t, answer.RTPAddr, mediatest.Caller)
	must(t, engine.TalkTo("ana", "leg1", peer.Addr()))
	for n := 1; n <= 2; n++ {
		must(t, engine.Record("ana", "leg1", "r", 0))
		mediatest.Until(t, "it is recorded", func() bool { return diary.Count(ofRecording("leg1", "r", media.RecordingStarted, "")) == n })
		must(t, engine.StopRecording("ana", "leg1"))
		must(t, engine.StopRecording("ana", "leg1"))
		mediatest.Until(t, "it is stopped", func() bool { return diary.Count(ofRecording("leg1", "r", media.RecordingStopped, "")) == n })
	}
	if r := take(t, talks, "r"); r.Parts != 2 || !r.Ended {
		t.Errorf("take %+v", r)
	}

	// It can begin in a pause: not one packet of it is kept.
	must(t, client.Record("ana", "leg1", "paused", time.Hour))
	diary.Wait(t, ofRecording("leg1", "paused", media.RecordingPaused, ""))
	diary.Wait(t, ofRecording("leg1", "paused", media.RecordingStarted, ""))
	from := stats(t, engine)
	mediatest.Until(t, "both have spoken", func() bool {
		now := stats(t, engine)
		return now.FromAgent.Packets >= from.FromAgent.Packets+25 && now.FromCaller.Packets >= from.FromCaller.Packets+25
	})
	must(t, client.StopRecording("ana", "leg1"))
	voices, _ := sides(t, take(t, talks, "paused"), time.Now().Add(-500*time.Millisecond), time.Now())
	has(t, "the pause, left", voices[capture.Left], 0, 0)
	has(t, "the pause, right", voices[capture.Right], 0, 0)
	must(t, engine.Record("ana", "leg1", "r", 0))
	other := mediatest.NewPeer(t, answer.RTPAddr, mediatest.Caller2)
	must(t, engine.TalkTo("ana", "leg1", other.Addr()))
	before := stats(t, engine).FromCaller.Packets
	mediatest.Until(t, "the other is heard", func() bool { return stats(t, engine).FromCaller.Packets > before+50 })
	engine.Hush("ana", "leg1")
	r := take(t, talks, "r")
	voices, _ = sides(t, r, time.Time{}, time.Time{})
	if left := voices[capture.Left]; r.Parts != 3 {
		t.Errorf("take %+v", r)
	} else {
		// The file ends when the leg does, which on a busy machine is some ms after the last
		// packet's end: those are silent.
		near := len(left) - 800
		has(t, "the other", left[near-5200:near], mediatest.Caller2, mediatest.Agent)
	}
}

// TestMediaIsKilled: what was recorded until the media process died is there, but for its
// last moments, and the next process writes on; in another file, when its own takes no more.
func TestMediaIsKilled(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "pz")
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	path, talks := filepath.Join(dir, "media.sock"), filepath.Join(dir, "talks")
	var killed time.Time
	for n := 1; n <= 2; n++ {
		process := exec.Command(os.Args[0])
		process.Env = append(os.Environ(), asMediaProcess+"="+path, talksFolder+"="+talks)
		process.Stderr = t.Output()
		must(t, process.Start())
		diary := mediatest.NewDiary()
		client := dialServer(t, path, diary.Write)
		phone, answer := mediatest.Page(t, client, "ana", headless.Options{Tone: mediatest.Agent})
		peer := mediatest.NewPeer(t, answer.RTPAddr, mediatest.Caller)
		must(t, client.TalkTo("ana", "leg1", peer.Addr()))
		must(t, client.Record("ana", "leg1", "r", 0))
		diary.Wait(t, ofRecording("leg1", "r", media.RecordingStarted, ""))
		mediatest.Until(t, "there has been talk", func() bool {
			s, err := client.Stats("ana")
			return err == nil && s.FromAgent.Packets > 130 && s.FromCaller.Packets > 130
		})
		if n == 1 {
			killed = time.Now()
			_ = process.Process.Kill()
		} else {
			limitFiles(t, process.Process.Pid, 50_000)
			diary.Wait(t, ofRecording("leg1", "r", media.RecordingFailed, media.WhyDisk))
			mediatest.Until(t, "it is recorded again", func() bool { return diary.Count(ofRecording("leg1", "r", media.RecordingStarted, "")) == 2 })
			limitFiles(t, process.Process.Pid, unix.RLIM_INFINITY)
			client.Hush("ana", "leg1")
			diary.Wait(t, ofRecording("leg1", "r", media.RecordingStopped, media.WhyLeg))
			_ = process.Process.Signal(os.Interrupt)
			_ = process.Process.Kill()
		}
		_ = process.Wait()
		_ = client.Shutdown()
		phone.Close()
	}
	r := take(t, talks, "r")
	voices, result := sides(t, r, killed.Add(-2*time.Second), time.Time{})
	if r.Parts != 3 || len(result.Holes) == 0 || result.Holes[0].Why != "killed" || result.Holes[0].From < time.Second {
		t.Fatalf("take %+v, holes %+v; at most a second is lost", r, result.Holes)
	}
	before, after := 8*1000, 8*int(result.Holes[0].To.Milliseconds()+500)
	has(t, "before the kill, left", voices[capture.Left][:before], mediatest.Caller, mediatest.Agent)
	has(t, "before the kill, right", voices[capture.Right][:before], mediatest.Agent, mediatest.Caller)
	has(t, "after it, left", voices[capture.Left][after:after+8000/2], mediatest.Caller, mediatest.Agent)
	has(t, "after it, right", voices[capture.Right][after:after+8000/2], mediatest.Agent, mediatest.Caller)
	last := len(voices[capture.Left]) - 8000
	has(t, "in the other file, left", voices[capture.Left][last:last+6000], mediatest.Caller, mediatest.Agent)
	has(t, "in the other file, right", voices[capture.Right][last:last+6000], mediatest.Agent, mediatest.Caller)
}

// TestOldMediaCannotRecord: a media process of an earlier version is not even asked. One
// that can record, and not begin in a pause, refuses that, and is not asked to record.
func TestOldMediaCannotRecord(t *testing.T) {
	t.Parallel()
	client, asked := oldMedia(t, `{"presszero_media":1,"lines":2,"records":true}`)
	if err := client.Record("ana", "leg1", "r", time.Minute); !errors.Is(err, media.ErrOld) {
		t.Errorf("record in a pause: %v", err)
	}
	_ = client.Shutdown()
	if what := <-asked; what != "record_paused" || <-asked != "" {
		t.Errorf("it was asked to %s and more", what)
	}

	client, asked = oldMedia(t, `{"presszero_media":1,"lines":2}`)
	for what, err := range map[string]error{
		"record":         client.Record("ana", "leg1", "r", 0),
		"record, paused": client.Record("ana", "leg1", "r", time.Minute),
		"pause":          client.PauseRecording("ana", "leg1", time.Minute),
		"resume":         client.ResumeRecording("ana", "leg1"),
		"stop":           client.StopRecording("ana", "leg1"),
	} {
		if !errors.Is(err, media.ErrOld) {
			t.Errorf("%s: %v", what, err)
		}
	}
	_ = client.Shutdown()
	if what, some := <-asked; some {
		t.Errorf("it was asked to %s", what)
	}
}

// oldMedia is reached by a client, greets so, refuses what it is asked about recordings as
// it does what it does not know, and tells what that was.
func oldMedia(t *testing.T, greeting string) (*media.Client, <-chan string) {
	path := filepath.Join(t.TempDir(), "media.sock")
	listener, err := net.Listen("unix", path)
	must(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	asked := make(chan string, 8)
	go func() {
		defer close(asked)
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, greeting+"\n")
		for in := json.NewDecoder(conn); ; {
			var request struct {
				ID uint64
				Do string
			}
			if in.Decode(&request) != nil {
				return
			}
			if strings.Contains(request.Do, "record") {
				asked <- request.Do
				fmt.Fprintf(conn, `{"id":%d,"code":"old","error":"unknown"}`+"\n", request.ID)
			}
		}
	}()
	return dialServer(t, path, nil), asked
}
