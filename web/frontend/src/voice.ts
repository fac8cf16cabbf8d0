// The voice: the microphone and one WebRTC connection for the whole shift.
import { Bursts, burstsLine, canBurst } from "./bursts";
import type { Device } from "./devices";
import { countersOf, type Counters } from "./quality";
import { sendTo } from "./tones";

export type Mic = "asking" | "ok" | "denied" | "missing" | "busy" | "insecure" | "ended";
export type Path = "none" | "connecting" | "connected" | "failed";

const gatherWithin = 1000; // the server needs none of our addresses; this only keeps the offer complete
const flowsWithin = 3000;
const levelFrames = 1024;
const peakFrames = 32_768; // 0.7 s

export class Voice {
  mic: Mic = "asking";
  path: Path = "none";
  muted = false;
  /** systemMuted: the system or the headset holds the microphone silent. */
  systemMuted = false;
  /** used is the microphone that is open. */
  used: Device | null = null;
  /** ended: it gives nothing more. */
  ended = false;
  private opening = 0; // counts the microphones that were asked for
  private stream: MediaStream | null = null;
  private pc: RTCPeerConnection | null = null;
  private line: RTCRtpTransceiver | null = null; // the microphone's and the caller's, in pc
  private bursts: Bursts | null = null; // of pc, if the server knows of them
  private resting = false;
  private readonly speaker = new Audio();
  private readonly side = new Audio(); // of the second line: whoever speaks to the agent alone
  private sounds: AudioContext | null = null;
  private analyser: AnalyserNode | null = null;
  private readonly samples = new Float32Array(peakFrames);

  constructor(private readonly onChange: () => void) {
    this.speaker.autoplay = this.side.autoplay = true;
  }

  /**
   * open takes the voice from this microphone, null: from the system's own. A connection that
   * stands goes on with it. It says in mic what came of it; one that is open stays so when the
   * other cannot be had.
   */
  async open(device: Device | null): Promise<boolean> {
    if (!navigator.mediaDevices) {
      this.become("insecure");
      return false;
    }
    const turn = ++this.opening;
    const stays = () => this.mic === "ok" && !this.ended;
    if (!stays()) this.become("asking");
    let stream: MediaStream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({
        audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, ...(device && { deviceId: { exact: device.id } }) },
      });
    } catch (e) {
      if (turn === this.opening && !stays()) this.become(whyNot(e as DOMException));
      return false;
    }
    const track = stream.getAudioTracks()[0]!;
    const analyser = this.listenTo(stream);
    if (this.pc && !this.ended) await this.flows(analyser); // the one before speaks until then
    if (turn !== this.opening) {
      track.stop();
      return false; // another was asked for meanwhile
    }
    track.enabled = !this.muted;
    track.onended = () => {
      this.ended = true;
      this.onChange();
    };
    track.onmute = track.onunmute = () => {
      this.systemMuted = track.muted;
      this.onChange();
    };
    const before = this.stream;
    this.stream = stream;
    this.analyser = analyser;
    this.used = { id: track.getSettings().deviceId ?? "", label: track.label };
    this.ended = false;
    this.systemMuted = track.muted;
    await this.send(null);
    silence(before);
    this.become("ok");
    return true;
  }

  /** stalled takes that nothing is sent although the connection stands: not even silence comes from the microphone. */
  stalled(): void {
    if (this.ended || this.mic !== "ok") return;
    this.ended = true;
    this.onChange();
  }

  /** lose lets go of the microphone, and of the connection, so that nobody is sent to a phone without one. */
  lose(): void {
    this.opening++;
    this.stopStream();
    this.mic = "ended";
    this.hangUp();
    this.onChange();
  }

  /** send has another sound sent in place of the microphone's; null: the microphone's again. */
  async send(track: MediaStreamTrack | null): Promise<void> {
    const voice = track ?? this.stream?.getAudioTracks()[0];
    if (!voice || !this.line) return;
    if (this.bursts) await this.bursts.send(voice);
    else await this.line.sender.replaceTrack(voice).catch(() => {}); // the connection has ended
  }

  /** hearOn chooses the loudspeaker of both lines. */
  hearOn(sink: string): void {
    for (const speaker of [this.speaker, this.side]) void sendTo(speaker, sink);
  }

  /** fromServer is what arrives on the first line. */
  get fromServer(): MediaStream | null {
    return this.speaker.srcObject as MediaStream | null;
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
    const samples = this.samples.subarray(0, levelFrames);
    this.analyser.getFloatTimeDomainData(samples);
    let sum = 0;
    for (const s of samples) sum += s * s;
    const db = 10 * Math.log10(sum / samples.length + 1e-9);
    return Math.min(1, Math.max(0, (db + 60) / 50)); // -60 dB is silence, -10 dB is loud
  }

  /** peak is the loudest of the last 0.7 s, from 0 to 1; null: nobody listens. Exactly 0 is no room, but a switch. */
  peak(): number | null {
    if (!this.analyser || this.mic !== "ok" || this.muted || !this.soundAllowed) return null;
    this.analyser.getFloatTimeDomainData(this.samples);
    return this.samples.reduce((most, s) => Math.max(most, Math.abs(s)), 0);
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
    this.line = line;
    this.go("connecting");
    try {
      await pc.setLocalDescription(await pc.createOffer());
    } catch (e) {
      if (pc !== this.pc) return null; // another was begun meanwhile
      throw e;
    }
    await gathered(pc);
    const sdp = pc.localDescription?.sdp;
    if (pc !== this.pc || !sdp) return null;
    return canBurst() ? sdp + burstsLine : sdp; // of the last line
  }

  async answer(sdp: string): Promise<void> {
    const { pc, line } = this;
    if (pc?.signalingState !== "have-local-offer") return; // to an offer that was replaced
    await pc.setRemoteDescription({ type: "answer", sdp });
    const track = this.stream?.getAudioTracks()[0];
    if (pc !== this.pc || !line || !track || !sdp.includes(burstsLine)) return;
    this.bursts = new Bursts(line.sender, track);
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

  /** counters are the browser's of the first line; null without a connection. */
  async counters(): Promise<Counters | null> {
    const { line } = this;
    if (!line) return null;
    const [heard, said] = await Promise.all([line.receiver.getStats(), line.sender.getStats()]);
    return countersOf(heard.values(), said.values(), performance.now());
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

  /** flows waits until a microphone that has just been opened gives something, 3 s at most. */
  private async flows(analyser: AnalyserNode): Promise<void> {
    const samples = new Float32Array(levelFrames);
    for (const end = performance.now() + flowsWithin; this.soundAllowed && performance.now() < end; ) {
      analyser.getFloatTimeDomainData(samples);
      if (samples.some((s) => s !== 0)) return;
      await new Promise((done) => setTimeout(done, 20));
    }
  }

  private listenTo(stream: MediaStream): AnalyserNode {
    const context = this.context();
    const analyser = context.createAnalyser();
    analyser.fftSize = peakFrames;
    context.createMediaStreamSource(stream).connect(analyser);
    return analyser;
  }

  private stopStream(): void {
    silence(this.stream);
    this.stream = this.used = null;
    this.ended = false;
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

/** silence ends a microphone for good. */
export function silence(stream: MediaStream | null): void {
  for (const track of stream?.getTracks() ?? []) {
    track.onended = track.onmute = track.onunmute = null;
    track.stop();
  }
}

/** preferPCMU has the line speak what telephones speak, so that nothing is transcoded. */
export function preferPCMU(line: RTCRtpTransceiver): void {
  const codecs = RTCRtpReceiver.getCapabilities("audio")?.codecs ?? [];
  const pcmu = codecs.filter((c) => c.mimeType.toLowerCase() === "audio/pcmu");
  if (pcmu.length > 0) line.setCodecPreferences(pcmu);
}

export function whyNot(e: DOMException): Mic {
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
export function gathered(pc: RTCPeerConnection): Promise<void> {
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
