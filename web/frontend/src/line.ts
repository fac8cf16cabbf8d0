// The line to the server: the page's side of docs/desk-protocol.md. It comes
// back by itself when it breaks.

export interface Who {
  number: string;
  name?: string;
  dialed: string;
  path?: string;
}

export interface Desk {
  presence: "available" | "away" | "signed_out";
  reason?: string;
  state: "idle" | "ringing" | "connecting" | "talking" | "wrap_up";
  since: string;
  media: boolean;
  queues: string[];
  offer?: Offer;
  talk?: { call: string; caller: Who; queue: string; since: string; waited: number; outgoing?: boolean };
  wrap_up?: string;
  notice?: { what: string; at: string; by?: string; text?: string };
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
  /** Her own call, which she has dialled. */
  outgoing?: boolean;
}

export type Down =
  | { type: "welcome"; agent: string; name: string; queues: string[]; now: string; version: number }
  | { type: "media"; sdp: string }
  | { type: "renew" }
  | { type: "desk"; desk: Desk }
  | { type: "audio"; from_agent: boolean; from_caller: boolean }
  | { type: "pong"; t: number }
  | { type: "error"; text: string }
  | { type: "bye"; why: "signed_out" | "elsewhere" | "restart" | "denied"; text: string };

export type Up =
  | { type: "media"; sdp: string }
  | { type: "presence"; presence: "available" | "away"; reason?: string }
  | { type: "accept"; offer: string }
  | { type: "decline"; offer: string }
  | { type: "giveup"; offer: string }
  | { type: "dial"; number: string }
  | { type: "hangup"; call: string }
  | { type: "wrapped" }
  | { type: "signout" };

export type LineState = "opening" | "up" | "broken" | "over";

const pingEvery = 5000;
const deadAfter = 12000; // no word for so long: the line is broken, whatever the browser thinks
const firstWait = 300;
const longestWait = 5000;

export class Line {
  state: LineState = "opening";
  private readonly page = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`; // once per page load
  private socket: WebSocket | null = null;
  private fails = 0;
  private heardAt = 0;
  private pinger = 0;
  private retry = 0;

  constructor(
    private readonly onState: (s: LineState) => void,
    private readonly onMessage: (m: Down) => void,
    /** asked when the line will not open: is the sign-in still there? */
    private readonly signedIn: () => Promise<boolean>,
  ) {}

  open(): void {
    clearTimeout(this.retry);
    const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/desk`, "presszero.desk.v1");
    this.socket = socket;
    socket.onopen = () => socket.send(JSON.stringify({ type: "hello", page: this.page }));
    socket.onmessage = (e) => {
      if (socket === this.socket) this.hear(JSON.parse(String(e.data)) as Down);
    };
    socket.onclose = () => {
      if (socket === this.socket) void this.lost();
    };
  }

  /** say sends a message; it is dropped when the line is not up, since the desk tells the truth afterwards. */
  say(m: Up): void {
    if (this.state === "up" && this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(m));
  }

  close(): void {
    this.become("over");
    clearTimeout(this.retry);
    clearInterval(this.pinger);
    this.socket?.close();
    this.socket = null;
  }

  private hear(m: Down): void {
    this.heardAt = Date.now();
    if (m.type === "welcome") {
      this.fails = 0;
      this.become("up");
      clearInterval(this.pinger);
      this.pinger = window.setInterval(() => this.ping(), pingEvery);
    }
    if (m.type === "bye") this.fails = 0;
    this.onMessage(m);
    if (m.type === "bye" && m.why !== "restart") this.close();
  }

  private ping(): void {
    if (Date.now() - this.heardAt > deadAfter) {
      const socket = this.socket;
      this.socket = null;
      socket?.close();
      void this.lost();
      return;
    }
    if (this.socket?.readyState === WebSocket.OPEN) {
      this.socket.send(JSON.stringify({ type: "ping", t: Date.now() }));
    }
  }

  private async lost(): Promise<void> {
    clearInterval(this.pinger);
    if (this.state === "over") return;
    this.become("broken");
    this.fails++;
    if (this.fails > 2 && !(await this.signedIn())) {
      this.onMessage({ type: "bye", why: "denied", text: "" });
      this.close();
      return;
    }
    // Full jitter, so that all agents of a broken network do not come back as one.
    const limit = Math.min(firstWait * 2 ** (this.fails - 1), longestWait);
    this.retry = window.setTimeout(() => this.open(), Math.random() * limit);
  }

  private become(s: LineState): void {
    if (this.state === "over") return;
    this.state = s;
    this.onState(s);
  }
}
