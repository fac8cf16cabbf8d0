// The voice: the microphone and one WebRTC connection for the whole shift.
import { Bursts, burstsLine, canBurst } from "./bursts";

export type Mic = "asking" | "ok" | "denied" | "missing" | "busy" | "insecure" | "ended";
export type Path = "none" | "connecting" | "connected" | "failed";

const gatherWithin = 1000; // the server needs none of our addresses; this only keeps the offer complete

export class Voice {
  mic: Mic = "asking";
  path: Path = "none";
  muted = false;
  /** systemMuted: the system or the headset holds the microphone silent. */
  systemMuted = false;
  private stream: MediaStream | null = null;
  private pc: RTCPeerConnection | null = null;
  private line: RTCRtpSender | null = null; // the microphone's, in pc
  private bursts: Bursts | null = null; // of pc, if the server knows of them
  private resting = false;
  private readonly speaker = new Audio();
  private readonly side = new Audio(); // of the second line: whoever speaks to the agent alone
  private sounds: AudioContext | null = null;
  private analyser: AnalyserNode | null = null;
  private samples = new Float32Array(0);

  constructor(private readonly onChange: () => void) {
    this.speaker.autoplay = this.side.autoplay = true;
  }

  /** start asks for the microphone. It says in mic what came of it. */
  async start(): Promise<void> {
    if (!navigator.mediaDevices) {
      this.become("insecure");
      return;
    }
    this.become("asking");
    try {
      const stream = await navigator.mediaDevices.getUserMedia({
        audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
      });
      this.stopStream();
      this.stream = stream;
    } catch (e) {
      this.become(whyNot(e as DOMException));
      return;
    }
    const track = this.stream.getAudioTracks()[0]!;
    track.enabled = !this.muted;
    track.onended = () => {
      this.hangUp(); // so that nobody is sent to a phone without a microphone
      this.become("ended");
    };
    track.onmute = track.onunmute = () => {
      this.systemMuted = track.muted;
      this.onChange();
    };
    this.listenTo(this.stream);
    this.become("ok");
  }

  /** soundAllowed: the browser lets this page ring. */
  get soundAllowed(): boolean {
    return this.sounds?.state === "running";
  }

  /** allowSound must be called from a key or a click. */
  async allowSound(): Promise<void> {
    await this.context().resume();
    for (const speaker of [this.speaker, this.side]) {
      if (speaker.srcObject) await speaker.play().catch(() => {});
    }
    this.onChange();
  }

  /** context is where this page makes its sounds. */
  context(): AudioContext {
    if (!this.sounds) {
      this.sounds = new AudioContext();
      this.sounds.onstatechange = () => this.onChange();
    }
    return this.sounds;
  }

  /** level is how loud the microphone is, from 0 to 1. */
  level(): number {
    if (!this.analyser || this.mic !== "ok") return 0;
    this.analyser.getFloatTimeDomainData(this.samples);
    let sum = 0;
    for (const s of this.samples) sum += s * s;
    const db = 10 * Math.log10(sum / this.samples.length + 1e-9);
    return Math.min(1, Math.max(0, (db + 60) / 50)); // -60 dB is silence, -10 dB is loud
  }

  mute(on: boolean): void {
    this.muted = on;
    for (const track of this.stream?.getAudioTracks() ?? []) track.enabled = !on;
    this.onChange();
  }

  /** offer begins a new connection of so many lines and returns its offer; the old one ends. */
  async offer(lines: number): Promise<string | null> {
    const track = this.stream?.getAudioTracks()[0];
    if (track?.readyState !== "live") return null;
    this.hangUp();
    const pc = new RTCPeerConnection();
    this.pc = pc;
    pc.ontrack = (e) => {
      const speaker = e.transceiver === line ? this.speaker : this.side;
      speaker.srcObject = new MediaStream([e.track]);
      void speaker.play().catch(() => {}); // allowSound repeats it
    };
    pc.onconnectionstatechange = () => {
      if (pc === this.pc) this.follow(pc.connectionState);
    };
    const line = pc.addTransceiver(track, { direction: "sendrecv", streams: [this.stream!] });
    preferPCMU(line);
    if (lines > 1) preferPCMU(pc.addTransceiver("audio", { direction: "recvonly" }));
    this.line = line.sender;
    this.go("connecting");
    await pc.setLocalDescription(await pc.createOffer());
    await gathered(pc);
    const sdp = pc.localDescription?.sdp;
    if (pc !== this.pc || !sdp) return null;
    return canBurst() ? sdp + burstsLine : sdp; // of the last line
  }

  async answer(sdp: string): Promise<void> {
    const { pc, line } = this;
    if (pc?.signalingState !== "have-local-offer") return; // to an offer that was replaced
    await pc.setRemoteDescription({ type: "answer", sdp });
    if (pc !== this.pc || !line?.track || !sdp.includes(burstsLine)) return;
    this.bursts = new Bursts(line, line.track);
    this.bursts.rest(this.resting);
  }

  /** rest lets the page prove that it is there with short bursts of voice, while none is due. */
  rest(on: boolean): void {
    this.resting = on;
    this.bursts?.rest(on);
  }

  /** answered: the server has once taken this connection. */
  get answered(): boolean {
    return !!this.pc?.remoteDescription;
  }

  hangUp(): void {
    const pc = this.pc;
    this.pc = this.line = null;
    pc?.close();
    this.bursts?.rest(false);
    this.bursts = null;
    this.go("none");
  }

  close(): void {
    this.hangUp();
    this.stopStream();
    void this.sounds?.close();
    this.sounds = null;
  }

  /** heard counts the packets that have come from the server. */
  async heard(): Promise<number> {
    let packets = 0;
    const report = await this.pc?.getStats();
    report?.forEach((s: { type: string; packetsReceived?: number }) => {
      if (s.type === "inbound-rtp") packets += s.packetsReceived ?? 0;
    });
    return packets;
  }

  private follow(state: RTCPeerConnectionState): void {
    switch (state) {
      case "connected":
        this.go("connected");
        break;
      case "failed":
      case "closed":
      case "disconnected": // mostly comes back; Phone gives it a moment
        this.go("failed");
    }
  }

  private listenTo(stream: MediaStream): void {
    const context = this.context();
    this.analyser = context.createAnalyser();
    this.analyser.fftSize = 1024;
    this.samples = new Float32Array(this.analyser.fftSize);
    context.createMediaStreamSource(stream).connect(this.analyser);
  }

  private stopStream(): void {
    for (const track of this.stream?.getTracks() ?? []) {
      track.onended = null;
      track.stop();
    }
    this.stream = null;
  }

  private become(mic: Mic): void {
    this.mic = mic;
    this.onChange();
  }

  private go(path: Path): void {
    if (path === this.path) return;
    this.path = path;
    this.onChange();
  }
}

/** preferPCMU has the line speak what telephones speak, so that nothing is transcoded. */
function preferPCMU(line: RTCRtpTransceiver): void {
  const codecs = RTCRtpReceiver.getCapabilities("audio")?.codecs ?? [];
  const pcmu = codecs.filter((c) => c.mimeType.toLowerCase() === "audio/pcmu");
  if (pcmu.length > 0) line.setCodecPreferences(pcmu);
}

function whyNot(e: DOMException): Mic {
  switch (e.name) {
    case "NotAllowedError":
    case "SecurityError":
      return "denied";
    case "NotFoundError":
    case "OverconstrainedError":
      return "missing";
    default:
      return "busy"; // NotReadableError, AbortError
  }
}

/** gathered waits until the offer holds all of our addresses. */
function gathered(pc: RTCPeerConnection): Promise<void> {
  return new Promise((done) => {
    if (pc.iceGatheringState === "complete") return done();
    const timer = setTimeout(done, gatherWithin);
    pc.onicegatheringstatechange = () => {
      if (pc.iceGatheringState !== "complete") return;
      clearTimeout(timer);
      done();
    };
  });
}
