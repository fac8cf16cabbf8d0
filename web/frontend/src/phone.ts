// The phone: the line, the voice and the ring together, and what the page
// shows of them.
import { signedIn } from "./api";
import { askEnded, askerName, consult, heard, keyedOn } from "./consult";
import { type Choices, type Device, Devices, type Kind, microphoneStep, missing, sinksOf } from "./devices";
import { roundTrip } from "./echo";
import { Headset, type Hid, MediaKeys, type Wishes } from "./headset";
import { Keys, KeySounds, pressable } from "./keys";
import { Line, type Desk, type Down, type LineState, type RecordingVerb, type Talk, type Verb, type With } from "./line";
import { Meter, type Reading } from "./quality";
import { Ring, Ringback } from "./ring";
import { Tab } from "./tab";
import type { Target } from "./targets";
import { t } from "./texts";
import { now, setClock } from "./time";
import { beep, busy, chirp, Player, type Side } from "./tones";
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
  lost: string; // when the page came back and found the talk of before ended; "": it did not
  error: string;
  mics: readonly Device[];
  outputs: readonly Device[];
  choices: Choices;
  usedMic: Device | null;
  moved: Moved | null; // the last change of the microphone that nobody chose
  headsets: readonly string[]; // whose keys may be used
  quality: Reading | null; // of the talk
  test: Test;
}

/** Moved is a change of the microphone. */
export interface Moved {
  from: string;
  to: string;
  back: boolean; // to the chosen one
  at: number;
}

/** Test is the sound test by way of the server. trip is in ms; null: nothing came back, undefined: not known yet. */
export interface Test {
  step: "off" | "asked" | "tone" | "voice";
  trip?: number | null;
}

// Waits before the audio is offered anew, in ms. The server allows five
// offers at once and then five a minute.
const offerWaits = [0, 1000, 3000, 8000, 13000];
const settleWithin = 2500; // a disturbed connection mostly recovers by itself
const doubtFor = 600; // the server's word that the voice stands is a moment behind the browser's
const checkEvery = 400;
const quietChecks = 3;
const unsentChecks = 2;
const speech = 0.003; // amplitude, of 1, below which nobody speaks: -50 dB
const silentAfter = 10_000;
const flatAfter = 1500;
const tellEvery = 5000; // how well the talk is heard
const tryAgainAfter = 2000;
const answerWithin = 3000;
const rememberEvery = 10_000; // ms; also at every change
const pressedTwice = 1000; // ms
const hearSelf = 10_000; // ms of the sound test; the server ends it after 15 s

/** mayRest: the server hears us and no voice is due. */
export function mayRest({ desk, path, test }: Pick<PhoneState, "desk" | "path"> & { test?: Test }): boolean {
  return path === "connected" && !!desk?.media && atRest(desk) && (test?.step ?? "off") === "off";
}

/** atRest: nobody is there, and nobody rings. */
function atRest({ state }: Desk): boolean {
  return state === "idle" || state === "wrap_up";
}

/** hasCaller: leaving the page now would leave somebody alone. */
export function hasCaller(desk: Desk | null): boolean {
  return desk?.state === "talking" || desk?.state === "connecting";
}

export class Phone {
  state: PhoneState;
  readonly voice = new Voice(() => this.voiceChanged());
  private readonly devices = new Devices(() => this.mind());
  private readonly ring = new Ring(() => this.bellSinks());
  private readonly ringback = new Ringback(() => this.earSinks());
  private readonly busy = new Player(busy);
  private readonly bell = new Player(chirp);
  private readonly beeps = { left: new Player(() => beep("left")), right: new Player(() => beep("right")) };
  private readonly wishes: Wishes = { answer: () => this.accept(), hangUp: () => this.putDown(), mute: (on) => this.voice.mute(on) };
  private readonly headset = new Headset((navigator as { hid?: Hid }).hid, this.wishes);
  private readonly mediaKeys = new MediaKeys(navigator.mediaSession, this.wishes);
  private readonly meter = new Meter();
  private readonly line = new Line(
    (line) => this.set({ line }),
    (m) => this.hear(m),
    signedIn,
  );
  private readonly tab: Tab;
  private readonly keys = new Keys((keys, after) => {
    const on = this.state.desk && keyedOn(this.state.desk);
    if (on) this.line.say({ type: "keys", call: on.call, keys, after });
  });
  private readonly keySounds = new KeySounds(() => this.earSinks());
  private wanted = ""; // the presence last chosen here and still in force
  private had = ""; // the talk that was there when the line broke, or the page was left
  private leaving = false; // she knows what she leaves
  private over = false;
  private rememberedAt = 0;
  private answered = ""; // the offer last accepted or declined
  private offers = 0;
  private lines = 1; // of audio that the server takes
  private offerTimer = 0;
  private checkTimer = 0;
  private packets = 0; // that had come at the last check
  private quiet = 0; // checks since when none has
  private sent = 0; // packets that had gone at the last check
  private unsent = 0; // checks since when none has
  private loudAt = 0;
  private flatSince = 0; // the microphone gives exact zeros; 0: it does not…
  private flatTried = false; // …and was opened anew for it
  private toldAt = 0; // how well the talk is heard
  private pausedAt = 0; // the recording
  private doubtTimer = 0;
  private taking = false; // a microphone is being opened
  private takeTimer = 0;
  private testTimer = 0;
  private micsBefore: Device[] = []; // used earlier, the latest first
  private micAway = false; // the chosen one is not there

  /** takesOver: the desk is taken from the agent's other page, without asking again. */
  constructor(
    agent: string,
    private readonly takesOver: boolean,
    private readonly onChange: (s: PhoneState) => void,
  ) {
    this.tab = new Tab(agent);
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
      lost: "",
      error: "",
      mics: [],
      outputs: [],
      choices: this.devices.choices,
      usedMic: null,
      moved: null,
      headsets: [],
      quality: null,
      test: { step: "off" },
    };
  }

  async start(): Promise<void> {
    this.devices.start();
    void this.headset.names().then((headsets) => this.set({ headsets }));
    this.checkTimer = window.setInterval(() => void this.check(), checkEvery);
    window.addEventListener("beforeunload", this.beforeUnload);
    window.addEventListener("pagehide", this.pageHide);
    window.addEventListener("online", this.networkBack);
    window.addEventListener("pointerdown", this.touched);
    window.addEventListener("keydown", this.touched);
    const memory = await this.tab.recall();
    if (this.over) return;
    if (memory?.available) this.wanted = "available";
    if (memory?.muted) this.voice.mute(true); // before the caller hears anything
    this.had = memory?.talk ?? "";
    this.line.open(this.takesOver || memory !== null);
    void this.openMic();
  }

  stop(): void {
    this.over = true;
    clearTimeout(this.offerTimer);
    clearTimeout(this.doubtTimer);
    clearTimeout(this.takeTimer);
    clearTimeout(this.testTimer);
    clearInterval(this.checkTimer);
    this.devices.stop();
    this.tellKeys(null);
    window.removeEventListener("beforeunload", this.beforeUnload);
    window.removeEventListener("pagehide", this.pageHide);
    window.removeEventListener("online", this.networkBack);
    window.removeEventListener("pointerdown", this.touched);
    window.removeEventListener("keydown", this.touched);
    this.ring.stop();
    this.ringback.sounds(false);
    this.keys.clear();
    this.line.close();
    this.voice.close();
    this.tab.leave();
  }

  /** openMic opens the chosen microphone, or the system's own if that is not there. */
  async openMic(): Promise<void> {
    this.taking = true;
    const { mic } = this.devices.choices;
    let opened = mic ? await this.voice.open(mic) : false;
    if (!opened && (!mic || this.voice.mic === "missing")) opened = await this.voice.open(null);
    this.taking = false;
    if (!opened) return;
    this.offers = 0;
    this.offerSoon();
    await this.devices.look(); // it has names for them now
    this.mind();
  }

  /** choose takes another device from now on, also in a talk. */
  async choose(kind: Kind, device: Device | null): Promise<void> {
    const opens = kind === "mic" && this.voice.mic !== "denied" && this.voice.mic !== "insecure";
    if (opens) this.taking = true; // so that it is no news that it changes
    await this.devices.choose(kind, device);
    if (opens) await this.take(device, null);
  }

  /** useNextMic goes on with another microphone while the chosen one is away. */
  useNextMic(): Promise<void> {
    return this.take(null, null);
  }

  /** askHeadset asks which headset's keys may be used; it must be called from a click. */
  async askHeadset(): Promise<void> {
    await this.headset.ask();
    this.set({ headsets: await this.headset.names() });
  }

  get canAskHeadset(): boolean {
    return this.headset.supported;
  }

  /** beep sounds in one ear. */
  beep(side: Side): void {
    this.beeps[side].play(this.earSinks());
  }

  ringOnce(): void {
    this.bell.play(this.bellSinks());
  }

  /** testVoice has the server send back what it hears: a tone first, then her voice. */
  testVoice(): void {
    if (!this.state.desk || !atRest(this.state.desk) || this.state.path !== "connected") return;
    void this.voice.allowSound();
    this.set({ test: { step: "asked" } });
    this.compare();
    this.line.say({ type: "echo", on: true });
    this.testTimer = window.setTimeout(() => this.endTest(), answerWithin); // an older server does not know it
  }

  endTest(): void {
    if (this.state.test.step === "off") return;
    clearTimeout(this.testTimer);
    void this.voice.send(null);
    this.line.say({ type: "echo", on: false });
    this.set({ test: { ...this.state.test, step: "off" } });
    this.compare();
  }

  private async test(): Promise<void> {
    clearTimeout(this.testTimer);
    const heard = this.voice.fromServer;
    if (!heard) return this.endTest();
    this.set({ test: { step: "tone" } });
    const trip = await roundTrip(this.voice.context(), (tone) => this.voice.send(tone), heard);
    if (this.state.test.step !== "tone") return; // it was ended
    await this.voice.send(null);
    this.set({ test: { step: "voice", trip } });
    this.testTimer = window.setTimeout(() => this.endTest(), hearSelf);
  }

  private earSinks(): string[] {
    return sinksOf(this.devices.choices.ear, this.devices.outputs);
  }

  private bellSinks(): string[] {
    return sinksOf(this.devices.choices.bell, this.devices.outputs);
  }

  /** mind does what is to be done about the microphone and the loudspeakers. */
  private mind(): void {
    const { mics, outputs, choices } = this.devices;
    this.set({ mics, outputs, choices });
    this.voice.hearOn(this.earSinks()[0]!);
    const { mic, used } = this.voice;
    if (this.taking || mic === "asking" || mic === "denied" || mic === "insecure") return;
    const flat = this.flatSince > 0 && Date.now() - this.flatSince >= flatAfter && !this.flatTried;
    if (flat) this.flatTried = true;
    const due = !!this.state.desk && !atRest(this.state.desk);
    const step = microphoneStep({ choice: choices.mic, used, there: mics, before: this.micsBefore, ended: this.voice.ended, flat, due });
    const back = this.micAway;
    this.micAway = mics.length > 0 && missing(choices.mic, mics) !== null;
    if (step.do === "stop") this.voice.lose();
    else if (step.do === "open") void this.take(step.device, step.why !== "chosen" ? { back: false } : back ? { back } : null);
  }

  /** take goes on with another microphone; tell: it is news for her. */
  private async take(device: Device | null, tell: { back: boolean } | null): Promise<void> {
    clearTimeout(this.takeTimer);
    this.taking = true;
    const was = this.voice.used ?? this.micsBefore[0];
    if (was) this.micsBefore = [was, ...this.micsBefore.filter((d) => d.id !== was.id)];
    const opened = await this.voice.open(device);
    this.taking = false;
    if (!opened) {
      this.takeTimer = window.setTimeout(() => this.mind(), tryAgainAfter);
      await this.devices.look(); // it may be gone; then another is taken at once
      return;
    }
    const { used } = this.voice;
    if (!tell) this.set({ moved: null });
    else if (was && used && was.id !== used.id) this.set({ moved: { ...tell, from: was.label, to: used.label, at: Date.now() } });
    if (this.voice.path === "none") {
      this.offers = 0;
      this.offerSoon();
    }
    this.mind();
  }

  /** tellKeys tells the headset what the telephone does. */
  private tellKeys(desk: Desk | null): void {
    const talking = desk?.state === "talking" || desk?.state === "connecting";
    const situation = { ringing: desk?.state === "ringing", talking, muted: this.voice.muted };
    this.headset.follow(situation);
    this.mediaKeys.follow(this.state.headsets.length > 0 ? { ...situation, talking: false } : situation);
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

  /** putDown is what a headset's key means. While somebody is asked it ends nothing for the caller. */
  private putDown(): void {
    if (this.may("leave")?.other?.with === "all") this.leave();
    else if (this.may("cancel")) this.cancelAsk();
    else if (this.state.desk?.talk) this.hangUp();
    else this.giveUp();
  }

  /** may is the talk, if the agent may do this with it now. */
  private may(verb: Verb): Talk | undefined {
    const talk = this.state.desk?.talk;
    return this.line.state === "up" && talk?.can?.includes(verb) ? talk : undefined;
  }

  hold(on: boolean): void {
    const talk = this.may(on ? "hold" : "resume");
    if (talk) this.line.say({ type: "hold", call: talk.call, on });
  }

  /** step has the caller type something in the menus, and come back. */
  step(): void {
    const talk = this.may("step");
    if (talk) this.line.say({ type: "step", call: talk.call });
  }

  /** press presses the keys of a text towards the far end, and returns those that it has. */
  press(text: string): string {
    const keys = pressable(text);
    if (!this.state.desk || !keyedOn(this.state.desk)) return "";
    this.keys.press(keys);
    this.keySounds.play(keys);
    return keys;
  }

  /** hand hands the caller over; anyway: also if nobody there could take the caller soon. */
  hand(target: Target, note: string, anyway: boolean): void {
    const talk = this.may("hand");
    if (talk) this.line.say({ type: "hand", call: talk.call, ...target, note, anyway });
  }

  /** ask asks somebody during the talk; the caller hears music meanwhile. */
  ask(target: Target, note: string): void {
    const talk = this.may("ask");
    if (talk) this.line.say({ type: "ask", call: talk.call, ...target, note });
  }

  cancelAsk(): void {
    const talk = this.may("cancel");
    if (talk) this.line.say({ type: "cancel", call: talk.call });
  }

  /** turn turns to the caller, to the consulted party, or to both. */
  turn(to: With): void {
    const talk = this.may(to);
    if (talk) this.line.say({ type: "turn", call: talk.call, with: to });
  }

  /** leave hands the caller over to the consulted party. */
  leave(): void {
    const talk = this.may("leave");
    if (talk?.other) this.line.say({ type: "hand", call: talk.call, ask: talk.other.ask });
  }

  /** putBack puts the caller back in line; callback: the caller is asked at once whether to be called back. */
  putBack(note: string, callback: boolean): void {
    const talk = this.may("back");
    if (talk) this.line.say({ type: "back", call: talk.call, note, callback });
  }

  /** recording does something with the recording of the talk. A second press just after a pause has begun is no wish to end it. */
  recording(verb: RecordingVerb): void {
    const talk = this.state.desk?.talk;
    if (this.line.state !== "up" || !talk?.recording?.can?.includes(verb)) return;
    if (verb === "resume" && Date.now() - this.pausedAt < pressedTwice) return;
    this.line.say({ type: verb, call: talk.call });
  }

  /** nameMark says what the moment is that was marked last. */
  nameMark(text: string): void {
    const talk = this.state.desk?.talk;
    if (this.line.state !== "up" || !talk?.recording?.can?.includes("mark")) return;
    this.line.say({ type: "mark", call: talk.call, text, of: talk.recording.marks });
  }

  askHelp(on: boolean): void {
    this.line.say({ type: "help", on });
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
    this.leaving = true;
    this.tab.forget();
    this.line.say({ type: "signout" });
  }

  private hear(m: Down): void {
    switch (m.type) {
      case "welcome":
        this.lines = m.version; // 2: the server takes a second line
        setClock(m.now);
        this.answered = ""; // what was said on a broken line may not have arrived
        this.keys.lost();
        this.had ||= this.state.desk?.talk?.call ?? "";
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
      case "echo":
        if (m.on && this.state.test.step === "asked") void this.test();
        else if (!m.on) this.endTest();
        return;
      case "error":
        this.set({ error: m.text });
        return;
      case "bye":
        this.ring.stop();
        this.ringback.sounds(false);
        if (m.why !== "restart") {
          this.voice.close();
          this.keys.clear();
          this.set({ bye: m.why });
          this.tab.forget();
          this.tab.leave();
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
        const { caller, callback, queue, asked } = desk.offer;
        if (asked) this.ring.start(askerName(asked), consult.asksYou(askerName(asked)));
        else this.ring.start(caller.name || callback?.number || caller.number || t.unknownCaller, `${callback ? t.incomingCallback : t.incoming}: ${queue}`);
      }
    } else {
      this.ring.stop();
    }
    const began = desk.talk && desk.talk.call !== was?.talk?.call;
    const fresh = { unheard: false, unhearing: false, micSilent: false, quality: null };
    const hears = desk.talk ? heard(desk.talk) : "";
    const turned = began || hears !== (was?.talk ? heard(was.talk) : ""); // to somebody else: of how that one is heard nothing is known yet
    if (turned) {
      this.loudAt = this.toldAt = Date.now();
      this.packets = this.sent = -1;
      this.quiet = this.unsent = 0;
      this.meter.reset();
    }
    if (desk.talk?.recording?.state === "paused" && was?.talk?.recording?.state !== "paused") this.pausedAt = Date.now();
    this.ringback.sounds(desk.talk?.other?.state === "ringing");
    if (askEnded(was, desk)) this.busy.play(this.earSinks());
    const keyed = keyedOn(desk);
    if (keyed?.call !== (was ? keyedOn(was)?.call : undefined)) this.keys.clear();
    this.keys.count(keyed?.keys ?? 0);
    if (desk.notice?.what === "keys_failed" && desk.notice.at !== was?.notice?.at) this.keys.lost();
    const ended = this.had !== "" && desk.talk?.call !== this.had;
    if (this.voice.muted && (!desk.talk || ended)) this.voice.mute(false); // the next caller hears her
    const unseen = ended && !desk.talk && !desk.notice && desk.state !== "wrap_up";
    const lost = unseen ? new Date(now()).toISOString() : desk.talk ? "" : this.state.lost;
    this.had = "";
    // The server's word on her voice is there after a second, and its "audio" after three.
    const voice = desk.talk && was?.media !== desk.media ? { unheard: !desk.media } : {};
    this.set({ desk, lost, error: "", ...(turned || !hears ? fresh : {}), ...voice });
    if (!atRest(desk)) this.endTest();
    if (began) this.mind();
    this.tellKeys(desk);
    this.compare();
  }

  private voiceChanged(): void {
    const v = this.voice;
    if (v.path === "failed" && this.state.path !== "failed") this.offerSoon(settleWithin);
    if (v.path !== "connected") this.endTest();
    this.set({ mic: v.mic, path: v.path, sound: v.soundAllowed, muted: v.muted, usedMic: v.used });
    this.tellKeys(this.state.desk);
    if (v.ended) void this.devices.look().then(() => this.mind());
    else this.mind();
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
    if (Date.now() - this.rememberedAt >= rememberEvery) this.remember();
    if (!desk?.talk || desk.state !== "talking" || this.line.state !== "up") return;
    const counters = await this.voice.counters();
    if (desk !== this.state.desk) return;
    const hears = heard(desk.talk);
    const now = Date.now();
    const packets = counters?.packets ?? 0;
    this.quiet = packets === this.packets && hears ? this.quiet + 1 : 0; // a caller on hold is not sent to her
    this.packets = packets;
    const sent = counters?.sent ?? -1;
    this.unsent = sent >= 0 && sent === this.sent && this.voice.path === "connected" ? this.unsent + 1 : 0;
    this.sent = sent;
    if (this.unsent >= unsentChecks) this.voice.stalled();
    const peak = this.voice.peak();
    if (peak === null || peak > speech) this.loudAt = now;
    if (peak === 0) this.flatSince ||= now;
    else [this.flatSince, this.flatTried] = [0, false];
    const flat = this.flatSince > 0 && now - this.flatSince >= flatAfter;
    if (flat && !this.flatTried) void this.devices.look().then(() => this.mind());
    if (!hears || !counters) this.meter.reset();
    const quality = !hears || !counters ? null : this.meter.take(counters);
    this.set({
      quality,
      unhearing: this.quiet >= quietChecks,
      micSilent: flat || now - this.loudAt > silentAfter || (this.voice.systemMuted && !this.voice.muted),
    });
    if (quality && now - this.toldAt >= tellEvery) {
      this.toldAt = now;
      this.line.say({
        type: "quality",
        call: hears,
        rtt_ms: Math.round(quality.trip),
        jitter_ms: Math.round(quality.jitter),
        lost: rounded(quality.lost),
        concealed: rounded(quality.concealed),
        mos: Math.round(100 * quality.mos) / 100,
      });
    }
  }

  /** touched: a browser lets a page ring only after a key or a click in it; any will do. */
  private readonly touched = () => {
    if (!this.voice.soundAllowed) void this.letRing();
  };

  private readonly beforeUnload = (e: BeforeUnloadEvent) => {
    if (!this.leaving && !this.state.bye && hasCaller(this.state.desk)) e.preventDefault();
  };

  /** networkBack: a voice connection of the network before would look well for seconds more. */
  private readonly networkBack = () => this.repair();

  private readonly pageHide = () => this.remember(true);

  /** remember keeps what a page loaded anew is to know; left: this one ends. */
  private remember(left = false): void {
    if (!this.state.desk || this.leaving || this.state.bye) return;
    this.rememberedAt = Date.now();
    const talk = this.state.desk.talk?.call ?? "";
    this.tab.keep({ available: this.wanted === "available", talk, muted: talk !== "" && this.voice.muted }, left);
  }

  private set(change: Partial<PhoneState>): void {
    const is = this.state;
    const differs = Object.entries(change).some(([k, v]) => is[k as keyof PhoneState] !== v);
    if (!differs) return;
    this.state = { ...is, ...change };
    this.remember();
    this.onChange(this.state);
  }
}

const rounded = (share: number) => Math.round(10_000 * share) / 10_000;
