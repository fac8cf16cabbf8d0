// The line to the server: the page's side of docs/desk-protocol.md. It comes
// back by itself when it breaks.
import type { Listening, Mode } from "./ear";
import type { Target } from "./targets";

export interface Who {
  number: string;
  name?: string;
  dialed: string;
  path?: string;
  vip?: boolean;
}

export interface Desk {
  presence: "available" | "away" | "signed_out";
  reason?: string;
  state: "idle" | "ringing" | "connecting" | "talking" | "wrap_up";
  since: string;
  media: boolean;
  queues: string[];
  offer?: Offer;
  talk?: Talk;
  wrap_up?: string;
  wrap?: { call?: string; caller: Who; queue: string; more?: number }; // what the after-call work is about
  notice?: Notice;
  help?: string; // since when she asks for help
}

/** Notice is the last thing that she should know. */
export interface Notice {
  what: string;
  at: string;
  by?: string;
  text?: string;
}

export interface Talk {
  call: string;
  caller: Who;
  queue: string;
  since: string;
  waited: number;
  outgoing?: boolean;
  hold?: { since: string };
  held?: number; // seconds on hold before that
  keys?: number; // pressed towards the far end
  step?: boolean; // the caller is in the menus, to type something, and comes back
  stepped?: string; // how the last such step ended: "done", or else
  handed?: Handed;
  other?: Other; // whom she asks during this talk
  asked?: Asked; // it is no talk with the caller: a colleague asks her
  listeners?: { by: string; mode: Mode; since: string }[]; // supervisors who listen
  can?: Verb[];
  recording?: Recording;
}

/** Recording is how the talk is recorded. */
export interface Recording {
  state: "on" | "paused" | "off";
  why?: string; // of paused and off
  until?: string; // when a pause ends by itself
  marks?: number; // moments that the agent has marked
  can?: RecordingVerb[];
}

/** RecordingVerb is something that the agent may do now with the recording, and the message that says so. */
export type RecordingVerb = "record" | "pause" | "resume" | "mark" | "refused";

/** Verb is something that the agent may do now with whom she talks. */
export type Verb = "hold" | "resume" | "keys" | "step" | "hand" | "back" | "ask" | "caller" | "other" | "all" | "leave" | "cancel" | "end";

/** With is whom an agent who asks somebody during a talk talks with. */
export type With = "caller" | "other" | "all";

/** Other is the consulted party during a talk. */
export interface Other {
  ask: string;
  agent?: string; // a colleague…
  name?: string; // …of this name,
  number?: string; // or a number outside
  state: "ringing" | "connecting" | "talking";
  since: string; // of state
  with?: With; // while talking
  keys?: number; // pressed towards the number so far
}

/** Asked is that a colleague asks the agent about the colleague's caller. */
export interface Asked {
  by: string;
  name?: string;
  note?: string;
  with?: With; // whom the colleague talks with
  left?: boolean; // the caller has hung up
}

/** Handed is how another agent has handed the caller over. */
export interface Handed {
  by: string;
  name?: string;
  note?: string;
  nth: number;
  back?: boolean; // nobody took it, so it comes back to her who gave it
}

export interface Offer {
  offer: string;
  caller: Who;
  queue: string;
  waiting: string;
  expires: string;
  returned: boolean;
  why?: string;
  /** Nobody waits on the phone: accepting dials. */
  callback?: { number: string; attempt: number; until: string; dialing?: boolean };
  /** Her own call, which she has dialled, its id, and how many keys are pressed already; they are sent once it is answered. */
  outgoing?: boolean;
  call?: string;
  keys?: number;
  handed?: Handed;
  /** No caller is offered: a colleague asks about this caller. */
  asked?: Asked;
}

export type Down =
  | { type: "welcome"; agent: string; name: string; queues: string[]; now: string; version: number }
  | { type: "media"; sdp: string }
  | { type: "renew" }
  | { type: "desk"; desk: Desk }
  | { type: "audio"; from_agent: boolean; from_caller: boolean }
  | { type: "echo"; on: boolean }
  | { type: "listening"; listening: Listening }
  | { type: "pong"; t: number }
  | { type: "error"; text: string }
  | { type: "bye"; why: "signed_out" | "elsewhere" | "open" | "restart" | "denied"; text: string };

export type Up =
  | { type: "media"; sdp: string }
  | { type: "presence"; presence: "available" | "away"; reason?: string }
  | { type: "accept"; offer: string }
  | { type: "decline"; offer: string }
  | { type: "giveup"; offer: string }
  | { type: "dial"; number: string }
  | { type: "hangup"; call: string }
  | { type: "hold"; call: string; on: boolean }
  | { type: "keys"; call: string; keys: string; after: number }
  | { type: "step"; call: string }
  | ({ type: "hand"; call: string; note: string; anyway: boolean } & Target)
  | { type: "hand"; call: string; ask: string }
  | { type: "back"; call: string; note: string; callback: boolean }
  | ({ type: "ask"; call: string; note: string } & Target)
  | { type: "cancel"; call: string }
  | { type: "turn"; call: string; with: With }
  | { type: "help"; on: boolean }
  | { type: RecordingVerb; call: string }
  | { type: "mark"; call: string; text: string; of?: number }
  | { type: "wrapped" }
  | { type: "echo"; on: boolean }
  | { type: "quality"; call: string; rtt_ms: number; jitter_ms: number; lost: number; concealed: number; mos: number }
  | { type: "listen"; agent: string; call: string; mode: Mode | "" }
  | { type: "signout" };

const version = 2; // of the protocol, that the page speaks

export type LineState = "opening" | "up" | "broken" | "over";

// A network that is dead says nothing, and a browser waits for it for minutes.
// So everything that is waited for has its time.
const openWithin = 5000; // from the beginning to the server's welcome
const pingEvery = 5000;
const pongWithin = 4000; // nothing heard for so long after a ping: the line is broken
const doubtWithin = 1500; // the same when the browser says that the network has changed
const firstWait = 300;
const longestWait = 5000;

/** retryWithin is the most, in ms, that is waited after so many failures in a row (1 or more). */
export function retryWithin(fails: number): number {
  return Math.min(firstWait * 2 ** (fails - 1), longestWait);
}

export class Line {
  state: LineState = "opening";
  private readonly page = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`; // once per page load
  private socket: WebSocket | null = null;
  private fails = 0;
  private patience = 0; // timer: gives up what is waited for
  private pinger = 0;
  private retry = 0;
  private take = false; // the desk from another page of the same agent

  constructor(
    private readonly onState: (s: LineState) => void,
    private readonly onMessage: (m: Down) => void,
    /** asked when the line will not open: is the sign-in still there? */
    private readonly signedIn: () => Promise<boolean>,
    private readonly path = "/desk",
  ) {}

  /** open opens the line. With take it takes the desk over from the agent's other page, if there is one; else the server asks first (bye "open"). */
  open(take = this.take): void {
    this.take = take;
    clearTimeout(this.retry);
    window.addEventListener("online", this.networkChanged);
    window.addEventListener("offline", this.networkChanged);
    this.letGo(); // of one that was still being opened
    const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}${this.path}`, "presszero.desk.v1");
    this.socket = socket;
    this.expect(openWithin);
    socket.onopen = () => {
      if (socket === this.socket) socket.send(JSON.stringify({ type: "hello", page: this.page, version, take: this.take }));
    };
    socket.onmessage = (e) => {
      if (socket === this.socket) this.hear(JSON.parse(String(e.data)) as Down);
    };
    socket.onclose = () => {
      if (socket !== this.socket) return;
      this.letGo();
      void this.lost();
    };
  }

  /** say sends a message; it is dropped when the line is not up, since the desk tells the truth afterwards. */
  say(m: Up): void {
    if (this.state === "up" && this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(m));
  }

  close(): void {
    this.changeState("over");
    clearTimeout(this.retry);
    window.removeEventListener("online", this.networkChanged);
    window.removeEventListener("offline", this.networkChanged);
    this.letGo();
  }

  private hear(m: Down): void {
    if (m.type === "welcome") {
      this.fails = 0;
      this.take = false;
      this.changeState("up");
      clearInterval(this.pinger);
      this.pinger = window.setInterval(() => this.ping(pongWithin), pingEvery);
    }
    if (this.state === "up") clearTimeout(this.patience); // any word is a sign of life
    if (m.type === "bye") this.fails = 0;
    this.onMessage(m);
    if (m.type === "bye" && m.why !== "restart") this.close();
  }

  private ping(within: number): void {
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    this.socket.send(JSON.stringify({ type: "ping", t: Date.now() }));
    this.expect(within);
  }

  /** expect gives the socket up unless something is heard in time. */
  private expect(within: number): void {
    clearTimeout(this.patience);
    this.patience = window.setTimeout(() => {
      this.letGo();
      void this.lost();
    }, within);
  }

  /** letGo forgets the socket. The browser may go on waiting for it by itself. */
  private letGo(): void {
    clearTimeout(this.patience);
    clearInterval(this.pinger);
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }

  /** networkChanged: a line is put to the test when the network goes, and replaced when there is one again: its socket belongs to the one before. */
  private readonly networkChanged = (e: Event): void => {
    if (this.state === "over") return;
    if (e.type === "offline") {
      this.ping(doubtWithin);
      return;
    }
    if (this.state === "up") this.changeState("broken");
    this.open();
  };

  private async lost(): Promise<void> {
    if (this.state === "over") return;
    this.changeState("broken");
    this.fails++;
    if (this.fails > 2 && !(await this.signedIn())) {
      this.onMessage({ type: "bye", why: "denied", text: "" });
      this.close();
      return;
    }
    if (this.socket || this.state !== "broken") return; // opened or closed while it was asked
    // Full jitter, so that all agents of a broken network do not come back as one.
    clearTimeout(this.retry);
    this.retry = window.setTimeout(() => this.open(), Math.random() * retryWithin(this.fails));
  }

  private changeState(s: LineState): void {
    if (this.state === "over") return;
    this.state = s;
    this.onState(s);
  }
}
