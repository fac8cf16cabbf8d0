package media_test

import (
	"encoding/binary"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/pion/rtp"
	"golang.org/x/sys/unix"

	"presszero/internal/audio"
	"presszero/internal/disktest"
	"presszero/internal/headless"
	"presszero/internal/mediatest"
	"presszero/softphone/media"
)

// limitFiles lets no file of a process grow any more than that: what cannot be written to
// the one may be written to another.
func limitFiles(t *testing.T, process int, bytes uint64) {
	t.Helper()
	must(t, unix.Prlimit(process, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: bytes, Max: unix.RLIM_INFINITY}, nil))
}

// TestFullDisk: a talk goes on that cannot be recorded any more because the disk is full;
// that is told once; when there is room again it is recorded, and that is told.
func TestFullDisk(t *testing.T) {
	if disktest.Inside() {
		fullDisk(t, disktest.New(t, "1m"))
		return
	}
	if why := disktest.Refused(t); why != nil {
		noFolder(t)
		return
	}
	disktest.Rerun(t)
}

func fullDisk(t *testing.T, disk disktest.Disk) {
	diary := mediatest.NewDiary()
	engine := newRecorder(t, string(disk), diary.Write)
	phone, answer := mediatest.Page(t, engine, "ana", headless.Options{Tone: mediatest.Agent, Listen: []float64{mediatest.Caller}})
	peer := mediatest.NewPeer(t, answer.RTPAddr, mediatest.Caller, mediatest.Agent)
	must(t, engine.TalkTo("ana", "leg1", peer.Addr()))
	must(t, engine.Record("ana", "leg1", "r", 0))
	started := ofRecording("leg1", "r", media.RecordingStarted, "")
	diary.Wait(t, started)
	disk.Fill(t)
	failed := ofRecording("leg1", "r", media.RecordingFailed, media.WhyDisk)
	mediatest.Until(t, "it is told that the disk is full", func() bool { return diary.Count(failed) == 1 })
	before := stats(t, engine)
	mediatest.Until(t, "the talk has gone on for a second", func() bool {
		now := stats(t, engine)
		return now.FromAgent.Sent > before.FromAgent.Sent+50 && now.FromCaller.Sent > before.FromCaller.Sent+50
	})
	if gaps := phone.Gaps(); gaps.Lost > 0 || diary.Count(failed) != 1 {
		t.Errorf("the agent lost %d packets, and the failure was told %d times", gaps.Lost, diary.Count(failed))
	}
	disk.Free(t)
	mediatest.Until(t, "it is recorded again", func() bool { return diary.Count(started) == 2 })
	engine.Hush("ana", "leg1")
	r := take(t, string(disk), "r")
	if _, result := sides(t, r, time.Time{}, time.Time{}); !r.Ended || result.Length < 1500*time.Millisecond {
		t.Errorf("take %+v of %v", r, result.Length)
	}
}

// TestHangingDisk: the file system of the recordings says nothing any more. Each packet of
// the caller is heard before the next is sent, so none waits for it; nor does a request. It
// is told once, and recorded again when the file system is back. Where none that hangs can
// be mounted, the talk alone is held; there capture's TestSlowDisk stands for the rest.
func TestHangingDisk(t *testing.T) {
	if disktest.Inside() {
		hangingDisk(t, true)
		return
	}
	if why := disktest.HangRefused(t); why != nil {
		t.Log(why)
		hangingDisk(t, false)
		return
	}
	disktest.Rerun(t)
}

func hangingDisk(t *testing.T, hangs bool) {
	talks, diary := t.TempDir(), mediatest.NewDiary()
	engine := newRecorder(t, talks, diary.Write)
	heard := make(chan int, 1000)
	_, answer := mediatest.Page(t, engine, "ana", headless.Options{Tone: mediatest.Agent, OnPacket: func(p headless.Packet) { heard <- int(binary.BigEndian.Uint32(p.Payload)) }})
	caller, err := net.Dial("udp", answer.RTPAddr)
	must(t, err)
	defer caller.Close()
	must(t, engine.TalkTo("ana", "leg1", caller.LocalAddr().String()))
	sent := 0
	say := func() {
		t.Helper()
		sent++
		packet := rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: uint16(sent), Timestamp: uint32(sent * audio.FrameSamples), SSRC: 7},
			Payload: make([]byte, audio.FrameSamples)}
		binary.BigEndian.PutUint32(packet.Payload, uint32(sent))
		b, err := packet.Marshal()
		must(t, err)
		_, err = caller.Write(b)
		must(t, err)
	}
	speak := func(packets int) {
		t.Helper()
		for range packets {
			say()
			for is := 0; is != sent; {
				select {
				case is = <-heard: // there may be an earlier one between
				case <-time.After(20 * time.Second):
					t.Fatalf("packet %d of the caller is not heard", sent)
				}
			}
		}
	}
	mediatest.Until(t, "the caller is heard", func() bool { say(); return len(heard) > 0 })
	release := func() {}
	if hangs {
		release = disktest.Hang(t, talks)
	}
	must(t, engine.Record("ana", "leg1", "r", 0))
	speak(500) // the ring has room for 400
	if hangs {
		mediatest.Until(t, "it is told that the disk takes nothing", func() bool {
			return diary.Count(ofRecording("leg1", "r", media.RecordingFailed, media.WhyDisk)) == 1
		})
		must(t, engine.PauseRecording("ana", "leg1", time.Minute))
		must(t, engine.ResumeRecording("ana", "leg1"))
		speak(50)
	}
	release()
	diary.Wait(t, ofRecording("leg1", "r", media.RecordingStarted, ""))
	speak(50)
	engine.Hush("ana", "leg1")
	if r := take(t, talks, "r"); !r.Ended {
		t.Errorf("take %+v", r)
	}
}

// noFolder: on a machine that lets nobody mount a disk, the folder cannot be made.
func noFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(dir, nil, 0o600))
	diary := mediatest.NewDiary()
	engine := newRecorder(t, dir, diary.Write)
	_, answer := mediatest.Page(t, engine, "ana", headless.Options{Tone: mediatest.Agent})
	peer := mediatest.NewPeer(t, answer.RTPAddr, mediatest.Caller)
	must(t, engine.TalkTo("ana", "leg1", peer.Addr()))
	must(t, engine.Record("ana", "leg1", "r", 0))
	mediatest.Until(t, "the failure is told", func() bool {
		return diary.Count(ofRecording("leg1", "r", media.RecordingFailed, media.WhyDisk)) == 1
	})
	must(t, os.Remove(dir))
	diary.Wait(t, ofRecording("leg1", "r", media.RecordingStarted, ""))
}
