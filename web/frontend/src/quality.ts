// How well a talk is heard, both ways: what the browser counts, in one figure that people's
// ears agree with (ITU-T G.107, for G.711 with concealment of what is lost), and in a word.

/** Counters are the browser's, of the caller's line, at one moment. */
export interface Counters {
  at: number; // ms, of any clock that does not go back
  packets: number; // that have come
  sent: number;
  lost: number; // that have not
  samples: number; // that were played
  concealed: number; // of these, made up because none had come
  jitter: number; // s
  trip: number | null; // s there and back; null: not known yet
  theirLost: number | null; // share of ours that the server missed lately
  theirJitter: number | null; // s
}

/** Reading is what was heard in a stretch of time. Shares are from 0 to 1. */
export interface Reading {
  trip: number; // ms there and back, of the network alone
  jitter: number; // ms
  lost: number;
  concealed: number;
  mos: number; // from 1, unbearable, to 4.4, of the worse way
  worst: "delay" | "here" | "there"; // what lowers it most: the delay, what she hears, what the caller hears
}

// In ms: a packet's own length, and what lies behind our server.
const packetLength = 20;
const farPart = 40;

/** oneWay is how many ms a voice is on its way. */
export function oneWay(trip: number, jitter: number): number {
  return trip / 2 + 2 * jitter + packetLength + farPart;
}

/** rating is R of the E-model. delay is in ms, lost a share. */
export function rating(delay: number, lost: number): number {
  const percent = 100 * lost;
  return 93.2 - (0.024 * delay + 0.11 * Math.max(delay - 177.3, 0)) - (95 * percent) / (percent + 25.1);
}

/** mosOf is the mean opinion of listeners, from R. */
export function mosOf(r: number): number {
  if (r <= 0) return 1;
  return Math.min(4.5, 1 + 0.035 * r + 7e-6 * r * (r - 60) * (100 - r));
}

/** between is what was heard between two moments; null if nothing had to be. */
export function between(a: Counters, b: Counters): Reading | null {
  const packets = b.packets - a.packets;
  const missed = Math.max(0, b.lost - a.lost); // one that comes late is not lost any more
  const samples = b.samples - a.samples;
  if (packets + missed <= 0) return null;
  const lost = missed / (packets + missed);
  const concealed = samples > 0 ? Math.min(1, Math.max(0, b.concealed - a.concealed) / samples) : 0;
  const trip = 1000 * (b.trip ?? 0);
  const jitter = 1000 * b.jitter;
  const here = { delay: oneWay(trip, jitter), lost: Math.max(lost, concealed) };
  const there = { delay: oneWay(trip, 1000 * (b.theirJitter ?? 0)), lost: b.theirLost ?? 0 };
  const rated = rating(here.delay, here.lost) < rating(there.delay, there.lost) ? here : there;
  const byDelay = rating(0, 0) - rating(rated.delay, 0);
  const byLoss = rating(0, 0) - rating(0, rated.lost);
  return {
    trip,
    jitter,
    lost,
    concealed,
    mos: mosOf(rating(rated.delay, rated.lost)),
    worst: byDelay >= byLoss ? "delay" : rated === here ? "here" : "there",
  };
}

export type Word = "good" | "fair" | "poor";

/** wordFor: below 3.6 some listeners are dissatisfied, below 4 a few (G.107, annex B). */
export function wordFor(mos: number): Word {
  return mos >= 4 ? "good" : mos >= 3.6 ? "fair" : "poor";
}

const span = 5000; // ms that a reading is about

/** Meter reads the last five seconds of a talk. */
export class Meter {
  private past: Counters[] = [];

  /** take returns the reading up to now; null in the first second. */
  take(now: Counters): Reading | null {
    this.past.push(now);
    while (this.past.length > 2 && now.at - this.past[1]!.at >= span) this.past.shift();
    const first = this.past[0]!;
    return now.at - first.at < 900 ? null : between(first, now);
  }

  /** reset begins anew: another talk, or a while in which nothing had to be heard. */
  reset(): void {
    this.past = [];
  }
}

type Stat = {
  type: string;
  packetsSent?: number;
  packetsReceived?: number;
  packetsLost?: number;
  totalSamplesReceived?: number;
  concealedSamples?: number;
  silentConcealedSamples?: number;
  jitter?: number;
  roundTripTime?: number;
  currentRoundTripTime?: number;
  fractionLost?: number;
  nominated?: boolean;
};

/** countersOf reads the reports of the caller's line: of its receiver, and of its sender. */
export function countersOf(receiver: Iterable<Stat>, sender: Iterable<Stat>, at: number): Counters {
  const c: Counters = { at, packets: 0, sent: 0, lost: 0, samples: 0, concealed: 0, jitter: 0, trip: null, theirLost: null, theirJitter: null };
  for (const s of receiver) {
    if (s.type !== "inbound-rtp") continue;
    c.packets = s.packetsReceived ?? 0;
    c.lost = s.packetsLost ?? 0;
    c.samples = s.totalSamplesReceived ?? 0;
    c.concealed = (s.concealedSamples ?? 0) - (s.silentConcealedSamples ?? 0);
    c.jitter = s.jitter ?? 0;
  }
  for (const s of sender) {
    // What the server reports, every 5 s, is of the voice itself; ICE only asks now and then.
    if (s.type === "remote-inbound-rtp") {
      c.trip = s.roundTripTime ?? c.trip;
      c.theirLost = s.fractionLost ?? null;
      c.theirJitter = s.jitter ?? null;
    } else if (s.type === "outbound-rtp") {
      c.sent = s.packetsSent ?? 0;
    } else if (s.type === "candidate-pair" && s.nominated) {
      c.trip ??= s.currentRoundTripTime ?? null;
    }
  }
  return c;
}
