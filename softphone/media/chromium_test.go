package media_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"presszero/internal/browsertest"
	"presszero/internal/mediatest"
	"presszero/softphone/media"
)

// softphonePage does what an agent's page does, in little: microphone, PCMU
// lines, the offer (without waiting for candidates: the server needs none), the
// answer; and it listens on each line with the browser's own analyser to what
// comes out at the end. A listener has no microphone.
const softphonePage = `<!doctype html><title>softphone</title><script>
const seats = {};
async function connect(seat, ...directions) {
  const pc = new RTCPeerConnection();
  const microphone = await navigator.mediaDevices.getUserMedia({audio: true});
  const context = new AudioContext();
  await context.resume();
  const ears = directions.map(() => Object.assign(context.createAnalyser(), {fftSize: 8192}));
  seats[seat] = {pc, ears};
  for (const direction of directions) {
    const line = direction == 'sendrecv'
      ? pc.addTransceiver(microphone.getAudioTracks()[0], {direction, streams: [microphone]})
      : pc.addTransceiver('audio', {direction});
    line.setCodecPreferences(RTCRtpReceiver.getCapabilities('audio').codecs.filter(c => c.mimeType == 'audio/PCMU'));
    if (direction == 'sendrecv') [window.sender, window.microphone] = [line.sender, microphone.getAudioTracks()[0]];
  }
  pc.ontrack = e => {
    const stream = new MediaStream([e.track]);
    const speaker = new Audio(); speaker.srcObject = stream; speaker.muted = true; speaker.play();
    context.createMediaStreamSource(stream).connect(ears[pc.getTransceivers().indexOf(e.transceiver)]);
  };
  await pc.setLocalDescription();
  const reply = await fetch('/offer?seat=' + seat, {method: 'POST', body: pc.localDescription.sdp + 'a=presszero-bursts\r\n'});
  if (!reply.ok) throw new Error(await reply.text());
  await pc.setRemoteDescription({type: 'answer', sdp: await reply.text()});
  while (pc.connectionState != 'connected') {
    if (pc.connectionState == 'failed') throw new Error('connection failed');
    await new Promise(r => pc.addEventListener('connectionstatechange', r, {once: true}));
  }
  return pc.iceConnectionState;
}
// rest is web/frontend/src/bursts.ts and clock.ts in little.
let clock;
function rest(on) {
  if (!on) {
    clock.terminate();
    return sender.replaceTrack(microphone);
  }
  const turns = 'const turn = (speak) => { postMessage(speak); setTimeout(turn, speak ? 40 : 960, !speak); }; setTimeout(turn, 500, false);';
  clock = new Worker(URL.createObjectURL(new Blob([turns])));
  clock.onmessage = e => sender.replaceTrack(e.data ? microphone : null);
}
// loudest is the strongest frequency that is heard on a line, in Hz.
function loudest(seat, line) {
  const ear = seats[seat].ears[line];
  const bins = new Float32Array(ear.frequencyBinCount);
  ear.getFloatFrequencyData(bins);
  const top = bins.reduce((best, level, i) => level > bins[best] ? i : best, 0);
  return bins[top] < -60 ? 0 : top * ear.context.sampleRate / ear.fftSize;
}
async function received(seat) {
  let inbound = {};
  (await seats[seat].pc.getStats()).forEach(s => { if (s.type == 'inbound-rtp') inbound = s; });
  return {packets: inbound.packetsReceived, lost: inbound.packetsLost};
}
async function roundTrip() {
  let seconds = 0;
  (await seats.ana.pc.getStats()).forEach(s => { if (s.type == 'remote-inbound-rtp') seconds = s.roundTripTime || 0; });
  return seconds;
}
</script>`

// A real browser reaches the engine with its real DTLS, SRTP and ICE, and both
// ends hear each other; and a listener's page hears them apart.
func TestChromium(t *testing.T) {
	t.Parallel()
	engine := newLocal(t, nil)
	answers := make(chan media.Answer, 2)
	tab := browsertest.Open(t, chromedp.Flag("autoplay-policy", "no-user-gesture-required"))
	if err := chromedp.Do(tab, chromedp.Navigate(softphoneServer(t, engine, answers))); err != nil {
		t.Fatal(err)
	}

	state, err := chromedp.Run(tab, chromedp.Evaluate[string]("connect('ana', 'sendrecv')", chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("the page did not connect: %v", err)
	}
	if state != "connected" && state != "completed" {
		t.Errorf("ICE is %q in the page", state)
	}
	answer := <-answers
	peer := mediatest.NewPeer(t, answer.RTPAddr, mediatest.Caller)
	if err := engine.TalkTo("ana", "leg1", peer.Addr()); err != nil {
		t.Fatal(err)
	}
	mediatest.Until(t, "a second of voice went both ways", func() bool {
		s, err := engine.Stats("ana")
		return err == nil && s.FromAgent.Sent > 50 && s.FromCaller.Sent > 50
	})
	mediatest.Until(t, "Asterisk has got the fake microphone", func() bool { return peer.Gaps().Packets > 50 })
	loudest := func(seat string, line int) float64 {
		hz, err := chromedp.Run(tab, chromedp.Evaluate[float64](fmt.Sprintf("loudest('%s', %d)", seat, line)))
		if err != nil {
			t.Fatal(err)
		}
		return hz
	}
	isCaller := func(hz float64) bool { return hz > mediatest.Caller-15 && hz < mediatest.Caller+15 }
	mediatest.Until(t, "the browser's analyser shows the caller's tone", func() bool { return isCaller(loudest("ana", 0)) })
	mediatest.Until(t, "the browser has reported how it hears", func() bool {
		s, err := engine.Stats("ana")
		return err == nil && s.Network.RoundTrip > 0 && s.Network.RoundTrip < time.Second && s.Network.Lost == 0
	})
	mediatest.Until(t, "the browser knows how it is heard", func() bool {
		trip, err := chromedp.Run(tab, chromedp.Evaluate[float64]("roundTrip()", chromedp.EvalAwaitPromise))
		if err != nil {
			t.Fatal(err)
		}
		return trip > 0 && trip < 1
	})
	got, err := chromedp.Run(tab, chromedp.Evaluate[map[string]int]("received('ana')", chromedp.EvalAwaitPromise))
	if err != nil || got["packets"] < 50 || got["lost"] != 0 {
		t.Errorf("the browser received %v, %v", got, err)
	}

	if _, err := chromedp.Run(tab, chromedp.Evaluate[string]("connect('boss', 'recvonly', 'recvonly')", chromedp.EvalAwaitPromise)); err != nil {
		t.Fatalf("the listener's page did not connect: %v", err)
	}
	if err := engine.Listen("boss", "ana", "leg1"); err != nil {
		t.Fatal(err)
	}
	mediatest.Until(t, "the listener hears the caller on one line and the fake microphone on the other", func() bool {
		microphone := loudest("boss", 1)
		return isCaller(loudest("boss", 0)) && microphone > 0 && !isCaller(microphone)
	})
}

// A real browser rests, in view and behind another tab, without being taken for dead,
// and speaks without a pause as soon as it is wanted.
func TestChromiumRests(t *testing.T) {
	t.Parallel()
	diary := mediatest.NewDiary()
	engine := newLocal(t, diary.Write)
	answers := make(chan media.Answer, 2)
	tab := browsertest.Open(t, chromedp.Flag("autoplay-policy", "no-user-gesture-required"),
		chromedp.Flag("disable-popup-blocking", true))
	if err := chromedp.Do(tab, chromedp.Navigate(softphoneServer(t, engine, answers))); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Run(tab, chromedp.Evaluate[string]("connect('ana', 'sendrecv')", chromedp.EvalAwaitPromise)); err != nil {
		t.Fatalf("the page did not connect: %v", err)
	}
	diary.Wait(t, media.Event{Seat: "ana", Kind: media.Connected})
	mic := func() uint64 {
		s, err := engine.Stats("ana")
		if err != nil {
			t.Fatal(err)
		}
		return s.Mic
	}
	evaluate := func(js string) string {
		t.Helper()
		said, err := chromedp.Run(tab, chromedp.Evaluate[string](js, chromedp.EvalAwaitPromise))
		if err != nil {
			t.Fatal(err)
		}
		return said
	}
	evaluate("rest(true), ''")
	for _, visibility := range []string{"visible", "hidden"} {
		if visibility == "hidden" {
			evaluate("window.open('about:blank'), ''")
		}
		mediatest.Until(t, "the page is "+visibility, func() bool { return evaluate("document.visibilityState") == visibility })
		packets, silence := listenFor(restFor, mic)
		t.Logf("%s: %.1f packets a second, the longest silence is %v", visibility, float64(packets)/restFor.Seconds(), silence)
		if packets > uint64(20*restFor.Seconds()) {
			t.Errorf("%s: %d packets within %v: the page does not rest", visibility, packets, restFor)
		}
	}
	if n := diary.Count(media.Event{Seat: "ana", Kind: media.Disconnected}); n != 0 {
		t.Errorf("it was announced as disconnected %d times", n)
	}
	engine.Expect("ana", true)
	began, before := time.Now(), mic()
	evaluate("rest(false).then(() => '')")
	mediatest.Until(t, "there is voice", func() bool { return mic() >= before+1 })
	t.Logf("the first packet came after %v", time.Since(began))
	mediatest.Until(t, "there were two seconds of it", func() bool { return mic() >= before+100 })
	if n := diary.Count(media.Event{Seat: "ana", Kind: media.Disconnected}); n != 0 {
		t.Errorf("it was announced as disconnected %d times", n)
	}
}

const restFor = 8 * time.Second

// listenFor counts the packets of the microphone, and tells their longest pause.
func listenFor(life time.Duration, mic func() uint64) (packets uint64, silence time.Duration) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	first := mic()
	for began, last, count := time.Now(), time.Now(), first; time.Since(began) < life; {
		<-tick.C
		if now := mic(); now != count {
			silence = max(silence, time.Since(last))
			last, count = time.Now(), now
		}
		packets = count - first
	}
	return packets, silence
}

func softphoneServer(t *testing.T, engine media.Engine, answers chan<- media.Answer) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, softphonePage) })
	mux.HandleFunc("POST /offer", func(w http.ResponseWriter, r *http.Request) {
		offer, _ := io.ReadAll(r.Body)
		answer, err := engine.Connect(r.Context(), r.FormValue("seat"), string(offer))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		answers <- answer
		_, _ = io.WriteString(w, answer.SDP)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}
