// The phone: the line, the voice and the ring together, and what the page
// shows of them.
import { signedIn } from "./api";
import { Line, type Desk, type Down, type LineState } from "./line";
import { Ring } from "./ring";
import { t } from "./texts";
import { setClock } from "./time";
import { Voice, type Mic, type Path } from "./voice";

export interface PhoneState {
  line: LineState;
  bye: string; // why the line is over
  desk: Desk | null;
  mic: Mic;
  path: Path;
  sound: boolean;
  muted: boolean;
  unheard: boolean; // the caller does not hear the agent
  unhearing: boolean; // the agent does not hear the caller
  micSilent: boolean;
  error: string;
}

// Waits before the audio is offered anew, in ms. The server allows five
// offers at once and then five a minute.
const offerWaits = [0, 1000, 3000, 8000, 13000];
const settleWithin = 2500; // a disturbed connection mostly recovers by itself
const doubtFor = 600; // the server's word that the voice stands is a moment behind the browser's
const checkEvery = 2000;
const quietChecks = 2;
const silentAfter = 10_000;

/** mayRest: the server hears us and no voice is due. */
export function mayRest({ desk, path }: Pick<PhoneState, "desk" | "path">): boolean {
  return path === "connected" && !!desk?.media && (desk.state === "idle" || desk.state === "wrap_up");
}

export class Phone {
  state: PhoneState;
  readonly voice = new Voice(() => this.voiceChanged());
  private readonly ring = new Ring(() => this.voice.context());
  private readonly line = new Line(
    (line) => this.set({ line }),
    (m) => this.hear(m),
    signedIn,
  );
  private wanted = ""; // the presence last chosen here and still in force
  private answered = ""; // the offer last accepted or declined
  private offers = 0;
  private lines = 1; // of audio that the server takes
  private offerTimer = 0;
  private checkTimer = 0;
  private packets = 0; // that had come at the last check
  private quiet = 0; // checks since when none has
  private loudAt = 0;
  private doubtTimer = 0;

  constructor(private readonly onChange: (s: PhoneState) => void) {
    this.state = {
      line: "opening",
      bye: "",
      desk: null,
      mic: "asking",
      path: "none",
      sound: false,
      muted: false,
      unheard: false,
      unhearing: false,
      micSilent: false,
      error: "",
    };
  }

  start(): void {
    this.line.open();
    void this.openMic();
    this.checkTimer = window.setInterval(() => void this.check(), checkEvery);
    navigator.mediaDevices?.addEventListener("devicechange", this.deviceChanged);
    window.addEventListener("beforeunload", this.beforeUnload);
    window.addEventListener("pointerdown", this.touched);
    window.addEventListener("keydown", this.touched);
  }

  stop(): void {
    clearTimeout(this.offerTimer);
    clearTimeout(this.doubtTimer);
    clearInterval(this.checkTimer);
    navigator.mediaDevices?.removeEventListener("devicechange", this.deviceChanged);
    window.removeEventListener("beforeunload", this.beforeUnload);
    window.removeEventListener("pointerdown", this.touched);
    window.removeEventListener("keydown", this.touched);
    this.ring.stop();
    this.line.close();
    this.voice.close();
  }

  async openMic(): Promise<void> {
    await this.voice.start();
    if (this.voice.mic === "ok") {
      this.offers = 0;
      this.offerSoon();
    }
  }

  async letRing(): Promise<void> {
    await this.voice.allowSound();
    if ("Notification" in window && Notification.permission === "default") void Notification.requestPermission();
  }

  available(): void {
    this.wanted = "available";
    this.line.say({ type: "presence", presence: "available" });
  }

  away(reason: string): void {
    this.wanted = "away";
    this.line.say({ type: "presence", presence: "away", reason });
  }

  accept(): void {
    this.answer("accept");
  }

  decline(): void {
    this.answer("decline");
  }

  private answer(type: "accept" | "decline"): void {
    const offer = this.state.desk?.state === "ringing" ? this.state.desk.offer?.offer : undefined;
    if (!offer || offer === this.answered || this.line.state !== "up") return;
    this.answered = offer;
    this.ring.stop();
    this.line.say({ type, offer });
  }

  giveUp(): void {
    const offer = this.state.desk?.offer;
    if (offer?.callback?.dialing) this.line.say({ type: "giveup", offer: offer.offer });
  }

  dial(number: string): void {
    if (this.state.desk?.state === "idle" && this.line.state === "up") this.line.say({ type: "dial", number });
  }

  hangUp(): void {
    const talk = this.state.desk?.talk;
    if (talk) this.line.say({ type: "hangup", call: talk.call });
  }

  wrapped(): void {
    if (this.state.desk?.state === "wrap_up") this.line.say({ type: "wrapped" });
  }

  toggleMute(): void {
    this.voice.mute(!this.voice.muted);
  }

  /** repair makes the voice connection anew, at the agent's or the server's wish. */
  repair(): void {
    this.offers = 0;
    this.voice.hangUp();
    this.offerSoon();
  }

  signOut(): void {
    this.line.say({ type: "signout" });
  }

  private hear(m: Down): void {
    switch (m.type) {
      case "welcome":
        this.lines = m.version; // 2: the server takes a second line
        setClock(m.now);
        this.answered = ""; // what was said on a broken line may not have arrived
        this.set({ error: "" });
        if (this.voice.path !== "connected") {
          this.offers = 0;
          this.offerSoon();
        }
        return;
      case "media":
        void this.voice.answer(m.sdp).catch((e: Error) => this.set({ error: e.message }));
        return;
      case "renew":
        if (this.voice.answered) this.repair(); // else it is being made already
        return;
      case "desk":
        this.see(m.desk);
        return;
      case "audio":
        this.set({ unheard: !m.from_agent, unhearing: !m.from_caller });
        return;
      case "error":
        this.set({ error: m.text });
        return;
      case "bye":
        this.ring.stop();
        if (m.why !== "restart") {
          this.voice.close();
          this.set({ bye: m.why });
        }
    }
  }

  private see(desk: Desk): void {
    const was = this.state.desk;
    if (desk.presence === "away" && desk.reason === "signed_in" && this.wanted === "available") {
      this.available(); // the server has restarted and has not yet heard our choice
    } else {
      this.wanted = desk.presence;
    }
    if (desk.state === "ringing" && desk.offer) {
      if (was?.offer?.offer !== desk.offer.offer) this.ring.stop();
      if (was?.state !== "ringing" || was.offer?.offer !== desk.offer.offer) {
        const { caller, callback, queue } = desk.offer;
        this.ring.start(caller.name || callback?.number || caller.number || t.unknownCaller, `${callback ? t.incomingCallback : t.incoming}: ${queue}`);
      }
    } else {
      this.ring.stop();
    }
    const began = desk.talk && desk.talk.call !== was?.talk?.call;
    const fresh = { unheard: false, unhearing: false, micSilent: false };
    if (began) {
      this.loudAt = Date.now();
      this.packets = -1;
      this.quiet = 0;
    }
    if (desk.state !== "talking" && this.voice.muted) this.voice.mute(false); // for the next caller
    this.set({ desk, error: "", ...(began || !desk.talk ? fresh : {}) });
    this.compare();
  }

  private voiceChanged(): void {
    const v = this.voice;
    if (v.path === "failed" && this.state.path !== "failed") this.offerSoon(settleWithin);
    this.set({ mic: v.mic, path: v.path, sound: v.soundAllowed, muted: v.muted });
    this.compare();
  }

  /** compare: when we believe in the voice and the server goes on not hearing it, it is made anew. */
  private compare(): void {
    this.voice.rest(mayRest(this.state));
    const doubt = () => this.state.path === "connected" && this.state.desk?.media === false && this.line.state === "up";
    if (this.state.desk?.media) this.offers = 0;
    if (!doubt()) {
      clearTimeout(this.doubtTimer);
      this.doubtTimer = 0;
    } else if (!this.doubtTimer) {
      this.doubtTimer = window.setTimeout(() => {
        this.doubtTimer = 0;
        if (!doubt()) return;
        this.voice.hangUp();
        this.offerSoon();
      }, doubtFor);
    }
  }

  /** offerSoon offers the audio anew unless it stands by then. */
  private offerSoon(atLeast = 0): void {
    clearTimeout(this.offerTimer);
    const wait = Math.max(atLeast, offerWaits[Math.min(this.offers, offerWaits.length - 1)]!);
    this.offerTimer = window.setTimeout(() => void this.offer(), wait);
  }

  private async offer(): Promise<void> {
    if (this.line.state !== "up" || this.voice.mic !== "ok" || this.voice.path === "connected") return;
    this.offers++;
    try {
      const sdp = await this.voice.offer(this.lines);
      if (sdp) this.line.say({ type: "media", sdp });
    } catch (e) {
      this.set({ error: (e as Error).message });
    }
    this.offerSoon(5000); // does nothing if it stands by then
  }

  /** check looks, now and then, whether what should flow does. */
  private async check(): Promise<void> {
    const { desk } = this.state;
    if (!desk || this.line.state !== "up") return;
    if (desk.state !== "talking") return;
    const packets = await this.voice.heard();
    this.quiet = packets === this.packets ? this.quiet + 1 : 0;
    this.packets = packets;
    this.set({ unhearing: this.quiet >= quietChecks });
    if (this.voice.level() > 0.02 || this.voice.muted) this.loudAt = Date.now();
    this.set({ micSilent: Date.now() - this.loudAt > silentAfter || (this.voice.systemMuted && !this.voice.muted) });
  }

  private readonly deviceChanged = () => {
    if (this.voice.mic === "missing" || this.voice.mic === "ended" || this.voice.mic === "busy") void this.openMic();
  };

  /** touched: a browser lets a page ring only after a key or a click in it; any will do. */
  private readonly touched = () => {
    if (!this.voice.soundAllowed) void this.letRing();
  };

  private readonly beforeUnload = (e: BeforeUnloadEvent) => {
    const state = this.state.desk?.state;
    if (state === "talking" || state === "connecting") e.preventDefault();
  };

  private set(change: Partial<PhoneState>): void {
    const is = this.state;
    const differs = Object.entries(change).some(([k, v]) => is[k as keyof PhoneState] !== v);
    if (!differs) return;
    this.state = { ...is, ...change };
    this.onChange(this.state);
  }
}
