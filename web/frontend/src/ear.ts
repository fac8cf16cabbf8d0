// An ear: the supervisor's connection, beside any desk, by which she hears one talk: the
// caller on her left, the agent on her right. Without her microphone nothing is sent.
import { signedIn } from "./api";
import { Line, type Down, type LineState, type Who } from "./line";
import { gathered, preferPCMU, silence, whyNot, type Mic } from "./voice";

export type Mode = "listen" | "whisper" | "join";

/** Listening is what the server says of it. Without mode she listens to nobody. */
export interface Listening {
  agent?: string;
  name?: string;
  call?: string;
  caller?: Who;
  queue?: string;
  mode?: Mode;
  since?: string;
  turned?: string; // since when in this mode
  joining?: boolean;
  hold?: boolean;
  apart?: boolean; // the agent talks with somebody else
  gone?: boolean; // the agent's page is
  can?: Mode[];
  notice?: string;
}

export interface EarState {
  line: LineState;
  bye: string;
  listening: Listening | null;
  mic: Mic | ""; // "": none is asked for
  connected: boolean;
  silenced: boolean; // the browser does not let the page be heard before a click
  tooOld: boolean; // the voice process is of before
  error: string;
}

const levelFrames = 1024;
const again = 2000; // ms until a connection that failed is made anew

/** Side is what comes on one line: heard on this side, and measured. */
interface Side {
  player: HTMLAudioElement; // browsers give a connection's sound to the page only while an element plays it
  pan: StereoPannerNode;
  meter: AnalyserNode;
}

export class Ear {
  state: EarState = { line: "opening", bye: "", listening: null, mic: "", connected: false, silenced: false, tooOld: false, error: "" };
  private readonly line: Line;
  private readonly context = new AudioContext();
  private readonly sides = [-1, 1].map((pan) => this.side(pan));
  private readonly samples = new Float32Array(levelFrames);
  private pc: RTCPeerConnection | null = null;
  private stream: MediaStream | null = null; // the microphone
  private wanted: Mode = "listen";
  private confirmed = false; // it is in the wanted mode, or was
  private retry = 0;

  constructor(
    private readonly agent: string,
    private readonly call: string,
    private readonly onChange: (s: EarState) => void,
  ) {
    this.line = new Line(
      (line) => {
        if (line !== "up") this.let();
        this.change({ line });
      },
      (m) => this.hear(m),
      signedIn,
      "/listen",
    );
    this.context.onstatechange = () => this.choosePlayer();
  }

  open(): void {
    void this.context.resume();
    this.line.open();
  }

  /** allowSound must be called from a key or a click. */
  allowSound(): void {
    this.change({ silenced: false });
    void this.context.resume();
    for (const side of this.sides) this.start(side);
  }

  /** turn does it in another mode, with the microphone or without. */
  async turn(mode: Mode): Promise<void> {
    if (mode !== "listen" && !this.stream) {
      this.change({ mic: "asking", error: "" });
      try {
        if (!navigator.mediaDevices) throw new DOMException("", "insecure");
        this.stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true } });
      } catch (e) {
        this.change({ mic: navigator.mediaDevices ? whyNot(e as DOMException) : "insecure" });
        return;
      }
      if (this.state.line === "over") return this.dropMic();
      for (const track of this.stream.getAudioTracks()) track.onended = () => void this.turn("listen"); // unplugged
      this.change({ mic: "ok" });
    }
    this.wanted = mode;
    this.confirmed = false;
    if (mode === "listen") this.dropMic();
    const sends = !!this.pc?.getSenders().some((s) => s.track);
    if (sends !== (mode !== "listen")) await this.connect();
    else this.say();
  }

  /** level is how loud a side is, from 0 to 1: 0 the left one, the caller; 1 the agent. */
  level(n: 0 | 1): number {
    const meter = this.sides[n]!.meter;
    meter.getFloatTimeDomainData(this.samples);
    let sum = 0;
    for (const s of this.samples) sum += s * s;
    return Math.min(1, Math.max(0, (10 * Math.log10(sum / levelFrames + 1e-9) + 60) / 50)); // as Voice.level
  }

  close(): void {
    this.line.say({ type: "listen", agent: "", call: "", mode: "" });
    this.line.close();
    this.let();
    void this.context.close();
  }

  private hear(m: Down): void {
    switch (m.type) {
      case "welcome":
        this.change({ tooOld: m.version < 2 });
        if (m.version >= 2) void this.connect();
        return;
      case "media":
        void this.answer(m.sdp);
        return;
      case "renew":
        void this.connect();
        return;
      case "listening":
        this.follow(m.listening);
        return;
      case "error":
        this.change({ error: m.text });
        return;
      case "bye":
        this.change({ bye: m.why });
    }
  }

  /** follow takes the server's word. Who is not in the talk any more gives her microphone back. */
  private follow(listening: Listening): void {
    this.change({ listening, error: "" });
    for (const [n, side] of this.sides.entries()) side.pan.pan.value = listening.mode === "join" ? 0 : n * 2 - 1; // all come on one line
    if (!listening.mode) {
      this.let(); // it is over
    } else if (listening.mode === this.wanted) {
      this.confirmed = true;
    } else if (this.confirmed) {
      this.wanted = "listen";
      if (!this.stream) return;
      this.dropMic();
      void this.connect();
    }
  }

  /** connect makes the voice connection anew, with the microphone if she has one. */
  private async connect(): Promise<void> {
    this.hangUp();
    const pc = new RTCPeerConnection();
    this.pc = pc;
    const track = this.stream?.getAudioTracks()[0];
    const lines = [
      pc.addTransceiver(track ?? "audio", track ? { direction: "sendrecv", streams: [this.stream!] } : { direction: "recvonly" }),
      pc.addTransceiver("audio", { direction: "recvonly" }),
    ];
    lines.forEach(preferPCMU);
    pc.ontrack = (e) => this.play(lines.indexOf(e.transceiver), e.track);
    pc.onconnectionstatechange = () => {
      if (pc !== this.pc) return;
      this.change({ connected: pc.connectionState === "connected" });
      if (pc.connectionState === "failed" && this.state.line === "up") this.retry = window.setTimeout(() => void this.connect(), again);
    };
    await pc.setLocalDescription(await pc.createOffer());
    await gathered(pc);
    const sdp = pc.localDescription?.sdp;
    if (pc === this.pc && sdp) this.line.say({ type: "media", sdp });
  }

  private async answer(sdp: string): Promise<void> {
    const pc = this.pc;
    if (pc?.signalingState !== "have-local-offer") return; // to an offer that was replaced
    await pc.setRemoteDescription({ type: "answer", sdp });
    if (pc === this.pc) this.say();
  }

  private say(): void {
    this.line.say({ type: "listen", agent: this.agent, call: this.call, mode: this.wanted });
  }

  private side(pan: number): Side {
    const side = { player: new Audio(), pan: this.context.createStereoPanner(), meter: this.context.createAnalyser() };
    side.pan.pan.value = pan;
    side.meter.fftSize = levelFrames;
    side.pan.connect(this.context.destination);
    side.player.autoplay = true;
    return side;
  }

  private play(n: number, track: MediaStreamTrack): void {
    const side = this.sides[n];
    if (!side) return;
    const stream = new MediaStream([track]);
    side.player.srcObject = stream;
    const source = this.context.createMediaStreamSource(stream);
    source.connect(side.pan);
    source.connect(side.meter);
    this.choosePlayer();
    this.start(side);
  }

  private start(side: Side): void {
    if (side.player.srcObject)
      side.player.play().catch((e: Error) => this.change({ silenced: e.name === "NotAllowedError" && this.context.state !== "running" }));
  }

  /** choosePlayer: where the page makes no sounds of its own, the elements are heard, both in the middle. */
  private choosePlayer(): void {
    const running = this.context.state === "running";
    for (const { player } of this.sides) player.muted = running;
    if (running && this.state.silenced) this.change({ silenced: false });
  }

  /** let lets go of all that the line was for. */
  private let(): void {
    this.dropMic();
    this.wanted = "listen";
    this.confirmed = false;
    this.hangUp();
  }

  private dropMic(): void {
    silence(this.stream);
    this.stream = null;
    if (this.state.mic) this.change({ mic: "" });
  }

  private hangUp(): void {
    clearTimeout(this.retry);
    const pc = this.pc;
    this.pc = null;
    pc?.close();
    if (this.state.connected) this.change({ connected: false });
  }

  private change(part: Partial<EarState>): void {
    this.state = { ...this.state, ...part };
    this.onChange(this.state);
  }
}
