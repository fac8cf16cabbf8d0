package media_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"presszero/internal/headless"
	"presszero/internal/mediatest"
	"presszero/softphone/media"
)

// crowdSize is how many conversations there are. To profile at others:
// PRESSZERO_TEST_CROWD=120.
var crowdSize = func() int {
	if n, err := strconv.Atoi(os.Getenv("PRESSZERO_TEST_CROWD")); err == nil {
		return n
	}
	return 20
}()

// crowd is both ends of crowdSize conversations, in a process of its own, so
// that BenchmarkForward measures the engine alone. It says "ready" when all
// talk, and ends with its standard input.
func crowd(path string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	client, err := media.Dial(ctx, path, nil)
	if err != nil {
		return err
	}
	defer func() { _ = client.Shutdown() }()
	for i := range crowdSize {
		seat := fmt.Sprintf("agent%02d", i)
		phone, answer, err := mediatest.Dial(ctx, client, seat, headless.Options{Tone: mediatest.Agent})
		if err != nil {
			return err
		}
		defer phone.Close()
		peer, err := mediatest.OpenPeer(answer.RTPAddr, mediatest.Caller)
		if err != nil {
			return err
		}
		defer peer.Close()
		if err := client.TalkTo(seat, "leg", peer.Addr()); err != nil {
			return err
		}
	}
	fmt.Println("ready")
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// BenchmarkForward tells what a forwarded packet costs the engine, all in:
// SRTP, sockets, scheduling. One operation is one packet of a live crowd, so
// ns/op is only the crowd's pace; look at cpu-µs/packet, and at B and allocs,
// which no timer blurs.
func BenchmarkForward(b *testing.B) {
	engine := serveCrowd(b, asCrowd)

	b.ReportAllocs()
	start, cpu := forwarded(b, engine), cpuTime()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	b.ResetTimer()
	tick := time.NewTicker(500 * time.Millisecond) // asking costs memory, too
	defer tick.Stop()
	for forwarded(b, engine)-start < uint64(b.N) {
		<-tick.C
	}
	b.StopTimer()
	runtime.ReadMemStats(&after)
	packets := float64(forwarded(b, engine) - start)
	b.ReportMetric(float64((cpuTime()-cpu).Microseconds())/packets, "cpu-µs/packet")
	b.ReportMetric(float64(after.Mallocs-before.Mallocs)/packets, "mallocs/packet")
}

const (
	idlePages = 50
	idleFor   = 20 * time.Second
)

// idleCrowd is idlePages pages that wait for a caller; they rest, unless PRESSZERO_TEST_AWAKE
// is set. It says "ready" when all have been heard, and ends with its standard input.
func idleCrowd(path string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	client, err := media.Dial(ctx, path, nil)
	if err != nil {
		return err
	}
	defer func() { _ = client.Shutdown() }()
	for i := range idlePages {
		phone, _, err := mediatest.Dial(ctx, client, fmt.Sprintf("agent%02d", i), headless.Options{Bursts: true})
		if err != nil {
			return err
		}
		defer phone.Close()
		phone.Rest(os.Getenv(keepAwake) == "")
	}
	fmt.Println("ready")
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// BenchmarkIdle tells what an agent who waits costs the engine: thousandths of a
// core, which are ms of CPU in a second. It takes 20 s however often it is told to
// run; use -benchtime=1x.
func BenchmarkIdle(b *testing.B) {
	for name, awake := range map[string]string{"bursts": "", "always": "yes"} {
		b.Run(name, func(b *testing.B) {
			b.Setenv(keepAwake, awake)
			serveCrowd(b, asIdleCrowd)
			time.Sleep(time.Second) // the last page's connection settles; it is not to be measured
			began, cpu := time.Now(), cpuTime()
			time.Sleep(idleFor) // what the engine spends meanwhile is measured
			agentSeconds := time.Since(began).Seconds() * idlePages
			b.ReportMetric(float64((cpuTime()-cpu).Microseconds())/1000/agentSeconds, "cpu-ms/s/agent")
		})
	}
}

// serveCrowd serves a crowd of that kind until the benchmark ends.
func serveCrowd(b *testing.B, as string) *media.Local {
	b.Helper()
	path := filepath.Join(b.TempDir(), "media.sock")
	engine := newLocal(b, nil)
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- media.Serve(ctx, path, engine) }()
	b.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			b.Error(err)
		}
	})
	startCrowd(b, as, path)
	return engine
}

// startCrowd starts the process of a crowd, and waits until it is ready.
func startCrowd(b *testing.B, as, path string) {
	b.Helper()
	process := exec.Command(os.Args[0])
	process.Env = append(os.Environ(), as+"="+path)
	process.Stderr = b.Output()
	in, err := process.StdinPipe()
	out, err2 := process.StdoutPipe()
	if err := errors.Join(err, err2, process.Start()); err != nil {
		b.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		b.Fatalf("the crowd said %q, %v", line, err)
	}
	b.Cleanup(func() {
		_ = in.Close()
		if err := process.Wait(); err != nil {
			b.Errorf("crowd: %v", err)
		}
	})
}

// forwarded is how many packets went through, both ways.
func forwarded(b *testing.B, engine *media.Local) uint64 {
	total := uint64(0)
	for i := range crowdSize {
		s, err := engine.Stats(fmt.Sprintf("agent%02d", i))
		if err != nil {
			b.Fatal(err)
		}
		total += s.FromAgent.Sent + s.FromCaller.Sent
	}
	return total
}

func cpuTime() time.Duration {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
