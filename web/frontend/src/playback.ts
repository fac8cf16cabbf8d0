// A recording as it is played: the sound, by a link that the server gives for it, each side
// alone if it is wanted so, and which seconds were heard, for the audit.
import { Refusal, write } from "./api";

/** speeds are how fast a recording can be played. */
export const speeds = [0.75, 1, 1.25, 1.5, 2];

/** Side is who is heard: both, or one alone. */
export type Side = "both" | "caller" | "agent";

const reportEvery = 30; // s of what was heard

/** Heard gathers what is heard in one piece. */
export class Heard {
  private from = 0;
  private to = 0;
  private over = true;

  constructor(private readonly tell: (from: number, to: number) => void) {}

  /** at is where the player is while it plays. A step that is no small one forward is a jump. */
  at(second: number): void {
    if (this.over || second < this.to || second > this.to + 4) {
      this.end();
      this.from = second;
      this.over = false;
    }
    this.to = second;
    if (this.to - this.from >= reportEvery) this.next();
  }

  /** end tells what was heard since; what comes is another piece. */
  end(): void {
    this.next();
    this.over = true;
  }

  private next(): void {
    if (this.to - this.from > 0.05) this.tell(this.from, this.to);
    this.from = this.to;
  }
}

/** Playback plays one recording; changed is called whenever something of it is otherwise. */
export class Playback {
  readonly audio = new Audio();
  side: Side = "both";
  error = "";
  opening = false;
  private play = ""; // by which the audit knows it; "": nothing was heard yet
  private wanted = 0; // where it is, before there is a sound
  private gains: { both: GainNode[]; caller: GainNode[]; agent: GainNode[] } | null = null;
  private readonly heard = new Heard((from, to) => this.report(from, to));

  constructor(
    private readonly recording: string,
    readonly length: number,
    private readonly changed: () => void,
  ) {
    const a = this.audio;
    a.preservesPitch = true;
    for (const name of ["timeupdate", "playing", "seeked", "ratechange", "waiting"])
      a.addEventListener(name, () => {
        if (!a.paused && !a.seeking) this.heard.at(a.currentTime);
        this.changed();
      });
    for (const name of ["pause", "ended"])
      a.addEventListener(name, () => {
        if (!a.seeking) this.heard.at(a.currentTime);
        this.heard.end();
        this.changed();
      });
    a.addEventListener("error", () => this.lost());
    addEventListener("pagehide", this.tellHeard);
  }

  get at(): number {
    return this.opened ? this.audio.currentTime : this.wanted;
  }

  get playing(): boolean {
    return this.opening || !this.audio.paused;
  }

  private get opened(): boolean {
    return this.audio.readyState >= HTMLMediaElement.HAVE_METADATA;
  }

  /** toggle plays, or pauses. From the end it plays anew. */
  async toggle(): Promise<void> {
    if (!this.audio.paused) {
      this.audio.pause();
      return;
    }
    if (this.at >= this.length - 0.05) this.jump(0);
    if (!this.opened) await this.open();
    if (this.opened) await this.audio.play().catch(() => {}); // paused before it began
  }

  /** open asks for a link, which the audit has from then on. */
  private async open(): Promise<void> {
    if (this.opening) return;
    this.opening = true;
    this.error = "";
    this.changed();
    try {
      const at = `/api/v1/recordings/${encodeURIComponent(this.recording)}`;
      const { play, token } = await write<{ play: string; token: string }>("POST", `${at}/play`);
      this.play = play;
      const a = this.audio;
      const speed = a.playbackRate;
      await new Promise<void>((ready, failed) => {
        a.addEventListener("loadedmetadata", () => ready(), { once: true });
        a.addEventListener("error", () => failed(new Error(a.error?.message || "?")), { once: true });
        a.src = `${at}/sound?token=${encodeURIComponent(token)}`;
      });
      a.defaultPlaybackRate = a.playbackRate = speed;
      a.currentTime = this.wanted;
    } catch (e) {
      this.error = (e as Error).message;
      if (e instanceof Refusal && e.status === 401) location.replace("/sign-in");
    }
    this.opening = false;
    this.changed();
  }

  /** lost: the link holds no more, as after a long pause. The next key asks for another. */
  private lost(): void {
    if (this.opening || !this.audio.hasAttribute("src")) return;
    if (this.audio.error?.code === MediaError.MEDIA_ERR_DECODE) this.error = this.audio.error.message;
    this.wanted = this.audio.currentTime;
    this.heard.end();
    this.audio.removeAttribute("src");
    this.audio.load();
    this.changed();
  }

  jump(to: number): void {
    this.wanted = Math.max(0, Math.min(this.length, to));
    if (this.opened) {
      this.tellHeard();
      this.audio.currentTime = this.wanted;
    }
    this.changed();
  }

  /** faster goes to the next speed, or to the one before. */
  faster(by: 1 | -1): void {
    const i = speeds.indexOf(this.audio.playbackRate);
    this.speed(speeds[Math.max(0, Math.min(speeds.length - 1, i + by))] ?? 1);
  }

  speed(to: number): void {
    this.audio.defaultPlaybackRate = this.audio.playbackRate = to;
    this.changed();
  }

  /** solo has one side alone heard, in both ears; once more, both. */
  solo(side: Side): void {
    this.side = this.side === side ? "both" : side;
    this.gains ??= split(this.audio);
    for (const name of ["both", "caller", "agent"] as const) for (const g of this.gains[name]) g.gain.value = name === this.side ? 1 : 0;
    this.changed();
  }

  private report(from: number, to: number): void {
    void fetch(`/api/v1/recordings/${encodeURIComponent(this.recording)}/plays/${encodeURIComponent(this.play)}/heard`, {
      method: "POST",
      credentials: "same-origin",
      keepalive: true, // also when the page is left
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ from_s: from, to_s: to }),
    }).catch(() => {});
  }

  /** tellHeard tells what was heard until now, also when the page is left. */
  private readonly tellHeard = (): void => {
    const a = this.audio;
    if (!a.paused && !a.seeking) this.heard.at(a.currentTime);
    this.heard.end();
  };

  close(): void {
    removeEventListener("pagehide", this.tellHeard);
    this.tellHeard();
    this.audio.pause();
    this.audio.removeAttribute("src");
    this.audio.load();
  }
}

/** split takes a stereo sound apart. It is made when a side is first wanted alone: a browser without any sound device plays nothing through it. */
function split(audio: HTMLAudioElement) {
  const context = new AudioContext();
  void context.resume();
  const sides = context.createChannelSplitter(2);
  const ears = context.createChannelMerger(2);
  context.createMediaElementSource(audio).connect(sides);
  ears.connect(context.destination);
  const gain = (from: number, to: number) => {
    const g = context.createGain();
    sides.connect(g, from);
    g.connect(ears, 0, to);
    return g;
  };
  return { both: [gain(0, 0), gain(1, 1)], caller: [gain(0, 0), gain(0, 1)], agent: [gain(1, 0), gain(1, 1)] };
}
