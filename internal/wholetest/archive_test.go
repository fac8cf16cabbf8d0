package wholetest

import (
	"bytes"
	"io"
	"os/exec"
	"path/filepath"
	"time"

	"presszero/internal/audio"
	"presszero/recordings/archive"
	"presszero/recordings/capture"
)

// archived waits until the recordings are in the archive and their call's book says so, and
// holds that they are as long as the talks, sound like them, and left no log behind.
func (r *recordedCall) archived() {
	r.Helper()
	r.waitCount(time.Minute, len(r.all), `SELECT count(DISTINCT data->>'recording') FROM call_event WHERE type = 'recording.kept'`)
	rows, err := r.db.Query(`SELECT recording_id, format, length_s, joined_at, left_at FROM recording WHERE state = 'kept' ORDER BY joined_at`)
	must(r, err)
	defer rows.Close()
	talks := archive.Archive{Kind: "talks", Index: filepath.Join(r.dir, "archive-index"), Keys: archive.Keys{Dir: filepath.Join(r.dir, "archive-keys")},
		Local: archive.Folder{Dir: filepath.Join(r.dir, "archive")}}
	n := 0
	for ; rows.Next(); n++ {
		var id, format string
		var seconds float64
		var joined, left time.Time
		must(r, rows.Scan(&id, &format, &seconds, &joined, &left))
		if off, within := r.longer(time.Duration(seconds*float64(time.Second)), joined, left); format != "flac" || off.Abs() > within {
			r.Errorf("%s is kept as %s and longer than the talk by %v", id, format, off)
		}
		sound, err := talks.Open(r.Context(), id)
		must(r, err)
		file, err := io.ReadAll(sound)
		must(r, err)
		must(r, sound.Close())
		stereo := r.decoded(file)
		for _, s := range r.all[n] {
			part := r.stretch(stereo, sound.Entry.At, s)
			r.tones(s.name+", left, in the archive", sideOf(part, capture.Left), s.left, s.held)
			r.tones(s.name+", right, in the archive", sideOf(part, capture.Right), s.right, s.held)
		}
	}
	must(r, rows.Err())
	if logs, _ := filepath.Glob(filepath.Join(r.dir, "spool", "talks", "*")); n != len(r.all) || len(logs) > 0 {
		r.Errorf("%d of %d recordings are kept; logs left: %v", n, len(r.all), logs)
	}
	if said, sound := r.audit(); !sound {
		r.Errorf("presszero audit:\n%s", said)
	}
}

// decoded is what is in a FLAC file, as mu-law, left and right in turn.
func (r *recordedCall) decoded(file []byte) []byte {
	r.Helper()
	cmd := exec.Command("flac", "--decode", "--totally-silent", "--stdout", "--force-raw-format", "--endian=little", "--sign=signed", "-")
	cmd.Stdin = bytes.NewReader(file)
	raw, err := cmd.Output()
	must(r, err)
	law := make([]byte, len(raw)/2)
	for i := range law {
		law[i] = audio.EncodeUlaw(int16(raw[2*i]) | int16(raw[2*i+1])<<8)
	}
	return law
}
